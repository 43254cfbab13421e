"""How resources cross the boundary: as numbers of the host, or as handles kept by wasmtime."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from wasmtime.component import ResourceAny, ResourceType

from runtime_shim.boundary.context import Context
from runtime_shim.errors import BadArguments
from runtime_shim.values import Handle, Value


class HostCodec(Protocol):
    """A resource that the host defines; `number` is its type's, unique within a component."""

    @property
    def number(self) -> int:
        """The number of its type."""

    def lift(self, context: Context, rep: int, owned: bool) -> Value:
        """The value for a handle that the guest passes."""

    def lower(self, context: Context, value: Value) -> int:
        """The representation of a new handle for the guest."""


class AnyCodec(Protocol):
    """A resource that a guest or wasmtime defines."""

    @property
    def number(self) -> None:
        """No number of the host."""

    def lift(self, context: Context, resource: ResourceAny, owned: bool) -> Value:
        """The value for a handle; `resource` is the receiver's."""

    def lower(self, context: Context, value: Value, owned: bool) -> ResourceAny:
        """The handle to pass; when `owned`, the guest takes it over."""


Codec = HostCodec | AnyCodec
CodecOf = Callable[[ResourceType], Codec | None]


@dataclass(frozen=True, slots=True)
class Stored:
    """A host resource whose value is any object, kept in the instance's table."""

    number: int

    def lift(self, context: Context, rep: int, owned: bool) -> Any:
        """The object; it leaves the table when the guest gives it away."""
        return context.table.pop(rep) if owned else context.table[rep]

    def lower(self, context: Context, value: Any) -> int:
        """Put the object into the table."""
        return context.insert(value)


_NOT_GIVEN = (None, None)


@dataclass(frozen=True, slots=True)
class Exported:
    """A resource of the component itself: outside it is a `Handle` of its worker.

    Attributes:
        name: Its name in the exported interface that declares it.
        interface: That interface.
    """

    name: str
    interface: str
    number: None = None

    def lift(self, context: Context, resource: ResourceAny, owned: bool) -> Handle:
        """Give out a handle; numbers count up, so a replay gives the same."""
        return Handle(context.uri, context.give(self, resource))

    def lower(self, context: Context, value: Value, owned: bool) -> ResourceAny:
        """The resource of a handle that came back.

        Anyone can make up a handle, so nothing in it is trusted: whatever would make wasmtime trap
        the guest is rejected before it runs.

        Raises:
            BadArguments: no handle, another worker's, another resource's, one that was dropped, or
                one that the same call lends and gives away.
        """
        if not isinstance(value, Handle):
            raise BadArguments(f"expected a handle of `{self.name}`, not {value!r}")
        if value.uri != context.uri:
            raise BadArguments(
                f"cannot resolve handle belonging to a different worker: {value.uri} (this is "
                f"{context.uri})"
            )
        given, resource = context.handles.get(value.id, _NOT_GIVEN)
        if given != self or resource is None or value.id in context.moving:
            raise BadArguments(f"resource not found: `{self.name}` number {value.id}")
        if not owned:
            context.lending.append(value.id)
        elif value.id in context.lending:
            raise BadArguments(f"`{self.name}` number {value.id} is lent in the same call")
        else:
            context.moving.append(value.id)
        return resource


@dataclass(frozen=True, slots=True)
class Passed:
    """A resource of wasmtime's (a pollable): passed on unchanged."""

    number: None = None

    def lift(self, context: Context, resource: ResourceAny, owned: bool) -> ResourceAny:
        """The handle itself."""
        return resource

    def lower(self, context: Context, value: Value, owned: bool) -> ResourceAny:
        """The handle itself.

        Raises:
            BadArguments: An export was called with something else.
        """
        if not isinstance(value, ResourceAny):
            raise BadArguments(f"{value!r:.80} is not a resource of this instance")
        return value
