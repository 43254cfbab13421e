"""`witgen custom`: the custom commands of golem.yaml."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

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
@click.argument("name", metavar="NAME")
@click.argument("components", metavar="[COMPONENT]...", nargs=-1)
@click.option("--manifest", metavar="FILE", help="The manifest: --manifest app/golem.yaml.")
@click.option("--profile", metavar="NAME", help="The profile: --profile release.")
@talkative
def command(
    *,
    name: str,
    components: tuple[str, ...],
    manifest: str | None,
    profile: str | None,
    talk: Talk,
) -> None:
    """Run the commands that golem.yaml has under `customCommands` as NAME.

    Those of the application come first, then those of COMPONENTs, by default of all.
    """
    from witgen.app.building import chosen
    from witgen.app.command import Processes, run

    with refused():
        app = opened(manifest, profile).app
        names = chosen(app, components)
    commands = _commands(app, name, names)
    try:
        for item in commands:
            talk.say(f"$ {item.text}")
            with surroundings():
                run(item, app.root, Processes(), None)
    except DiagnosticError as error:
        raise Failure(error.diagnostics, FINDINGS) from error


def _commands(app: Application, name: str, names: list[str]) -> list[Command]:
    found = [] if names else list(app.custom_commands.get(name, ()))
    known = set(app.custom_commands)
    for component in app.components.values():
        known |= component.custom_commands.keys()
        if component.name in names or not names:
            found += component.custom_commands.get(name, ())
    if not found:
        from witgen.diagnostics import did_you_mean

        listed = ", ".join(sorted(known)) or "none"
        hints = did_you_mean(name, known) or (f"there is {listed}",)
        fail("APP4207", f"there is no custom command `{name}`", *hints)
    return found
