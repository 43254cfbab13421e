"""Calling workers over golem:rpc, made by witgen.

A `Remote` is a connection to one worker. A resource of the client is a connection
(`RemoteInterface`), or a handle of a resource in a worker (`RemoteResource`).
"""

# No name of the WIT begins with an underscore; those of the connections do.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from typing import Any, Optional, Tuple, Type, TypeVar, Union
from uuid import UUID
from weakref import finalize

from componentize_py_types import Err, Ok, Some
from wit_value import (
    NOTHING,
    Codec,
    Nodes,
    ResultOf,
    expect,
    param,
)
from wit_world.imports import host as host
from wit_world.imports.poll import Pollable
from wit_world.imports.types import (
    CancellationToken,
    ComponentId,
    FutureInvokeResult,
    RpcError,
    Uri,
    Uuid,
    WasmRpc,
    WitNode_Handle,
    WitValue,
    WorkerId,
)
from wit_world.imports.wall_clock import Datetime

T = TypeVar("T")
E = TypeVar("E")
R = TypeVar("R", bound="RemoteResource")
I = TypeVar("I", bound="RemoteInterface")

Failed: Type[Err[RpcError]] = Err
"""What a call raises: the bindings do not say of what."""


class RemoteError(Exception):
    """A remote call failed; it traps the client and its caller."""


def failure(function: str, error: RpcError) -> RemoteError:
    """What to raise when a call failed."""
    kind = type(error).__name__.partition("_")[2]
    return RemoteError(f"{function}: {kind}: {error.value}")


class Param:
    """A parameter of a call: a value, and the codec of its type."""

    def __init__(self, codec: Codec[Any], value: Any) -> None:
        self.wire = param(codec, value)


class Pending:
    """A call under way."""

    def __init__(self, function: str, future: FutureInvokeResult) -> None:
        self.function = function
        self.future = future

    def subscribe(self) -> Pollable:
        """What becomes ready when the call returns."""
        return self.future.subscribe()

    def get(self, result: Codec[T]) -> Optional[T]:
        """The result once it is there; it is given out once."""
        reply = self._reply()
        return None if reply is None else result.reply(reply)

    def get_some(self, result: Codec[T]) -> Optional[Some[T]]:
        """The same for a result that may itself be `None`."""
        reply = self._reply()
        return None if reply is None else Some(result.reply(reply))

    def _reply(self) -> Optional[WitValue]:
        reply = self.future.get()
        if reply is None:
            return None
        if isinstance(reply, Err):
            raise failure(self.function, reply.value)
        return reply.value


