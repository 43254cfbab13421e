"""Checks a composition before anything is encoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from witgen.component import types as t
from witgen.component.entities import sort_of
from witgen.compose.expose import nameless
from witgen.compose.graph import CompositionGraph, Need
from witgen.compose.model import Export, OpenImport, of_wasi
from witgen.compose.semver import name_track
from witgen.compose.show import kind
from witgen.compose.subtype import Checker
from witgen.diagnostics import Diagnostic, Label


def check(graph: CompositionGraph) -> list[Diagnostic]:
    """Every wire, every merged import and every export."""
    checker = Checker(graph.names, graph.owner)
    return [
        *_wires(graph, checker),
        *_merged(graph, checker),
        *_exports(graph),
    ]


def _wires(graph: CompositionGraph, checker: Checker) -> Iterator[Diagnostic]:
    for wire in graph.matching.wires.values():
        supplier, consumer = graph.nodes[wire.supplier], graph.nodes[wire.consumer]
        root = graph.item(wire.supplier, wire.path)
        found = graph.type_of(root)
        assert found is not None
        expected = graph.seen(wire.consumer, consumer.type.imports[wire.import_])
        given = f"{'import' if supplier.outside else 'export'} `{wire.label}` of `{supplier.name}`"
        head = f"{given} does not fit import `{wire.import_}` of `{consumer.name}`"
        place = wire.place or supplier.at
        labels = (Label(consumer.at, f"`{wire.import_}` is imported here"),)
        if sort_of(found) != sort_of(expected):
            message = f"{head}: expected {kind(expected)}, found {kind(found)}"
            yield Diagnostic("CMP3014", message, place, labels=labels)
            continue
        mismatches = list(checker.mismatches(found, expected, (), root))
        fits = _fitting(checker, found, expected, root) if mismatches else ()
        for mismatch in mismatches:
            message = f"{head}: {mismatch}"
            help_ = (*mismatch.help, *fits)
            yield Diagnostic("CMP3014", message, place, labels=labels, help=help_)


def _fitting(checker: Checker, found: t.Extern, expected: t.Extern, root: t.Ref) -> tuple[str, ...]:
    """A hint at the one export of an instance that fits, where the instance itself does not."""
    if not isinstance(found, t.InstanceType) or not isinstance(expected, t.InstanceType):
        return ()
    names = [
        name
        for name, member in found.exports.items()
        if isinstance(member, t.InstanceType)
        and not any(
            checker.mismatches(
                t.opened(member, root.space, root.path),
                expected,
                (),
                t.Ref(root.up, root.space, (*root.path, name)),
            )
        )
    ]
    return (f"its export `{names[0]}` fits",) if len(names) == 1 else ()


def _merged(graph: CompositionGraph, checker: Checker) -> Iterator[Diagnostic]:
    for name, needs in graph.needs.items():
        yield from _labelled(graph, name, needs)
        found = graph.imports[name]
        root = t.Ref(0, t.Space.IMPORT, (name,))
        for need in needs if len(needs) > 1 else ():
            if need.extern == found:
                continue
            other = needs[0] if need is not needs[0] else needs[1]
            first, second = graph.nodes[other.node].name, graph.nodes[need.node].name
            head = (
                f"`{first}` and `{second}` import `{name}` with different types"
                if other.name == need.name == name
                else f"imports `{other.name}` of `{first}` and `{need.name}` of `{second}` "
                "have different types"
            )
            labels = (Label(graph.nodes[need.node].at, f"`{need.name}` is imported here too"),)
            for mismatch in checker.mismatches(found, need.extern, (), root):
                yield Diagnostic(
                    "CMP3017",
                    f"{head}: {mismatch}",
                    graph.nodes[other.node].at,
                    labels=labels,
                    help=mismatch.help,
                )


def _labelled(graph: CompositionGraph, name: str, needs: Sequence[Need]) -> Iterator[Diagnostic]:
    """Imports under one label that stand for different interfaces."""
    first: tuple[str, str] | None = None
    for need in needs:
        node = graph.nodes[need.node]
        options = node.type.import_options.get(need.name)
        if options is None or options.implements is None:
            continue
        if first is not None and name_track(options.implements) != name_track(first[1]):
            yield Diagnostic(
                "CMP3017",
                f"`{name}` implements `{first[1]}` in `{first[0]}` and `{options.implements}` in "
                f"`{node.name}`",
                node.at,
                help=("plug in a component that implements one of them",),
            )
        first = first or (node.name, options.implements)


def _exports(graph: CompositionGraph) -> Iterator[Diagnostic]:
    """Exports that mention what nothing outside could name: a resource of a plug, for example."""
    for export in graph.exports:
        node = graph.nodes[export.node]
        if export.name.startswith("[") and not _belongs(graph, export):
            yield Diagnostic(
                "CMP3018",
                f"export `{export.name}` of `{node.name}` belongs to a resource that the result "
                "does not export under its name",
                export.place or node.at,
                help=("export the resource, or the interface as a whole",),
            )
        for owner in nameless(graph, export):
            what = "type" if graph.is_value(owner) else "resource"
            yield Diagnostic(
                "CMP3018",
                f"export `{export.name}` of `{node.name}` uses the {what} {graph.owner(owner)}, "
                "which the result would not export",
                export.place or node.at,
                help=(_naming(graph, export, owner.path[-1]),),
            )


def _naming(graph: CompositionGraph, export: Export, type: str) -> str:
    """How a type that an export uses gets a name in the result."""
    if export.place is not None:
        return "also export the interface that declares it"
    if isinstance(graph.declared(export), t.FuncType):
        # A world that uses a type imports it, and exports the function only.
        return f"move the function into an interface that `use`s `{type}`, and export that"
    return f"`use` `{type}` in the WIT of the export, which gives it a name"


def _belongs(graph: CompositionGraph, export: Export) -> bool:
    """Whether a constructor, method or static function is declared beside its resource."""
    resource = graph.resource_of(export)
    if resource is None:
        return False
    found: list[t.Ref] = []

    def leaf(ref: t.Ref) -> t.ValType:
        outer = graph.outer(export.node, ref)
        if isinstance(outer, t.Ref):
            found.append(graph.names.canonical(outer))
        return ref

    t.rewrite_extern(graph.declared(export), leaf)
    return export.name.startswith("[static]") or resource[1] in found


def open_imports(graph: CompositionGraph) -> tuple[OpenImport, ...]:
    """What remains imported, and which parts need it."""
    return tuple(
        OpenImport(name, types_only(extern), tuple(dict.fromkeys(_needed_by(graph, name))))
        for name, extern in graph.imports.items()
    )


def _needed_by(graph: CompositionGraph, name: str) -> Iterator[tuple[str, str]]:
    """(part, name of the import there): for explicit imports, the parts that receive them."""
    for need in graph.needs[name]:
        node = graph.nodes[need.node]
        if not node.outside:
            yield node.name, need.name
            continue
        for wire in graph.matching.wires.values():
            if wire.supplier == node.id and wire.export == need.name:
                yield graph.nodes[wire.consumer].name, wire.import_


def types_only(extern: t.Extern) -> bool:
    """Whether an import needs no definition by a host: it has types other than resources only."""
    match extern:
        case t.TypeEq():
            return True
        case t.InstanceType(exports):
            return all(types_only(member) for member in exports.values())
        case _:
            return False


def policy(graph: CompositionGraph, allow: Sequence[str] | None) -> list[Diagnostic]:
    """Imports that must not stay open.

    Args:
        graph: The composition.
        allow: Globs of names that may stay; None allows all. Imports of types only do not count.
    """
    if allow is None:
        return []
    imports = open_imports(graph)
    left = [
        item
        for item in imports
        if not item.types_only and not any(fnmatchcase(item.name, glob) for glob in allow)
    ]
    if not left:
        return []
    own = [item for item in left if not of_wasi(item.name)]
    first = (own or left)[0]
    places = {node.name: node.at for node in graph.nodes}
    needs = [need for item in own or left[:1] for need in item.needed_by]
    count = len(left)
    return [
        Diagnostic(
            "CMP3019",
            f"import `{first.name}` remains open" if count == 1 else f"{count} imports remain open",
            graph.nodes[graph.needs[first.name][0].node].at,
            labels=tuple(Label(places[part], f"`{name}` is needed here") for part, name in needs),
            help=(*_ways(own, count), *_types_only(imports)),
        )
    ]


def _ways(own: Sequence[OpenImport], count: int) -> Iterator[str]:
    """What to do about open imports, the application's first."""
    if own:
        globs = dict.fromkeys(item.name.partition("/")[0].partition("@")[0] for item in own)
        allowed = " ".join(f"--allow-import '{name}*'" for name in globs)
        yield f"plug in components that export them, or allow them: {allowed}"
    if wasi := count - len(own):
        which = "one import is" if wasi == 1 else f"{wasi} imports are"
        yield f"{which} of WASI, which a host provides: --allow-import 'wasi:*'"


def _types_only(imports: Iterable[OpenImport]) -> Iterator[str]:
    names = [item.name for item in imports if item.types_only]
    if names:
        yield f"imports with types only do not count: {', '.join(names)}"
