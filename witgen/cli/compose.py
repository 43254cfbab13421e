"""`witgen compose`: plug components together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from witgen.cli.common import Talk, existing, fail, product, read_bytes, surroundings, talkative

if TYPE_CHECKING:
    from witgen.compose import Part, Plan


@click.command(
    "compose",
    short_help="Plug components into a socket component and into each other.",
    epilog="Example: witgen compose caller.wasm --client house/wit -o app.wasm",
)
@click.argument("socket", metavar="SOCKET.wasm")
@click.option("--plug", "plugs", multiple=True, metavar="P.wasm", help="A component to plug in.")
@click.option(
    "--client",
    "clients",
    multiple=True,
    metavar="TARGET[,kind=ephemeral][,name=N][,world=W]",
    help="Generate the client of TARGET, build it and plug it in.",
)
@click.option("-o", "--output", required=True, metavar="OUT.wasm", help="The composed component.")
@click.option(
    "--graph", type=click.Choice(["mermaid", "dot"]), help="Draw the composition, on stdout."
)
@click.option("--explain", is_flag=True, help="Tell which export implements which import.")
@click.option("--no-imports", is_flag=True, help="Exit 1 if anything stays imported.")
@click.option(
    "--allow-import",
    "allowed",
    multiple=True,
    metavar="GLOB",
    help="Exit 1 if anything else stays imported: --allow-import 'wasi:*'.",
)
@talkative
def command(
    *,
    socket: str,
    plugs: tuple[str, ...],
    clients: tuple[str, ...],
    output: str,
    graph: str | None,
    explain: bool,
    no_imports: bool,
    allowed: tuple[str, ...],
    talk: Talk,
) -> None:
    """Compose SOCKET.wasm with the components that implement its imports.

    What no plug implements stays an import; only the socket's exports are exported.
    """
    from witgen.app.files import write_pieces
    from witgen.compose import Part, compose_pieces

    if not plugs and not clients:
        fail("APP4003", "nothing to plug in", "name a component with --plug, or --client")
    wanted = [_client(text) for text in clients]
    parts = [Part(path, read_bytes(path, "the component")) for path in (socket, *plugs)]
    parts += [client.part(talk) for client in wanted]
    allow = allowed if allowed or no_imports else None
    pieces = compose_pieces(parts[0], parts[1:], allow_imports=allow)
    if explain or graph:
        from witgen.compose import graph_text, plan

        planned = plan(parts[0], parts[1:], allow_imports=allow)
        if explain:
            _explain(planned, talk)
        if graph:
            product(graph_text(planned, "dot" if graph == "dot" else "mermaid"), None)
    with surroundings():
        write_pieces(Path(output), pieces)
    size = sum(len(piece) for piece in pieces)
    talk.say(f"{output}: {size:,} bytes from {len(parts)} components")


@dataclass(frozen=True, slots=True)
class _Client:
    target: str
    kind: str = "durable"
    name: str | None = None
    world: str | None = None

    def part(self, talk: Talk) -> Part:
        """The client component, generated and built."""
        from witgen.cli.generate import component
        from witgen.client import client
        from witgen.compose import Part
        from witgen.load import load

        existing(self.target, "the target")
        made = client(load(self.target), self.world, kind=self.kind, component=self.name)
        talk.show(made.warnings)
        return Part(f"client of {self.target}", component(made, talk))


def _client(text: str) -> _Client:
    """`TARGET,key=value,…`."""
    from witgen.diagnostics import did_you_mean

    target, *settings = text.split(",")
    found: dict[str, str] = {}
    for setting in settings:
        key, _, value = setting.partition("=")
        if key not in {"kind", "name", "world"} or not value:
            hint = did_you_mean(key, ("kind", "name", "world")) or ("kind=, name= or world=",)
            fail("APP4003", f"--client does not understand `{setting}`", *hint)
        found[key] = value
    if found.get("kind", "durable") not in {"durable", "ephemeral"}:
        fail("APP4003", f"--client: `{found['kind']}` is no kind", "durable or ephemeral")
    return _Client(target, **found)


def _explain(plan: Plan, talk: Talk) -> None:
    """Parts, wires and open imports, on stderr."""
    for part in plan.parts:
        talk.say(f"part   {part.name}: {part.size:,} bytes" + ("" if part.used else ", not used"))
    for wire in plan.wires:
        talk.say(f"wire   {wire.import_} of {wire.consumer}: {wire.export} of {wire.supplier}")
    for item in plan.imports:
        needed = ", ".join(part for part, _ in item.needed_by)
        note = " (types only)" if item.types_only else ""
        talk.say(f"import {item.name}{note}: needed by {needed}")
    for name in plan.exports:
        talk.say(f"export {name}")
