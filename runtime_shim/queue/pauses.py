"""What a guest waits for while it goes on afterwards: calls in the background, and announcements."""

from __future__ import annotations

from collections.abc import Callable

from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.queue.book import Book
from runtime_shim.queue.task import Task, Waiter
from runtime_shim.queue.waits import closing_wait

Wait = Callable[[Waiter, Task, "float | None"], bool]
"""Blocks the thread of a task until a waiter is woken, or for some seconds."""


def any_of(
    book: Book,
    wait: Wait,
    caller: Task,
    tasks: list[Task],
    longest: float | None,
    *,
    ends: bool,
) -> Task | None:
    """Block until one of the tasks is settled; returns a task that must not be waited for.

    Args:
        book: The tasks; its lock is not held.
        wait: Blocks the thread.
        caller: Who waits.
        tasks: What for.
        longest: For how many seconds at most.
        ends: Whether the caller goes on after that time.
    """
    waiter = Waiter()
    with book.lock:
        if not tasks or any(task.settled for task in tasks):
            return None
        # A wait that ends by itself closes no cycle.
        closing = None if ends else closing_wait(caller, tasks)
        if closing is not None:
            waiting, task = closing
            if waiting is caller:
                return task
            # A caller waits for a call to this worker, which is about to wait for that caller:
            # that call fails, and this wait continues.
            if waiting.waiter is not None:
                waiting.waiter.refused = task
                waiting.waiter.wake()
        caller.waiting_on = () if ends else tuple(tasks)
        caller.waiter = waiter
        for task in tasks:
            task.waiters += (waiter,)
    try:
        wait(waiter, caller, longest)
    finally:
        with book.lock:
            caller.waiting_on = ()
            caller.waiter = None
            for task in tasks:
                task.dismiss(waiter)
    return waiter.refused


def pause(
    book: Book, wait: Wait, caller: Task, target: WorkerId, seen: int, timeout: float | None
) -> None:
    """Block until `target` has announced something more often than `seen` times.

    Args:
        book: The tasks; its lock is not held.
        wait: Blocks the thread.
        caller: Who waits.
        target: For whom.
        seen: How often it had announced something before it was asked.
        timeout: For how many seconds at most.

    Raises:
        StoreError: the engine was closed.
    """
    waiter = Waiter()
    with book.quiet:
        if book.closed:
            raise StoreError("the engine was closed")
        if book.announced(target) != seen:
            return
        caller.paused = waiter
        book.paused.setdefault(target, set()).add(caller)
        book.quiet.notify_all()
    try:
        wait(waiter, caller, timeout)
    finally:
        with book.lock:
            caller.paused = None
            others = book.paused.get(target, set())
            others.discard(caller)
            if not others:
                book.paused.pop(target, None)
    if book.closed:
        raise StoreError("the engine was closed")
