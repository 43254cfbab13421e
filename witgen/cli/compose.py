"""`witgen compose`: plug components together."""

from __future__ import annotations

import click

from witgen.cli.common import Talk, fail, product, read_bytes, talkative


@click.command(
    "compose",
    short_help="Plug components into a socket component and into each other.",
    epilog="Example: witgen compose caller.wasm --plug client.wasm -o app.wasm",
)
@click.argument("socket", metavar="SOCKET.wasm")
@click.option("--plug", "plugs", multiple=True, metavar="P.wasm", help="A component to plug in.")
@click.option("-o", "--output", required=True, metavar="OUT.wasm", help="The composed component.")
@talkative
def command(*, socket: str, plugs: tuple[str, ...], output: str, talk: Talk) -> None:
    """Compose SOCKET.wasm with the plugs that implement its imports.

    What no plug implements stays an import; only the socket's exports are exported.
    """
    from witgen.compose import Part, compose

    if not plugs:
        fail("APP4003", "nothing to plug in", "name a component with --plug")
    parts = [Part(path, read_bytes(path, "the component")) for path in (socket, *plugs)]
    data = compose(parts[0], parts[1:])
    product(data, output)
    talk.say(f"{output}: {len(data):,} bytes from {len(parts)} components")
