"""The composed component as bytes: merged imports, the unchanged parts, wires, exports."""

from __future__ import annotations

from collections.abc import Mapping

from witgen.component import types as t
from witgen.component.component_writer import ComponentWriter
from witgen.component.cursor import Buffer
from witgen.compose.expose import ascriptions
from witgen.compose.graph import CompositionGraph
from witgen.value import value


def encode(graph: CompositionGraph) -> list[Buffer]:
    """Encode a composition that was checked.

    Args:
        graph: The composition.

    Returns:
        The pieces of the file; parts are not copied.

    Raises:
        Unencodable: A type refers to a name that its scope does not declare.
    """
    writer = ComponentWriter()
    for export in graph.exports:
        if export.type is not None:
            index = writer.type_index(export.type.type)
            writer.export(export.name, index, export.type, export.options)
    imported = {
        name: writer.import_(name, extern, graph.options.get(name))
        for name, extern in graph.imports.items()
    }
    emitted = _Items(graph, writer, imported)
    components: dict[int, int] = {}
    for id in graph.matching.order:
        node = graph.nodes[id]
        if node.outside:
            continue
        first = id if node.component is None else node.component
        if first not in components:
            components[first] = writer.component(node.data)
        arguments: list[tuple[str, t.Extern, int]] = []
        for name, extern in node.type.imports.items():
            wire = graph.matching.wires.get((id, name))
            if wire is None:
                index = imported[graph.merged[id, name]]
            else:
                index = emitted.index(wire.supplier, wire.path, extern)
            arguments.append((name, extern, index))
        writer.instantiate(components[first], arguments, node.key)
    ascribed = ascriptions(graph)
    for export in graph.exports:
        if export.type is None:
            extern = graph.declared(export)
            index = emitted.index(export.node, export.path, extern)
            writer.export(export.name, index, extern, export.options, ascribed.get(export.name))
    return writer.finish()


@value
class _Items:
    """What was written, by where it comes from."""

    graph: CompositionGraph
    writer: ComponentWriter
    imported: Mapping[str, int]

    def index(self, node: int, path: tuple[str, ...], extern: t.Extern) -> int:
        """The index of something that a node exports, in its sort; it becomes an alias."""
        ref = self.graph.item(node, path)
        if len(ref.path) == 1:
            if ref.space is t.Space.IMPORT:
                return self.imported[ref.path[0]]
            return self.writer.instance_index(ref.space, ref.path)
        owner = self.writer.instance_index(ref.space, ref.path[:-1])
        return self.writer.alias_export(owner, ref.path[-1], extern)
