"""The composed component as bytes: merged imports, the parts as they are, wires, exports."""

from __future__ import annotations

from collections.abc import Sequence

from witgen.component import types as t
from witgen.component.cursor import Buffer
from witgen.component.writer import ComponentWriter
from witgen.compose.expose import ascription
from witgen.compose.graph import CompositionGraph


def encode(graph: CompositionGraph, exports: Sequence[str]) -> list[Buffer]:
    """Encode a composition that was checked.

    Args:
        graph: The composition.
        exports: The exports of the socket that the result has.

    Returns:
        The pieces of the file; parts are not copied.

    Raises:
        Unencodable: A type refers to a name that its scope does not declare.
    """
    writer = ComponentWriter()
    imported = {
        name: writer.import_(name, extern, graph.options.get(name))
        for name, extern in graph.imports.items()
    }
    instances: dict[int, int] = {}
    for id in graph.matching.order:
        node = graph.nodes[id]
        component = writer.component(node.data)
        arguments: list[tuple[str, t.Extern, int]] = []
        for name, extern in node.type.imports.items():
            wire = graph.matching.wires.get((id, name))
            if wire is None:
                index = imported[graph.merged[id, name]]
            else:
                index = writer.alias_export(instances[wire.supplier], wire.export, extern)
            arguments.append((name, extern, index))
        instances[id] = writer.instantiate(component, arguments, node.key)
    socket = graph.nodes[0]
    for name in exports:
        extern = socket.type.exports[name]
        index = writer.alias_export(instances[0], name, extern)
        options = socket.type.export_options.get(name)
        writer.export(name, index, extern, options, ascription(graph, name))
    return writer.finish()
