"""Composition from end to end: read, match, merge, check, encode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from witgen.component import types as t
from witgen.component.cursor import Buffer, Malformed
from witgen.component.validation import read_valid
from witgen.component.writer import Unencodable
from witgen.compose.check import check, open_imports, policy
from witgen.compose.defined import with_defined_types
from witgen.compose.encode import encode
from witgen.compose.graph import CompositionGraph
from witgen.compose.matching import match, unused_plugs
from witgen.compose.merge import merge
from witgen.compose.metadata import producers, stripped
from witgen.compose.model import (
    Connection,
    Export,
    Instantiation,
    LeftOpen,
    Part,
    PartInfo,
    Plan,
    Semver,
    WireInfo,
)
from witgen.diagnostics import ComposeError, Diagnostic, Place
from witgen.value import value

Component = Part | bytes | bytearray | memoryview


@value
class Composition:
    """A composition that was checked.

    Attributes:
        graph: Parts, wires and open imports.
        strip: Whether names, producers and debug information are left out.
    """

    graph: CompositionGraph
    strip: bool = False

    def pieces(self) -> list[Buffer]:
        """The file as pieces to be written one after the other; parts are not copied.

        Raises:
            ComposeError: A part refers to a type before declaring it.
        """
        try:
            pieces = encode(self.graph)
        except Unencodable as error:
            message = f"the composed component cannot be written: {error}"
            place = self.graph.nodes[0].at
            raise ComposeError([Diagnostic("CMP3020", message, place)]) from None
        return pieces if self.strip else [*pieces, producers()]

    def plan(self) -> Plan:
        """What was composed, for people."""
        graph = self.graph
        names = [node.name for node in graph.nodes]
        return Plan(
            tuple(
                PartInfo(node.name, len(node.data), node.id not in graph.matching.unused)
                for node in graph.nodes
                if not node.outside
            ),
            tuple(
                WireInfo(names[wire.supplier], wire.label, names[wire.consumer], wire.import_)
                for wire in graph.matching.wires.values()
                if not graph.nodes[wire.supplier].outside
            ),
            open_imports(graph),
            tuple(export.name for export in graph.exports),
            tuple(names[id] for id in graph.matching.unused),
            tuple(
                (node.name, name)
                for node in graph.nodes
                for name, extern in node.type.exports.items()
                if is_leaked(name, extern)
            ),
        )


def composition(
    socket: Component,
    plugs: Sequence[Component],
    *,
    allow_imports: Sequence[str] | None = None,
    semver: Semver = "compatible",
    connections: Sequence[Connection] = (),
    leave_open: Sequence[LeftOpen] = (),
    define_types: bool = False,
    strip: bool = False,
    refuse_unused: bool = True,
) -> Composition:
    """Match and check a composition, without writing it.

    Args:
        socket: The component whose exports the result has.
        plugs: Components that implement imports of the socket or of other plugs.
        allow_imports: Globs of the imports that may stay open; None allows all, an empty sequence
            none. Imports of types only do not count.
        semver: Whether versions of one compatibility track are interchangeable.
        connections: Which export implements which import, where names differ.
        leave_open: Imports that stay open, although a plug may implement them.
        define_types: Define types that would be imported, unless an import or an export needs them.
        strip: Leave names, producers and debug information out, of all parts too.
        refuse_unused: Whether a plug that nothing needs is an error.

    Raises:
        ComposeError: A part is not a component, a plug is unused or does not fit, or an import
            remains open that must not; or `semver` is invalid.
    """
    if semver not in get_args(Semver):
        message = f"`{semver}` is not a valid `semver`"
        raise ComposeError([Diagnostic("GEN2004", message, help=("use `compatible` or `exact`",))])
    nodes = _read(named_parts(socket, plugs), strip=strip)
    matching = match(nodes, semver=semver, connections=connections, leave_open=leave_open)
    unused = unused_plugs(nodes, matching, leave_open) if refuse_unused else []
    first = nodes[0].type
    exports = tuple(
        Export(name, 0, (name,), options=first.export_options.get(name))
        for name, extern in first.exports.items()
        if not is_leaked(name, extern)
    )
    graph = merge(nodes, matching, exports)
    if define_types and not check(graph):
        graph = with_defined_types(graph, {left.import_ for left in leave_open})
    problems = [*unused, *check(graph), *policy(graph, allow_imports)]
    if problems:
        raise ComposeError(problems)
    return Composition(graph, strip)


def compose(
    socket: Component,
    plugs: Sequence[Component],
    *,
    allow_imports: Sequence[str] | None = None,
    semver: Semver = "compatible",
    connections: Sequence[Connection] = (),
    leave_open: Sequence[LeftOpen] = (),
    define_types: bool = False,
    strip: bool = False,
) -> bytes:
    """Plug components into a socket component, and into each other.

    Args:
        socket: The component whose exports the result has.
        plugs: Components that implement imports of the socket or of other plugs.
        allow_imports: Globs of the imports that may stay open; None allows all, an empty sequence
            none. Imports of types only do not count.
        semver: Whether versions of one compatibility track are interchangeable.
        connections: Which export implements which import, where names differ.
        leave_open: Imports that stay open, although a plug may implement them.
        define_types: Define types that would be imported, unless an import or an export needs them.
        strip: Leave names, producers and debug information out, of all parts too.

    Returns:
        The composed component; the same bytes for the same input.

    Raises:
        ComposeError: As for `composition`.
    """
    made = composition(
        socket,
        plugs,
        allow_imports=allow_imports,
        semver=semver,
        connections=connections,
        leave_open=leave_open,
        define_types=define_types,
        strip=strip,
    )
    return b"".join(made.pieces())


def compose_pieces(
    socket: Component,
    plugs: Sequence[Component],
    *,
    allow_imports: Sequence[str] | None = None,
) -> list[Buffer]:
    """Like `compose`, as pieces to be written one after the other; parts are not copied.

    Raises:
        ComposeError: As for `composition`.
    """
    return composition(socket, plugs, allow_imports=allow_imports).pieces()


def plan(
    socket: Component,
    plugs: Sequence[Component],
    *,
    allow_imports: Sequence[str] | None = None,
) -> Plan:
    """What `compose` would do; plugs that nothing needs are listed, not refused.

    Raises:
        ComposeError: As for `composition`.
    """
    made = composition(socket, plugs, allow_imports=allow_imports, refuse_unused=False)
    return made.plan()


def named_parts(socket: Component, plugs: Sequence[Component]) -> list[Part]:
    """The socket and its plugs, each under its own name."""
    named: list[Part] = []
    taken: set[str] = set()
    for index, part in enumerate((socket, *plugs)):
        name = "socket" if index == 0 else "plug" if len(plugs) == 1 else f"plug {index}"
        file = None
        if isinstance(part, Part):
            name, data, file = part.name, part.data, part.file
        else:
            data = part if isinstance(part, bytes) else memoryview(part)
        # A name identifies one part, in messages and wires.
        number, first = 2, name
        while name in taken:
            name, number = f"{first} ({number})", number + 1
        taken.add(name)
        named.append(Part(name, data, file))
    return named


def _read(parts: Sequence[Part], *, strip: bool) -> list[Instantiation]:
    nodes: list[Instantiation] = []
    problems: list[Diagnostic] = []
    for index, part in enumerate(parts):
        try:
            type = read_valid(part.data).type
            data = stripped(part.data) if strip else part.data
            place = Place(part.file) if part.file else None
            nodes.append(Instantiation(index, part.name, data, type, place=place))
            if _is_wit(type):
                at = Place(part.file or part.name, offset=0)  # where the component begins
                message = f"`{part.name}` is an encoded WIT package, not a component"
                help_ = ("it has types only: build a component for one of its worlds",)
                problems.append(Diagnostic("CMP3001", message, at, help=help_))
        except Malformed as error:
            place = Place(part.file or part.name, offset=error.offset)
            problems.append(Diagnostic("CMP3001", error.message, place, help=_hint(part, error)))
    if problems:
        raise ComposeError(problems)
    return nodes


def _hint(part: Part, error: Malformed) -> tuple[str, ...]:
    if not part.data:
        return ("it is empty",)
    if error.offset or not bytes(part.data[:1]).isascii():
        return ()
    if (part.file or part.name).endswith(".wit"):
        return ("this is WIT: build a component for one of its worlds",)
    text = "this looks like text; a component is a binary file"
    if bytes(part.data[:8]) != b"package ":
        return (text,)
    return (text, "the name of a composition text must end with `.wac`")


def _is_wit(type: t.ComponentType) -> bool:
    """Whether this is the form of a WIT package: it exports the types of its interfaces and worlds."""
    exports = type.exports.values()
    return not type.imports and any(
        isinstance(extern, t.TypeEq) and isinstance(extern.type, t.ComponentType)
        for extern in exports
    )


def is_leaked(name: str, extern: t.Extern) -> bool:
    """Whether an export is the initialiser that componentize-py 0.25 leaves in every component.

    It is not part of the socket's world; it was called when the component was built.
    """
    if name != "exports" or not isinstance(extern, t.InstanceType):
        return False
    init = extern.exports.get("init")
    names = [name for name, _ in init.params] if isinstance(init, t.FuncType) else []
    return names == ["app-name", "symbols", "stub-wasi"]
