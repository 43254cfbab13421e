"""Match exports to imports by name: plugs into the socket and into each other.

An import is implemented by the export that the caller names, else by the export of another part with
the same name, else by one on the same compatibility track. An import whose name is a label of an
interface (`implements`) is also implemented by an export of that interface. A part never plugs into
itself. Types are compared later.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from witgen.component import types as t
from witgen.component.names import Names
from witgen.compose.connections import connect, left_open
from witgen.compose.model import Connection, Instantiation, LeftOpen, Semver, Wire, of_wasi
from witgen.compose.semver import name_track
from witgen.compose.subtype import Checker
from witgen.diagnostics import ComposeError, Diagnostic, Sink, did_you_mean
from witgen.value import value

CLIENT = "make that with `--client DIR` instead of `--plug`, where DIR has the WIT of {}"
"""What to do about the callee itself, with its package."""

# Hints take longer than all else, and one is shown.
_MAX_HINTS = 10
# (node, export) pairs.
_Exports = list[tuple[int, str]]


@value
class Matching:
    """The parts that are used, suppliers first, and the wires between them.

    Attributes:
        order: Instantiation ids, every supplier before its consumers; the socket is last.
        wires: (consumer, import) → wire.
        unused: Ids of plugs that nothing needs.
        semver: Which names are interchangeable.
    """

    order: tuple[int, ...]
    wires: dict[tuple[int, str], Wire]
    unused: tuple[int, ...]
    semver: Semver = "compatible"


def match(
    nodes: Sequence[Instantiation],
    *,
    semver: Semver = "compatible",
    connections: Sequence[Connection] = (),
    leave_open: Sequence[LeftOpen] = (),
) -> Matching:
    """Match the exports of plugs with the imports of all parts that the socket needs.

    Args:
        nodes: The socket, then the plugs.
        semver: Which names are interchangeable.
        connections: What the caller decided; names decide the rest.
        leave_open: Imports that are not implemented, whatever their names.

    Raises:
        ComposeError: An import has two suppliers, parts need each other in a cycle, or a connection
            names something that does not exist.
    """
    sink = Sink()
    decided = connect(nodes, connections, sink)
    opens = left_open(nodes, leave_open, sink)
    for consumer, name in sorted(opens & decided.keys()):
        message = f"import `{name}` of `{nodes[consumer].name}` is wired and left open"
        sink.add(Diagnostic("CMP3021", message, nodes[consumer].at))
    offers = _Offers.of(nodes, semver)
    wires: dict[tuple[int, str], Wire] = {}
    reached = {0: None}
    pending = [0]
    for consumer in pending:
        for name, extern in nodes[consumer].type.imports.items():
            wire = decided.get((consumer, name))
            # An alias of a type is nothing to implement, unless explicitly wired.
            left = (consumer, name) in opens or isinstance(extern, t.TypeEq)
            if wire is None and not left:
                wire = _supplier(nodes, offers, consumer, name, sink)
            if wire is not None:
                wires[consumer, name] = wire
                if wire.supplier not in reached:
                    reached[wire.supplier] = None
                    pending.append(wire.supplier)
    order = () if sink.errors else _order(nodes, wires, sink)
    if sink.errors:
        raise ComposeError(sink.errors)
    unused = tuple(node.id for node in nodes if node.id not in reached)
    return Matching(order, wires, unused, semver)


@value
class _Table:
    """Exports by name and by compatibility track."""

    by_name: dict[str, _Exports]
    by_track: dict[str, _Exports]

    def add(self, name: str, export: tuple[int, str], semver: Semver) -> None:
        """Enter an export under a name."""
        self.by_name.setdefault(name, []).append(export)
        if semver == "compatible":
            self.by_track.setdefault(name_track(name), []).append(export)

    def find(self, name: str, consumer: int) -> _Exports:
        """The exports of other parts under a name, else those on its track."""
        for found in (self.by_name.get(name, []), self.by_track.get(name_track(name), [])):
            others = [(node, export) for node, export in found if node != consumer]
            if others:
                return others
        return []


@value
class _Offers:
    """What the plugs export: by name, and by the interface that a name implements."""

    named: _Table
    labelled: _Table

    @staticmethod
    def of(nodes: Sequence[Instantiation], semver: Semver) -> _Offers:
        named, labelled = _Table({}, {}), _Table({}, {})
        for node in nodes[1:]:
            for export in node.type.exports:
                named.add(export, (node.id, export), semver)
                options = node.type.export_options.get(export)
                if options is not None and options.implements is not None:
                    labelled.add(options.implements, (node.id, export), semver)
        return _Offers(named, labelled)

    def found(self, node: Instantiation, name: str) -> _Exports:
        """The exports of other parts that an import may mean."""
        found = self.named.find(name, node.id)
        options = node.type.import_options.get(name)
        if found or options is None or options.implements is None:
            return found
        interface = options.implements
        return self.named.find(interface, node.id) or self.labelled.find(interface, node.id)


def _supplier(
    nodes: Sequence[Instantiation], offers: _Offers, consumer: int, name: str, sink: Sink
) -> Wire | None:
    found = offers.found(nodes[consumer], name)
    if len(found) > 1:
        suppliers = ", ".join(f"`{export}` of `{nodes[node].name}`" for node, export in found)
        wire = f"--wire '{name}={nodes[found[0][0]].name}.{found[0][1]}'"
        # Each is reported once, so the sink need not check for repetitions.
        sink.diagnostics.append(
            Diagnostic(
                "CMP3012",
                f"import `{name}` of `{nodes[consumer].name}` has several suppliers: {suppliers}",
                nodes[consumer].at,
                help=(
                    f"leave out all but one, or wire the intended one: {wire}",
                    *_chained(nodes, consumer, name, found),
                ),
            )
        )
    return Wire(found[0][0], found[0][1], consumer, name) if found else None


def _chained(
    nodes: Sequence[Instantiation], consumer: int, name: str, found: _Exports
) -> Iterator[str]:
    """How to make a chain, where all suppliers but one import what they export themselves."""
    chained = [item for item in found if item[1] in nodes[item[0]].type.imports]
    ends = [item for item in found if item not in chained]
    # The advice is given once, for the import that begins the chain.
    if not chained or len(ends) != 1 or name in nodes[consumer].type.exports:
        return
    part, wanted, wires = nodes[consumer].name if consumer else "socket", name, ""
    for node, export in (*chained, *ends):
        wires += f" --wire '{part}:{wanted}={nodes[node].name}.{export}'"
        part, wanted = nodes[node].name, export
    yield f"to make a chain that begins with `{nodes[chained[0][0]].name}`:{wires}"


def _order(
    nodes: Sequence[Instantiation], wires: dict[tuple[int, str], Wire], sink: Sink
) -> tuple[int, ...]:
    """Suppliers before consumers, by depth first from the socket; a cycle is reported."""
    needs: dict[int, list[Wire]] = {}
    for wire in wires.values():
        needs.setdefault(wire.consumer, []).append(wire)
    done: dict[int, None] = {}
    trail: list[Wire] = []
    # Node → position in its needs, from the socket down: a stack, as chains may be long.
    stack = {0: 0}
    while stack:
        node, position = stack.popitem()
        wanted = needs.get(node, [])
        if position == len(wanted):
            done[node] = None
            if trail:
                trail.pop()
            continue
        stack[node] = position + 1
        wire = wanted[position]
        if wire.supplier in done:
            continue
        if wire.supplier in stack:
            start = list(stack).index(wire.supplier)
            sink.add(_circle(nodes, [*trail[start:], wire]))
            return ()
        trail.append(wire)
        stack[wire.supplier] = 0
    return tuple(done)


def _circle(nodes: Sequence[Instantiation], circle: Sequence[Wire]) -> Diagnostic:
    path = f"`{nodes[circle[0].consumer].name}`" + "".join(
        f" needs `{wire.import_}` of `{nodes[wire.supplier].name}`"
        + (", which" if wire is not circle[-1] else "")
        for wire in circle
    )
    last = f"{nodes[circle[-1].consumer].name}:{circle[-1].import_}"
    return Diagnostic(
        "CMP3013",
        f"the plugs need each other in a cycle: {path}",
        nodes[circle[0].consumer].at,
        help=(
            "a component can only be instantiated after everything that it imports",
            f"break the circle at one import: --leave-open '{last}'",
        ),
    )


def unused_plugs(
    nodes: Sequence[Instantiation], matching: Matching, leave_open: Sequence[LeftOpen] = ()
) -> list[Diagnostic]:
    """A diagnostic for each plug that nothing needs: what it has, and what is needed."""
    opens = {name_track(left.import_) for left in leave_open}
    needs = {
        name: extern
        for node in nodes
        if node.id not in matching.unused
        for name, extern in node.type.imports.items()
        if (node.id, name) not in matching.wires
    }
    return [
        Diagnostic(
            "CMP3011",
            f"nothing imports what `{nodes[id].name}` exports",
            nodes[id].at,
            help=_left(nodes[id], opens) or _advice(nodes[id], needs),
        )
        for id in matching.unused
    ]


def _left(node: Instantiation, opens: Container[str]) -> tuple[str, ...]:
    """What to do about a plug that only an import wants that is left open."""
    names = (name for name in node.type.exports if name_track(name) in opens)
    return tuple(f"`--leave-open {name}` leaves nothing for it: leave it out" for name in names)[:1]


def _advice(node: Instantiation, needs: Mapping[str, t.Extern]) -> tuple[str, ...]:
    """What to do about a plug that nothing needs: make the client of a callee, or else compare."""
    wanted = sorted(needs)
    exported = [name for name in node.type.exports if name != "exports"]
    client = _client(exported, wanted)
    if client is not None:
        package = client.partition("/")[0].removesuffix("-client")
        hint = CLIENT.format(f"`{package}`")
        return f"its caller imports the client `{client}`", hint
    near = _fitting(node, needs) or [
        hint for export in exported[:_MAX_HINTS] for hint in did_you_mean(export, wanted)
    ]
    listed = [f"`{name}`" for name in wanted if not of_wasi(name)]
    listed += [f"{count} of WASI"] if (count := sum(map(of_wasi, wanted))) else []
    return (
        f"it exports {', '.join(f'`{name}`' for name in exported) or 'nothing'}",
        f"open imports are {', '.join(listed)}" if wanted else "there are no open imports",
        *near[:1],
    )


def _fitting(node: Instantiation, needs: Mapping[str, t.Extern]) -> list[str]:
    """The wire from the one export that fits an open import by its type, under another name."""
    checker = Checker(Names(lambda _space, _name: None), lambda ref: f"`{ref.path[-1]}`")

    def fits(found: t.Extern, needed: t.Extern) -> bool:
        given, asked = (t.ComponentType({}, {"it": extern}) for extern in (found, needed))
        return not any(checker.components(given, asked, ()))

    open_ = [item for item in needs.items() if not of_wasi(item[0])][:_MAX_HINTS]
    pairs = [
        (name, export)
        for name, needed in open_
        if isinstance(needed, t.InstanceType) and needed.exports
        for export, found in list(node.type.exports.items())[:_MAX_HINTS]
        if fits(found, needed)
    ]
    return [
        f"its export `{export}` fits `{name}`: --wire '{name}={node.name}.{export}'"
        for name, export in (pairs if len(pairs) == 1 else ())
    ]


def _client(exports: Iterable[str], wanted: Iterable[str]) -> str | None:
    """An import that a client of these exports would implement."""
    packages = {name.partition("/")[0] for name in exports if "/" in name}
    found = (name for name in wanted if name.partition("/")[0].removesuffix("-client") in packages)
    return next((name for name in found if name.partition("/")[0] not in packages), None)
