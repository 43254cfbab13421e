"""The clock by which invocations are interrupted: wasmtime's epochs, advanced by one thread."""

from __future__ import annotations

import math
import threading
import time
from functools import cache

import wasmtime

_TICK = 0.01  # seconds


def ticks(engine: wasmtime.Engine, seconds: float) -> int:
    """`seconds` in epochs of `engine`, whose clock runs from now on."""
    _start(engine)
    return max(1, math.ceil(seconds / _TICK))


@cache
def _start(engine: wasmtime.Engine) -> threading.Thread:
    """The thread that advances the epoch, for the life of the process."""

    def run() -> None:
        while True:
            time.sleep(_TICK)
            engine.increment_epoch()

    thread = threading.Thread(target=run, name="wasmtime-epochs", daemon=True)
    thread.start()
    return thread
