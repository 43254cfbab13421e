"""`golem:rpc/types` 0.2.0 to 0.2.2: the untyped calls that generated clients use.

Source: golem:rpc@0.2 `wasm-rpc.wit`; the result of a call is a tuple of no or one element. Errors of
a call are values here, never traps.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from runtime_shim.boundary.context import Context, HostFailure
from runtime_shim.errors import BadArguments, RpcError, TypesUnknown, UnknownFunction
from runtime_shim.golem.ids import uuid_from_value, uuid_to_value
from runtime_shim.golem.registry import Registry
from runtime_shim.golem.remote import (
    Client,
    Pending,
    Token,
    addressed,
    cancel,
    due,
    error_value,
    future_of,
    subscribe,
    unknown_component,
)
from runtime_shim.offers.provide import HostFunction, Offer, stored
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.keys import NO_CALL
from runtime_shim.values import Err, Ok, Value
from runtime_shim.values.types import FunctionType
from runtime_shim.values.witvalue import WitValueError, decode, encode_result

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def offers(registry: Registry) -> Offer:
    """What `golem:rpc/types` offers."""
    rpc = _Rpc(registry)
    functions: dict[str, tuple[Callable[..., Value], bool]] = {
        "parse-uuid": (_parse_uuid, False),
        "uuid-to-string": (_uuid_to_string, False),
        "extract-value": (lambda context, both: both["value"], False),
        "extract-type": (lambda context, both: both["typ"], False),
        "[constructor]wasm-rpc": (rpc.connect, True),
        "[static]wasm-rpc.ephemeral": (rpc.connect, True),
        "[method]wasm-rpc.invoke-and-await": (rpc.invoke_and_await, False),
        "[method]wasm-rpc.invoke": (rpc.invoke, False),
        "[method]wasm-rpc.async-invoke-and-await": (rpc.start, True),
        "[method]wasm-rpc.schedule-invocation": (rpc.schedule_for_good, False),
        "[method]wasm-rpc.schedule-cancelable-invocation": (rpc.schedule, True),
        "[method]future-invoke-result.subscribe": (rpc.subscribe, False),
        "[method]future-invoke-result.get": (rpc.get, False),
        "[method]cancellation-token.cancel": (_cancel, False),
    }
    return Offer(
        {name: HostFunction(run, makes) for name, (run, makes) in functions.items()},
        dict.fromkeys(("wasm-rpc", "future-invoke-result", "cancellation-token"), stored),
    )


def cancellation() -> Offer:
    """What `witgen:rpc/cancellation` offers: cancelling calls that have not started."""
    return Offer({"cancel": HostFunction(cancel)})


def _parse_uuid(context: Context, text: str) -> Value:
    if _UUID.fullmatch(text) is None:
        return Err(f"not a uuid: {text[:80]}")
    return Ok(uuid_to_value(uuid.UUID(text)))


def _uuid_to_string(context: Context, value: Value) -> Value:
    return str(uuid_from_value(value))


def _cancel(context: Context, token: Token) -> None:
    context.current.cancel(token.call)


class _Rpc:
    """The resources `wasm-rpc` and `future-invoke-result`."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def connect(self, context: Context, target: Value) -> Client:
        return Client(addressed(self._registry, context, target))

    def _typed(
        self, context: Context, action: str, worker: WorkerId, function: str, params: list[Value]
    ) -> tuple[tuple[Value, ...], FunctionType]:
        """The arguments, decoded against the target's own types.

        A refusal is recorded: the types may be others when the caller is rebuilt.

        Raises:
            RpcError: no such component or function, or arguments of other types.
            TypesUnknown: The journal has the call, and the types are not those of then.
        """
        current, refused = context.current, f"refused {worker} {function}"
        known = current.upcoming or ""
        if known == refused:
            raise RpcError(*current.step(refused, _nothing))
        try:
            return self._decoded(worker, function, params)
        except RpcError as error:
            if known.startswith(f"{action} {worker} {function} "):
                outcome = current.step(known, _nothing)
                if isinstance(outcome, Err):  # by a client that the host linked
                    raise RpcError(*outcome.value) from None
                raise TypesUnknown(
                    f"{error.message}, and the journal of {current.worker} has a call of it",
                    f"deploy `{worker.component}` as it was",
                ) from None
            if not current.replaying:  # earlier versions recorded no refusals
                said = (error.kind, error.message)
                current.step(refused, lambda: said)
            raise

    def _decoded(
        self, worker: WorkerId, function: str, params: list[Value]
    ) -> tuple[tuple[Value, ...], FunctionType]:
        """As `_typed`, by the types of today."""
        program = self._registry.program(worker.component)
        if program is None:
            raise RpcError("not-found", unknown_component(worker.component))
        try:
            ty = self._registry.serving(worker).signature(function)
        except (UnknownFunction, BadArguments) as error:
            raise RpcError("protocol-error", str(error)) from None
        if len(params) != len(ty.params):
            message = f"{function} takes {len(ty.params)} arguments, {len(params)} given"
            raise RpcError("protocol-error", message)
        try:
            pairs = zip(ty.params, params, strict=True)
            return tuple(decode(param, value, name) for (name, param), value in pairs), ty
        except WitValueError as error:
            raise RpcError("protocol-error", f"{function}: {error}") from None

    def invoke_and_await(
        self, context: Context, client: Client, function: str, params: list[Value]
    ) -> Value:
        try:
            args, ty = self._typed(context, "call", client.worker, function, params)
            result = context.current.call(client.worker, function, args)
        except RpcError as error:
            return error_value(context, client.worker, function, error)
        return Ok(encode_result(ty.result, result))

    def invoke(self, context: Context, client: Client, function: str, params: list[Value]) -> Value:
        try:
            args, _ = self._typed(context, "send", client.worker, function, params)
            context.current.send(client.worker, function, args)
        except RpcError as error:
            return error_value(context, client.worker, function, error)
        return Ok()

    def start(
        self, context: Context, client: Client, function: str, params: list[Value]
    ) -> Pending:
        try:
            args, _ = self._typed(context, "spawn", client.worker, function, params)
            future = context.current.spawn(client.worker, function, args)
        except RpcError as error:
            return Pending(client.worker, function, _Failed(error), context.current)
        return Pending(client.worker, function, future, context.current)

    def schedule(
        self, context: Context, client: Client, at: Value, function: str, params: list[Value]
    ) -> Token:
        try:
            args, _ = self._typed(context, "send", client.worker, function, params)
            return Token(context.current.send(client.worker, function, args, due(at)))
        except RpcError as error:  # the interface cannot return it
            raise HostFailure(f"scheduling {function} failed: {error}") from None

    def schedule_for_good(
        self, context: Context, client: Client, at: Value, function: str, params: list[Value]
    ) -> None:
        self.schedule(context, client, at, function, params)

    def subscribe(self, context: Context, pending: Pending) -> Value:
        return subscribe(context, pending)

    def get(self, context: Context, pending: Pending) -> Value:
        try:
            result = future_of(context, pending).get()
        except RpcError as error:
            return error_value(context, pending.worker, pending.function, error)
        program = self._registry.program(pending.worker.component)
        if program is None:  # it existed when the call was started
            raise HostFailure(unknown_component(pending.worker.component))
        ty = self._registry.serving(pending.worker).signature(pending.function)
        return Ok(encode_result(ty.result, result))


class _Failed:
    """A call that failed before it was sent."""

    call = NO_CALL  # there is nothing to cancel

    def __init__(self, error: RpcError) -> None:
        self._error = error

    def done(self) -> bool:
        """It is finished."""
        return True

    def wait(self, timeout: float | None = None) -> None:
        """It is finished."""

    def get(self) -> Value:
        """Raise the error."""
        raise self._error


def _nothing() -> None:
    """What is recorded already is not made again."""
