"""Ids of a package being joined → ids of the arena, with the items of other packages."""

from __future__ import annotations

from dataclasses import field

from witgen.diagnostics import did_you_mean
from witgen.resolve import local
from witgen.resolve import model as m
from witgen.resolve.arena import Arena
from witgen.syntax import ast
from witgen.value import state

# The id that an excluded type, interface or world maps to.
CLOSED = -1


class Excluded(Exception):
    """A reference to something behind a disabled feature, already reported."""


@state
class Ids:
    """The arena ids of the items of one package; its dependencies are already in the arena.

    Attributes:
        types: Index in the package → id, for its own types; so with interfaces and worlds.
        foreign_types: Inverted index (`~id`) → id, for types of other packages; so with the others.
    """

    arena: Arena
    package: local.LocalPackage
    types: list[int] = field(default_factory=list)
    interfaces: list[int] = field(default_factory=list)
    worlds: list[int] = field(default_factory=list)
    foreign_types: list[int] = field(default_factory=list)
    foreign_interfaces: list[int] = field(default_factory=list)
    foreign_worlds: list[int] = field(default_factory=list)

    def find_foreign(self) -> None:
        """Look up what the package takes from others."""
        for item in self.package.foreign_interfaces:
            self.foreign_interfaces.append(self._foreign_item(item))
        for item in self.package.foreign_worlds:
            self.foreign_worlds.append(self._foreign_item(item))
        for type in self.package.foreign_types:
            self.foreign_types.append(self._foreign_type(type))

    def is_open(self, stability: m.Stability, node: ast.Ident | None) -> bool:
        """Whether a gate admits an item of the package; see `Arena.is_open`."""
        return self.arena.is_open(stability, self.package.name, node)

    def _foreign_item(self, item: local.ForeignItem) -> int:
        if not any(self.is_open(gate, item.name) for gate in item.gates):
            return CLOSED
        package = self.arena.packages[self.arena.names[item.package]]
        known = package.worlds if item.is_world else package.interfaces
        found = known.get(item.name.name)
        if found is not None:
            return found
        self.package.sound = False
        if self.arena.report.full:
            return CLOSED
        what, other = ("world", "interface") if item.is_world else ("interface", "world")
        others = package.interfaces if item.is_world else package.worlds
        if item.name.name in others:
            help: tuple[str, ...] = (f"`{item.name.name}` is {_a(other)}",)
        else:
            help = did_you_mean(item.name.name, known) or _listing(what, list(known))
        self.arena.report.at(
            item.name,
            "RES1006",
            f"{what} `{item.name.name}` does not exist in package `{package.name}`",
            labels=self.arena.package_label(package.name, "this package"),
            help=help,
        )
        return CLOSED

    def _foreign_type(self, type: local.ForeignType) -> int:
        if not self.is_open(type.stability, type.name):
            return CLOSED
        id = self.foreign_interfaces[~type.interface]
        if id == CLOSED:
            # Missing or gated: reported where the type is used.
            return CLOSED
        interface = self.arena.interfaces[id]
        found = interface.types.get(type.name.name)
        if found is not None:
            return found
        self.package.sound = False
        if self.arena.report.full:
            return CLOSED
        if type.name.name in interface.functions:
            self.arena.report.at(
                type.name, "RES1024", f"`{type.name.name}` is a function: only types can be used"
            )
        else:
            title = self.arena.interface_title(m.InterfaceId(id))
            self.arena.report.at(
                type.name,
                "RES1025",
                f"type `{type.name.name}` is not defined in interface `{title}`",
                help=did_you_mean(type.name.name, interface.types),
            )
        return CLOSED

    def _excluded(
        self, what: str, node: ast.Ident | None, title: str, gated: ast.Ident | None = None
    ) -> Excluded:
        # Something missing was already reported, and gates do not matter.
        if self.package.sound and node is not None:
            self.arena.report.at(
                node,
                "RES1042",
                f"{what} `{title}` is behind a disabled feature",
                label="not gated itself",
                labels=[(gated, "gated here")] if gated is not None else [],
                help=("gate this item with the same feature, or enable the feature",),
            )
        return Excluded()

    def type_id(self, id: m.TypeId, node: ast.Ident | None) -> m.TypeId:
        """The arena id of a type that is used at `node`.

        Raises:
            Excluded: It is disabled or missing.
        """
        found = self.types[id] if id >= 0 else self.foreign_types[~id]
        if found != CLOSED:
            return m.TypeId(found)
        if id >= 0:
            item = self.package.types[id]
            raise self._excluded("type", node, item.type.name or "…", item.node)
        raise self._excluded("type", node, self.package.foreign_types[~id].name.name)

    def interface_id(self, id: m.InterfaceId, node: ast.Ident | None) -> m.InterfaceId:
        """The arena id of an interface that is used at `node`.

        Raises:
            Excluded: It is disabled or missing.
        """
        found = self.interfaces[id] if id >= 0 else self.foreign_interfaces[~id]
        if found != CLOSED:
            return m.InterfaceId(found)
        if id >= 0:
            item = self.package.interfaces[id]
            raise self._excluded("interface", node, item.node.name, item.node)
        raise self._excluded("interface", node, self.package.foreign_interfaces[~id].name.name)

    def world_id(self, id: m.WorldId, node: ast.Ident) -> m.WorldId | None:
        """The arena id of a world of the package; None if disabled."""
        found = self.worlds[id] if id >= 0 else self.foreign_worlds[~id]
        if found != CLOSED:
            return m.WorldId(found)
        gated = self.package.worlds[id].node if id >= 0 else None
        self._excluded("world", node, node.name, gated)
        return None


def _a(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def _listing(what: str, known: list[str]) -> tuple[str, ...]:
    if not known:
        return (f"the package has no {what}s",)
    shown = ", ".join(f"`{name}`" for name in known[:8])
    return (f"the package has the {what}s {shown}{', …' if len(known) > 8 else ''}",)
