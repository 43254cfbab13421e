"""Cancelling what does not run; the first time loads it."""

from __future__ import annotations

from runtime_shim.queue.book import Book
from runtime_shim.queue.order import Order
from runtime_shim.queue.task import CANCELLED, State, Task


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
