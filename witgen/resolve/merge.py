"""`LocalPackage` → the arenas: resolve foreign names, drop disabled items, assign ids.

Ids are assigned in the order of the reference implementation.
"""

from __future__ import annotations

from dataclasses import field

from witgen.resolve import local
from witgen.resolve import model as m
from witgen.resolve.arena import Arena
from witgen.resolve.ids import CLOSED, Excluded, Ids
from witgen.resolve.join_types import TypeJoin
from witgen.syntax import ast
from witgen.value import replace, state

Places = dict[m.WorldKey, ast.Ident]


@state
class Merge:
    """Joins one package; its dependencies are already in the arena.

    Attributes:
        id: The id of the package.
        ids: The ids of its items.
        types: Joins its types.
        places: The declarations of the worlds' items, by the keys of the arena.
    """

    arena: Arena
    package: local.LocalPackage
    id: m.PackageId
    ids: Ids = field(init=False)
    types: TypeJoin = field(init=False)
    places: dict[int, tuple[Places, Places]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin without ids."""
        self.ids = Ids(self.arena, self.package)
        self.types = TypeJoin(self.ids)

    def run(self) -> None:
        """Append the whole package except what its worlds include and need."""
        self.ids.find_foreign()
        # Owners are ids of interfaces and worlds, which are assigned later.
        first = len(self.arena.types)
        for item in self.package.types:
            self.ids.types.append(self.types.add(item))
        self._find_interfaces()
        for index, interface in enumerate(self.package.interfaces):
            if self.ids.interfaces[index] != CLOSED:
                self.arena.interfaces[self.ids.interfaces[index]] = self._interface(interface)
        self._find_worlds()
        for index, world in enumerate(self.package.worlds):
            if self.ids.worlds[index] != CLOSED:
                id = m.WorldId(self.ids.worlds[index])
                self.arena.set_world(id, self._world(world, id))
        self._own_types(first)
        self._finish()

    def _own_types(self, first: int) -> None:
        """Turn the owners of the package's types into arena ids."""
        for index in self.ids.types:
            if index == CLOSED:
                continue
            type = self.arena.types[index]
            match type.owner:
                case None:
                    continue
                case m.InterfaceOwner(interface):
                    owner: int = self.ids.interfaces[interface]
                    new: m.TypeOwner = m.InterfaceOwner(m.InterfaceId(owner))
                case m.WorldOwner(world):
                    owner = self.ids.worlds[world]
                    new = m.WorldOwner(m.WorldId(owner))
            if owner != CLOSED:
                self.arena.types[index] = replace(type, owner=new)

    # --- interfaces -----------------------------------------------------------------------------

    def _find_interfaces(self) -> None:
        arena = self.arena
        for interface in self.package.interfaces:
            if self.ids.is_open(interface.stability, interface.node):
                self.ids.interfaces.append(len(arena.interfaces))
                arena.interfaces.append(m.Interface(interface.name, {}, {}, self.id))
            else:
                self.ids.interfaces.append(CLOSED)
        for id, item in zip(self.ids.types, self.package.types, strict=True):
            owner = item.type.owner
            if id == CLOSED or item.node is None or not isinstance(owner, m.InterfaceOwner):
                continue
            if self.ids.interfaces[owner.id] == CLOSED:
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
            if type >= 0 and self.ids.types[type] != CLOSED:
                types[name] = m.TypeId(self.ids.types[type])
        functions: dict[str, m.Function] = {}
        for name, function in item.functions.items():
            found = self._function(function.function, function.node.name)
            if found is not None:
                functions[name] = found
        return m.Interface(item.name, types, functions, self.id, item.docs, item.stability)

    def _function(self, function: m.Function, node: ast.Ident) -> m.Function | None:
        """A function with arena ids; None if disabled."""
        if not self.ids.is_open(function.stability, node):
            return None
        try:
            kind = function.kind
            if kind.resource is not None:
                kind = m.FunctionKind(kind.shape, self.ids.type_id(kind.resource, node))
            params = tuple(
                m.Param(param.name, self.types.value(param.type, node)) for param in function.params
            )
            result = None if function.result is None else self.types.value(function.result, node)
        except Excluded:
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
            if self.ids.is_open(world.stability, world.node):
                self.ids.worlds.append(len(self.arena.worlds))
                self.arena.worlds.append(m.World(world.name, {}, {}, self.id))
            else:
                self.ids.worlds.append(CLOSED)

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
                    key = self.ids.interface_id(key, item.node)
            except Excluded:
                continue
            found[key] = new
            places[key] = item.node
        return found

    def _item(self, item: local.LocalItem) -> m.WorldItem | None:
        match item.item:
            case m.TypeItem(id):
                return m.TypeItem(self.ids.type_id(id, item.node))
            case m.FunctionItem(function):
                new = self._function(function, item.node)
                return m.FunctionItem(new) if new is not None else None
            case m.InterfaceItem(id, stability, external, docs):
                if not self.ids.is_open(stability, item.node):
                    return None
                return m.InterfaceItem(
                    self.ids.interface_id(id, item.node), stability, external, docs
                )

    def _finish(self) -> None:
        """Register the package's named interfaces and worlds."""
        arena = self.arena
        interfaces = {
            item.name: m.InterfaceId(id)
            for item, id in zip(self.package.interfaces, self.ids.interfaces, strict=True)
            if id != CLOSED and item.name is not None
        }
        worlds = {
            item.name: m.WorldId(id)
            for item, id in zip(self.package.worlds, self.ids.worlds, strict=True)
            if id != CLOSED
        }
        arena.packages[self.id] = m.Package(
            self.package.name, interfaces, worlds, self.package.docs
        )
