"""`witgen custom`: the custom commands of golem.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from witgen.cli import completion
from witgen.cli.common import FINDINGS, Failure, Talk, fail, surroundings, talkative
from witgen.cli.manifests import opened, refused
from witgen.diagnostics import DiagnosticError

if TYPE_CHECKING:
    from witgen.app.manifest.application import Application, Command


@click.command(
    "custom",
    short_help="Run a custom command of golem.yaml.",
    epilog="Example: witgen custom update-deps",
)
@click.argument("name", metavar="NAME", required=False)
@click.argument(
    "components", metavar="[COMPONENT]...", nargs=-1, shell_complete=completion.components
)
@click.option("--manifest", metavar="FILE", help="The manifest: --manifest app/golem.yaml.")
@click.option("--profile", metavar="NAME", help="The profile: --profile release.")
@talkative
def command(
    *,
    name: str | None,
    components: tuple[str, ...],
    manifest: str | None,
    profile: str | None,
    talk: Talk,
) -> None:
    """Run the commands listed under `customCommands` as NAME in golem.yaml.

    The application's own run first, unless COMPONENTs are given; then those of the COMPONENTs, by
    default the ones in this folder and below.
    """
    from witgen.app.building import selected
    from witgen.app.command import Processes, run

    with refused():
        app = opened(manifest, profile).app
        names = selected(app, components, Path.cwd())
    commands = _commands(app, name, names, shared=not components)
    try:
        for item in commands:
            talk.say(f"$ {item.text}")
            with surroundings():
                run(item, app.root, Processes(), None)
    except DiagnosticError as error:
        raise Failure(error.diagnostics, FINDINGS) from error


def _commands(
    app: Application, name: str | None, names: list[str], *, shared: bool
) -> list[Command]:
    known: dict[str, list[Command]] = {}
    tables = [app.custom_commands] if shared else []
    tables += [c.custom_commands for c in app.components.values() if not names or c.name in names]
    for table in tables:
        for called, commands in table.items():
            known.setdefault(called, []).extend(commands)
    if name is not None and name in known:
        return known[name]
    from witgen.diagnostics import did_you_mean

    listing = ", ".join(sorted(known))
    listed = (
        f"there is {listing}"
        if known
        else "golem.yaml declares none: list it under `customCommands`"
    )
    wanted = "no custom command given"
    hints: tuple[str, ...] = (listed,)
    if name is not None:
        wanted = f"there is no custom command `{name}`"
        hints = did_you_mean(name, known) or hints
    return fail("APP4207", wanted, *hints)
