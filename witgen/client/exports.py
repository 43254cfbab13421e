"""Golem's `-exports` package, to which its build moves everything that a component exports.

With `--types use` a client `use`s the target's types from there, as Golem's does.
"""

from __future__ import annotations

from collections.abc import Iterable

from witgen.client.assembly import Assembly, Graft
from witgen.client.entities import Entity, Sort
from witgen.client.kinds import children
from witgen.client.travel import Travel
from witgen.client.worlds import home
from witgen.resolve import model as m


def exports_name(own: m.PackageName) -> m.PackageName:
    """`ns:pkg-exports@v` of `ns:pkg@v`."""
    return m.PackageName(own.namespace, f"{own.name}-exports", own.version)


def exports_graft(
    resolve: m.Resolve,
    world: m.World,
    found: tuple[Entity, ...],
    assembly: Assembly,
) -> Graft:
    """A graft that moves what a world exports, with the moved interfaces already copied.

    Types and functions that golem:rpc cannot represent are left out: no client refers to them, and
    componentize-py panics on some.
    """
    resources = (i for i, t in enumerate(resolve.types) if isinstance(t.kind, m.Resource))
    travel = Travel(resolve, frozenset(m.TypeId(i) for i in resources))
    name = exports_name(home(resolve, world))
    moved = {
        e.id: (name, e.interface)
        for e in found
        if e.sort is Sort.INTERFACE
        and (isinstance(e.export, str) or resolve.interfaces[e.id].package == world.package)
    }
    graft = Graft(assembly, resolve, moved, travel.keeps)
    for ref in moved:
        graft.interface(ref)
    for entity in found:
        if entity.sort is Sort.FUNCTIONS:
            types = _world_types(resolve, world, entity.functions)
            owner = m.WorldId(resolve.worlds.index(world))
            graft.world(owner, name, entity.interface, types, entity.functions)
    return graft


def _world_types(
    resolve: m.Resolve, world: m.World, functions: Iterable[m.Function]
) -> list[m.TypeId]:
    """The world's types that functions mention, and those that these need, in order."""
    needed: set[m.TypeId] = set()
    own = [item.id for item in world.imports.values() if isinstance(item, m.TypeItem)]

    def visit(ty: m.Type) -> None:
        if isinstance(ty, m.Prim) or ty in needed:
            return
        needed.add(ty)
        if resolve.types[ty].name is None or ty in own:
            for child in children(resolve.types[ty].kind):
                visit(child)

    for function in functions:
        for param in function.params:
            visit(param.type)
        if function.result is not None:
            visit(function.result)
    return [ref for ref in own if ref in needed]
