"""`witgen serve`: the application on a loopback HTTP endpoint."""

from __future__ import annotations

import click

from witgen.cli.common import Talk, fail, talkative
from witgen.cli.manifests import opened, refused


@click.command(
    "serve",
    short_help="Serve the application on a loopback HTTP endpoint.",
    epilog="Example: witgen serve --port 9006 --store app.db",
)
@click.option("--manifest", metavar="FILE", help="The manifest: --manifest app/golem.yaml.")
@click.option("--profile", metavar="NAME", help="The profile: --profile release.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=9006,
    show_default=True,
    help="The port on 127.0.0.1; --port 0 picks a free one.",
)
@click.option(
    "--store",
    metavar="FILE",
    help="The journal's file; without it, the journal ends with this process.",
)
@click.option(
    "--warm",
    type=click.IntRange(0),
    metavar="N",
    help="How many idle workers to keep in memory, by default 256; the others are rebuilt from "
    "the journal when called.",
)
@talkative
def command(
    *,
    manifest: str | None,
    profile: str | None,
    port: int,
    store: str | None,
    warm: int | None,
    talk: Talk,
) -> None:
    """Deploy the built application and answer requests of Golem's worker API until interrupted.

    /v1/components/ID/workers/NAME/invoke-and-await?function=FUNCTION; ID may be the component's name.
    """
    from runtime_shim.heap import share_heaps
    from witgen.app.deploying import deployed
    from witgen.app.serving import Service, server
    from witgen.cli import run

    share_heaps()
    with refused():
        made = deployed(opened(manifest, profile))
    files = {name: str(one.file) for name, one in made.components.items()}
    ephemeral = frozenset(name for name, one in made.components.items() if not one.durable)
    links = run.load_links(tuple(map(str, made.links)))
    with run.spoken(talk), run.explained():
        engine = run.open_engine(store)
        host = run.open_host(
            engine, run.deployments(files, ephemeral, links, {}), "dynamic", warm=warm
        )
        try:
            environments = {name: one.env for name, one in made.components.items()}
            try:
                serving = server(Service(host, environments), port)
            except OSError as error:
                said = f"cannot listen on 127.0.0.1:{port}: {error.strerror or error}"
                fail("APP4002", said, "choose another with --port; `--port 0` picks a free one")
            with serving:
                talk.say(
                    f"serving {len(files)} components on http://127.0.0.1:{serving.server_port}"
                )
                serving.serve_forever(poll_interval=0.1)
        except KeyboardInterrupt:
            talk.say("stopped")
        finally:
            host.close()
