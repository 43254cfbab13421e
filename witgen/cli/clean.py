"""`witgen clean`: remove what the build made."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import click

from witgen.cli import completion
from witgen.cli.common import Talk, fail, surroundings, talkative
from witgen.cli.manifests import opened, refused


@click.command(
    "clean",
    short_help="Remove what the build made.",
    epilog="Example: witgen clean --dry-run",
)
@click.argument(
    "components", metavar="[COMPONENT]...", nargs=-1, shell_complete=completion.components
)
@click.option("--manifest", metavar="FILE", help="The manifest: --manifest app/golem.yaml.")
@click.option("--profile", metavar="NAME", help="The profile that was built: --profile release.")
@click.option("--dry-run", is_flag=True, help="Only print what would be removed.")
@click.option(
    "--cache",
    is_flag=True,
    help="Remove the cache shared by all applications: built clients and compiled code.",
)
@talkative
def command(
    *,
    components: tuple[str, ...],
    manifest: str | None,
    profile: str | None,
    dry_run: bool,
    cache: bool,
    talk: Talk,
) -> None:
    """Remove the products of COMPONENTs; by default those in this folder and below.

    If that covers the whole application, the folder of intermediate files is removed too. Of
    generated WIT only the files that witgen wrote are removed; nothing outside the application is
    touched. With --cache, only this user's cache is removed, and nothing of an application.
    """
    if cache:
        if components or manifest or profile:
            fail("APP4003", "--cache does not apply to an application", "give no other arguments")
        _cache(talk, dry_run=dry_run)
        return
    from witgen.app.building import selected
    from witgen.app.cleaning import products, remove
    from witgen.app.lock import alone
    from witgen.app.manifest.find import shown

    with refused():
        app = opened(manifest, profile).app
        paths = products(app, selected(app, components, Path.cwd()))
    if not dry_run:
        held = alone(app.temp) if app.temp.is_dir() else nullcontext()
        with refused(), surroundings(), held as lock:
            if lock is not None:
                lock.tidy(app)
            remove(paths)
    for path in paths:
        talk.say(f"{'would remove' if dry_run else 'removed'} {shown(path)}")
    if not paths:
        talk.say("there is nothing to remove")


def _cache(talk: Talk, *, dry_run: bool) -> None:
    from runtime_shim.boundary.disk_cache import size
    from witgen.app.cleaning import cached, remove
    from witgen.cache import cache_dir

    paths = cached()
    total = sum(size(path) if path.is_dir() else path.stat().st_size for path in paths)
    if not dry_run:
        with surroundings():
            remove(paths)
    how = "would remove" if dry_run else "removed"
    talk.say(f"{how} {total / 1e6:.1f} MB from {cache_dir()}")
