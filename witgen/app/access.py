"""The access log of a server: a line for each request, as web servers write it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

LONGEST = 2000
"""Characters of a request's first line that are kept."""

Log = Callable[[str, str, int, int, float], None]
"""Notes a request: the client's address, its first line, status, bytes of the answer, seconds."""


def unlogged(client: str, line: str, status: int, size: int, seconds: float) -> None:
    """Note nothing."""


class AccessLog:
    """A `Log` in the Common Log Format, followed by the milliseconds that the answer took.

    Args:
        file: Where the lines go; what it cannot take is lost.
        clock: Seconds since the epoch.
    """

    def __init__(self, file: TextIO, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._clock = clock
        self._lock = threading.Lock()

    def __call__(self, client: str, line: str, status: int, size: int, seconds: float) -> None:
        """Write a line."""
        when = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(self._clock()))
        asked = "".join(map(_shown, line[:LONGEST]))
        text = f'{client} - - [{when}] "{asked}" {status} {size} {seconds * 1e3:.0f}ms\n'
        with self._lock, suppress(OSError, ValueError):
            self._file.write(text)
            self._file.flush()


def _shown(letter: str) -> str:
    """A letter of a request, which may be anything."""
    plain = letter.isascii() and letter.isprintable() and letter not in '"\\'
    return letter if plain else f"\\x{ord(letter):02x}"
