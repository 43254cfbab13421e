"""Progress on stderr, if it is a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from witgen.cli.common import Talk


@contextmanager
def working(what: str, talk: Talk) -> Iterator[None]:
    """Show a spinner beside `what` until the block ends; without a terminal, show nothing."""
    if not talk.draws:
        yield
        return
    from rich.console import Console

    console = Console(stderr=True, no_color=not talk.color)
    with console.status(what):
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
