"""`witgen clean`: remove what the build made."""

from __future__ import annotations

from pathlib import Path

import click

from witgen.cli.common import Talk, surroundings, talkative
from witgen.cli.manifests import opened, refused


@click.command(
    "clean",
    short_help="Remove what the build made.",
    epilog="Example: witgen clean --dry-run",
)
@click.argument("components", metavar="[COMPONENT]...", nargs=-1)
@click.option("--manifest", metavar="FILE", help="The manifest: --manifest app/golem.yaml.")
@click.option("--profile", metavar="NAME", help="The profile that was built: --profile release.")
@click.option("--dry-run", is_flag=True, help="Only print what would be removed.")
@talkative
def command(
    *,
    components: tuple[str, ...],
    manifest: str | None,
    profile: str | None,
    dry_run: bool,
    talk: Talk,
) -> None:
    """Remove the products of COMPONENTs, by default of all, and the folder of intermediate files.

    Generated WIT goes as far as witgen wrote it; nothing outside of the application is touched.
    """
    from witgen.app.building import chosen
    from witgen.app.cleaning import products, remove
    from witgen.app.manifest.find import shown

    with refused():
        app = opened(manifest, profile).app
        paths = products(app, chosen(app, components))
    if not dry_run:
        with surroundings():
            remove(paths)
    for path in paths:
        talk.say(f"{'would remove' if dry_run else 'removed'} {shown(Path(path))}")
    if not paths:
        talk.say("there is nothing to remove")
