"""Scheduling: one thread that runs actions at their times."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from contextlib import suppress

_LONGEST_SLEEP = 1.0  # the wall clock may be set; check it this often


_Entry = tuple[float, int, Callable[[], None]]


class Timer:
    """Runs actions at or after their time, in the order of their times.

    The thread starts with the first action. Actions are short and never raise.

    Args:
        clock: Seconds since the epoch.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clocks = (clock, time.monotonic)
        self._heaps: tuple[list[_Entry], list[_Entry]] = ([], [])
        self._numbers = itertools.count()
        self._changed = threading.Condition(threading.Lock())
        self._acting = threading.Lock()  # so that who fires sees the end of what another fired
        self._thread: threading.Thread | None = None
        self._closed = False

    def at(self, due: float, action: Callable[[], None], *, steady: bool = False) -> None:
        """Run `action` at `due`, in seconds since the epoch, or of the monotonic clock."""
        with self._changed:
            if self._closed:
                return
            heapq.heappush(self._heaps[steady], (due, next(self._numbers), action))
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="runtime-shim-timer", daemon=True)
                with suppress(RuntimeError):  # the next action starts it, or whoever fires acts
                    thread.start()
                    self._thread = thread
            else:
                self._changed.notify()

    def next(self) -> float | None:
        """When the next action is due that waits for the clock, in seconds since the epoch."""
        with self._changed:
            return self._heaps[False][0][0] if self._heaps[False] else None

    def fire(self) -> None:
        """Run due calls now, in this thread; afterwards none of them is pending."""
        with self._acting:
            while (action := self._pop()) is not None:
                action()

    def close(self) -> None:
        """Forget all pending actions."""
        with self._changed:
            self._closed = True
            for heap in self._heaps:
                heap.clear()
            self._changed.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _pop(self) -> Callable[[], None] | None:
        with self._changed:
            for heap, clock in zip(self._heaps, self._clocks, strict=True):
                if heap and heap[0][0] <= clock():
                    return heapq.heappop(heap)[2]
            return None

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                ends = zip(self._heaps, self._clocks, strict=True)
                pauses = [heap[0][0] - clock() for heap, clock in ends if heap]
                if not pauses or min(pauses) > 0:
                    self._changed.wait(min(*pauses, _LONGEST_SLEEP) if pauses else None)
                    continue
            self.fire()
