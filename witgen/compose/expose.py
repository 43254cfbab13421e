"""Exports whose types come from elsewhere.

What a component exports may mention only types that an import or an export names, and the parts of
these likewise ("named types" of the component model's validation). Those of a wired interface are
named by neither, unless its supplier is exported as well. So they are imported as types, which is
what WIT means by an export that uses an interface, and the export is written with a type that
mentions the imported ones.

An export that gives each such type a name of its own, and whose types have no named parts, needs
nothing of it and is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from witgen.component import types as t
from witgen.compose.graph import CompositionGraph
from witgen.compose.model import Export


def needed(graph: CompositionGraph) -> tuple[tuple[int, str], ...]:
    """(node, import): the wired imports whose types exports need as imports."""
    lacking = {export.node for export in graph.exports if any(_lacking(graph, export))}
    return tuple(
        dict.fromkeys(
            (export.node, ref.path[0])
            for export in graph.exports
            if export.node in lacking and export.type is None
            for ref in _free(graph.declared(export))
            if ref.up == 0 and ref.space is t.Space.IMPORT and _hidden(graph, export, ref)
        )
    )


def nameless(graph: CompositionGraph, export: Export) -> Iterator[t.Ref]:
    """Types that an export mentions and that no import or export of the result can name.

    Yields:
        References of the composed component, each once.
    """
    found: dict[t.Ref, None] = {}
    for ref in _free(graph.declared(export)) if export.type is None else ():
        made = _made(graph, export, ref)
        if made is None or graph.public(made) is not None or graph.is_value(made):
            continue
        own = graph.names.canonical(made).path[0] == graph.nodes[export.node].key
        if not (own and _names(graph.declared(export), ref)):
            found[graph.names.canonical(made)] = None
    for ref in _lacking(graph, export):
        made = _made(graph, export, ref)
        if made is not None and ref.space is t.Space.EXPORT:
            found[graph.names.canonical(made)] = None
    yield from found


def ascriptions(graph: CompositionGraph) -> dict[str, t.Extern]:
    """Export → the type to write it with, for those whose own is not good.

    Once an export is written with another type, those that use its types are as well, so all are
    that mention any.
    """
    nodes = {node for node, _ in graph.exposed}
    if any(_renamed(graph, export) for export in graph.exports):
        nodes |= {export.node for export in graph.exports}
    found: dict[str, t.Extern] = {}
    for export in graph.exports:
        if export.type is None and export.node in nodes:
            extern = graph.declared(export)
            if any(ref.up == 0 for ref in _free(extern)):
                found[export.name] = _ascribed(graph, export, extern)
    return found


def _ascribed(graph: CompositionGraph, export: Export, extern: t.Extern) -> t.Extern:
    resource = graph.resource_of(export)

    def leaf(ref: t.Ref) -> t.ValType:
        outer = graph.outer(export.node, ref)
        if ref.up or not isinstance(outer, t.Ref):
            return ref
        if resource is not None and graph.names.canonical(outer) == resource[1]:
            return t.Ref(0, t.Space.EXPORT, (resource[0],))
        made = _made(graph, export, ref)
        if made is None:
            return graph.open(export.node, ref)
        # What another export names is written before, and keeps that name.
        public = graph.public(made)
        if public is None and ref.space is t.Space.EXPORT:
            return graph.names.canonical(made)
        return public or graph.open(export.node, ref)

    found = t.rewrite_extern(extern, leaf)
    return _concrete(graph, export, found) if isinstance(found, t.InstanceType) else found


def _renamed(graph: CompositionGraph, export: Export) -> bool:
    """Whether a type that an export mentions has another name outside than where it is made."""
    if graph.resource_of(export) is not None:
        return True
    for ref in _free(graph.declared(export)) if export.type is None else ():
        outer = None if ref.up else graph.outer(export.node, ref)
        if not isinstance(outer, t.Ref) or outer.space is not t.Space.LOCAL:
            continue
        imported = graph.names.canonical(outer).space is t.Space.IMPORT
        if not graph.is_named(outer) and (
            graph.public(outer) is not None or (imported and ref.space is t.Space.EXPORT)
        ):
            return True
    return False


def _names(extern: t.Extern, ref: t.Ref) -> bool:
    """Whether an export gives a type a name of its own, wherever it mentions it."""
    members = [(extern, 0)]
    if isinstance(extern, t.InstanceType):
        members = [(member, 1) for member in extern.exports.values()]
    return all(
        isinstance(member, t.TypeEq) and isinstance(member.type, t.Ref)
        for member, depth in members
        if ref in _free(member, depth)
    )


def ordered(graph: CompositionGraph) -> tuple[Export, ...]:
    """The exports, each after those that name its types, else as they are."""
    by_name = {export.name: export for export in graph.exports}
    done: dict[str, Export] = {}
    # What an export names, it names for those after it: one at a time, the deepest first.
    stack = list(reversed(graph.exports))
    entered: set[str] = set()
    while stack:
        export = stack.pop()
        if export.name in done:
            continue
        waiting = [] if export.name in entered else list(_namers(graph, export))
        entered.add(export.name)
        if any(name not in done and name != export.name for name in waiting):
            stack.append(export)
            stack += [by_name[name] for name in waiting if name not in done]
        else:
            done[export.name] = export
    return tuple(done.values())


def _namers(graph: CompositionGraph, export: Export) -> Iterator[str]:
    """The exports that name types of an export."""
    resource = graph.resource_of(export)
    if resource is not None:
        yield resource[0]
    for ref in _free(graph.declared(export)) if export.type is None else ():
        outer = None if ref.up else graph.outer(export.node, ref)
        if isinstance(outer, t.Ref) and outer.space is t.Space.LOCAL:
            public = graph.public(outer)
            if public is not None:
                yield public.path[0]


def _concrete(graph: CompositionGraph, export: Export, type: t.InstanceType) -> t.InstanceType:
    """The type with its resources equal to those of the instance that is exported.

    A type that is ascribed says which resources are meant; a fresh one would fit no instance.
    """
    item = graph.item(export.node, export.path)
    return t.InstanceType(
        {
            key: (
                t.TypeEq(t.Ref(1, item.space, (*item.path, key)))
                if isinstance(member, t.TypeSub)
                else member
            )
            for key, member in type.exports.items()
        },
        type.options,
    )


def _lacking(graph: CompositionGraph, export: Export) -> Iterator[t.Ref]:
    """The value types that an export mentions without giving them, or their parts, a name."""
    if export.type is not None:
        return
    extern = graph.declared(export)
    if isinstance(extern, t.InstanceType):
        for member in extern.exports.values():
            yield from _member_lacks(graph, export, member, 1)
    else:
        yield from _member_lacks(graph, export, extern, 0)


def _member_lacks(
    graph: CompositionGraph, export: Export, member: t.Extern, depth: int
) -> Iterator[t.Ref]:
    hidden = [ref for ref in _free(member, depth) if _hidden(graph, export, ref)]
    if not (isinstance(member, t.TypeEq) and isinstance(member.type, t.Ref)):
        yield from hidden
        return
    # The type itself gets a name here; a named part of it does not.
    for ref in hidden:
        made = _made(graph, export, ref)
        definition = None if made is None else graph.names.definition(made)
        if definition is not None and any(
            part.space is t.Space.LOCAL and not graph.is_named(part)
            for part in _free(t.TypeEq(definition))
        ):
            yield ref


def _hidden(graph: CompositionGraph, export: Export, ref: t.Ref) -> bool:
    """Whether a reference is to a value type of a part that no export of the result names."""
    made = _made(graph, export, ref)
    return made is not None and graph.is_value(made) and graph.public(made) is None


def _made(graph: CompositionGraph, export: Export, ref: t.Ref) -> t.Ref | None:
    """What an export mentions, as seen from outside; None if an import or nobody made it."""
    outer = None if ref.up else graph.outer(export.node, ref)
    if not isinstance(outer, t.Ref) or outer.up:
        return None
    return outer if graph.names.canonical(outer).space is t.Space.LOCAL else None


def _free(extern: t.Extern, depth: int = 0) -> tuple[t.Ref, ...]:
    """What a type refers to outside itself, each once; `depth` is that of where it stands."""
    found: dict[t.Ref, None] = {}

    def leaf(ref: t.Ref) -> t.ValType:
        found[ref] = None
        return ref

    t.rewrite_extern(extern, leaf, depth)
    return tuple(found)
