"""Complete worlds with the interfaces that their imports and exports need.

"Item: `world`" of WIT.md: what an import needs is imported before it; what an export needs is taken
from another export if possible, and otherwise imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from witgen.resolve import model as m
from witgen.resolve.arena import Arena
from witgen.syntax import ast
from witgen.value import replace, state

_Items = dict[m.WorldKey, m.WorldItem]


class Incompatible(Exception):
    """An exported interface needs another one both as an import and as an export."""

    def __init__(self, export: m.WorldKey, needed: m.InterfaceId) -> None:
        super().__init__(export, needed)
        self.export = export
        self.needed = needed


def elaborate(arena: Arena, id: m.WorldId) -> None:
    """Add what a world needs and put its imports in order.

    Raises:
        Incompatible: An export cannot be satisfied.
    """
    world = arena.worlds[id]
    imports: _Items = {}
    for key, item in sorted(world.imports.items(), key=lambda pair: _rank(arena, pair[1])):
        if isinstance(item, m.InterfaceItem):
            _add_import(arena, imports, key, item)
        else:
            if isinstance(item, m.TypeItem):
                dependency = arena.type_dependency(item.id)
                if dependency is not None:
                    stability = arena.types[item.id].stability
                    _add_import(arena, imports, dependency, m.InterfaceItem(dependency, stability))
            imports[key] = item
    exports: _Items = {}
    interfaces: dict[m.WorldKey, m.InterfaceItem] = {}
    for key, item in world.exports.items():
        if isinstance(item, m.InterfaceItem):
            interfaces[key] = item
        else:
            exports[key] = item
    run = _Exports(arena, interfaces, imports, exports)
    for key, item in interfaces.items():
        run.add(key, item)
    ordered = dict(sorted(imports.items(), key=lambda pair: _rank(arena, pair[1])))
    arena.set_world(id, replace(world, imports=ordered, exports=exports))


def _rank(arena: Arena, item: m.WorldItem) -> int:
    """The order of imports: each after those it needs."""
    match item:
        case m.InterfaceItem():
            return 0
        case m.TypeItem(id):
            type = arena.types[id]
            if isinstance(type.kind, m.Alias) and not isinstance(type.kind.type, m.Prim):
                return 1 if arena.types[type.kind.type].owner != type.owner else 2
            return 2
        case m.FunctionItem(function):
            return 3 if function.kind.resource is None else 4


def _add_import(arena: Arena, imports: _Items, key: m.WorldKey, item: m.InterfaceItem) -> None:
    """Import an interface after those it needs; without recursion, as chains may be long."""
    waiting: list[tuple[m.WorldKey, m.InterfaceItem, bool]] = [(key, item, False)]
    while waiting:
        key, item, ready = waiting.pop()
        if key in imports:
            continue
        if ready:
            imports[key] = item
            continue
        waiting.append((key, item, True))
        added = m.InterfaceItem(item.id, item.stability)
        waiting += [
            (dependency, replace(added, id=dependency), False)
            for dependency in reversed(arena.dependencies(item.id))
            if dependency not in imports
        ]


@state
class _Exports:
    """Adds the exports of one world with what they need."""

    arena: Arena
    wanted: Mapping[m.WorldKey, m.InterfaceItem]
    imports: _Items
    exports: _Items
    required: set[m.InterfaceId] = field(default_factory=set)

    def add(self, root: m.WorldKey, item: m.InterfaceItem) -> None:
        """Add an exported interface after those it needs.

        Raises:
            Incompatible: One of them would be an import and an export.
        """
        # Each entry: key, item, whether it is an export, whether its needs are satisfied.
        waiting: list[tuple[m.WorldKey, m.InterfaceItem, bool, bool]] = [(root, item, True, False)]
        while waiting:
            key, item, export, ready = waiting.pop()
            if ready:
                if not self._place(key, item, export=export):
                    raise Incompatible(root, item.id)
                continue
            if key in self.exports:
                if not export:
                    raise Incompatible(root, item.id)
                continue
            if not export and item.id in self.required:
                continue
            waiting.append((key, item, export, True))
            added = m.InterfaceItem(item.id, item.stability, item.external_id)
            waiting += [
                (
                    dependency,
                    replace(added, id=dependency),
                    export and dependency in self.wanted,
                    False,
                )
                for dependency in reversed(self.arena.dependencies(item.id))
            ]

    def _place(self, key: m.WorldKey, item: m.InterfaceItem, *, export: bool) -> bool:
        if not export:
            self.required.add(item.id)
            self.imports.setdefault(key, item)
            return True
        if item.id in self.required:
            return False
        # One reached as a need takes the attributes of its own `export`.
        self.exports.setdefault(key, item)
        return True


def report_incompatible(
    arena: Arena, node: ast.Ident, places: Mapping[m.WorldKey, ast.Ident], problem: Incompatible
) -> None:
    """Report which export cannot be satisfied, and which interface is the reason."""
    export, needed = arena.key_name(problem.export), arena.interface_title(problem.needed)
    labels = [(places[problem.export], "this export")] if problem.export in places else []
    other = places.get(problem.needed)
    if other is not None and problem.needed != problem.export:
        labels.append((other, f"`{needed}` is exported here"))
    arena.report.at(
        node,
        "RES1050",
        f"export `{export}` depends on interfaces in incompatible ways: `{needed}` would be both"
        " imported and exported",
        label="in this world",
        labels=labels,
        help=("also export the interfaces between the two, or export only one of the two",),
    )
