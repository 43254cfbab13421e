"""Exports whose types come from elsewhere.

What a component exports may mention only types that an import or an export names, and so may their
parts ("named types" of the component model's validation). Those of a wired interface are named by
neither, unless its supplier is also exported. So they are imported as types, which is what WIT
means by an export that uses an interface, and the export is written with a type that mentions the
imported ones.

An export that gives each such type its own name, and whose types have no named parts, needs none of
this and is left alone. So a resource that a plug makes is opaque outside: an export that `use`s it
gives it a name. A value type that mentions such a resource cannot be imported; the export that
names it is written with its definition, in which its parts have names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from witgen.component import types as t
from witgen.component.names import free
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
            for ref in _mentioned(graph, export)
            if ref.up == 0
            and ref.space is t.Space.IMPORT
            and _hidden(graph, export, ref)
            and _is_portable(graph, export, ref)
        )
    )


def _mentioned(graph: CompositionGraph, export: Export) -> Iterator[t.Ref]:
    """What an export refers to, and the parts of what it is written with the definition of."""
    for ref in free(graph.declared(export)):
        yield ref
        definition = _spelled(graph, export, ref)
        if definition is not None:
            yield from free(t.TypeEq(definition))


def _spelled(graph: CompositionGraph, export: Export, ref: t.Ref) -> t.ValType | None:
    """The definition of a type of a plug that cannot be imported; None for others."""
    if not _hidden(graph, export, ref):
        return None
    if ref.space is not t.Space.IMPORT or _is_portable(graph, export, ref):
        return None
    found = graph.terms(export.node).definition(ref)
    return None if isinstance(found, t.FuncType | t.InstanceType | t.ComponentType) else found


def nameless(graph: CompositionGraph, export: Export) -> Iterator[t.Ref]:
    """Types that an export mentions and that no import or export of the result can name.

    Yields:
        References of the composed component, each once.
    """
    found: dict[t.Ref, None] = {}
    names = _named(graph, export) if export.type is None else {}
    for ref in _mentioned(graph, export) if export.type is None else ():
        made = _made(graph, export, ref)
        if made is None or graph.public(made) is not None:
            continue
        owner = graph.names.canonical(made)
        imported = ref.space is not t.Space.IMPORT or graph.is_portable(made)
        if owner not in names and not (graph.is_value(made) and imported):
            found[owner] = None
    for ref in _lacking(graph, export):
        made = _made(graph, export, ref)
        if made is not None and ref.space is t.Space.EXPORT:
            found[graph.names.canonical(made)] = None
    yield from found


def ascriptions(graph: CompositionGraph) -> dict[str, t.Extern]:
    """Export → the type to write it with, for those whose own is not good.

    Once an export is written with another type, so are those that use its types, and hence all that
    mention any.
    """
    nodes = {node for node, _ in graph.exposed}
    nodes |= {export.node for export in graph.exports if _spells(graph, export)}
    if any(_renamed(graph, export) for export in graph.exports):
        nodes |= {export.node for export in graph.exports}
    found: dict[str, t.Extern] = {}
    for export in graph.exports:
        if export.type is None and export.node in nodes:
            extern = graph.declared(export)
            if any(ref.up == 0 for ref in free(extern)):
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

    if not isinstance(extern, t.InstanceType):
        return t.rewrite_extern(extern, leaf)
    members = {key: _spelled_out(graph, export, member) for key, member in extern.exports.items()}
    found = t.rewrite_instance(t.InstanceType(members, extern.options), leaf)
    return _concrete(graph, export, found, _named(graph, export))


def _spells(graph: CompositionGraph, export: Export) -> bool:
    """Whether an export names a type that is written with its definition."""
    return export.type is None and any(
        _spelled(graph, export, ref) is not None for ref in free(graph.declared(export))
    )


def _spelled_out(graph: CompositionGraph, export: Export, member: t.Extern) -> t.Extern:
    """A member of an interface: the definition of a type that cannot be imported, in its place."""
    match member:
        case t.TypeEq(t.Ref(up, space, path)) if up:
            definition = _spelled(graph, export, t.Ref(up - 1, space, path))
            if definition is not None:
                return t.shift_extern(t.TypeEq(definition), up)
            return member
        case _:
            return member


def _renamed(graph: CompositionGraph, export: Export) -> bool:
    """Whether a type that an export mentions has another name outside than where it is made."""
    if graph.resource_of(export) is not None:
        return True
    for ref in free(graph.declared(export)) if export.type is None else ():
        outer = None if ref.up else graph.outer(export.node, ref)
        if not isinstance(outer, t.Ref) or outer.space is not t.Space.LOCAL:
            continue
        imported = graph.names.canonical(outer).space is t.Space.IMPORT
        if not graph.is_named(outer) and (
            graph.public(outer) is not None or (imported and ref.space is t.Space.EXPORT)
        ):
            return True
    return False


def _named(graph: CompositionGraph, export: Export) -> dict[t.Ref, str]:
    """The types of others that an export gives a name of its own."""
    extern = graph.declared(export)
    found: dict[t.Ref, str] = {}
    members = extern.exports if isinstance(extern, t.InstanceType) else {export.name: extern}
    depth = int(isinstance(extern, t.InstanceType))
    for key, member in members.items():
        match member:
            case t.TypeEq(t.Ref(up, space, path)) if up == depth:
                made = _made(graph, export, t.Ref(0, space, path))
                if made is not None:
                    found.setdefault(graph.names.canonical(made), key)
            case _:
                pass
    return found


def ordered(graph: CompositionGraph) -> tuple[Export, ...]:
    """The exports, each after those that name its types, otherwise in their order."""
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
    for ref in free(graph.declared(export)) if export.type is None else ():
        outer = None if ref.up else graph.outer(export.node, ref)
        if isinstance(outer, t.Ref) and outer.space is t.Space.LOCAL:
            public = graph.public(outer)
            if public is not None:
                yield public.path[0]


def _concrete(
    graph: CompositionGraph, export: Export, type: t.InstanceType, names: Mapping[t.Ref, str]
) -> t.InstanceType:
    """The type with its resources equal to those of the instance that is exported.

    An ascribed type determines which resources are meant; a fresh one would fit no instance.

    Args:
        graph: The composition.
        export: What is exported.
        type: Its type, as seen from the composition.
        names: The names that the instance gives to types of others; they are mentioned by these.
    """
    item = graph.item(export.node, export.path)
    exports: dict[str, t.Extern] = {}
    for key, member in type.exports.items():
        if isinstance(member, t.TypeSub):
            exports[key] = t.TypeEq(t.Ref(1, item.space, (*item.path, key)))
            continue

        def leaf(ref: t.Ref, key: str = key) -> t.ValType:
            name = names.get(t.Ref(0, ref.space, ref.path)) if ref.up == 1 else None
            return ref if name in {None, key} else t.Ref(0, t.Space.EXPORT, (name or "",))

        exports[key] = t.rewrite_extern(member, leaf) if names else member
    return t.InstanceType(_after_names(exports), type.options)


def _after_names(members: dict[str, t.Extern]) -> dict[str, t.Extern]:
    """Members, each after those that name what it mentions, else as they are."""
    done: dict[str, t.Extern] = {}
    entered: set[str] = set()
    pending = list(reversed(members))
    while pending:
        key = pending.pop()
        heads = [ref.path[0] for ref in free(members[key]) if ref.up == 0]
        waiting = [head for head in heads if head in members and head not in done]
        if waiting and key not in entered:
            entered.add(key)
            pending += [key, *reversed(waiting)]
        else:
            done.setdefault(key, members[key])
    return done


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
    hidden = [ref for ref in free(member, depth) if _hidden(graph, export, ref)]
    if not (isinstance(member, t.TypeEq) and isinstance(member.type, t.Ref)):
        yield from hidden
        return
    # The type itself gets a name here; a named part of it does not.
    for ref in hidden:
        made = _made(graph, export, ref)
        definition = None if made is None else graph.names.definition(made)
        if definition is not None and any(
            part.space is t.Space.LOCAL and not graph.is_named(part)
            for part in free(t.TypeEq(definition))
        ):
            yield ref


def _hidden(graph: CompositionGraph, export: Export, ref: t.Ref) -> bool:
    """Whether a reference is to a value type of a part that no export of the result names."""
    made = _made(graph, export, ref)
    return made is not None and graph.is_value(made) and graph.public(made) is None


def _is_portable(graph: CompositionGraph, export: Export, ref: t.Ref) -> bool:
    made = _made(graph, export, ref)
    return made is not None and graph.is_portable(made)


def _made(graph: CompositionGraph, export: Export, ref: t.Ref) -> t.Ref | None:
    """What an export mentions, as seen from outside; None if it is imported or unknown."""
    outer = None if ref.up else graph.outer(export.node, ref)
    if not isinstance(outer, t.Ref) or outer.up:
        return None
    return outer if graph.names.canonical(outer).space is t.Space.LOCAL else None
