"""Calls of workers from a guest: the steps shared by dynamic and static clients."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runtime_shim.boundary.context import Context, HostFailure
from runtime_shim.errors import RpcError
from runtime_shim.golem.ids import uuid_from_value
from runtime_shim.golem.registry import Registry
from runtime_shim.protocol.ids import CallId, WorkerId, component_uuid
from runtime_shim.values import Case, Err, Handle, Value
from runtime_shim.values.types import Prim, Variant
from runtime_shim.wasi.polling import Finished, pollable

if TYPE_CHECKING:
    from runtime_shim.protocol.seams import Future, Invocation

RPC_ERROR = Variant(
    tuple(
        (case, Prim.STRING)
        for case in ("protocol-error", "denied", "not-found", "remote-internal-error")
    )
)
"""`golem:rpc/types.{rpc-error}`."""


@dataclass(frozen=True, slots=True)
class Client:
    """The target of a client resource: a worker, or a resource of a worker."""

    worker: WorkerId
    handle: Handle | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """A pending call, behind a future resource; usable in the invocation that started it."""

    worker: WorkerId
    function: str
    future: Future
    owner: Invocation


@dataclass(frozen=True, slots=True)
class Token:
    """A `cancellation-token`: a scheduled call."""

    call: CallId


def unknown_component(what: object) -> str:
    """The message for a target that is not deployed, in Golem's words."""
    return f"Could not find any component with the given id: {what}"


def addressed(registry: Registry, context: Context, target: Value) -> WorkerId:
    """The worker of a `worker-id` record, or a new one of a `component-id` record.

    Its component need not be deployed: then the calls fail, not the connection. Recorded, because
    the deployments may have changed by the time of a replay.
    """
    component = uuid_from_value(target.get("component-id", target)["uuid"])
    known = context.step(
        "golem:rpc/component", lambda: registry.name_of(component) or _called(context, component)
    )
    name = str(component if known is None else known)
    if "worker-name" in target:
        return WorkerId(name, target["worker-name"])
    return ephemeral_worker(context, name)


def _called(context: Context, component: uuid.UUID) -> str | None:
    """The name of a component that the journal has a call of next, and that is not deployed now."""
    name = (context.current.upcoming or "").partition(" ")[2].partition("/")[0]
    return name if component_uuid(name) == component else None


def ephemeral_worker(context: Context, component: str) -> WorkerId:
    """A worker with a generated name: one for each client handle, as in Golem."""
    name = context.step("golem:rpc/worker-name", lambda: str(uuid.uuid4()))
    return WorkerId(component, name)


def failed(worker: WorkerId, function: str, error: RpcError) -> HostFailure:
    """The trap of a caller whose interface cannot return an `rpc-error`."""
    return HostFailure(f"calling {function} of {worker} failed: {error}")


def error_value(context: Context, worker: WorkerId, function: str, error: RpcError) -> Err[Value]:
    """The `rpc-error`; also kept as a hint, since a guest may trap on it without a message."""
    context.hint = str(failed(worker, function, error))
    return Err(Case(error.kind, error.message))


def future_of(context: Context, pending: Pending) -> Future:
    """The call's future.

    Raises:
        HostFailure: it was started by an earlier invocation, which is over.
    """
    if pending.owner is not context.invocation:
        raise HostFailure(
            f"the call of {pending.function} was started in an earlier invocation: its future can"
            " no longer be awaited"
        )
    return pending.future


def subscribe(context: Context, pending: Pending) -> Any:
    """A pollable for the end of a call."""
    return pollable(context, Finished(future_of(context, pending)))


def cancel(context: Context, pending: Pending) -> None:
    """Cancel a call unless it has begun to run, even one made by an earlier invocation."""
    context.current.cancel(pending.future.call)


def due(moment: Value) -> float:
    """`wasi:clocks/wall-clock.{datetime}` in seconds since the epoch."""
    return float(moment["seconds"]) + float(moment["nanoseconds"]) / 1e9
