"""Threads for invocations that no caller's thread runs.

A thread that waits for another invocation does not count, so waiting cannot exhaust the pool. A
thread that blocks in some other way (a guest sleeps) does count; therefore the pool also grows
whenever nothing was taken from the queue for a while: by one thread if the process computes
meanwhile, and by twice as many each time if it does not, since then all threads are asleep.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from runtime_shim.errors import HostTrouble

Work = Callable[[], None]

_LACKING = "the host lacks what the call needs: can't start new thread"


class Pool:
    """Runs work in daemon threads, started on demand and reused.

    Args:
        width: How many threads run at once before work has to wait.
        stall: After how many seconds without progress more threads are started.
    """

    def __init__(self, width: int = 32, stall: float = 0.02) -> None:
        self._width = width
        self._stall = stall
        self._ready = threading.Condition(threading.Lock())
        self._work: deque[Work] = deque()
        self._idle = 0
        self._active = 0  # running and not waiting for another invocation
        self._taken = 0
        self._watched = False
        self._closed = False

    def submit(self, work: Work) -> None:
        """Run `work`, which never raises, in some thread soon.

        Raises:
            HostTrouble: There is no thread, and the system allows none.
        """
        with self._ready:
            self._work.append(work)
            self._staff()
            if self._deserted():
                self._work.pop()
                raise HostTrouble(_LACKING)

    def blocked(self) -> None:
        """Record that a thread of the pool is about to wait for another invocation.

        Raises:
            HostTrouble: It is the last one that could run what it waits for.
        """
        with self._ready:
            self._active -= 1
            self._staff()
            if self._deserted():
                self._active += 1
                raise HostTrouble(_LACKING)

    def unblocked(self) -> None:
        """Record that it has stopped waiting."""
        with self._ready:
            self._active += 1

    def close(self) -> None:
        """Start no more threads; the existing ones end when no work is left."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()

    def _staff(self) -> None:
        """Make sure that a thread takes the work. The lock is held."""
        if not self._work or self._closed:
            return
        self._ready.notify(len(self._work))
        if self._idle >= len(self._work):
            return
        if self._active + self._idle < self._width:
            self._hire()
        elif not self._watched:
            self._watched = self._started(self._watch, "runtime-shim-watch")

    def _deserted(self) -> bool:
        """Whether work waits and nobody is there to take it."""
        return bool(self._work) and self._active == self._idle == 0 and not self._closed

    def _hire(self) -> None:
        self._active += self._started(self._run, "runtime-shim-worker")

    def _started(self, run: Callable[[], None], name: str) -> bool:
        """Whether the system allows one more thread; if not, running ones will take the work."""
        with suppress(RuntimeError):
            threading.Thread(target=run, name=name, daemon=True).start()
            return True
        return False

    def _run(self) -> None:
        while True:
            with self._ready:
                while not self._work and not self._closed:
                    if self._idle >= self._width:
                        self._active -= 1
                        return
                    self._active -= 1
                    self._idle += 1
                    self._ready.wait()
                    self._idle -= 1
                    self._active += 1
                if not self._work:
                    self._active -= 1
                    return
                work = self._work.popleft()
                self._taken += 1
            work()

    def _watch(self) -> None:
        """While work waits, start more threads whenever none was taken for `stall` seconds."""
        taken, more = -1, 1  # how many are taken if nothing goes on but what new threads take
        while True:
            used = time.process_time()
            time.sleep(self._stall)
            asleep = time.process_time() - used < self._stall / 2
            with self._ready:
                if not self._work or self._closed:
                    self._watched = False
                    return
                stalled = self._taken <= taken
                more = min(2 * more if asleep and stalled else 1, len(self._work))
                if stalled:
                    for _ in range(more):
                        self._hire()
                taken = self._taken + (more if stalled else 0)
