"""Parts of an invocation that run as a whole, and going back in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from runtime_shim.errors import Restart, Trap
from runtime_shim.replay.tape import BEGIN, Tape


def begin_region(tape: Tape, jump: Callable[[int], None]) -> int:
    """Begin an atomic part; if it was interrupted, `jump` so that all of it runs again."""
    begin = tape.at
    tape.step(BEGIN, lambda: None)
    if tape.at < tape.end and not _ahead(tape, f"end {begin}"):
        jump(tape.at)
    return begin


def restart(tape: Tape, position: int, jump: Callable[[int], None], *, recording: bool) -> NoReturn:
    """Drop what was recorded from `position` on by a `jump`, and run again up to there.

    Raises:
        Restart: always, except when
        Trap: there is no such position.
    """
    if not recording:
        raise Trap("there is no journal to go back to", retriable=False)
    if not 0 <= position <= tape.at:
        raise Trap(f"step {position} of this invocation was not reached", retriable=False)
    jump(position)
    raise Restart


def _ahead(tape: Tape, kind: str) -> bool:
    """Whether an entry of this kind is still to be read."""
    at = tape.at
    while at < tape.end:
        if tape.entries[at][0] == kind:
            return True
        at = tape.beyond(at + 1)
    return False
