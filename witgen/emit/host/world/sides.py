"""One resource that a world has several times: each time it is another type.

An interface that is imported and exported has resources of the host and others of the component,
and one that is imported under two names has resources of two implementations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from witgen.client.kinds import children
from witgen.resolve import model as m
from witgen.resolve.kinds import map_types
from witgen.value import replace, state


@state
class View:
    """Types as one part of a world has them: those that hold certain resources are its own.

    Attributes:
        doubled: These resources.
        types: All types; copies are added.
    """

    doubled: frozenset[m.TypeId]
    types: list[m.TypeDef]
    _holds: dict[m.TypeId, bool] = field(default_factory=dict)
    _copies: dict[m.TypeId, m.TypeId] = field(default_factory=dict)

    def function(self, function: m.Function) -> m.Function:
        """A function, its types those of the view."""
        kind = function.kind
        if kind.resource is not None:
            kind = replace(kind, resource=self.type(kind.resource))
        return replace(
            function,
            kind=kind,
            params=tuple(replace(p, type=self._change(p.type)) for p in function.params),
            result=None if function.result is None else self._change(function.result),
        )

    def type(self, ref: m.TypeId) -> m.TypeId:
        """The view's type."""
        if not self._reaches(ref):
            return ref
        if ref not in self._copies:
            typedef = self.types[ref]
            copy = self._copies[ref] = m.TypeId(len(self.types))
            self.types.append(typedef)
            self.types[copy] = replace(typedef, kind=self._kind(typedef.kind))
        return self._copies[ref]

    def _change(self, ty: m.Type) -> m.Type:
        return ty if isinstance(ty, m.Prim) else self.type(ty)

    def _kind(self, kind: m.TypeDefKind) -> m.TypeDefKind:
        match kind:
            case m.Own(resource):
                return m.Own(self.type(resource))
            case m.Borrow(resource):
                return m.Borrow(self.type(resource))
            case _:
                return map_types(kind, self._change)

    def _reaches(self, ty: m.Type) -> bool:
        if isinstance(ty, m.Prim):
            return False
        if ty not in self._holds:
            self._holds[ty] = ty in self.doubled or any(
                self._reaches(child) for child in children(self.types[ty].kind)
            )
        return self._holds[ty]


@state
class Views:
    """The views of a world's interfaces.

    Attributes:
        resolve: Where the world stands.
        types: Its types, and the copies of the views.
        exports: The view of its exports.
    """

    resolve: m.Resolve
    types: list[m.TypeDef]
    exports: View
    _seen: set[tuple[bool, m.InterfaceId]] = field(default_factory=set)

    @staticmethod
    def of(resolve: m.Resolve, world: m.World) -> Views:
        """The views of a world."""
        imported = {i.id for i in world.imports.values() if isinstance(i, m.InterfaceItem)}
        both = [
            item.id
            for item in world.exports.values()
            if isinstance(item, m.InterfaceItem) and item.id in imported
        ]
        types = list(resolve.types)
        doubled = frozenset(ref for id in both for ref in _resources(resolve, id))
        return Views(resolve, types, View(doubled, types))

    def next(self, id: m.InterfaceId, *, exported: bool) -> View:
        """The view of an interface; another one each time it occurs on one side."""
        first = (exported, id) not in self._seen
        self._seen.add((exported, id))
        if not first:
            return View(frozenset(_resources(self.resolve, id)), self.types)
        return self.exports if exported else View(frozenset(), self.types)


def _resources(resolve: m.Resolve, id: m.InterfaceId) -> Iterator[m.TypeId]:
    for ref in resolve.interfaces[id].types.values():
        if isinstance(resolve.types[ref].kind, m.Resource):
            yield ref
