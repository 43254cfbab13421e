"""Workers and their invocations as JSON, for commands and for management calls."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runtime_shim.engines.records import InvocationInfo, WorkerInfo

UNFINISHED = frozenset({"pending", "running"})
"""The states of invocations that have no outcome; a store at rest has only the first."""


def described(info: WorkerInfo) -> dict[str, object]:
    """A worker."""
    return {
        "component": info.worker.component,
        "name": info.worker.name,
        "uri": info.worker.uri,
        "durable": info.durable,
        "build": info.build,
        "status": info.status,
        "invocations": info.invocations,
        "pending": info.pending,
        "failure": info.failure,
        "ended": info.ended,
        "took": info.took,
        "since": info.since,
        "env": dict(info.environment.variables),
        "args": list(info.environment.arguments),
    }


def logged(one: InvocationInfo) -> dict[str, object]:
    """An invocation, with its steps."""
    over = one.state not in UNFINISHED
    return {
        "number": one.id,
        "key": one.key,
        "call": None if one.call is None else one.call._asdict(),
        "function": one.function,
        "args": [as_text(arg) for arg in one.args],
        "state": one.state,
        "attempt": one.attempt,
        "crashes": one.crashes,
        "due": one.due,
        "ended": one.ended,
        "took": one.took,
        "since": one.since,
        "seq": one.seq,
        "result": as_text(one.result) if one.state == "done" else None,
        "failure": str(one.result[1]) if over and one.state != "done" else None,
        "steps": [{"kind": kind, "value": as_text(value)} for kind, value in one.steps],
    }


def as_text(value: Any) -> str:
    """A value of unknown type in WAVE."""
    from runtime_shim.values.wave_format import format_untyped

    return format_untyped(value)


def whole(info: WorkerInfo | InvocationInfo) -> dict[str, str]:
    """Everything about a worker or an invocation, by the journal's encoding of values."""
    from runtime_shim.protocol.records import Environment
    from runtime_shim.values.codec import encode

    parts: list[Any] = []
    for field in fields(info):
        value = getattr(info, field.name)
        if isinstance(value, Environment):
            value = (dict(value.variables), value.arguments)
        parts.append(tuple(value) if isinstance(value, tuple) else value)  # without its names
    return {"encoded": encode(tuple(parts)).decode()}


def worker_of(given: Any) -> WorkerInfo:
    """The worker that `whole` was given.

    Raises:
        ValueError: It is not one.
    """
    from runtime_shim.engines.records import WorkerInfo
    from runtime_shim.protocol.ids import WorkerId
    from runtime_shim.protocol.records import Environment

    match _parts(given):
        case (
            (str(component), str(name)),
            bool(durable),
            str(status),
            int(done),
            int(pending),
            None | str() as failure,
            (dict(variables), tuple(arguments)),
            str(build),
            None | int() as ended,
            *times,
        ) if _times(times) and all(
            isinstance(text, str) for text in (*variables, *variables.values(), *arguments)
        ):
            environment = Environment(variables, arguments)
            worker = WorkerId(component, name)
            return WorkerInfo(
                worker, durable, status, done, pending, failure, environment, build, ended, *times
            )
        case _:
            raise ValueError("not a worker")


def invocation_of(given: Any) -> InvocationInfo:
    """The invocation that `whole` was given.

    Raises:
        ValueError: It is not one.
    """
    from runtime_shim.engines.records import InvocationInfo
    from runtime_shim.protocol.ids import CallId

    match _parts(given):
        case (
            int(number),
            None | str() as key,
            None | (int(), int()) as call,
            str(function),
            tuple(args),
            str(state),
            int(attempt),
            int(crashes),
            None | int() | float() as due,
            None | int() as seq,
            result,
            None | int() as ended,
            tuple(steps),
            *times,
        ) if (
            _times(times)
            and (state in {*UNFINISHED, "done"} or (isinstance(result, tuple) and len(result) == 2))
            and all(isinstance(one, tuple) and len(one) == 2 for one in steps)
            and all(isinstance(kind, str) for kind, _ in steps)
        ):
            made = None if call is None else CallId(*call)
            before = (number, key, made, function, args, state, attempt, crashes, due, seq)
            return InvocationInfo(*before, result, ended, steps, *times)
        case _:
            raise ValueError("not an invocation")


def _times(given: list[Any]) -> bool:
    """Whether these are the times at the end, which hosts of earlier versions do not know."""
    return len(given) in {0, 2} and all(isinstance(one, int | float | None) for one in given)


def _parts(given: Any) -> Any:
    from runtime_shim.errors import ShimError
    from runtime_shim.values.codec import decode

    try:
        return decode(given["encoded"].encode())
    except (ShimError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not encoded: {error}") from None
