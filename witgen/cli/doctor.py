"""`witgen doctor`: versions, tools, caches and what is built."""

from __future__ import annotations

import click

from witgen.cli.common import USAGE, Talk, product, talkative


@click.command(
    "doctor",
    short_help="Report versions, tools and caches.",
    epilog="Example: witgen doctor",
)
@talkative
def command(*, talk: Talk) -> None:
    """Report what witgen finds on this machine, and how to get what is missing.

    Of each built component of the application it tells whether its workers can be taken in snapshots.

    Exit 2 if something that witgen needs is missing; tools for single languages are optional.
    """
    from witgen.app.health import examine

    found = list(examine())
    width = max(len(item.name) for item in found)
    lines = [f"{item.state:<7}  {item.name:<{width}}  {item.text}" for item in found]
    product("\n".join(lines) + "\n", None)
    if any(item.state == "missing" for item in found):
        raise click.exceptions.Exit(USAGE)
