"""What a caller decided about imports: `--wire [part:]import=plug.export`, `--leave-open [part:]import`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath

from witgen.compose.model import Connection, Instantiation, LeftOpen, Part, Wire
from witgen.diagnostics import ComposeError, Diagnostic, Place, Sink, did_you_mean

# `part:` is only allowed before the name of an interface, which itself has a colon and a slash,
# or before a plain name, which has neither.
_IMPORT = re.compile(r"(?:(?P<part>.+):)?(?P<name>[^:/]+|[^:/]+:[^:/]+/.+)")


def parse_connections(texts: Sequence[str], parts: Sequence[Part]) -> list[Connection]:
    """Read wires between parts: the socket, then the plugs.

    A part goes by its name, or by its file's name without suffix.

    Raises:
        ComposeError: One has another form, or names a part that does not exist.
    """
    called = _called(parts)
    plugs = {alias: name for alias, name in called.items() if name != parts[0].name}
    return [parse_connection(text, plugs, called | {"socket": parts[0].name}) for text in texts]


def parse_left_open(texts: Sequence[str], parts: Sequence[Part]) -> list[LeftOpen]:
    """Read `[part:]import` for each import that is left open.

    Raises:
        ComposeError: One has another form, or names a part that does not exist.
    """
    called = _called(parts) | {"socket": parts[0].name}
    found: list[LeftOpen] = []
    for text in texts:
        match = _IMPORT.fullmatch(text.strip())
        if match is None:
            message = f"`{text}` is not of the form [part:]import"
            raise ComposeError([Diagnostic("CMP3021", message, help=("for example `a:b/api`",))])
        consumer = match["part"]
        if consumer is not None and consumer not in called:
            what = f"`--leave-open {text}`"
            raise ComposeError([_no_part(what, consumer, called, "part")])
        found.append(LeftOpen(match["name"], consumer and called[consumer]))
    return found


def _called(parts: Sequence[Part]) -> dict[str, str]:
    """What a part may be called → its name."""
    called = {PurePath(part.name).stem: part.name for part in reversed(parts)}
    return called | {part.name: part.name for part in parts}


def parse_connection(text: str, plugs: Mapping[str, str], parts: Mapping[str, str]) -> Connection:
    """Read `[part:]import=plug.export`.

    Args:
        text: What was written.
        plugs: How a plug may be called → the name of the part; names may have dots themselves.
        parts: The same, for all parts.

    Raises:
        ComposeError: It has another form, or names a part that does not exist.
    """
    wanted, found, given = text.partition("=")
    match = _IMPORT.fullmatch(wanted.strip())
    given = given.strip()
    if match is None or not found or "." not in given:
        raise ComposeError(
            [
                Diagnostic(
                    "CMP3021",
                    f"the wire `{text}` does not have the form [part:]import=plug.export",
                    help=("for example `a:b/api@1.0.0=store.a:b/api@1.2.0`",),
                )
            ]
        )
    consumer = match["part"]
    if consumer is not None and consumer not in parts:
        raise ComposeError([_no_part(f"the wire of `{match['name']}`", consumer, parts, "part")])
    # The longest name wins: `a.b` before `a`.
    for plug in sorted(plugs, key=lambda name: (-len(name), name)):
        if given.startswith(f"{plug}.") and len(given) > len(plug) + 1:
            export = given[len(plug) + 1 :]
            return Connection(match["name"], plugs[plug], export, consumer and parts[consumer])
    raise ComposeError(
        [_no_part(f"the wire of `{match['name']}`", given.partition(".")[0], plugs, "plug")]
    )


def connect(
    nodes: Sequence[Instantiation], connections: Sequence[Connection], sink: Sink
) -> dict[tuple[int, str], Wire]:
    """(consumer, import) → wire, for all that a caller decided.

    Args:
        nodes: The socket, then the plugs.
        connections: What was decided.
        sink: Gets a diagnostic for each that names what does not exist, or decides twice.
    """
    wires: dict[tuple[int, str], Wire] = {}
    for connection in connections:
        for wire in _wires(nodes, connection, sink):
            key = (wire.consumer, wire.import_)
            known = wires.setdefault(key, wire)
            if known != wire:
                first = f"`{known.export}` of `{nodes[known.supplier].name}`"
                sink.add(
                    Diagnostic(
                        "CMP3021",
                        f"import `{wire.import_}` of `{nodes[wire.consumer].name}` is wired twice: "
                        f"to {first} and to `{wire.export}` of `{nodes[wire.supplier].name}`",
                        nodes[wire.consumer].at,
                    )
                )
    return wires


def left_open(
    nodes: Sequence[Instantiation], opens: Sequence[LeftOpen], sink: Sink
) -> set[tuple[int, str]]:
    """(consumer, import) of all imports that a caller leaves open.

    Args:
        nodes: The socket, then the plugs.
        opens: What was decided.
        sink: Gets a diagnostic for each that names what does not exist.
    """
    found: set[tuple[int, str]] = set()
    for item in opens:
        consumers = [node for node in nodes if item.consumer in {None, node.name}]
        having = [node for node in consumers if item.import_ in node.type.imports]
        if not having:
            known = [name for node in consumers for name in node.type.imports]
            hint = did_you_mean(item.import_, known)
            whom = f"`{item.consumer}` does not import" if item.consumer else "nothing imports"
            message = f"{whom} `{item.import_}`, which is left open"
            place = (consumers or nodes)[0].at
            help_ = hint or _listed("there are the imports", known)
            sink.add(Diagnostic("CMP3021", message, place, help=help_))
        found |= {(node.id, item.import_) for node in having}
    return found


def _wires(nodes: Sequence[Instantiation], connection: Connection, sink: Sink) -> Iterator[Wire]:
    supplier = next((node for node in nodes[1:] if node.name == connection.plug), None)
    if supplier is None:
        names = [node.name for node in nodes[1:]]
        sink.add(_no_part(f"the wire of `{connection.import_}`", connection.plug, names, "plug"))
        return
    if connection.export not in supplier.type.exports:
        hint = did_you_mean(connection.export, supplier.type.exports)
        message = f"`{supplier.name}` does not export `{connection.export}`"
        sink.add(
            _problem(message, supplier.name, hint or _listed("it exports", supplier.type.exports))
        )
        return
    consumers = [
        node for node in nodes if connection.consumer is None or node.name == connection.consumer
    ]
    if not consumers and connection.consumer is not None:
        names = [node.name for node in nodes]
        sink.add(
            _no_part(f"the wire of `{connection.import_}`", connection.consumer, names, "part")
        )
        return
    # A part never plugs into itself, unless explicitly wired: then the cycle is reported.
    having = [
        node
        for node in consumers
        if connection.import_ in node.type.imports
        and (node is not supplier or connection.consumer is not None)
    ]
    if not having:
        known = [name for node in consumers for name in node.type.imports]
        hint = did_you_mean(connection.import_, known)
        whom = (
            f"`{connection.consumer}` does not import" if connection.consumer else "nothing imports"
        )
        place = consumers[0].name if connection.consumer else supplier.name
        message = f"{whom} `{connection.import_}`"
        sink.add(_problem(message, place, hint or _listed("there are the imports", known)))
    for node in having:
        yield Wire(supplier.id, connection.export, node.id, connection.import_)


def _problem(message: str, part: str, help_: tuple[str, ...]) -> Diagnostic:
    return Diagnostic("CMP3021", message, Place(part), help=help_)


def _listed(what: str, names: Iterable[str]) -> tuple[str, ...]:
    found = ", ".join(f"`{name}`" for name in dict.fromkeys(names)) or "nothing"
    return (f"{what} {found}",)


def _no_part(whose: str, name: str, known: Iterable[str], what: str) -> Diagnostic:
    names = list(known)
    return Diagnostic(
        "CMP3021",
        f"{whose} names `{name}`, which is not a {what}",
        help=did_you_mean(name, names) or _listed(f"known {what}s:", names),
    )
