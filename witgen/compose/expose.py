"""Exports of the socket whose types come from a plug.

What a component exports may mention only types that an import or an export names, and the parts of
these likewise ("named types" of the component model's validation). Those of a wired interface are
named by neither. So they are imported as types, which is what WIT means by an export that uses an
interface, and the export is written with a type that mentions the imported ones.

An export that gives each such type a name of its own, and whose types have no named parts, needs
nothing of it and is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from witgen.component import types as t
from witgen.compose.graph import CompositionGraph


def needed(graph: CompositionGraph, exports: Iterable[str]) -> tuple[str, ...]:
    """The wired imports of the socket whose types its exports need as imports."""
    externs = [graph.nodes[0].type.exports[name] for name in exports]
    if not any(_lacks_names(graph, extern) for extern in externs):
        return ()
    return tuple(dict.fromkeys(ref.path[0] for e in externs for ref in _wired(graph, e)))


def ascription(graph: CompositionGraph, name: str) -> t.Extern | None:
    """The type to write for the export `name` of the socket; None where its own is good.

    Once an export is written with another type, those that use its types are as well.
    """
    extern = graph.nodes[0].type.exports[name]
    if not graph.exposed or not any(ref.up == 0 for ref in _free(extern)):
        return None

    def leaf(ref: t.Ref) -> t.ValType:
        # What another export names is written before, and keeps that name.
        return ref if ref.up or ref.space is t.Space.EXPORT else graph.open(0, ref)

    found = t.rewrite_extern(extern, leaf)
    return _concrete(graph, name, found) if isinstance(found, t.InstanceType) else found


def _concrete(graph: CompositionGraph, name: str, type: t.InstanceType) -> t.InstanceType:
    """The type with its resources equal to those of the instance that the socket exports.

    A type that is ascribed says which resources are meant; a fresh one would fit no instance.
    """
    path = (graph.nodes[0].key, name)
    return t.InstanceType(
        {
            key: t.TypeEq(t.Ref(1, t.Space.LOCAL, (*path, key)))
            if isinstance(member, t.TypeSub)
            else member
            for key, member in type.exports.items()
        },
        type.options,
    )


def _lacks_names(graph: CompositionGraph, extern: t.Extern) -> bool:
    if isinstance(extern, t.InstanceType):
        return any(_member_lacks(graph, member, 1) for member in extern.exports.values())
    return _member_lacks(graph, extern, 0)


def _member_lacks(graph: CompositionGraph, member: t.Extern, depth: int) -> bool:
    wired = list(_wired(graph, member, depth))
    if not (isinstance(member, t.TypeEq) and isinstance(member.type, t.Ref)):
        return bool(wired)
    # The type itself gets a name here; a named part of it does not.
    definitions = [graph.names.definition(_outer(graph, ref)) for ref in wired]
    return any(
        part.space is t.Space.LOCAL
        for definition in definitions
        if definition is not None
        for part in _free(t.TypeEq(definition))
    )


def _wired(graph: CompositionGraph, extern: t.Extern, depth: int = 0) -> Iterator[t.Ref]:
    """The value types of wired imports that an export of the socket mentions."""
    for ref in _free(extern, depth):
        if ref.up or ref.space is not t.Space.IMPORT:
            continue
        owner = graph.names.canonical(_outer(graph, ref))
        if owner.space is t.Space.LOCAL and graph.names.definition(owner) is not None:
            yield ref


def _outer(graph: CompositionGraph, ref: t.Ref) -> t.Ref:
    outer = graph.outer(0, ref)
    return outer if isinstance(outer, t.Ref) else ref


def _free(extern: t.Extern, depth: int = 0) -> tuple[t.Ref, ...]:
    """What a type refers to outside itself, each once; `depth` is that of where it stands."""
    found: dict[t.Ref, None] = {}

    def leaf(ref: t.Ref) -> t.ValType:
        found[ref] = None
        return ref

    t.rewrite_extern(extern, leaf, depth)
    return tuple(found)
