"""Types of a package being joined → types of the arena."""

from __future__ import annotations

from dataclasses import field

from witgen.resolve import local
from witgen.resolve import model as m
from witgen.resolve.ids import CLOSED, Excluded, Ids
from witgen.resolve.kinds import map_types
from witgen.syntax import ast
from witgen.value import replace, state


@state
class TypeJoin:
    """Joins the types of one package.

    Attributes:
        owned: Resource → the type of a handle that owns it, where one was needed.
    """

    ids: Ids
    owned: dict[m.TypeId, m.TypeId] = field(default_factory=dict)

    def add(self, item: local.LocalType) -> int:
        """Append a type of the package and return its id, `CLOSED` if disabled."""
        type, node = item.type, item.node
        if not self.ids.is_open(type.stability, node):
            return CLOSED
        try:
            kind = self._kind(type.kind, node)
        except Excluded:
            return CLOSED
        return self.ids.arena.add_type(replace(type, kind=kind))

    def _kind(self, kind: m.TypeDefKind, node: ast.Ident | None) -> m.TypeDefKind:
        match kind:
            case m.Alias(type):
                # An alias of a resource is a resource, not a handle.
                if isinstance(type, m.Prim):
                    return kind
                return m.Alias(self.ids.type_id(type, node))
            case m.Borrow(resource):
                return m.Borrow(self._resource_id(resource, node))
            case m.Own(resource):
                return m.Own(self._resource_id(resource, node))
            case _:
                return map_types(kind, lambda type: self.value(type, node))

    def _resource_id(self, id: m.TypeId, node: ast.Ident | None) -> m.TypeId:
        found = self.ids.type_id(id, node)
        if self.ids.arena.resource_behind(found) is None:
            self._not_a_resource(id, node)
        return found

    def _not_a_resource(self, id: m.TypeId, node: ast.Ident | None) -> None:
        item = self.ids.package.types[id]
        at = node or item.node
        if at is not None:
            self.ids.package.sound = False
            self.ids.arena.report.at(
                at,
                "RES1022",
                f"type `{item.type.name}` in a handle must be a resource",
                labels=(
                    [(item.node, "brought in here")] if item.node and at is not item.node else []
                ),
            )

    def value(self, type: m.Type, node: ast.Ident | None) -> m.Type:
        """A type in value position, where a resource's name means an owned handle.

        Raises:
            Excluded: It contains a type that is disabled or missing.
        """
        if isinstance(type, m.Prim):
            return type
        id = self.ids.type_id(type, node)
        if self.ids.arena.resource_behind(id) is None:
            return id
        if id not in self.owned:
            self.owned[id] = self.ids.arena.add_type(m.TypeDef(None, m.Own(id)))
        return self.owned[id]
