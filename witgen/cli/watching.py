"""`--watch`: a build again and again, each with its own errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

import click

from witgen.cli.common import Failure, Talk
from witgen.cli.supervised import INTERRUPTED
from witgen.cli.table import printable
from witgen.diagnostics import DiagnosticError

if TYPE_CHECKING:
    from witgen.app.building import Request

_MOST = 4  # names of files that changed


def changes(files: Sequence[str]) -> str:
    """What changed, in one line."""
    more = f" and {len(files) - _MOST} more" if len(files) > _MOST else ""
    return printable(f"changed: {', '.join(files[:_MOST])}{more}")


def attempt(act: Callable[[], None], talk: Talk) -> bool:
    """Do something whose failure ends nothing but itself; whether it succeeded."""
    try:
        act()
    except (Failure, DiagnosticError) as failure:
        talk.show(failure.diagnostics)
        return False
    except click.exceptions.Exit as ended:
        return ended.exit_code == 0
    return True


def watched(request: Request, build: Callable[[Request], None], talk: Talk) -> NoReturn:
    """Build now and whenever a source changes, until Ctrl-C."""
    from witgen.app.watching import Watch
    from witgen.value import replace

    later = replace(request, force=False)

    def again(files: Sequence[str]) -> None:
        if files:
            talk.say(f"\n{changes(files)}")
        attempt(lambda: build(later if files else request), talk)
        talk.say("watching for changes; Ctrl-C ends it")

    Watch().builds(request, again)
    raise click.exceptions.Exit(INTERRUPTED)
