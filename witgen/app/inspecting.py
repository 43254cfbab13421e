"""Workers and their invocations as JSON, for commands and for management calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runtime_shim.engines.records import InvocationInfo, WorkerInfo


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
        "env": dict(info.environment.variables),
        "args": list(info.environment.arguments),
    }


def logged(one: InvocationInfo) -> dict[str, object]:
    """An invocation, with its steps."""
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
        "seq": one.seq,
        "result": as_text(one.result) if one.state == "done" else None,
        "failure": None if one.state in {"done", "pending"} else str(one.result[1]),
        "steps": [{"kind": kind, "value": as_text(value)} for kind, value in one.steps],
    }


def as_text(value: Any) -> str:
    """A value of unknown type in WAVE."""
    from runtime_shim.values.wave_format import format_untyped

    return format_untyped(value)
