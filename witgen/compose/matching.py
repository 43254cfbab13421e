"""Who implements what for whom, by name: plugs into the socket and into each other.

An import is implemented by the export of another part with the same name, else by one on the same
compatibility track. A part never plugs into itself. Types are compared later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from witgen.component import types as t
from witgen.compose.model import Instantiation, Wire
from witgen.compose.semver import name_track
from witgen.diagnostics import ComposeError, Diagnostic, Place, Sink, did_you_mean


@dataclass(frozen=True, slots=True)
class Matching:
    """The parts that are used, suppliers first, and the wires between them.

    Attributes:
        order: Instantiation ids, every supplier before its consumers; the socket is last.
        wires: (consumer, import) → wire.
        unused: Ids of plugs that nothing needs.
    """

    order: tuple[int, ...]
    wires: dict[tuple[int, str], Wire]
    unused: tuple[int, ...]


def match(nodes: Sequence[Instantiation]) -> Matching:
    """Match the exports of plugs with the imports of all parts that the socket needs.

    Args:
        nodes: The socket, then the plugs.

    Raises:
        ComposeError: An import has two suppliers, or parts need each other in a circle.
    """
    sink = Sink()
    wires: dict[tuple[int, str], Wire] = {}
    reached = [0]
    for consumer in reached:
        for name, extern in nodes[consumer].type.imports.items():
            if isinstance(extern, t.TypeEq):
                continue  # another name for a type, not something to implement
            wire = _supplier(nodes, consumer, name, sink)
            if wire is not None:
                wires[consumer, name] = wire
                if wire.supplier not in reached:
                    reached.append(wire.supplier)
    if not sink.errors:
        order = _order(nodes, wires, sink)
    if sink.errors:
        raise ComposeError(sink.errors)
    unused = tuple(node.id for node in nodes if node.id not in reached)
    return Matching(order, wires, unused)


def _supplier(nodes: Sequence[Instantiation], consumer: int, name: str, sink: Sink) -> Wire | None:
    others = [node for node in nodes[1:] if node.id != consumer]
    found = [(node, name) for node in others if name in node.type.exports]
    if not found:
        wanted = name_track(name)
        found = [
            (node, export)
            for node in others
            for export in node.type.exports
            if export != name and name_track(export) == wanted
        ]
    if len(found) > 1:
        suppliers = ", ".join(f"`{export}` of `{node.name}`" for node, export in found)
        sink.add(
            Diagnostic(
                "CMP3012",
                f"import `{name}` of `{nodes[consumer].name}` has several suppliers: {suppliers}",
                Place(nodes[consumer].name),
                help=("leave all but one out, or compose in two steps to make a chain",),
            )
        )
    return Wire(found[0][0].id, found[0][1], consumer, name) if found else None


def _order(
    nodes: Sequence[Instantiation], wires: dict[tuple[int, str], Wire], sink: Sink
) -> tuple[int, ...]:
    """Suppliers before consumers, by depth first from the socket; a circle is reported."""
    needs: dict[int, list[Wire]] = {}
    for wire in wires.values():
        needs.setdefault(wire.consumer, []).append(wire)
    done: list[int] = []
    trail: list[Wire] = []
    # (node, position in its needs): a stack, as chains may be long.
    stack = [(0, 0)]
    while stack:
        node, position = stack.pop()
        wanted = needs.get(node, [])
        if position == len(wanted):
            done.append(node)
            if trail:
                trail.pop()
            continue
        stack.append((node, position + 1))
        wire = wanted[position]
        if wire.supplier in done:
            continue
        on_trail = [n for n, _ in stack]
        if wire.supplier in on_trail:
            circle = [*trail[on_trail.index(wire.supplier) :], wire]
            sink.add(_circle(nodes, circle))
            return ()
        trail.append(wire)
        stack.append((wire.supplier, 0))
    return tuple(done)


def _circle(nodes: Sequence[Instantiation], circle: Sequence[Wire]) -> Diagnostic:
    path = f"`{nodes[circle[0].consumer].name}`" + "".join(
        f" needs `{wire.import_}` of `{nodes[wire.supplier].name}`"
        + (", which" if wire is not circle[-1] else "")
        for wire in circle
    )
    return Diagnostic(
        "CMP3013",
        f"the plugs need each other in a circle: {path}",
        Place(nodes[circle[0].consumer].name),
        help=("a component is instantiated after everything that it imports",),
    )


def unused_plugs(nodes: Sequence[Instantiation], matching: Matching) -> list[Diagnostic]:
    """A diagnostic for each plug that nothing needs: what it has, and what is looked for."""
    wanted = sorted(
        {
            name
            for node in nodes
            if node.id not in matching.unused
            for name in node.type.imports
            if (node.id, name) not in matching.wires
        }
    )
    out = []
    for id in matching.unused:
        node = nodes[id]
        near = [hint for export in node.type.exports for hint in did_you_mean(export, wanted)]
        exports = ", ".join(f"`{name}`" for name in node.type.exports) or "nothing"
        looked_for = ", ".join(f"`{name}`" for name in wanted) or "nothing"
        out.append(
            Diagnostic(
                "CMP3011",
                f"nothing imports what `{node.name}` exports",
                Place(node.name),
                help=(f"it exports {exports}", f"open imports are {looked_for}", *near[:1]),
            )
        )
    return out
