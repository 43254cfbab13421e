"""Callers from outside that have other things to do than to wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from runtime_shim.errors import TimedOut
from runtime_shim.protocol.ids import KeyId, WorkerId
from runtime_shim.queue.book import Book
from runtime_shim.queue.task import Outcome, Task, Waiter

_LONGEST = threading.TIMEOUT_MAX / 2  # seconds that a lock can wait


class Bell(Waiter):
    """A waiter that tells somebody else."""

    __slots__ = ("_ring",)

    def __init__(self, ring: Callable[[], None]) -> None:
        super().__init__()
        self._ring = ring

    def wake(self) -> None:
        """Ring. The queue's lock is held."""
        self._ring()


def ring(book: Book, named: KeyId, bell: Callable[[], None]) -> bool:
    """Have `bell` called when a call from outside is over; False if it is over or unknown."""
    with book.lock:
        task = book.tasks.get(named)
        if task is None or task.settled:
            return False
        task.waiters += (Bell(bell),)
    return True


def awaited(book: Book, task: Task, waiter: Waiter, timeout: float) -> Outcome:
    """The outcome of a task that other threads run.

    Raises:
        TimedOut: It is not over in time.
        StoreError: it will have no outcome in this process.
    """
    end = time.monotonic() + min(timeout, _LONGEST)
    try:
        while task.outcome is None:
            if not waiter.wait(end - time.monotonic()) and task.outcome is None:
                raise TimedOut(f"{task.function} is not over after {timeout:g} s; it goes on")
    finally:
        with book.lock:
            task.dismiss(waiter)
    if task.error is not None:
        raise task.error
    return task.outcome


def unfinished(book: Book) -> tuple[tuple[WorkerId, str, str], ...]:
    """The worker, function and key of each call that is not over, without those of its guests."""
    with book.lock:
        tasks = sorted(book.tasks.items(), key=lambda item: item[1].id)
    return tuple(
        (task.worker, task.function, identity.key)
        for identity, task in tasks
        if isinstance(identity, KeyId)
    )
