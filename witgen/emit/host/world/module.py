"""A component's world as typed Python: what it exports to call, what it imports to implement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from witgen.emit.host.kinds import Kinds
from witgen.emit.host.methods import Methods
from witgen.emit.host.shared import Digests, Shared, SharedTypes
from witgen.emit.host.world.exports import Exports
from witgen.emit.host.world.imports import Imports
from witgen.emit.host.world.model import HostWorld, Part, Side
from witgen.emit.host.world.names import BIND, IMPORTS, WORLD, WorldNames
from witgen.emit.pycode.environment import render, string
from witgen.value import state, value


@value
class _Module:
    """What the templates see."""

    target: str
    component: str
    component_name: str
    imports: tuple[str, ...]
    exported: tuple[str, ...]
    definitions: tuple[tuple[str, ...], ...]
    constants: tuple[tuple[str, ...], ...]
    world: str
    has_exports: bool
    has_imports: bool


@state
class _Contents:
    """What a module defines.

    Attributes:
        blocks: Its classes and functions.
        exported: Those of their names that others import.
    """

    blocks: list[tuple[str, ...]] = field(default_factory=list)
    exported: list[str] = field(default_factory=list)


@value
class Modules:
    """The modules of a world.

    Attributes:
        sources: `world`, and one for each interface if there are several, by name.
        shared: The types without resources in them.
    """

    sources: Mapping[str, bytes]
    shared: SharedTypes


def world_modules(world: HostWorld) -> Modules:
    """The typed Python of a world."""
    names = WorldNames.of(world)
    kinds = Kinds(names.types)
    contents = {name: _Contents() for name in (*names.modules, WORLD)}
    _types(names, contents)
    exports = Exports(world, names, Methods(names.types, kinds))
    imports = Imports(world, names, Methods(names.types, kinds))
    for part in (*world.imports, *world.exports):
        home = names.homes[part.side, part.key]
        with names.types.imports.inside(home):
            sources = imports if part.side is Side.IMPORT else exports
            contents[home].blocks += sources.part(part)
            contents[home].exported += _exported(names, part)
    last = contents[WORLD]
    if world.imports:
        last.blocks += imports.all()
        last.exported += [IMPORTS, BIND]
    if world.exports:
        last.blocks.append(exports.world_class())
        last.exported.append(names.world)
    made = {
        name: _rendered(world, names, kinds, name, contents) for name in (*names.modules, WORLD)
    }
    return Modules(made, _shared(names, kinds))


def _shared(names: WorldNames, kinds: Kinds) -> SharedTypes:
    """The types that no other type of the world is like."""
    types = names.types
    digests, found = Digests(types.resolve), dict[bytes, list[Shared]]()
    for ref, constant in kinds.declared().items():
        if ref not in types.handles:
            one = Shared(types.homes[ref], types.classes[ref], types.members[ref], constant)
            found.setdefault(digests.of(ref), []).append(one)
    return {digest: alike[0] for digest, alike in found.items() if len(alike) == 1}


def _types(names: WorldNames, contents: dict[str, _Contents]) -> None:
    types = names.types
    for ref in types.named:
        home = types.homes[ref]
        with types.imports.inside(home):
            contents[home].blocks += types.definitions(ref)
            contents[home].exported += types.exported(ref)


def _exported(names: WorldNames, part: Part) -> Iterable[str]:
    yield from (names.types.classes[ref] for ref in part.resources)
    if part.key:
        yield names.classes[part.side, part.key]


def _rendered(
    world: HostWorld,
    names: WorldNames,
    kinds: Kinds,
    module: str,
    contents: dict[str, _Contents],
) -> bytes:
    imports, made = names.types.imports, contents[module]
    with imports.inside(module):
        names.types.shim("made_for")
        exported = list(made.exported)
        if module == WORLD:
            exported.append("COMPONENT")
            others = ((name, one) for name, one in contents.items() if name != WORLD)
            exported += [imports.own(name, item) for name, one in others for item in one.exported]
    view = _Module(
        world.target,
        world.component,
        string(world.component),
        tuple(imports.lines(module)),
        tuple(sorted(map(string, exported))),
        tuple(made.blocks),
        tuple(kinds.constants.get(module, ())),
        names.world,
        bool(world.exports),
        bool(world.imports),
    )
    return render(f"host/templates/{'world' if module == WORLD else 'part'}.py.j2", view)
