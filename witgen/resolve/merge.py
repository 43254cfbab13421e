"""`LocalPackage` → the arenas: resolve foreign names, drop disabled items, assign ids.

Ids are assigned in the order of the reference implementation.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from witgen.diagnostics import did_you_mean
from witgen.resolve import local
from witgen.resolve import model as m
from witgen.resolve.arena import Arena
from witgen.resolve.kinds import map_types
from witgen.syntax import ast
from witgen.value import replace

Places = dict[m.WorldKey, ast.Ident]
# The id that an excluded type, interface or world maps to.
_CLOSED = -1


class _Excluded(Exception):
    """A reference to something behind a disabled feature, already reported."""


@dataclass(slots=True)
class Merge:
    """Joins one package; its dependencies are already in the arena."""

    arena: Arena
    package: local.LocalPackage
    id: m.PackageId
    types: list[int] = field(default_factory=list)
    interfaces: list[int] = field(default_factory=list)
    worlds: list[int] = field(default_factory=list)
    foreign_types: list[int] = field(default_factory=list)
    foreign_interfaces: list[int] = field(default_factory=list)
    foreign_worlds: list[int] = field(default_factory=list)
    owned: dict[m.TypeId, m.TypeId] = field(default_factory=dict)
    # The declarations of the worlds' items, by the keys of the arena.
    places: dict[int, tuple[Places, Places]] = field(default_factory=dict)

    def run(self) -> None:
        """Append the whole package except what its worlds include and need."""
        self._find_foreign()
        # Owners are ids of interfaces and worlds, which are assigned later.
        first = len(self.arena.types)
        for item in self.package.types:
            self.types.append(self._add_type(item))
        self._find_interfaces()
        for index, interface in enumerate(self.package.interfaces):
            if self.interfaces[index] != _CLOSED:
                self.arena.interfaces[self.interfaces[index]] = self._interface(interface)
        self._find_worlds()
        for index, world in enumerate(self.package.worlds):
            if self.worlds[index] != _CLOSED:
                id = m.WorldId(self.worlds[index])
                self.arena.set_world(id, self._world(world, id))
        self._own_types(first)
        self._finish()

    # --- other packages -------------------------------------------------------------------------

    def _find_foreign(self) -> None:
        for item in self.package.foreign_interfaces:
            self.foreign_interfaces.append(self._foreign_item(item))
        for item in self.package.foreign_worlds:
            self.foreign_worlds.append(self._foreign_item(item))
        for type in self.package.foreign_types:
            self.foreign_types.append(self._foreign_type(type))

    def _is_open(self, stability: m.Stability, node: ast.Ident | None) -> bool:
        return self.arena.is_open(stability, self.package.name, node)

    def _foreign_item(self, item: local.ForeignItem) -> int:
        if not any(self._is_open(gate, item.name) for gate in item.gates):
            return _CLOSED
        package = self.arena.packages[self.arena.names[item.package]]
        known = package.worlds if item.is_world else package.interfaces
        found = known.get(item.name.name)
        if found is not None:
            return found
        self.package.sound = False
        if self.arena.report.full:
            return _CLOSED
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
        return _CLOSED

    def _foreign_type(self, type: local.ForeignType) -> int:
        if not self._is_open(type.stability, type.name):
            return _CLOSED
        id = self.foreign_interfaces[~type.interface]
        if id == _CLOSED:
            # Missing or gated: reported where the type is used.
            return _CLOSED
        interface = self.arena.interfaces[id]
        found = interface.types.get(type.name.name)
        if found is not None:
            return found
        self.package.sound = False
        if self.arena.report.full:
            return _CLOSED
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
        return _CLOSED

    # --- ids ------------------------------------------------------------------------------------

    def _excluded(
        self, what: str, node: ast.Ident | None, title: str, gated: ast.Ident | None = None
    ) -> _Excluded:
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
        return _Excluded()

    def _type_id(self, id: m.TypeId, node: ast.Ident | None) -> m.TypeId:
        found = self.types[id] if id >= 0 else self.foreign_types[~id]
        if found != _CLOSED:
            return m.TypeId(found)
        if id >= 0:
            item = self.package.types[id]
            raise self._excluded("type", node, item.type.name or "…", item.node)
        raise self._excluded("type", node, self.package.foreign_types[~id].name.name)

    def _interface_id(self, id: m.InterfaceId, node: ast.Ident | None) -> m.InterfaceId:
        found = self.interfaces[id] if id >= 0 else self.foreign_interfaces[~id]
        if found != _CLOSED:
            return m.InterfaceId(found)
        if id >= 0:
            item = self.package.interfaces[id]
            raise self._excluded("interface", node, item.node.name, item.node)
        raise self._excluded("interface", node, self.package.foreign_interfaces[~id].name.name)

    def world_id(self, id: m.WorldId, node: ast.Ident) -> m.WorldId | None:
        """The arena id of a world of the package; None if disabled."""
        found = self.worlds[id] if id >= 0 else self.foreign_worlds[~id]
        if found != _CLOSED:
            return m.WorldId(found)
        gated = self.package.worlds[id].node if id >= 0 else None
        self._excluded("world", node, node.name, gated)
        return None

    # --- types ----------------------------------------------------------------------------------

    def _add_type(self, item: local.LocalType) -> int:
        type, node = item.type, item.node
        if not self._is_open(type.stability, node):
            return _CLOSED
        try:
            kind = self._kind(type.kind, node)
        except _Excluded:
            return _CLOSED
        return self.arena.add_type(replace(type, kind=kind))

    def _kind(self, kind: m.TypeDefKind, node: ast.Ident | None) -> m.TypeDefKind:
        match kind:
            case m.Alias(type):
                # An alias of a resource is a resource, not a handle.
                if isinstance(type, m.Prim):
                    return kind
                return m.Alias(self._type_id(type, node))
            case m.Borrow(resource):
                return m.Borrow(self._resource_id(resource, node))
            case m.Own(resource):
                return m.Own(self._resource_id(resource, node))
            case _:
                return map_types(kind, lambda type: self._value(type, node))

    def _resource_id(self, id: m.TypeId, node: ast.Ident | None) -> m.TypeId:
        found = self._type_id(id, node)
        if self.arena.resource_behind(found) is None:
            self._not_a_resource(id, node)
        return found

    def _not_a_resource(self, id: m.TypeId, node: ast.Ident | None) -> None:
        item = self.package.types[id]
        at = node or item.node
        if at is not None:
            self.package.sound = False
            self.arena.report.at(
                at,
                "RES1022",
                f"type `{item.type.name}` in a handle must be a resource",
                labels=(
                    [(item.node, "brought in here")] if item.node and at is not item.node else []
                ),
            )

    def _value(self, type: m.Type, node: ast.Ident | None) -> m.Type:
        """A type in value position, where a resource's name means an owned handle."""
        if isinstance(type, m.Prim):
            return type
        id = self._type_id(type, node)
        if self.arena.resource_behind(id) is None:
            return id
        if id not in self.owned:
            self.owned[id] = self.arena.add_type(m.TypeDef(None, m.Own(id)))
        return self.owned[id]

    def _own_types(self, first: int) -> None:
        """Turn the owners of the package's types into arena ids."""
        for index in self.types:
            if index == _CLOSED:
                continue
            type = self.arena.types[index]
            match type.owner:
                case None:
                    continue
                case m.InterfaceOwner(interface):
                    owner: int = self.interfaces[interface]
                    new: m.TypeOwner = m.InterfaceOwner(m.InterfaceId(owner))
                case m.WorldOwner(world):
                    owner = self.worlds[world]
                    new = m.WorldOwner(m.WorldId(owner))
            if owner != _CLOSED:
                self.arena.types[index] = replace(type, owner=new)

    # --- interfaces -----------------------------------------------------------------------------

    def _find_interfaces(self) -> None:
        arena = self.arena
        for interface in self.package.interfaces:
            if self._is_open(interface.stability, interface.node):
                self.interfaces.append(len(arena.interfaces))
                arena.interfaces.append(m.Interface(interface.name, {}, {}, self.id))
            else:
                self.interfaces.append(_CLOSED)
        for id, item in zip(self.types, self.package.types, strict=True):
            owner = item.type.owner
            if id == _CLOSED or item.node is None or not isinstance(owner, m.InterfaceOwner):
                continue
            if self.interfaces[owner.id] == _CLOSED:
                node = self.package.interfaces[owner.id].node
                arena.report.at(
                    item.node,
                    "RES1043",
                    f"type `{item.type.name}` is not gated, but its interface `{node.name}` is",
                    labels=[(node, "gated and disabled")],
                    help=("repeat the gate of the interface before each of its types",),
                )

    def _interface(self, item: local.LocalInterface) -> m.Interface:
        types: dict[str, m.TypeId] = {}
        for name, type in item.types.items():
            if type >= 0 and self.types[type] != _CLOSED:
                types[name] = m.TypeId(self.types[type])
        functions: dict[str, m.Function] = {}
        for name, function in item.functions.items():
            found = self._function(function.function, function.node.name)
            if found is not None:
                functions[name] = found
        return m.Interface(item.name, types, functions, self.id, item.docs, item.stability)

    def _function(self, function: m.Function, node: ast.Ident) -> m.Function | None:
        """A function with arena ids; None if disabled."""
        if not self._is_open(function.stability, node):
            return None
        try:
            kind = function.kind
            if kind.resource is not None:
                kind = m.FunctionKind(kind.shape, self._type_id(kind.resource, node))
            params = tuple(
                m.Param(param.name, self._value(param.type, node)) for param in function.params
            )
            result = None if function.result is None else self._value(function.result, node)
        except _Excluded:
            return None
        if result is not None and self.arena.has_borrow(result):
            self.arena.report.at(
                node,
                "RES1026",
                f"function `{function.name}` returns a type that contains a `borrow`",
                help=("borrowed handles end with the call: return an owned handle",),
            )
        return replace(function, kind=kind, params=params, result=result)

    # --- worlds ---------------------------------------------------------------------------------

    def _find_worlds(self) -> None:
        for world in self.package.worlds:
            if self._is_open(world.stability, world.node):
                self.worlds.append(len(self.arena.worlds))
                self.arena.worlds.append(m.World(world.name, {}, {}, self.id))
            else:
                self.worlds.append(_CLOSED)

    def _world(self, item: local.LocalWorld, id: int) -> m.World:
        self.places[id] = ({}, {})
        return m.World(
            item.name,
            self._items(item.imports, self.places[id][0]),
            self._items(item.exports, self.places[id][1]),
            self.id,
            item.docs,
            item.stability,
        )

    def _items(
        self, items: dict[m.WorldKey, local.LocalItem], places: Places
    ) -> dict[m.WorldKey, m.WorldItem]:
        found: dict[m.WorldKey, m.WorldItem] = {}
        for key, item in items.items():
            try:
                new = self._item(item)
                if new is None:
                    continue
                if not isinstance(key, str):
                    key = self._interface_id(key, item.node)
            except _Excluded:
                continue
            found[key] = new
            places[key] = item.node
        return found

    def _item(self, item: local.LocalItem) -> m.WorldItem | None:
        match item.item:
            case m.TypeItem(id):
                return m.TypeItem(self._type_id(id, item.node))
            case m.FunctionItem(function):
                new = self._function(function, item.node)
                return m.FunctionItem(new) if new is not None else None
            case m.InterfaceItem(id, stability, external, docs):
                if not self._is_open(stability, item.node):
                    return None
                return m.InterfaceItem(self._interface_id(id, item.node), stability, external, docs)

    def _finish(self) -> None:
        """Register the package's named interfaces and worlds."""
        arena = self.arena
        interfaces = {
            item.name: m.InterfaceId(id)
            for item, id in zip(self.package.interfaces, self.interfaces, strict=True)
            if id != _CLOSED and item.name is not None
        }
        worlds = {
            item.name: m.WorldId(id)
            for item, id in zip(self.package.worlds, self.worlds, strict=True)
            if id != _CLOSED
        }
        arena.packages[self.id] = m.Package(
            self.package.name, interfaces, worlds, self.package.docs
        )


def _a(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def _listing(what: str, known: list[str]) -> tuple[str, ...]:
    if not known:
        return (f"the package has no {what}s",)
    shown = ", ".join(f"`{name}`" for name in known[:8])
    return (f"the package has the {what}s {shown}{', …' if len(known) > 8 else ''}",)