class Remote:
    """A connection to a worker."""

    def __init__(self, rpc: WasmRpc) -> None:
        self.rpc = rpc

    @classmethod
    def worker(cls, component: str, name: str) -> Remote:
        """A worker of a durable component, by its name."""
        found = host.resolve_worker_id(component, name)
        if found is None:
            raise RemoteError(f"no component is deployed as `{component}`")
        return cls.worker_id(found)

    @classmethod
    def worker_id(cls, worker: WorkerId) -> Remote:
        """A worker of a durable component, by its id."""
        return cls(WasmRpc(worker))

    @classmethod
    def component(cls, component: str) -> Remote:
        """A new worker of an ephemeral component."""
        found = host.resolve_component_id(component)
        if found is None:
            raise RemoteError(f"no component is deployed as `{component}`")
        return cls.component_id(found)

    @classmethod
    def component_id(cls, component: ComponentId) -> Remote:
        """A new worker of an ephemeral component, by the component's id."""
        return cls(WasmRpc.ephemeral(component))

    @classmethod
    def uri(cls, uri: str) -> Remote:
        """The worker with an address: `urn:worker:<component id>/<worker name>`."""
        component, slash, name = uri.removeprefix("urn:worker:").partition("/")
        number = UUID(component).int
        found = ComponentId(Uuid(number >> 64, number & (1 << 64) - 1))
        if not slash:
            return cls.component_id(found)
        return cls.worker_id(WorkerId(found, name))

    @staticmethod
    def of(resource: object) -> Remote:
        """The connection of a resource of this client."""
        if not isinstance(resource, (RemoteInterface, RemoteResource)):
            raise TypeError(f"{resource!r} is not a resource of this client")
        return resource._remote

    def call(self, function: str, result: Codec[T], *params: Param) -> T:
        """Call and wait."""
        try:
            reply = self.rpc.invoke_and_await(function, [p.wire for p in params])
        except Failed as error:
            raise failure(function, error.value) from None
        return result.reply(reply)

    def call_fallible(self, function: str, result: ResultOf[T, E], *params: Param) -> T:
        """Call and wait; an `Err` of the remote function is raised."""
        outcome: Union[Ok[T], Err[E]] = self.call(function, result, *params)
        if isinstance(outcome, Ok):
            return outcome.value
        try:
            raise outcome
        finally:
            del outcome  # its traceback holds this frame, and with it the connection

    def trigger(self, function: str, *params: Param) -> None:
        """Call and forget."""
        try:
            self.rpc.invoke(function, [p.wire for p in params])
        except Failed as error:
            raise failure(function, error.value) from None

    def start(self, function: str, *params: Param) -> Pending:
        """Call and wait later."""
        wire = [p.wire for p in params]
        return Pending(function, self.rpc.async_invoke_and_await(function, wire))

    def schedule(
        self,
        time: Datetime,
        function: str,
        *params: Param,
    ) -> CancellationToken:
        """Call at a time, unless the token is used before."""
        wire = [p.wire for p in params]
        return self.rpc.schedule_cancelable_invocation(time, function, wire)


class Resource:
    """What a caller holds a handle of.

    For each handle componentize-py's runtime holds a reference of the object, and it has
    the object drop the handle when it dies. When a handle is dropped, the destructor that
    witgen puts into the component calls the object, and gives the reference back.
    """

    finalizer: finalize[..., Any]  # the runtime's

    def __call__(self) -> None:
        """Part from a handle that was dropped."""
        self.finalizer.detach()


class RemoteInterface(Resource):
    """A client resource that stands for an exported interface: a connection."""

    _remote: Remote

    @classmethod
    def _connected(cls: Type[I], remote: Remote) -> I:
        made = cls.__new__(cls)
        made._remote = remote
        return made


class RemoteResource(Resource):
    """A client resource that stands for a resource in a worker: a handle of it.

    The remote resource is dropped with the handle, unless that is given away as `own`.
    """

    _remote: Remote
    _handle: Tuple[Uri, int]
    _drop: str

    def __call__(self) -> None:
        super().__call__()
        self._remote.call(self._drop, NOTHING, self._self())

    def _construct(self, remote: Remote, function: str, *params: Param) -> None:
        self._remote = remote
        self._handle = remote.call(function, HANDLE, *params)

    @classmethod
    def _constructed(cls: Type[R], remote: Remote, function: str, *params: Param) -> R:
        made = cls.__new__(cls)
        made._construct(remote, function, *params)
        return made

    def _self(self) -> Param:
        return Param(HANDLE, self._handle)


class Handle(Codec[Tuple[Uri, int]]):
    """A handle as it travels: its worker's address, and its number there."""

    def write(self, value: Tuple[Uri, int], nodes: Nodes) -> int:
        nodes.append(WitNode_Handle(value))
        return len(nodes) - 1

    def read(self, nodes: Nodes, index: int) -> Tuple[Uri, int]:
        return expect(WitNode_Handle, nodes, index).value


HANDLE = Handle()


class HandleOf(Codec[R]):
    """`own` or `borrow` of a remote resource, as an instance of its client class."""

    def __init__(self, made: Type[R]) -> None:
        self.made = made

    def write(self, value: R, nodes: Nodes) -> int:
        return HANDLE.write(value._handle, nodes)

    def read(self, nodes: Nodes, index: int) -> R:
        handle = HANDLE.read(nodes, index)
        made = self.made.__new__(self.made)
        made._remote = Remote.uri(handle[0].value)
        made._handle = handle
        return made
