"""Whose turn it is: one invocation at a time per worker, in the order of arrival."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from zlib import crc32

from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.queue.book import Book
from runtime_shim.queue.live import Request
from runtime_shim.queue.scheduler import Timer
from runtime_shim.queue.task import Lane, State, Task
from runtime_shim.values import Err

if TYPE_CHECKING:
    from runtime_shim.queue.unfinished import Unfinished

_RUNNING = State.RUNNING  # an enum's members are not found as quickly
INLINE = 8  # nested wasm stacks of 512 KiB in one thread's 8 MiB, with room to spare
_CANCELLED = Err(("remote-internal-error", "the invocation was cancelled"))


class Order:
    """Queues tasks and lets them run; `Book` says who holds the lock.

    A task whose thread waits for it is handed to that thread when its turn comes; any other goes to
    `start`.

    Args:
        book: The tasks and lanes.
        timer: For tasks that are due later.
        clock: Seconds since the epoch.
        start: Run a task in its own thread, soon.
    """

    __slots__ = ("_book", "_clock", "_start", "_timer")

    def __init__(
        self, book: Book, timer: Timer, clock: Callable[[], float], start: Callable[[Task], None]
    ) -> None:
        self._book = book
        self._timer = timer
        self._clock = clock
        self._start = start

    def submit(self, task: Task) -> None:
        """Record a task as pending and queue it, now or when it is due."""
        self._book.admit(task)
        if task.due is not None and task.due > self._clock():
            self._timer.at(task.due, lambda: self._arrive(task))
        else:
            self.enqueue(task)

    def enqueue(self, task: Task) -> None:
        """Put a task at the end of its queue."""
        if task.lane.parked is None:
            self._book.busy += 1
        task.lane.queue.append(task)
        self.dispatch(task.lane)

    def dispatch(self, lane: Lane) -> None:
        """Let the first of the queue run if the lane is free and its time has come."""
        book = self._book
        while lane.queue and lane.running is None and lane.parked is None and not book.closed:
            task = lane.queue[0]
            if lane.failure is not None:
                lane.queue.popleft()
                message = f"the worker has already failed: {lane.failure}"
                book.settle(task, State.FAILED, Err(("remote-internal-error", message)))
                continue
            if task.attempt > 1 and task.due is not None and task.due > self._clock():
                return  # the timer will come back
            lane.queue.popleft()
            self._run(task)
            if task.runner is not None:
                task.runner.turn = task
                task.runner.wake()
            else:
                task.depth, task.pooled = 0, True
                self._start(task)

    def claim(self, task: Task, caller: Task | None) -> bool:
        """Take an idle lane for the caller's own thread, unless its stack is high already."""
        lane = task.lane
        depth = 0 if caller is None else caller.depth + 1
        if lane.running is not None or lane.queue or depth >= INLINE:
            return False
        task.depth = depth
        task.pooled = caller is not None and caller.pooled
        self._book.busy += 1
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
        task = Task(request.key, lane, function, request.args, request.data, 0)
        task.depth, task.pooled = depth, caller.pooled
        with book.lock:
            if lane.running or lane.queue or lane.failure or lane.parked or book.closed:
                return None
            task.id = next(book.ids)
            if book.tasks.setdefault(request.key, task) is not task:
                return None
            book.busy += 1
            self._run(task)
        return task

    def again(self, task: Task, delay: float) -> None:
        """Plan another attempt at a task that was released."""
        task.attempt += 1
        task.fresh = False  # what it called is in the journal
        task.due = self._clock() + delay
        task.state = State.PENDING
        try:
            self._book.journal.admit(task)
        except StoreError as error:
            self._book.park(task, error)
            return
        lane = task.lane
        lane.queue.appendleft(task)
        self._timer.at(task.due, lambda: self._resume(lane))

    def later(self, delay: float, action: Callable[[], None]) -> None:
        """Have `action` run after `delay` seconds, without the lock."""
        self._timer.at(self._clock() + delay, action)

    def cancel(self, task: Task, *, begun: bool = False) -> bool:
        """Cancel a task that has not begun, or with `begun` one that does not run; whether it did."""
        if task.state is not State.PENDING or (not begun and (task.attempt > 1 or task.steps)):
            return False
        book, lane = self._book, task.lane
        queued = task in lane.queue
        if queued:
            lane.queue.remove(task)
        if not queued or lane.parked is not None:
            book.busy += 1  # settled tasks are counted off, and this one is not on
        book.settle(task, State.CANCELLED, _CANCELLED)
        self.dispatch(lane)  # which may have waited for its next attempt
        return True

    def recover(self, pending: Unfinished) -> None:
        """Queue again what an earlier process left; durable lanes are dispatched when all is there."""
        lane = self._recovered_lane(pending)
        task = Task(pending.key, lane, pending.function, pending.args, pending.encoded, pending.id)
        task.attempt, task.due, task.steps = pending.attempt, pending.due, pending.steps
        task.fresh, task.admitted = False, True
        self._book.tasks[task.key] = task
        later = task.due is not None and task.due > self._clock()
        if later and task.due is not None and task.attempt == 1:
            self._timer.at(task.due, lambda: self._arrive(task))
            return
        if lane.parked is None:
            self._book.busy += 1
        lane.queue.append(task)
        if later and task.due is not None:
            self._timer.at(task.due, lambda: self._resume(lane))
        if not lane.durable:
            self.dispatch(lane)

    def _run(self, task: Task) -> None:
        lane = task.lane
        lane.running = task
        task.state = _RUNNING
        task.seq = lane.seq
        self._book.running += 1

    def _recovered_lane(self, pending: Unfinished) -> Lane:
        book, worker = self._book, pending.worker
        program = book.programs.get(worker.component)
        if program is not None and program.durable:
            return book.lane(worker, pending.environment)
        lane = Lane(worker, pending.environment, durable=False, journal=pending.note)
        lane.policy = book.retries.of(worker)
        lane.seq = crc32(pending.key.encode())
        if program is None:
            lane.parked = f"{worker.component} is not deployed here"
        return lane

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
