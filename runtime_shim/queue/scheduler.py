"""Scheduling: one thread that runs actions at wall-clock times."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable

_LONGEST_SLEEP = 1.0  # the wall clock may be set; check it this often


class Timer:
    """Runs actions at or after their time, in the order of their times.

    The thread starts with the first action. Actions are short and never raise.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition(threading.Lock())
        self._acting = threading.Lock()  # so that who fires sees the end of what another fired
        self._thread: threading.Thread | None = None
        self._closed = False

    def at(self, due: float, action: Callable[[], None]) -> None:
        """Run `action` at `due`, in seconds since the epoch."""
        with self._changed:
            if self._closed:
                return
            heapq.heappush(self._heap, (due, next(self._numbers), action))
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="runtime-shim-timer", daemon=True
                )
                self._thread.start()
            else:
                self._changed.notify()

    def fire(self) -> None:
        """Run due calls now, in this thread; afterwards none of them is pending."""
        with self._acting:
            while (action := self._pop()) is not None:
                action()

    def close(self) -> None:
        """Forget all pending actions."""
        with self._changed:
            self._closed = True
            self._heap.clear()
            self._changed.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _pop(self) -> Callable[[], None] | None:
        with self._changed:
            if self._heap and self._heap[0][0] <= self._clock():
                return heapq.heappop(self._heap)[2]
            return None

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                pause = _LONGEST_SLEEP
                if self._heap:
                    pause = min(pause, self._heap[0][0] - self._clock())
                if pause > 0:
                    self._changed.wait(pause if self._heap else None)
                    continue
            self.fire()
