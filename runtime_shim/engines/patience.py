"""Waiting for a store that cannot be written now; loaded when that happens for the first time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from runtime_shim.errors import HostTrouble, StoreError

log = logging.getLogger("runtime_shim")

_T = TypeVar("_T")
_FIRST, _LONGEST = 0.02, 1.0  # seconds between two attempts
GRACE = 5.0
"""Seconds that the last attempts may take once the store is to be closed."""


def outlast(
    write: Callable[[], _T],
    trouble: HostTrouble,
    waiting: Callable[[HostTrouble], None],
    closing: threading.Event,
) -> _T:
    """What `write` gives once it does not raise `HostTrouble` any more.

    Args:
        write: Writes all of it or nothing.
        trouble: What it has raised.
        waiting: Called with what it raises, each time; may raise.
        closing: Set when the store is to be closed: from then on attempts end after some seconds.

    Raises:
        StoreError: `write` raises it, or the store was closed before it could be written.
    """
    log.warning("%s; calls wait until it can be written", trouble)
    pause, end = _FIRST, None
    while True:
        waiting(trouble)
        if not closing.wait(pause):
            pause = min(2 * pause, _LONGEST)
        elif end is None:
            end = time.monotonic() + GRACE
        elif time.monotonic() > end:
            raise StoreError(f"{trouble}; what was not acknowledged is not written") from None
        else:
            time.sleep(_FIRST)
        try:
            found = write()
        except HostTrouble as error:
            trouble = error
        else:
            log.warning("the store can be written again")
            return found
