"""`golem:api/host` 1.1: the functions that guests call.

Source: golem:api@1.1 `golem-host.wit`. It provides the resolution of targets, self metadata,
promises, retry policy, idempotency keys, oplog index, atomic regions, idempotence mode and
persistence level.

An oplog index is a place in the journal: the number of the invocation in the worker's history and
that of the entry in the invocation. Every write is committed before it leaves the system, so
`oplog-commit` has nothing to add. Under `persist-nothing` host calls are not recorded and happen
again on recovery; calls of workers are still recorded, and happen once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from runtime_shim.boundary.context import Context, HostFailure
from runtime_shim.errors import RpcError
from runtime_shim.golem.ids import (
    component_id_value,
    uuid_from_value,
    uuid_to_value,
    worker_id_value,
)
from runtime_shim.golem.registry import Registry
from runtime_shim.golem.remote import unknown_component
from runtime_shim.offers.provide import HostFunction, Offer
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.promises import COMPLETE, DELETE, ENTRIES, POLL, promise_worker
from runtime_shim.protocol.retry import RetryPolicy
from runtime_shim.values import Case, Value
from runtime_shim.wasi.cli import variables

_HOST = "golem:api/host"


def offers(registry: Registry) -> Offer:
    """What `golem:api/host` offers."""
    api = _Api(registry)
    functions: dict[str, Callable[..., Value]] = {
        "resolve-component-id": api.resolve_component_id,
        "resolve-worker-id": api.resolve_worker_id,
        "resolve-worker-id-strict": api.resolve_worker_id_strict,
        "get-self-metadata": _self_metadata,
        "generate-idempotency-key": _generate_idempotency_key,
        "create-promise": _create_promise,
        "complete-promise": api.complete_promise,
        "poll-promise": api.poll_promise,
        "await-promise": api.await_promise,
        "delete-promise": api.delete_promise,
        "get-oplog-index": _oplog_index,
        "set-oplog-index": _set_oplog_index,
        "oplog-commit": lambda context, replicas: None,
        "mark-begin-operation": _begin,
        "mark-end-operation": _end,
        "get-oplog-persistence-level": lambda context: context.state(Persistence).level,
        "set-oplog-persistence-level": _set_persistence,
        "get-idempotence-mode": lambda context: context.idempotent,
        "set-idempotence-mode": _set_idempotence,
        "get-retry-policy": _get_retry_policy,
        "set-retry-policy": _set_retry_policy,
    }
    return Offer({name: HostFunction(run) for name, run in functions.items()})


class _Api:
    """The functions that look beyond their own worker."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def resolve_component_id(self, context: Context, name: str) -> Value:
        known = self._known(context, f"{_HOST}.resolve-component-id", name)
        return component_id_value(name) if known else None

    def resolve_worker_id(self, context: Context, name: str, worker: str) -> Value:
        known = self._known(context, f"{_HOST}.resolve-worker-id", name)
        return worker_id_value(WorkerId(name, worker)) if known else None

    def resolve_worker_id_strict(self, context: Context, name: str, worker: str) -> Value:
        target = WorkerId(name, worker)
        known = context.step(
            f"{_HOST}.resolve-worker-id-strict",
            lambda: self._registry.program(name) is not None
            and self._registry.worker_exists(target),
        )
        return worker_id_value(target) if known else None

    def _known(self, context: Context, kind: str, name: str) -> bool:
        """Recorded: the deployments may have changed by the time of a replay.

        A replay that has no record is of a client that the host linked, which found the component.
        """
        known = context.step(
            kind, lambda: context.replaying or self._registry.program(name) is not None
        )
        if not known:
            context.hint = unknown_component(name)
        return bool(known)

    def complete_promise(self, context: Context, promise: Value, data: bytes) -> Value:
        return self._ask(context, promise, COMPLETE, data)

    def poll_promise(self, context: Context, promise: Value) -> Value:
        return self._ask(context, promise, POLL)

    def delete_promise(self, context: Context, promise: Value) -> None:
        self._ask(context, promise, DELETE)

    def await_promise(self, context: Context, promise: Value) -> Value:
        target = self._target(promise)
        return _asked(POLL, lambda: context.current.until(target, POLL, (), context.patience))

    def _ask(self, context: Context, promise: Value, function: str, *args: Value) -> Value:
        target = self._target(promise)
        return _asked(function, lambda: context.current.call(target, function, args))

    def _target(self, promise: Value) -> WorkerId:
        """The worker that keeps a promise."""
        owner = promise["worker-id"]
        component = uuid_from_value(owner["component-id"]["uuid"])
        name = self._registry.name_of(component)
        if name is None:
            raise HostFailure(unknown_component(component))
        worker = WorkerId(name, owner["worker-name"])
        return promise_worker(worker.uri, promise["oplog-idx"])


