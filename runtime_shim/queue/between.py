"""A worker between two of its calls, held there while somebody looks after it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from runtime_shim.errors import StillBusy, StoreError
from runtime_shim.protocol.ids import CallId, Identity, KeyId, WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.queue.book import Book
from runtime_shim.queue.order import Order
from runtime_shim.queue.task import Lane, Task, Waiter

_NOBODY = CallId(0, 0)


class _Hold(Waiter):
    """Takes the lane of a worker as soon as what runs there is over."""

    __slots__ = ("_lane", "task")

    def __init__(self, lane: Lane) -> None:
        super().__init__()
        self._lane = lane
        self.task = Task(_NOBODY, lane, "an update", (), b"", 0)  # holds the place of one

    def wake(self) -> None:
        """Take the lane before another call does. The queue's lock is held."""
        if self._lane.running is None:
            self._lane.running = self.task
        super().wake()


@contextmanager
def between_calls(book: Book, order: Order, worker: WorkerId, patience: float) -> Iterator[None]:
    """Hold a worker where it has begun nothing: what it is asked meanwhile waits, others go on.

    Raises:
        StillBusy: Its call is not over within `patience` seconds.
        StoreError: There is no such worker.
    """
    lane, hold = _taken(book, order, worker, patience)
    try:
        yield
    finally:
        with book.lock:
            if lane.running is hold:
                lane.running = None
            for waiter in hold.waiters:
                waiter.wake()
            order.dispatch(lane)


def _taken(book: Book, order: Order, worker: WorkerId, patience: float) -> tuple[Lane, Task]:
    """The lane of a worker, and what holds it."""
    end = time.monotonic() + min(patience, threading.TIMEOUT_MAX / 2)
    while True:
        with book.lock:
            lane = _lane(book, worker)
            hold = _Hold(lane)
            begun = _begun(lane)
            if begun is None:
                hold.wake()
                return lane, hold.task
            begun.waiters += (hold,)
        woken = hold.wait(end - time.monotonic())
        with book.lock:
            begun.dismiss(hold)
            if lane.running is hold.task:
                if _begun(lane, hold.task) is None:
                    return lane, hold.task
                lane.running = None  # its call was put off, and comes again
                order.dispatch(lane)
            elif not woken:
                raise StillBusy(f"it is in the middle of {_named(begun)}")


def _lane(book: Book, worker: WorkerId) -> Lane:
    """The lane of a worker that exists."""
    lane = book.lanes.get(worker)
    if lane is None:
        lane = Lane(worker, Environment(), durable=True, policy=book.retries.of(worker))
        if not book.journal.load(lane):
            raise StoreError(f"the store has no worker {worker}")
        book.lanes[worker] = lane
    return lane


def _begun(lane: Lane, hold: Task | None = None) -> Task | None:
    """The call that a worker is in the middle of, also if that waits for its next attempt."""
    if lane.running is not hold:
        return lane.running
    return next((task for task in lane.queue if task.attempt > 1 or task.steps), None)


def known_by(identity: Identity) -> str:
    """The key of a call; of a guest's the number of the caller and that of the step, as `12.3`."""
    return identity.key if isinstance(identity, KeyId) else "{}.{}".format(*identity)


def _named(task: Task) -> str:
    nobody = task.identity == _NOBODY
    return task.function if nobody else f"{task.function} ({known_by(task.identity)})"
