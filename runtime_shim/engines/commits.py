"""Group commit: one thread writes for all that wait, and each of them is woken once.

A thread that needs something on disk and finds no writer writes, for all threads whose records have
arrived by then. The others wait, each with its own lock: with one lock for all, they would pass it
on one by one, and each holder would write only for itself.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Commits:
    """The writing thread and the waiting threads.

    Args:
        work: Writes everything pending; called by one thread at a time.
        reached: How many records are written so far; it only grows.
    """

    def __init__(self, work: Callable[[], None], reached: Callable[[], int]) -> None:
        self._work = work
        self._reached = reached
        self._guard = threading.Lock()
        self._busy = False
        self._waiting: list[_Waiter] = []

    def until(self, target: int) -> None:
        """Return when `target` records are written, by this thread or another.

        If there are fewer records than `target`, everything pending is written.

        Raises:
            Exception: what `work` raises, for each thread that waits.
        """
        while self._reached() < target:
            waiter = self._turn(target)
            if waiter is None:
                try:
                    if self._reached() < target:
                        self._work()
                finally:
                    self._leave()
                return
            self._wait(waiter)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While no thread writes or starts to write."""
        while (waiter := self._turn(_NEVER)) is not None:
            self._wait(waiter)
        try:
            yield
        finally:
            self._leave()

    def _turn(self, target: int) -> _Waiter | None:
        """None if it is this thread's turn, else what it waits on."""
        with self._guard:
            if not self._busy:
                self._busy = True
                return None
            waiter = _Waiter(target)
            self._waiting.append(waiter)
            return waiter

    def _wait(self, waiter: _Waiter) -> None:
        """Sleep until woken, then wake who is next."""
        try:
            waiter.lock.acquire()
        except BaseException:  # the thread is interrupted: what it was woken for continues
            with self._guard:
                if waiter in self._waiting:
                    self._waiting.remove(waiter)
                elif waiter.next is not None:
                    waiter.next.lock.release()
                elif self._waiting and not self._busy:
                    self._waiting.pop(0).lock.release()
            raise
        if waiter.next is not None:
            waiter.next.lock.release()

    def _leave(self) -> None:
        """Give up the turn: wake those that are done, and one that continues."""
        with self._guard:
            self._busy = False
            reached = self._reached()
            woken = [waiter for waiter in self._waiting if waiter.target <= reached]
            self._waiting = [waiter for waiter in self._waiting if waiter.target > reached]
            if self._waiting:
                woken.append(self._waiting.pop(0))
            for one, other in itertools.pairwise(woken):
                one.next = other
        if woken:
            woken[0].lock.release()


class _Waiter:
    """A thread that waits until a number of records is written, and the thread to wake after it."""

    __slots__ = ("lock", "next", "target")

    def __init__(self, target: int) -> None:
        self.lock = threading.Lock()
        self.lock.acquire()
        self.target = target
        self.next: _Waiter | None = None


_NEVER = 1 << 62  # more records than there will ever be
