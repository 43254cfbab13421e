"""`witgen dev`: build, serve, and update on every change."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from witgen.cli import completion
from witgen.cli.common import Talk, existing, surroundings, talkative
from witgen.cli.deploying import Given, deploying, env_option, port_option
from witgen.cli.manifests import refused
from witgen.cli.reporting import spoken
from witgen.cli.serve import listening
from witgen.cli.supervised import supervised


@click.command(
    "dev",
    short_help="Build and serve the application, and update it whenever a source changes.",
    epilog="Example: witgen dev --store dev.db",
)
@port_option
@click.option(
    "--store",
    metavar="FILE",
    shell_complete=completion.files,
    help="The journal's file; without it, the workers end with this process.",
)
@click.option("--plain", is_flag=True, help="Print lines instead of drawing a screen.")
@click.option(
    "--jobs", type=click.IntRange(1, 256), metavar="N", help="Number of parallel jobs: --jobs 4."
)
@env_option
@deploying
@talkative
def command(
    *,
    port: int,
    store: str | None,
    plain: bool,
    jobs: int | None,
    env: tuple[str, ...],
    given: Given,
    talk: Talk,
) -> None:
    """Build the application, serve it as `witgen serve` does, and do it again whenever a source changes.

    Only what changed is built. Workers whose history the new build would repeat exactly are moved to
    it while others are served; the rest keep their build, and are named with the difference. While a
    build fails, the earlier one is served. Ctrl-C ends it.
    """
    from runtime_shim.boundary import platforms
    from runtime_shim.heap import share_heaps
    from witgen.app.access import unlogged
    from witgen.app.building import Request
    from witgen.cli.developing import Development, State
    from witgen.cli.reporting import explained

    manifest = Path(existing(given.manifest, "the manifest")) if given.manifest else None
    request = Request(Path.cwd(), manifest, profile=given.profile, jobs=jobs or os.cpu_count() or 1)
    state = State()
    with ExitStack() as stack:
        with explained():
            platforms.require()
        share_heaps()
        if store is None:
            folder = stack.enter_context(TemporaryDirectory(prefix="witgen-dev-"))
            store = str(Path(folder, "store.db"))
        if talk.draws and sys.stdout.isatty() and not plain:
            from witgen.cli.board import drawn

            stack.enter_context(drawn(state, talk))
        output = stack.enter_context(spoken(talk))
        stack.enter_context(surroundings())
        stack.enter_context(refused())
        development = Development(
            request, given, env, store,
            lambda answer: listening(unlogged, answer, "127.0.0.1", port, "--port"),
            output, talk, state,
        )  # fmt: skip
        supervised(development.run, development.stop)
