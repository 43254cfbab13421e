"""Checking a store in the background, while a host uses it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from runtime_shim.engines.sqlite.schema import guarded, reader
from runtime_shim.errors import StoreError

if TYPE_CHECKING:
    from runtime_shim.engines.sqlite.checking import Finding

_DELAY = 1.0  # seconds until it begins: who opens a store waits for an answer
_REST = 0.002  # seconds between two parts at least; otherwise as long as a part took


class Patrol:
    """A thread that looks at all rows that it finds in a store once, a few at a time.

    It reads with a connection of its own, has no view of the store for longer than a query takes,
    and works at most half of the time.

    Args:
        store: The file.
        damaged: Called once, in the thread, when something is found or the store cannot be read.
    """

    def __init__(self, store: Path, damaged: Callable[[StoreError], None]) -> None:
        self._store = store
        self._damaged = damaged
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="runtime-shim-patrol", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it, after the part that it looks at."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        if self._stop.wait(_DELAY):
            return
        try:
            found = next(self._findings(), None)
        except StoreError as error:
            self._damaged(error)
            return
        if found is not None:
            advice = f"`witgen worker check {self._store}` shows all that is damaged"
            self._damaged(StoreError(f"{self._store} is damaged: {found}", advice))

    def _findings(self) -> Iterator[Finding]:
        from runtime_shim.engines.sqlite.checking import parts  # after the delay

        with closing(reader(self._store)) as connection, guarded(self._store):
            begun = time.monotonic()
            for part in parts(connection, growing=True):
                yield from part.findings
                if self._stop.wait(max(_REST, time.monotonic() - begun)):
                    return
                begun = time.monotonic()
