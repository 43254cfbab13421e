"""Cancelling calls; the first time loads it."""

from __future__ import annotations

from collections.abc import Callable

from runtime_shim.protocol.ids import Identity
from runtime_shim.queue.book import Book
from runtime_shim.queue.order import Order
from runtime_shim.queue.task import CANCELLED, State, Task, Waiter

_LONGEST = 10.0  # seconds: a guest that waits for a call of another worker ends after that


def cancel(book: Book, order: Order, task: Task | None, *, begun: bool) -> bool:
    """Cancel a task that has not begun, or with `begun` one that does not run. The lock is held.

    Returns whether it was cancelled.
    """
    if task is None or task.state is not State.PENDING:
        return False
    if not begun and (task.attempt > 1 or task.steps):
        return False
    lane = task.lane
    queued = task in lane.queue
    if queued:
        lane.queue.remove(task)
    if not queued or lane.parked is not None:
        book.count(task, 1)  # settled tasks are counted off, and this one is not on
    book.settle(task, State.CANCELLED, CANCELLED)
    order.dispatch(lane)  # which may have waited for its next attempt
    return True


def stop(book: Book, call: Identity, interrupt: Callable[[], None]) -> bool:
    """Interrupt a call that runs; whether it has ended so. What it has done stays done."""
    waiter = Waiter()
    with book.lock:
        task = book.tasks.get(call)
        if task is None or task.state is not State.RUNNING:
            return False
        task.cancelled = True
        task.waiters += (waiter,)
    interrupt()
    waiter.wait(_LONGEST)
    with book.lock:
        task.dismiss(waiter)
    return task.outcome is CANCELLED
