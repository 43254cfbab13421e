"""Build client components with one of the two backends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import click

from witgen.cli.common import Talk, fail

if TYPE_CHECKING:
    from witgen.client import Client

Backend = Literal["python", "native"]

backend_option = click.option(
    "--backend",
    type=click.Choice(get_args(Backend)),
    default="python",
    show_default=True,
    help="How to build client components: readable Python that embeds CPython, or a few kilobytes "
    "of core code: --backend native.",
)


def client_component(client: Client, backend: Backend, talk: Talk) -> bytes:
    """Build the static client component and report it on stderr."""
    if backend == "python":
        return _python(client, talk)
    from witgen.native import client_bytes

    data = client_bytes(client)
    talk.say(f"built the client of {client.component}: {len(data):,} bytes")
    return data


def _python(client: Client, talk: Talk) -> bytes:
    from witgen.app.componentize import Source, ToolMissingError, componentize
    from witgen.cli.progress import working
    from witgen.emit import generate

    files = generate(client, emit=["python"])
    wit = {
        p.removeprefix("python/wit/"): d for p, d in files.items() if p.startswith("python/wit/")
    }
    python = {
        path.removeprefix("python/"): data
        for path, data in files.items()
        if path.startswith("python/") and path.endswith(".py")
    }
    gated = client.is_gated
    source = Source(
        wit, client.component_world, python, client.app_module, isolated=True, all_features=gated
    )
    try:
        with working(f"building the client of {client.component} with componentize-py", talk):
            build = componentize(source)
    except ToolMissingError as error:
        fail("APP4104", str(error))
    talk.say(
        f"built the client of {client.component}: {len(build.data):,} bytes, "
        + ("from the cache" if build.cached else f"{build.seconds:.1f} s")
    )
    return build.data
