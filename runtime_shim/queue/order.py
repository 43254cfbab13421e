"""Whose turn it is: one invocation at a time per worker, in the order of arrival."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import current_thread, main_thread

from runtime_shim.protocol.ids import WorkerId
from runtime_shim.queue.book import Book
from runtime_shim.queue.task import Lane, Request, State, Task, Waiter
from runtime_shim.values import Err

_RUNNING = State.RUNNING  # an enum's members are not found as quickly
INLINE = 8  # nested wasm stacks of 512 KiB in one thread's 8 MiB, with room to spare


class Order:
    """Queues tasks and lets them run; `Book` says who holds the lock.

    A task whose thread waits for it is left to that thread when its turn comes, or to one that waits
    behind it and is quicker; any other goes to `start`.

    Args:
        book: The tasks and lanes.
        at: Act at a time of `clock`, or of the monotonic one.
        clock: Seconds since the epoch.
        start: Run a task in its own thread, soon.
    """

    __slots__ = ("_at", "_book", "_start", "clock")

    def __init__(
        self,
        book: Book,
        at: Callable[[float, Callable[[], None], bool], None],
        clock: Callable[[], float],
        start: Callable[[Task], None],
    ) -> None:
        self._book = book
        self._at = at
        self.clock = clock
        self._start = start

    def submit(self, task: Task) -> None:
        """Record a task as pending and queue it, now or when it is due."""
        self._book.admit(task)
        if task.due is not None and task.due > self.clock():
            self.schedule(task, task.due)
        else:
            self.enqueue(task)

    def schedule(self, task: Task, due: float) -> None:
        """Queue a recorded task when it is due."""
        self._at(due, lambda: self._arrive(task), False)

    def enqueue(self, task: Task) -> None:
        """Put a task at the end of its queue."""
        if task.lane.parked is None:
            self._book.count(task, 1)
        task.lane.queue.append(task)
        self.dispatch(task.lane)

    def dispatch(self, lane: Lane) -> None:
        """Let the first of the queue run if the lane is free and its time has come."""
        task = self._first(lane)
        if task is not None and task.runner is not None:
            task.runner.wake()
        elif task is not None:
            task.depth, task.pooled = 0, True
            self._run(lane.queue.popleft())
            self._start(task)

    def turn(self, task: Task, caller: Task | None, waiter: Waiter) -> None:
        """Give a thread that waits for `task` what it should run now, as its `turn`.

        A caller also runs what others wait for before it, since it cannot go on without that and is
        awake: where many call one worker, handing each call over to the thread that asked for it
        would take longer than the calls. The main thread, which may be interrupted, runs its own.
        """
        if task.settled or waiter.refused is not None:
            return
        first, depth, helps = self._first(task.lane), 0, False
        if caller is not None:
            depth = caller.depth + 1
            helps = first is not None and depth < INLINE and current_thread() is not main_thread()
            caller.waiting_on = (first if helps and first is not None else task,)
        if first is not None and (helps or (first is task and task.runner is waiter)):
            first.depth, first.pooled = depth, caller is not None and caller.pooled
            self._run(task.lane.queue.popleft())
            waiter.turn = first

    def claim(self, task: Task, caller: Task | None) -> bool:
        """Take an idle lane for the caller's own thread, unless its stack is high already."""
        lane = task.lane
        depth = 0 if caller is None else caller.depth + 1
        if lane.running is not None or lane.queue or depth >= INLINE:
            return False
        task.depth = depth
        task.pooled = caller is not None and caller.pooled
        self._book.count(task, 1)
        self._run(task)
        return True

    def take(self, caller: Task, target: WorkerId, function: str, request: Request) -> Task | None:
        """The task of a new call to an idle worker, whose lane is taken for the caller's thread.

        This is the usual case, in which nothing needs to be looked up. The lock is not held.
        """
        book = self._book
        lane, depth = book.lanes.get(target), caller.depth + 1
        if lane is None or not caller.fresh or depth >= INLINE:
            return None
        task = Task(request.identity, lane, function, request.args, request.data, 0)
        task.caller, task.depth, task.pooled = caller, depth, caller.pooled
        with book.lock:
            if lane.running or lane.queue or lane.failure or lane.parked or book.closed:
                return None
            task.id = next(book.ids)
            if book.tasks.setdefault(request.identity, task) is not task:
                return None
            book.busy += 1
            if not caller.own:
                task.own, book.left = False, book.left + 1
            self._run(task)
        return task

    def pause(self, task: Task, delay: float) -> None:
        """Let a task wait for its next attempt, whatever happens to the clock meanwhile."""
        task.resumes = time.monotonic() + delay
        self._at(task.resumes, lambda: self._resume(task.lane), True)

    def later(self, delay: float, action: Callable[[], None]) -> None:
        """Have `action` run after `delay` seconds, without the lock."""
        self._at(time.monotonic() + delay, action, True)

    def _first(self, lane: Lane) -> Task | None:
        """The first of the queue, if it may run now; what can run no more is settled."""
        book = self._book
        while lane.queue and lane.running is None and lane.parked is None and not book.closed:
            task = lane.queue[0]
            if lane.failure is None:
                # If it waits, the timer will come back.
                return None if task.resumes > time.monotonic() else task
            lane.queue.popleft()
            message = f"the worker has already failed: {lane.failure}"
            book.settle(task, State.FAILED, Err(("remote-internal-error", message)))
        return None

    def _run(self, task: Task) -> None:
        lane = task.lane
        lane.running = task
        task.state = _RUNNING
        task.seq = lane.seq
        self._book.running += 1

    # --- called by the timer, without the lock -------------------------------------------------

    def _arrive(self, task: Task) -> None:
        """Queue a scheduled task whose time has come."""
        with self._book.lock:
            if not task.settled and not self._book.closed:
                self.enqueue(task)

    def _resume(self, lane: Lane) -> None:
        """Look at a lane whose first task waited for its retry."""
        with self._book.lock:
            self.dispatch(lane)
