"""The tables of handles of a component: which handle is at which place, and putting them there.

wasmtime's tables cannot be read. Which places are free can be seen, by taking and freeing some; which
objects of the host a guest holds is noted here; and what is at a place is seen by taking the handle
out and putting it back, which gives it the same place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wasmtime.component import ResourceAny, ResourceHost

from runtime_shim.boundary.context import Context
from runtime_shim.boundary.resources import HostCodec
from runtime_shim.offers.provide import HostResource
from runtime_shim.snapshots.memories import Mismatch
from runtime_shim.snapshots.parts import Adapter, Resource
from runtime_shim.values import Value

_LOOK = 64
"""How many places are looked at: more free ones are not expected."""


class NotNow(Exception):
    """A worker that cannot be taken as it is: why, as a sentence about it."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of handles.

    Attributes:
        handles: (place, representation, resource) of each.
        free: The free places up to the last one, in the order of their use.
        top: The last place that is or was used.
    """

    handles: tuple[tuple[int, int, Resource], ...] = ()
    free: tuple[int, ...] = ()
    top: int = 0


class Held:
    """The objects of the host that a guest holds, and the places where they should be.

    Places are used again in the reverse of the order in which they were freed.
    """

    def __init__(self) -> None:
        self.kinds: dict[int, Resource] = {}
        self.places: dict[int, int] = {}
        self._free: list[int] = []
        self._top = 0

    def given(self, rep: int, kind: Resource) -> None:
        """The guest was given an object."""
        self.kinds[rep] = kind
        if not self._free:
            self._top += 1
        self.places[rep] = self._free.pop() if self._free else self._top

    def gone(self, rep: int) -> None:
        """The guest has dropped it, or given it away."""
        place = self.places.pop(rep, None)
        if self.kinds.pop(rep, None) is not None and place is not None:
            self._free.append(place)

    def settle(self, tables: Sequence[Table]) -> None:
        """What was seen. Where several tables are in use, places cannot be known in advance."""
        used = [table for table in tables if table.handles] or [one for one in tables if one.top]
        self.places.clear()
        if len(used) == 1:
            [table] = used
            self.places.update((rep, place) for place, rep, _ in table.handles)
            self._free = list(reversed(table.free))
            self._top = table.top


@dataclass(frozen=True, slots=True)
class _Watched:
    """A codec that notes what it gives and takes."""

    inner: HostCodec
    number: int
    kind: Resource

    def lift(self, context: Context, rep: int, owned: bool) -> Value:
        """The value for a handle that the guest passes."""
        if owned:
            context.state(Held).gone(rep)
        return self.inner.lift(context, rep, owned)

    def lower(self, context: Context, value: Value) -> int:
        """The representation of a new handle for the guest."""
        rep = self.inner.lower(context, value)
        context.state(Held).given(rep, self.kind)
        return rep


def watched(resource: HostResource, kind: Resource) -> HostResource:
    """A resource of which it is noted what the guest holds."""

    def drop(context: Context, rep: int) -> None:
        context.state(Held).gone(rep)
        resource.drop(context, rep)

    def codec(inner: Any) -> HostCodec:
        return _Watched(inner, inner.number, kind)

    return HostResource(codec(resource.self_codec), codec(resource.codec), drop)


def taken(context: Context, adapters: Sequence[Adapter]) -> tuple[Table, ...]:
    """The tables of an instance, each handle with the object that it stands for.

    Raises:
        NotNow: It holds what the host did not give it, or what cannot be distinguished.
    """
    held = context.state(Held)
    seen = [_places(adapter.places(_LOOK)) for adapter in adapters]
    count = sum(top - len(free) for free, top in seen)
    others = count - len(held.kinds)
    if others > 0:
        raise NotNow(
            f"it holds {others} resource{'s' * (others > 1)} that its components made for each other"
        )
    if others or held.kinds.keys() != context.table.keys():
        raise NotNow("one of its components without memory holds resources of the host")
    kinds = set(held.kinds.values())
    owners = [top for free, top in seen if top > len(free)]
    at = {place: rep for rep, place in held.places.items()}
    left = dict(held.kinds)
    tables: list[Table] = []
    for adapter, (free, top) in zip(adapters, seen, strict=True):
        handles = []
        for place in sorted({*range(1, top + 1)} - {*free}):
            if len(kinds) == 1:
                [kind] = kinds
            elif len(owners) == 1 and place in at:
                kind = held.kinds[at[place]]
            else:
                raise NotNow("several of its components hold resources of several kinds")
            rep = _looked_at(adapter, context, place, kind)
            if left.pop(rep, None) != kind:
                raise NotNow("its components made resources for each other")
            handles.append((place, rep, kind))
        tables.append(Table(tuple(handles), free, top))
    held.settle(tables)
    return tuple(tables)


def _places(next_: tuple[int, ...]) -> tuple[tuple[int, ...], int]:
    """The free places, in the order of their use, and the last place: behind it they are new."""
    new = len(next_) - 1
    while new and next_[new - 1] == next_[new] - 1:
        new -= 1
    while new < len(next_) and next_[new] <= max(next_[:new], default=0):
        new += 1
    if new == len(next_):
        raise NotNow(f"it held at least {_LOOK} more resources than now")
    free = next_[:new]
    top = next_[new] - 1
    return free, top


def _looked_at(adapter: Adapter, context: Context, place: int, kind: Resource) -> int:
    """The representation behind a handle, which is put back where it was."""
    functions = adapter.part.adopting.get(kind)
    if functions is None:
        raise NotNow(f"it holds a `{kind[1]}` of `{kind[0]}`, which cannot be put back")
    adopt, give = functions
    handle: ResourceAny = adapter.call(give, place)
    host = handle.to_host(context.store)
    if adapter.call(adopt, host.to_any(context.store)) != place:
        raise Mismatch("a handle got another place")
    return host.rep


def put(
    context: Context,
    adapters: Sequence[Adapter],
    tables: Sequence[Table],
    numbers: Mapping[Resource, int],
) -> None:
    """Fill the tables of a fresh instance.

    Args:
        context: The instance's.
        adapters: Its parts.
        tables: The tables that they are to have.
        numbers: The type of each resource of the host.

    Raises:
        Mismatch: A handle got another place.
    """
    if len(adapters) != len(tables):
        raise Mismatch("it has another number of parts")
    held = Held()
    context.states[Held] = held
    for adapter, table in zip(adapters, tables, strict=True):
        at = {place: (rep, kind) for place, rep, kind in table.handles}
        known = {*at, *table.free}
        if len(known) != table.top or known != {*range(1, table.top + 1)}:
            raise Mismatch("a table of handles has places that are neither free nor taken")
        for place in range(1, table.top + 1):
            if place in at:
                rep, kind = at[place]
                handle = ResourceHost.own(rep, numbers[kind]).to_any(context.store)
                got = adapter.call(adapter.part.adopting[kind][0], handle)
                held.kinds[rep] = kind
            else:
                got = adapter.take()
            if got != place:
                raise Mismatch(f"a handle got place {got} instead of {place}")
        adapter.free(list(reversed(table.free)))
        if _places(adapter.places(_LOOK)) != (table.free, table.top):
            raise Mismatch("other places of a table of handles are free")
    held.settle(tables)
