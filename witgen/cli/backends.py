"""Build client components with one of the two backends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import click

from witgen.cli.common import Choice, Talk, fail

if TYPE_CHECKING:
    from witgen.client import Client

Backend = Literal["python", "native"]

backend_option = click.option(
    "--backend",
    type=Choice(get_args(Backend)),
    default="python",
    show_default=True,
    help="How to build client components: readable Python that embeds CPython, or a few kilobytes "
    "of core code: --backend native.",
)


def client_component(client: Client, backend: Backend, talk: Talk) -> bytes:
    """Build the static client component, reported on stderr."""
    if backend == "native":
        from witgen.native import client_bytes

        data = client_bytes(client)
        talk.say(f"built the client of {client.component}: {len(data):,} bytes")
        return data
    from witgen.app.componentize import ToolMissingError, client_source, componentize
    from witgen.cli.progress import working

    try:
        with working(f"building the client of {client.component} with componentize-py", talk):
            build = componentize(client_source(client))
    except ToolMissingError as error:
        fail("APP4104", str(error))
    talk.say(
        f"built the client of {client.component}: {len(build.data):,} bytes, "
        + ("from the cache" if build.cached else f"{build.seconds:.1f} s")
    )
    return build.data