def _asked(function: str, ask: Callable[[], Value]) -> Value:
    """The answer of a promise."""
    try:
        return ask()
    except RpcError as error:
        raise HostFailure(f"{function} of a promise failed: {error}") from None


def _place(context: Context, position: int) -> int:
    """The oplog index of an entry of the current invocation."""
    return context.current.seq * ENTRIES + position + 1


def _position(context: Context, index: int, what: str) -> int:
    """The entry of the current invocation that an oplog index names.

    Raises:
        HostFailure: It names one of another, finished invocation.
    """
    position = index - _place(context, 0)
    if not 0 <= position < ENTRIES:
        raise HostFailure(f"{what}: the oplog index {index} does not belong to this invocation")
    return int(position)


def _mark(context: Context, what: str) -> int:
    """A separate entry, so that the returned index is unique."""
    position = context.current.position
    context.current.step(f"{_HOST}.{what}", lambda: None)
    return position


def _oplog_index(context: Context) -> Value:
    return _place(context, _mark(context, "get-oplog-index") + 1)


def _set_oplog_index(context: Context, index: int) -> None:
    position = _position(context, index, "set-oplog-index")
    context.current.restart(position)


def _begin(context: Context) -> Value:
    return _place(context, context.current.begin_region())


def _end(context: Context, begin: int) -> None:
    position = _position(context, begin, "mark-end-operation")
    context.current.end_region(position)


def _create_promise(context: Context) -> Value:
    index = _place(context, _mark(context, "create-promise"))
    return {"worker-id": worker_id_value(context.worker), "oplog-idx": index}


@dataclass(slots=True)
class Persistence:
    """The level that the guest has set."""

    level: Case = Case("smart")  # noqa: RUF009  # frozen


def _set_persistence(context: Context, level: Case) -> None:
    context.state(Persistence).level = level
    context.transient = level.name == "persist-nothing"


def _set_idempotence(context: Context, idempotent: bool) -> None:
    context.idempotent = idempotent


def _get_retry_policy(context: Context) -> Value:
    def live() -> Value:
        policy = context.current.retry_policy
        attempts = 2**32 - 1 if policy.max_attempts is None else policy.max_attempts
        delays = (round(policy.min_delay * 1e9), round(policy.max_delay * 1e9))
        return (attempts, *delays, policy.multiplier, policy.jitter)

    attempts, least, most, multiplier, jitter = context.step(f"{_HOST}.get-retry-policy", live)
    return {
        "max-attempts": attempts,
        "min-delay": least,
        "max-delay": most,
        "multiplier": multiplier,
        "max-jitter-factor": jitter or None,
    }


@dataclass(slots=True)
class Chosen:
    """The retry policy that the guest has set, if any."""

    policy: RetryPolicy | None = None


def _set_retry_policy(context: Context, value: Value) -> None:
    try:
        policy = RetryPolicy(
            max_attempts=value["max-attempts"],
            min_delay=value["min-delay"] / 1e9,
            max_delay=value["max-delay"] / 1e9,
            multiplier=value["multiplier"],
            jitter=value["max-jitter-factor"] or 0.0,
        )
    except ValueError as error:
        raise HostFailure(f"set-retry-policy: {error}") from None
    context.state(Chosen).policy = policy
    context.current.set_retry_policy(policy)


def _self_metadata(context: Context) -> Value:
    own = variables(context.worker, context.environment)
    return {
        "worker-id": worker_id_value(context.worker),
        "args": list(context.environment.arguments),
        "env": list(own.items()),
        "status": "running",
        "component-version": 0,
        # The attempt that succeeds is the one that is replayed: what it saw is recorded.
        "retry-count": context.step(
            f"{_HOST}.get-self-metadata", lambda: context.current.attempt - 1
        ),
    }


def _generate_idempotency_key(context: Context) -> Value:
    key = context.step(
        f"{_HOST}.generate-idempotency-key",
        lambda: str(context.current.derived(f"oplog-index-{uuid.uuid4().int}")),
    )
    return uuid_to_value(uuid.UUID(key))
