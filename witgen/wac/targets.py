"""Whether a composition fits the world that it targets.

It may import what the world imports, and less; it exports what the world exports, and may export
more. Imports with types only need not be offered. Source: "Package Directive" of the language
reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from witgen.component import types as t
from witgen.component.entities import sort_of
from witgen.component.local import linked
from witgen.component.names import Names
from witgen.compose.check import types_only
from witgen.compose.graph import CompositionGraph
from witgen.compose.model import Export
from witgen.compose.show import kind
from witgen.compose.subtype import Checker
from witgen.diagnostics import Diagnostic, did_you_mean
from witgen.wac import ast, names
from witgen.wac.imports import Importer

if TYPE_CHECKING:
    from witgen.wac.evaluate import Evaluator


def check_target(
    graph: CompositionGraph, evaluator: Evaluator, path: ast.PackagePath
) -> list[Diagnostic]:
    """Where a composition does not fit.

    Args:
        graph: The composition, checked.
        evaluator: Where places and packages are.
        path: The world.
    """
    importer = Importer(evaluator.packages, evaluator.declared, evaluator.report, evaluator.package)
    definition = importer.definition(path)
    place = evaluator.report.place(path)
    if definition is None:
        return list(evaluator.report.sink.errors)
    if not isinstance(definition.type, t.ComponentType):
        return [Diagnostic("CMP3121", f"`{path}` is an interface, not a world", place)]
    return [
        *_imports(graph, evaluator, path, definition.type),
        *_exports(graph, evaluator, path, definition.type),
    ]


def _checker(graph: CompositionGraph, world: t.ComponentType) -> Checker:
    """Compares in one scope: the world supplies the imports, the composition everything else."""
    exported = {export.name: export for export in graph.exports if export.type is None}

    def root(space: t.Space, name: str) -> t.Extern | None:
        if space is t.Space.IMPORT:
            offered = names.compatible(name, world.imports)
            return graph.imports.get(name) if offered is None else world.imports[offered]
        if space is t.Space.EXPORT:
            return _exported(graph, exported[name]) if name in exported else None
        return graph.names.lookup(space, (name,))

    return Checker(Names(root), graph.owner)


def _exported(graph: CompositionGraph, export: Export) -> t.Extern | None:
    """An export as seen from the composition, its types those of the item that it is."""
    item = graph.item(export.node, export.path)
    extern = graph.type_of(item)
    match extern:
        case t.InstanceType():
            return linked(extern, item.space, item.path)
        case t.TypeSub():
            return t.TypeEq(item)
        case _:
            return extern


def _imports(
    graph: CompositionGraph, evaluator: Evaluator, path: ast.PackagePath, world: t.ComponentType
) -> Iterator[Diagnostic]:
    checker = _checker(graph, world)
    for name, expected in graph.imports.items():
        need = graph.needs[name][0]
        place = evaluator.draft.asked.get(name) or graph.nodes[need.node].at
        offered = names.compatible(name, world.imports)
        found = world.imports[offered] if offered is not None else None
        if found is None and types_only(expected):
            continue
        if found is None:
            yield Diagnostic(
                "CMP3120",
                f"world `{path}` does not import `{name}`, but the composition does",
                place,
                help=did_you_mean(name, world.imports),
            )
            continue
        head = f"import `{name}` does not fit that of world `{path}`"
        if sort_of(found) != sort_of(expected):
            message = f"{head}: expected {kind(found)}, found {kind(expected)}"
            yield Diagnostic("CMP3120", message, place)
            continue
        root = t.Ref(0, t.Space.IMPORT, (name,))
        for mismatch in checker.mismatches(found, expected, (), root):
            yield Diagnostic("CMP3120", f"{head}: {mismatch}", place, help=mismatch.help)


def _exports(
    graph: CompositionGraph, evaluator: Evaluator, path: ast.PackagePath, world: t.ComponentType
) -> Iterator[Diagnostic]:
    checker = _checker(graph, world)
    exports = {export.name: export for export in graph.exports}
    for name, expected in world.exports.items():
        export = exports.get(name)
        found = None
        if export is not None:
            found = export.type or _exported(graph, export)
        if export is None or found is None:
            yield Diagnostic(
                "CMP3120",
                f"world `{path}` exports `{name}`, but the composition does not",
                evaluator.report.place(path),
                help=did_you_mean(name, exports),
            )
            continue
        place = export.place or evaluator.report.place(path)
        head = f"export `{name}` does not fit that of world `{path}`"
        if sort_of(found) != sort_of(expected):
            message = f"{head}: expected {kind(expected)}, found {kind(found)}"
            yield Diagnostic("CMP3120", message, place)
            continue
        root = t.Ref(0, t.Space.EXPORT, (name,))
        for mismatch in checker.mismatches(found, expected, (), root):
            yield Diagnostic("CMP3120", f"{head}: {mismatch}", place, help=mismatch.help)
