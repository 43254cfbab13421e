"""Threads that wait for tasks, and run them when it is their turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.queue.book import Book, abandon
from runtime_shim.queue.order import INLINE, Order
from runtime_shim.queue.runner import Runner
from runtime_shim.queue.task import Outcome, State, Task, Waiter

if TYPE_CHECKING:
    from runtime_shim.queue.pool import Pool


class Waiting:
    """Blocks threads until tasks are settled; what waits meanwhile can run them."""

    __slots__ = ("_book", "_order", "_pools", "_runner")

    def __init__(self, book: Book, order: Order, runner: Runner, pools: Sequence[Pool]) -> None:
        self._book = book
        self._order = order
        self._runner = runner
        self._pools = pools

    def watch(self, task: Task, caller: Task | None, *, runs: bool = True) -> Waiter:
        """Register the calling thread as waiting for `task`, and able to run it if it `runs`.

        The lock is held.
        """
        waiter = Waiter()
        depth = 0 if caller is None else caller.depth + 1
        task.waiters += (waiter,)
        if caller is not None:
            caller.waiter = waiter
        if runs and task.runner is None and task.state is State.PENDING and depth < INLINE:
            task.runner = waiter
        return waiter

    def perform(self, task: Task, caller: Task | None, waiter: Waiter | None) -> Outcome:
        """Wait for `task`, running it when it is this thread's turn, and what comes before it.

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
                with self._book.lock:
                    self._order.turn(task, caller, waiter)
                turn, waiter.turn = waiter.turn, None
                if turn is None:
                    self._wait(waiter, caller, None)
                else:
                    self._runner.attempt(turn)
            if task.error is not None:
                raise task.error
            if task.outcome is not None:
                return task.outcome
            from runtime_shim.queue.waits import withdraw

            return withdraw(self._book, task, caller)
        finally:
            self._leave(task, waiter, caller)

    def any_of(
        self, caller: Task, tasks: list[Task], timeout: float | None, patience: float | None
    ) -> Task | None:
        """Block until one is settled; returns a task that must not be waited for."""
        from runtime_shim.queue.pauses import any_of  # the first of them loads it

        longest = patience if timeout is None else timeout
        return any_of(self._book, self._wait, caller, tasks, longest, ends=timeout is not None)

    def pause(self, caller: Task, target: WorkerId, seen: int, timeout: float | None) -> None:
        """Block until `target` has announced something more often than `seen` times."""
        from runtime_shim.queue.pauses import pause

        pause(self._book, self._wait, caller, target, seen, timeout)

    def end(self) -> None:
        """Wake threads that drain, are paused, or wait for calls that have not begun.

        The lock is held.
        """
        book = self._book
        book.quiet.notify_all()
        for task in book.tasks.values():
            if task.state is State.PENDING:
                abandon(task, StoreError("the engine was closed"))
        for target in tuple(book.paused):
            book.wake(target)

    def _leave(self, task: Task, waiter: Waiter, caller: Task | None) -> None:
        with self._book.lock:
            task.dismiss(waiter)
            if caller is not None:
                caller.waiter = None
            if waiter.turn is not None:  # this thread was interrupted
                from runtime_shim.queue.endings import interrupted

                interrupted(self._book, waiter.turn)
            if task.runner is waiter:
                task.runner = None
                self._order.dispatch(task.lane)

    def _wait(self, waiter: Waiter, caller: Task | None, timeout: float | None) -> bool:
        """Block until woken."""
        if caller is not None and caller.counted is not None:
            from runtime_shim.queue.watched import waiting  # a crash loads it

            with waiting(self._book.journal, caller):
                return self._wait(waiter, caller, timeout)
        if caller is None or not caller.pooled:
            return waiter.wait(timeout)
        self._pools[0].blocked()
        try:
            return waiter.wait(timeout)
        finally:
            self._pools[0].unblocked()
