"""The gates of a target, `@since`, `@unstable` and `@deprecated`, carried over to its client.

Golem's generator drops them. Here each member, future and type has the gate of its original, so
that the same callers see the same functions. WIT cannot gate an item on two features: if a client
would need that (for a function behind one feature in an interface behind another), its features are
treated as enabled, as they were when the target was loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from witgen.client.entities import Entity, Sort
from witgen.client.kinds import children
from witgen.resolve import model as m
from witgen.value import value


@value
class Gates:
    """Computes the gates of the client package.

    Attributes:
        resolve: The target.
        world: Its world.
        own: The package that gives the client package its version.
        open: Whether features are treated as enabled, so that no feature gates are written.
    """

    resolve: m.Resolve
    world: m.World
    own: m.PackageName
    open: bool

    def entity(self, entity: Entity) -> m.Stability:
        """The gate of a client resource: that of the interface, its export, or the resource."""
        if entity.sort is Sort.FUNCTIONS:
            return None
        item = self.world.exports[entity.export]
        exported = item.stability if isinstance(item, m.InterfaceItem) else None
        gate = self._carried(exported, self.world.package)
        gate = both(self._interface(entity.id), gate)
        return gate if entity.resource is None else both(self._type(entity.resource), gate)

    def member(self, entity: Entity, function: m.Function) -> m.Stability:
        """The gate of a function's members: not open where their resource's is closed."""
        around = self.entity(entity)
        gate = self.function(entity, function)
        return both(gate, around) if isinstance(around, m.Unstable) else gate

    def function(self, entity: Entity, function: m.Function) -> m.Stability:
        """The gate of a function itself."""
        body = None if entity.sort is Sort.FUNCTIONS else self.resolve.interfaces[entity.id]
        return self._carried(
            function.stability, self.world.package if body is None else body.package
        )

    def type(self, ref: m.TypeId) -> m.Stability:
        """The gate of a type, or of the interface that declares it."""
        owner = self.resolve.types[ref].owner
        around = self._interface(owner.id) if isinstance(owner, m.InterfaceOwner) else None
        return both(self._type(ref), around)

    def _type(self, ref: m.TypeId) -> m.Stability:
        typedef = self.resolve.types[ref]
        match typedef.owner:
            case m.InterfaceOwner(interface):
                package = self.resolve.interfaces[interface].package
            case m.WorldOwner(world):
                package = self.resolve.worlds[world].package
            case None:
                return None
        return self._carried(typedef.stability, package)

    def _interface(self, ref: m.InterfaceId) -> m.Stability:
        body = self.resolve.interfaces[ref]
        return self._carried(body.stability, body.package)

    def _carried(self, stability: m.Stability, package: m.PackageId) -> m.Stability:
        """A version belongs to the package that states it, and means nothing in another."""
        if isinstance(stability, m.Stable):
            return stability if self.resolve.packages[package].name == self.own else None
        return None if self.open else stability


def both(inner: m.Stability, outer: m.Stability) -> m.Stability:
    """One gate for an item behind two: the one that may be closed, the inner one first."""
    if inner is None or (isinstance(outer, m.Unstable) and isinstance(inner, m.Stable)):
        return outer
    return inner


def hold(resolve: m.Resolve) -> bool:
    """Whether items behind open gates of a client package only refer to others behind open gates.

    Args:
        resolve: The client's `Resolve`; its root is the package.
    """
    return all(
        _features(resolve, interface, ref) <= {_feature(gate)}
        for interface in resolve.packages[resolve.root].interfaces.values()
        for gate, refs in _items(resolve, interface)
        for ref in refs
    )


def _items(
    resolve: m.Resolve, interface: m.InterfaceId
) -> Iterator[tuple[m.Stability, Iterator[m.TypeId]]]:
    """The gates of the types and functions of an interface, and the named types they refer to."""
    body = resolve.interfaces[interface]
    for type_ref in body.types.values():
        typedef = resolve.types[type_ref]
        yield typedef.stability, _named(resolve, children(typedef.kind))
    for function in body.functions.values():
        types = [param.type for param in function.params]
        types += [] if function.result is None else [function.result]
        yield function.stability, _named(resolve, types)


def _named(resolve: m.Resolve, types: Iterable[m.Type]) -> Iterator[m.TypeId]:
    for ty in types:
        if isinstance(ty, m.Prim):
            continue
        if resolve.types[ty].name is None:
            yield from _named(resolve, children(resolve.types[ty].kind))
        else:
            yield ty


def _features(resolve: m.Resolve, interface: m.InterfaceId, ref: m.TypeId) -> set[str | None]:
    """The features that a type needs when an interface refers to it."""
    typedef = resolve.types[ref]
    found = {_feature(typedef.stability)}
    if isinstance(typedef.owner, m.InterfaceOwner) and typedef.owner.id != interface:
        found.add(_feature(resolve.interfaces[typedef.owner.id].stability))
    return found - {None}


def _feature(gate: m.Stability) -> str | None:
    return gate.feature if isinstance(gate, m.Unstable) else None
