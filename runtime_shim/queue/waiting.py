"""Threads that wait for tasks, and run them when it is their turn."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from runtime_shim.errors import StoreError
from runtime_shim.queue.book import Book, abandon
from runtime_shim.queue.live import cycle
from runtime_shim.queue.order import INLINE
from runtime_shim.queue.runner import Runner
from runtime_shim.queue.task import Outcome, State, Task, Waiter

if TYPE_CHECKING:
    from runtime_shim.queue.pool import Pool


class Waiting:
    """Blocks threads until tasks are settled; what waits meanwhile can run them."""

    __slots__ = ("_book", "_pools", "_runner")

    def __init__(self, book: Book, runner: Runner, pools: Sequence[Pool]) -> None:
        self._book = book
        self._runner = runner
        self._pools = pools

    def watch(self, task: Task, caller: Task | None) -> Waiter:
        """Register the calling thread as waiting for `task` and able to run it.

        The lock is held.
        """
        waiter = Waiter()
        depth = 0 if caller is None else caller.depth + 1
        task.waiters += (waiter,)
        if caller is not None:
            caller.waiter = waiter
        if task.runner is None and task.state is State.PENDING and depth < INLINE:
            task.runner = waiter
            task.depth = depth
            task.pooled = caller is not None and caller.pooled
        return waiter

    def perform(self, task: Task, caller: Task | None, waiter: Waiter | None) -> Outcome:
        """Wait for `task`, running it when it is this thread's turn.

        Args:
            task: What to wait for.
            caller: The task that waits, None for a caller from outside.
            waiter: The registration of this thread; None if it has claimed the lane.

        Raises:
            StoreError: it will have no outcome in this process; this must not be recorded.
        """
        if waiter is None:
            self._runner.attempt(task)
            if task.error is not None:
                raise task.error
            if task.outcome is not None:
                return task.outcome
            with self._book.lock:
                waiter = self.watch(task, caller)
        try:
            while task.outcome is None and waiter.refused is None:
                self._wait(waiter, caller, None)
                if waiter.turn is task:
                    waiter.turn = None
                    self._runner.attempt(task)
            if task.error is not None:
                raise task.error
            return task.outcome or self._withdraw(task, caller)
        finally:
            self._leave(task, waiter, caller)

    def any_of(
        self, caller: Task, tasks: list[Task], timeout: float | None, patience: float | None
    ) -> Task | None:
        """Block until one is settled; returns a task that must not be waited for."""
        waiter = Waiter()
        with self._book.lock:
            if not tasks or any(task.settled for task in tasks):
                return None
            # A wait with a timeout closes no cycle: the waiting call continues by itself.
            from runtime_shim.queue.waits import closing_wait

            closing = closing_wait(caller, tasks) if timeout is None else None
            if closing is not None:
                waiting, task = closing
                if waiting is caller:
                    return task
                # A caller waits for a call to this worker, which is about to wait for that caller:
                # that call fails, and this wait continues.
                if waiting.waiter is not None:
                    waiting.waiter.refused = task
                    waiting.waiter.wake()
            caller.waiting_on = tuple(tasks) if timeout is None else ()
            caller.waiter = waiter
            for task in tasks:
                task.waiters += (waiter,)
        try:
            self._wait(waiter, caller, patience if timeout is None else timeout)
        finally:
            with self._book.lock:
                caller.waiting_on = ()
                caller.waiter = None
                for task in tasks:
                    task.dismiss(waiter)
        return waiter.refused

    def pause(self, caller: Task, event: threading.Event, timeout: float | None) -> None:
        """Block until `event` or `timeout`.

        Raises:
            StoreError: the engine was closed.
        """
        book = self._book
        with book.quiet:
            if not book.closed:
                caller.paused = event
                book.paused.add(caller)
                book.quiet.notify_all()
        if caller.pooled:
            self._pools[0].blocked()
        try:
            if caller.paused is not None:
                event.wait(timeout)
        finally:
            if caller.pooled:
                self._pools[0].unblocked()
            with book.lock:
                book.paused.discard(caller)
                caller.paused = None
        if book.closed:
            raise StoreError("the engine was closed")

    def end(self) -> None:
        """Wake threads that drain, are paused, or wait for calls that have not begun.

        The lock is held.
        """
        book = self._book
        book.quiet.notify_all()
        for task in book.tasks.values():
            if task.state is State.PENDING:
                abandon(task, StoreError("the engine was closed"))
        for task in book.paused:
            if task.paused is not None:
                task.paused.set()

    def _withdraw(self, task: Task, caller: Task | None) -> Outcome:
        """Take back a call that would never return."""
        book = self._book
        with book.lock:
            if task in task.lane.queue and book.tasks.get(task.key) is task:
                task.lane.queue.remove(task)
                del book.tasks[task.key]
                book.count(-1)
        return cycle(task.worker if caller is None else caller.worker, task.worker)

    def _leave(self, task: Task, waiter: Waiter, caller: Task | None) -> None:
        with self._book.lock:
            task.dismiss(waiter)
            if caller is not None:
                caller.waiter = None
            if task.runner is waiter:
                task.runner = None
                if waiter.turn is task:  # handed over to a thread that was interrupted
                    self._book.interrupted(task)

    def _wait(self, waiter: Waiter, caller: Task | None, timeout: float | None) -> bool:
        """Block until woken."""
        if caller is None or not caller.pooled:
            return waiter.wait(timeout)
        self._pools[0].blocked()
        try:
            return waiter.wait(timeout)
        finally:
            self._pools[0].unblocked()
