"""Composition from end to end: read, match, merge, check, encode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from witgen.component import types as t
from witgen.component.body import read_component
from witgen.component.cursor import Buffer, Malformed
from witgen.component.writer import Unencodable
from witgen.compose.check import check, open_imports, policy
from witgen.compose.encode import encode
from witgen.compose.graph import CompositionGraph
from witgen.compose.matching import match, unused_plugs
from witgen.compose.merge import merge
from witgen.compose.model import Instantiation, Part, PartInfo, Plan, WireInfo
from witgen.diagnostics import ComposeError, Diagnostic, Place

Component = Part | bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class _Composition:
    """A composition that was checked."""

    graph: CompositionGraph
    exports: tuple[str, ...]


def compose(
    socket: Component,
    plugs: Sequence[Component],
    *,
    allow_imports: Sequence[str] | None = None,
) -> bytes:
    """Plug components into a socket component, and into each other.

    Args:
        socket: The component whose exports the result has.
        plugs: Components that implement imports of the socket or of other plugs.
        allow_imports: Globs of the imports that may stay open; None allows all, an empty sequence
            none. Imports of types only do not count.

    Returns:
        The composed component; the same bytes for the same input.

    Raises:
        ComposeError: A part is no component, a plug is of no use or does not fit, or an import
            stays open that must not.
    """
    return b"".join(compose_pieces(socket, plugs, allow_imports=allow_imports))


def compose_pieces(
    socket: Component,
    plugs: Sequence[Component],
    *,
    allow_imports: Sequence[str] | None = None,
) -> list[Buffer]:
    """Like `compose`, as pieces to be written one after the other; parts are not copied.

    Raises:
        ComposeError: As for `compose`.
    """
    composition = _compose(_parts(socket, plugs), allow_imports)
    try:
        return encode(composition.graph, composition.exports)
    except Unencodable as error:
        raise ComposeError(
            [
                Diagnostic(
                    "CMP3020",
                    f"the composed component cannot be written: {error}",
                    Place(composition.graph.nodes[0].name),
                )
            ]
        ) from None


def plan(
    socket: Component,
    plugs: Sequence[Component],
    *,
    allow_imports: Sequence[str] | None = None,
) -> Plan:
    """What `compose` would do; plugs that nothing needs are listed, not refused.

    Raises:
        ComposeError: As for `compose`.
    """
    from hashlib import sha256

    parts = _parts(socket, plugs)
    composition = _compose(parts, allow_imports, refuse_unused=False)
    graph = composition.graph
    names = [node.name for node in graph.nodes]
    return Plan(
        tuple(
            PartInfo(
                part.name,
                sha256(part.data).hexdigest(),
                len(part.data),
                index not in graph.matching.unused,
            )
            for index, part in enumerate(parts)
        ),
        tuple(
            WireInfo(names[wire.supplier], wire.export, names[wire.consumer], wire.import_)
            for wire in graph.matching.wires.values()
        ),
        open_imports(graph),
        composition.exports,
        tuple(names[id] for id in graph.matching.unused),
    )


def _parts(socket: Component, plugs: Sequence[Component]) -> list[Part]:
    named: list[Part] = []
    for index, part in enumerate((socket, *plugs)):
        if isinstance(part, Part):
            named.append(part)
        else:
            name = "socket" if index == 0 else "plug" if len(plugs) == 1 else f"plug {index}"
            named.append(Part(name, part if isinstance(part, bytes) else memoryview(part)))
    return named


def _compose(
    parts: Sequence[Part], allow: Sequence[str] | None, *, refuse_unused: bool = True
) -> _Composition:
    nodes = _read(parts)
    matching = match(nodes)
    unused = unused_plugs(nodes, matching) if refuse_unused else []
    exports = tuple(
        name for name, extern in nodes[0].type.exports.items() if not _is_leaked(name, extern)
    )
    graph = merge(nodes, matching, exports)
    problems = [*unused, *check(graph, exports), *policy(open_imports(graph), allow)]
    if problems:
        raise ComposeError(problems)
    return _Composition(graph, exports)


def _read(parts: Sequence[Part]) -> list[Instantiation]:
    nodes: list[Instantiation] = []
    problems: list[Diagnostic] = []
    for index, part in enumerate(parts):
        try:
            nodes.append(Instantiation(index, part.name, part.data, read_component(part.data).type))
        except Malformed as error:
            place = Place(part.name, offset=error.offset)
            problems.append(Diagnostic("CMP3001", error.message, place, help=_hint(part, error)))
    if problems:
        raise ComposeError(problems)
    return nodes


def _hint(part: Part, error: Malformed) -> tuple[str, ...]:
    if error.offset == 0 and bytes(part.data[:1]).isascii():
        return ("this looks like text; a component is a binary file",)
    return ()


def _is_leaked(name: str, extern: t.Extern) -> bool:
    """Whether an export is the initialiser that componentize-py 0.25 leaves in every component.

    It is no part of the socket's world, and it was called when the component was built.
    """
    if name != "exports" or not isinstance(extern, t.InstanceType):
        return False
    init = extern.exports.get("init")
    names = [name for name, _ in init.params] if isinstance(init, t.FuncType) else []
    return names == ["app-name", "symbols", "stub-wasi"]
