"""`include`: the imports and exports of one world copied into another.

"Item: `include`" of WIT.md. Interfaces by their path are shared; everything with a plain name is
copied, with the types that belong to the included world.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field

from witgen.diagnostics import did_you_mean
from witgen.resolve import local
from witgen.resolve import model as m
from witgen.resolve.arena import Arena
from witgen.resolve.kinds import map_types
from witgen.resolve.merge import Places
from witgen.syntax import ast
from witgen.value import replace, state

# `[method][get]r.m`: annotations, base name, member.
_KEY = re.compile(r"((?:\[[a-z]+\])*)([^.\]]*)(.*)", re.DOTALL)
_Items = dict[m.WorldKey, m.WorldItem]


def include(
    arena: Arena,
    into: m.WorldId,
    source: m.WorldId,
    node: local.LocalInclude,
    places: tuple[Places, Places],
) -> None:
    """Append what one world imports and exports to another; errors go to the arena's report.

    Args:
        arena: Contains both worlds.
        into: The including world.
        source: The included world, already elaborated.
        node: The `include`.
        places: Where the including world's own imports and exports are declared.
    """
    world, included = arena.worlds[into], arena.worlds[source]
    renames = _renames(arena, included, node)
    cloner = Cloner(arena, m.WorldOwner(source), m.WorldOwner(into), world.package)
    foreign = included.package != world.package
    run = _Include(arena, node, renames, cloner, foreign)
    imports, exports = dict(world.imports), dict(world.exports)
    run.copy(imports, included.imports, "import", places[0])
    run.copy(exports, included.exports, "export", places[1])
    arena.set_world(into, replace(world, imports=imports, exports=exports))


def _base(key: str) -> str:
    match = _KEY.fullmatch(key)
    assert match is not None
    return match[2]


def _renames(arena: Arena, included: m.World, node: local.LocalInclude) -> Mapping[str, ast.Rename]:
    """Old name → its first rename; reports renames of names that do not exist."""
    known = dict.fromkeys(
        _base(key)
        for side in (included.imports, included.exports)
        for key in side
        if isinstance(key, str)
    )
    renames: dict[str, ast.Rename] = {}
    for rename in node.renames:
        renames.setdefault(rename.name.name, rename)
        if rename.name.name in known or arena.report.full:
            continue
        by_path = any(
            not isinstance(key, str) and arena.interfaces[key].name == rename.name.name
            for key in (*included.imports, *included.exports)
        )
        arena.report.at(
            rename.name,
            "RES1060",
            f"world `{included.name}` has no import or export with the plain name"
            f" `{rename.name.name}`",
            help=(
                ("an interface imported by its path cannot be renamed",)
                if by_path
                else did_you_mean(rename.name.name, known)
            ),
        )
    return renames


@state
class _Include:
    arena: Arena
    node: local.LocalInclude
    renames: Mapping[str, ast.Rename]
    cloner: Cloner
    foreign: bool

    def copy(
        self, into: _Items, items: Mapping[m.WorldKey, m.WorldItem], word: str, places: Places
    ) -> None:
        """Copy one side of the included world."""
        for key, item in items.items():
            if isinstance(key, str):
                self._copy_named(into, key, item, word, places)
            elif isinstance(item, m.InterfaceItem):
                into[key] = self._merged(into.get(key, item), item, key, places)

    def _copy_named(
        self, into: _Items, key: str, item: m.WorldItem, word: str, places: Places
    ) -> None:
        name = self._renamed(key)
        # Copied even if it clashes, so that ids do not depend on errors.
        copy = self.cloner.item(item, name)
        if name not in into:
            into[name] = copy
            return
        rename = self.renames.get(_base(key))
        self.arena.report.at(
            rename.alias if rename else self.node.node,
            "RES1061",
            f"{word} of `{name}` shadows something the world already {word}s",
            labels=_labels(places, name, f"{word}ed here"),
            help=(f"rename it: `include … with {{ {_base(key)} as … }}`",),
        )

    def _renamed(self, key: str) -> str:
        match = _KEY.fullmatch(key)
        assert match is not None
        rename = self.renames.get(match[2])
        return key if rename is None else f"{match[1]}{rename.alias.name}{match[3]}"

    def _merged(
        self, before: m.WorldItem, item: m.InterfaceItem, key: m.InterfaceId, places: Places
    ) -> m.WorldItem:
        """Merge one interface of both worlds; their gates must agree."""
        assert isinstance(before, m.InterfaceItem)
        if self.foreign and isinstance(item.stability, m.Stable):
            # A release of another package does not affect this one.
            return replace(before, stability=None)
        if item.stability is None or item.stability == before.stability:
            return before
        if before.stability is None:
            return replace(before, stability=item.stability)
        self.arena.report.at(
            self.node.node,
            "RES1062",
            f"interface `{self.arena.interface_title(key)}` is gated differently"
            " in this world and in the included one",
            labels=_labels(places, key, "gated here"),
            help=("give both the same gate",),
        )
        return before


def _labels(places: Places, key: m.WorldKey, text: str) -> list[tuple[ast.Ident, str]]:
    return [(places[key], text)] if key in places else []


@state
class Cloner:
    """Copies items of one world into another, each type at most once."""

    arena: Arena
    old: m.TypeOwner
    new: m.TypeOwner
    package: m.PackageId
    _types: dict[m.TypeId, m.TypeId] = field(default_factory=dict)

    def item(self, item: m.WorldItem, name: str) -> m.WorldItem:
        """The copy of the item named `name`."""
        match item:
            case m.TypeItem(id):
                return m.TypeItem(self._copy(id, name))
            case m.FunctionItem(function):
                return m.FunctionItem(replace(self._function(function), name=name))
            case m.InterfaceItem(id):
                if self.arena.interfaces[id].name is not None:
                    return item
                return replace(item, id=self._interface(id))

    def _copy(self, id: m.TypeId, name: str | None = None) -> m.TypeId:
        """The copy of a type that belongs to the copied items."""
        if id not in self._types:
            type = self.arena.types[id]
            kind = self._kind(type.kind)
            owner = self.new if type.owner == self.old else type.owner
            new = replace(type, name=name or type.name, kind=kind, owner=owner)
            self._types[id] = self.arena.add_type(new)
        return self._types[id]

    def _kind(self, kind: m.TypeDefKind) -> m.TypeDefKind:
        match kind:
            case m.Own(resource):
                return m.Own(self._id(resource))
            case m.Borrow(resource):
                return m.Borrow(self._id(resource))
            case _:
                return map_types(kind, self._type)

    def _type(self, type: m.Type) -> m.Type:
        return type if isinstance(type, m.Prim) else self._id(type)

    def _id(self, id: m.TypeId) -> m.TypeId:
        owner = self.arena.types[id].owner
        return self._copy(id) if owner is None or owner == self.old else id

    def _function(self, function: m.Function) -> m.Function:
        kind = function.kind
        if kind.resource is not None:
            kind = m.FunctionKind(kind.shape, self._id(kind.resource))
        params = tuple(m.Param(param.name, self._type(param.type)) for param in function.params)
        result = None if function.result is None else self._type(function.result)
        return replace(function, kind=kind, params=params, result=result)

    def _interface(self, id: m.InterfaceId) -> m.InterfaceId:
        arena = self.arena
        source = arena.interfaces[id]
        new = m.InterfaceId(len(arena.interfaces))
        arena.interfaces.append(source)
        outer = self.old, self.new
        self.old, self.new = m.InterfaceOwner(id), m.InterfaceOwner(new)
        types = {name: self._copy(type) for name, type in source.types.items()}
        functions = {name: self._function(f) for name, f in source.functions.items()}
        self.old, self.new = outer
        arena.interfaces[new] = replace(
            source, types=types, functions=functions, package=self.package, clone_of=id
        )
        return new
