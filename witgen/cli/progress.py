"""Progress on stderr, if it is a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from witgen.cli.common import Talk


@contextmanager
def working(what: str, talk: Talk) -> Iterator[None]:
    """Show a spinner and the time beside `what` until the block ends; without a terminal, nothing."""
    if not talk.draws:
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, no_color=not talk.color)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task(what, total=None)
        yield


@contextmanager
def counting(what: str, unit: str, talk: Talk) -> Iterator[Callable[[int], None]]:
    """As `working`; gives a function that takes how many are done."""
    if not talk.draws:
        yield lambda done: None
        return
    from rich.console import Console

    console = Console(stderr=True, no_color=not talk.color)
    with console.status(what) as status:
        yield lambda done: status.update(f"{what}: {done:,} {unit}")
