"""Defines types where they would be imported, on request.

A part that imports an interface with types only needs nobody to implement it, just somebody to say
what they are. A plug made here says it. What an open import or an export mentions stays imported, by
the rules for the types of any plug.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from witgen.component import types as t
from witgen.component.body import read_component
from witgen.component.component_writer import ComponentWriter
from witgen.component.names import free
from witgen.compose.graph import CompositionGraph
from witgen.compose.matching import Matching
from witgen.compose.merge import merge
from witgen.compose.model import Instantiation, Wire


def with_defined_types(graph: CompositionGraph, keep: Collection[str]) -> CompositionGraph:
    """A composition with plugs for the interfaces that have types only.

    Args:
        graph: The composition without these.
        keep: Names of imports that stay.
    """
    kept = set(keep)
    while True:
        made, matching = _plugged(graph, kept)
        found = merge([*graph.nodes, *made.values()], matching, graph.exports)
        needed = made.keys() & found.imports.keys()
        if not needed:
            return found
        kept |= needed


def _plugged(
    graph: CompositionGraph, keep: Collection[str]
) -> tuple[dict[str, Instantiation], Matching]:
    """A plug for each interface that has types only, and the wires with theirs."""
    made: dict[str, Instantiation] = {}
    wires = dict(graph.matching.wires)
    # Each import stands after those that it mentions.
    for name, extern in graph.imports.items():
        needs = [need for need in graph.needs[name] if (need.node, need.name) not in wires]
        if (
            name in keep
            or not isinstance(extern, t.InstanceType)
            or not all(isinstance(member, t.TypeEq) for member in extern.exports.values())
            or any(graph.nodes[need.node].outside for need in needs)
        ):
            continue
        mentioned = list(_mentioned(graph, extern))
        data = _types(graph, name, extern, mentioned)
        id = len(graph.nodes) + len(made)
        made[name] = Instantiation(id, f"types of {name}", data, read_component(data).type)
        for need in needs:
            wires[need.node, need.name] = Wire(id, name, need.node, need.name)
        for other in mentioned:
            if other in made:
                wires[id, other] = Wire(made[other].id, other, id, other)
    old = graph.matching
    order = (*(node.id for node in made.values()), *old.order)
    return made, Matching(order, wires, old.unused, old.semver)


def _mentioned(graph: CompositionGraph, extern: t.Extern) -> Iterator[str]:
    """The imports that one mentions, and those that they mention, in their order."""
    found: set[str] = set()
    pending = [extern]
    while pending:
        for ref in free(pending.pop()):
            name = ref.path[0]
            if name not in found:
                found.add(name)
                pending.append(graph.imports[name])
    return (name for name in graph.imports if name in found)


def _types(
    graph: CompositionGraph, name: str, type: t.InstanceType, mentioned: Collection[str]
) -> bytes:
    """A component that exports an interface with types only."""
    writer = ComponentWriter()
    for other in mentioned:
        writer.import_(other, graph.imports[other], graph.options.get(other))
    index = writer.type_instance(name, type)
    writer.export(name, index, type, graph.options.get(name), type)
    return b"".join(writer.finish())
