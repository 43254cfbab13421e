"""`Client`: a client interface, and how each of its members maps to a remote call.

WIT text, host stubs, the Python client and the native client are all generated from this value
alone.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from witgen.diagnostics import Diagnostic
from witgen.resolve import model as m
from witgen.value import value

if TYPE_CHECKING:
    import uuid

Kind = Literal["durable", "ephemeral"]
TypesMode = Literal["auto", "use", "inline"]
GolemRpc = Literal["0.2.0", "0.2.1", "0.2.2"]
Extra = Literal["try", "trigger"]
"""Extensions of Golem's rules: members that return errors, and fire-and-forget for all."""

_COMPONENTS = "9C19B15A-C83D-46F7-9BC3-EAD7923733F4"


class Mode(StrEnum):
    """How a member calls its remote function; the values are those of the host's link."""

    BLOCKING = "blocking"
    TRY = "try"
    ASYNC = "async"
    TRIGGER = "trigger"
    SCHEDULED = "scheduled"


class Routing(StrEnum):
    """Where a member finds the worker to call."""

    INTERFACE = "interface"  # the resource is a connection to the worker
    HANDLE = "handle"  # the resource is a remote resource: its handle is the first argument
    ARGUMENT = "argument"  # a static: the first handle among its arguments knows the worker
    WORKER = "worker"  # a static whose first parameter is the worker's name (durable), or a new one


@value
class Remote:
    """A function of the target, in the client's types.

    Attributes:
        name: Its name in the target, without annotations: `bid`.
        invocation: The name that calls it: `ns:pkg/iface@v.{bid}`, `ns:pkg/iface@v.{res.bid}`.
        params: Its parameters, without `self`.
        result: Its result.
        docs: Its documentation.
        stability: Its own gate.
    """

    name: str
    invocation: str
    params: tuple[m.Param, ...]
    result: m.Type | None
    docs: str | None
    stability: m.Stability = None


@value
class Member:
    """A method or static of a client resource.

    Attributes:
        function: The function as the client interface declares it.
        remote: The function it calls.
        mode: How it calls.
        routing: Which worker it calls.
        future: The future resource that an `ASYNC` member returns.
        handle: Which of the remote function's parameters knows the worker, for `ARGUMENT`.
    """

    function: m.Function
    remote: Remote
    mode: Mode
    routing: Routing
    future: str | None = None
    handle: int = 0


@value
class FutureResource:
    """A resource for a pending call.

    Attributes:
        name: `future-…-result`.
        resource: Its type in the client interface.
        result: The remote result.
        subscribe: Its function that returns the pollable.
        get: Its function that returns the result.
        try_get: Its function that returns the result or the error; only with the extra `try`.
        cancel: Its function that cancels the call unless it has started; only with `try`.
    """

    name: str
    resource: m.TypeId
    result: m.Type
    subscribe: m.Function
    get: m.Function
    try_get: m.Function | None = None
    cancel: m.Function | None = None

    @property
    def functions(self) -> tuple[m.Function, ...]:
        """All of its functions, in order."""
        found = (self.subscribe, self.get, self.try_get, self.cancel)
        return tuple(function for function in found if function is not None)


@value
class ClientResource:
    """A resource of the client interface that represents a part of the target.

    Attributes:
        name: Its name in the client interface.
        resource: Its type in the client interface.
        stands_for: The exported interface or resource, for messages and documentation.
        constructor: The constructor from a worker's name, None if it only comes from calls.
        custom: The constructor from an id, likewise.
        remote_constructor: The remote constructor of the resource it represents.
        remote_constructor_name: The invocation name of that constructor; present even if the target
            declares none, because a client is created through it.
        remote_drop: The invocation name of the remote drop, likewise.
        members: Its methods and statics, without `custom`.
        docs: The target's documentation.
        can_fail: Whether the remote constructor returns a `result`, and so those of the client do.
    """

    name: str
    resource: m.TypeId
    stands_for: str
    constructor: m.Function | None
    custom: m.Function | None
    remote_constructor: Remote | None
    remote_constructor_name: str | None
    remote_drop: str | None
    members: tuple[Member, ...]
    docs: str | None
    can_fail: bool = False


@value
class Client:
    """A client interface and its bindings.

    Attributes:
        resolve: Contains the client package (its root) and everything that it uses, including the
            client component's world with the host interfaces that it imports.
        interface: The client interface, `{world}-client`.
        types: The interface of redeclared types, `{world}-types`; None if there are none.
        world: The world for callers, `wasm-rpc-client-{world}`.
        component_world_id: The world of the client component, `static-` before that name.
        component: The name of the component that constructors resolve.
        kind: Whether the target's workers have names and keep their state.
        golem_rpc: The version of golem:rpc.
        target: The target's world: `ns:pkg/world@v`.
        target_world: Its plain name.
        resources: The client resources, without futures, in order.
        futures: The future resources, in order.
        warnings: Warnings for the user.
        extras: Its extensions of Golem's rules, in order.
        cancellation: The interface `witgen:rpc/cancellation`, which the client component imports if
            futures can be cancelled.
        sync_only: Whether it has no futures and does not use wasi:io.
    """

    resolve: m.Resolve
    interface: m.InterfaceId
    types: m.InterfaceId | None
    world: m.WorldId
    component_world_id: m.WorldId
    component: str
    kind: Kind
    golem_rpc: GolemRpc
    target: str
    target_world: str
    resources: tuple[ClientResource, ...]
    futures: tuple[FutureResource, ...]
    warnings: tuple[Diagnostic, ...] = ()
    extras: tuple[Extra, ...] = ()
    cancellation: m.InterfaceId | None = None
    sync_only: bool = False

    @property
    def tries(self) -> bool:
        """Whether errors of calls are visible.

        Then a constructor succeeds even if the host has no component of the name: it connects to a
        worker of `component_id`, and the first call returns the error that there is no such
        component.
        """
        return "try" in self.extras

    @property
    def is_gated(self) -> bool:
        """Whether an item exists only if a feature is enabled."""
        functions = self.resolve.interfaces[self.interface].functions.values()
        gates = [typedef.stability for typedef in self.resolve.types]
        gates += [function.stability for function in functions]
        return any(isinstance(gate, m.Unstable) for gate in gates)

    @property
    def component_id(self) -> uuid.UUID:
        """The id that the component has on witgen's host, and nowhere else."""
        import uuid

        return uuid.uuid5(uuid.UUID(_COMPONENTS), self.component)

    @property
    def durable(self) -> bool:
        """Whether constructors take a worker's name."""
        return self.kind == "durable"

    @property
    def package(self) -> m.PackageName:
        """`ns:pkg-client@v`."""
        return self.resolve.packages[self.resolve.root].name

    @property
    def interface_name(self) -> str:
        """The interface that callers import: `ns:pkg-client/{world}-client@v`."""
        return self.resolve.interface_id(self.interface) or ""

    @property
    def component_world(self) -> str:
        """The world of the client component, in the client package."""
        return self.resolve.worlds[self.component_world_id].name

    @property
    def app_module(self) -> str:
        """The module of the generated Python that implements the world."""
        return "app"
