"""Checking a store in the background, while a host uses it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from runtime_shim.engines.records import Finding
from runtime_shim.engines.sqlite.checking import parts
from runtime_shim.engines.sqlite.schema import guarded, reader
from runtime_shim.errors import HostTrouble, StoreError

_AGAIN = 60.0  # seconds after which it begins again, if the host lacks what it takes to read
_REST = 0.002  # seconds between two parts at least
_SHARE = 10  # of the time, one part in so many is work


def patrol(store: Path, damaged: Callable[[StoreError], None], stop: threading.Event) -> None:
    """Look at all rows that a store has now, once, a few at a time.

    It reads with a connection of its own, has no view of the store for longer than a query takes,
    and works a tenth of the time.

    Args:
        store: The file.
        damaged: Called once when something is found or the store cannot be read.
        stop: Ends it, after the part that it looks at.
    """
    while True:
        try:
            found = next(_findings(store, stop), None)
            break
        except HostTrouble:
            if stop.wait(_AGAIN):
                return
        except StoreError as error:
            damaged(error)
            return
    if found is not None:
        advice = f"`witgen worker check {store}` shows all that is damaged"
        damaged(StoreError(f"{store} is damaged: {found}", advice))


def _findings(store: Path, stop: threading.Event) -> Iterator[Finding]:
    with closing(reader(store)) as connection, guarded(store):
        begun = time.monotonic()
        for part in parts(connection, growing=True):
            yield from part.findings
            if stop.wait(max(_REST, (time.monotonic() - begun) * (_SHARE - 1))):
                return
            begun = time.monotonic()
