"""Queueing and running: one invocation at a time per worker, in the order of arrival.

A task whose thread waits for it is handed to that thread when its turn comes; any other goes to the
pool. All state is guarded by one lock, which is never held while a guest runs or a disk is written.
"""

from __future__ import annotations

import functools
import itertools
import logging
import threading
from collections.abc import Callable, Iterator, Mapping

from runtime_shim.errors import BadArguments, Restart, ShimError, StoreError, Trap, UnknownFunction
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy, policy_for
from runtime_shim.protocol.seams import Environment, Handler, Program
from runtime_shim.queue.live import Calls, Live, cycle
from runtime_shim.queue.pool import Pool
from runtime_shim.queue.scheduler import Timer
from runtime_shim.queue.task import Journal, Lane, Outcome, State, Task, Waiter
from runtime_shim.values import Err, Ok, Value
from runtime_shim.values.codec import CodecError

log = logging.getLogger("runtime_shim")

_RUNNING, _DONE = State.RUNNING, State.DONE  # an enum's members are not found as quickly
INLINE = 8  # nested wasm stacks of 512 KiB in one thread's 8 MiB, with room to spare


class Lanes(Calls):
    """The queues of all workers and the threads that run them; the base of the engine.

    Methods whose name starts with an underscore expect the lock to be held unless they say so.
    """

    def __init__(
        self, journal: Journal, retries: RetryPolicies, clock: Callable[[], float]
    ) -> None:
        self._journal = journal
        self._retries = retries
        self._clock = clock
        self._lock = threading.Lock()
        self._quiet = threading.Condition(self._lock)
        self._tasks: dict[str, Task] = {}
        self._lanes: dict[WorkerId, Lane] = {}
        self._busy = 0  # tasks that are queued or running, without parked and scheduled ones
        self._running = 0
        self._paused: set[Task] = set()
        self._ids: Iterator[int] = itertools.count(1)
        self._timer = Timer(clock)
        self._pool = Pool()
        self._handler: Handler | None = None
        self._programs: Mapping[str, Program] = {}
        self._closed = False

    @property
    def journal(self) -> Journal:
        """Where everything is recorded."""
        return self._journal

    # --- queueing ------------------------------------------------------------------------------

    def _lane(self, worker: WorkerId, environment: Environment) -> Lane:
        """The lane of a worker, which comes to be with `environment` when it is new."""
        lane = self._lanes.get(worker)
        if lane is not None:
            return lane
        program = self._programs[worker.component]
        policy = self._retries.of(worker)
        lane = Lane(worker, environment, durable=program.durable, policy=policy)
        if not (lane.durable and self._journal.load(lane)):
            self._journal.create(lane, program.digest)
        if lane.durable:
            self._lanes[worker] = lane
        return lane

    def _claim(self, task: Task, caller: Task | None) -> bool:
        """Take an idle lane for the caller's own thread, unless its stack is high already."""
        lane = task.lane
        depth = 0 if caller is None else caller.depth + 1
        if lane.running is not None or lane.queue or depth >= INLINE:
            return False
        task.depth = depth
        task.pooled = caller is not None and caller.pooled
        self._busy += 1
        self._run(task)
        return True

    def _admit(self, task: Task) -> None:
        """Record a new task as pending, or forget it.

        Raises:
            StoreError: it cannot be recorded; who asks for its key again must not wait for it.
        """
        try:
            self._journal.admit(task)
        except StoreError:
            del self._tasks[task.key]
            raise

    def _submit(self, task: Task) -> None:
        """Record a task as pending and queue it, now or when it is due."""
        self._admit(task)
        if task.due is not None and task.due > self._clock():
            self._timer.at(task.due, lambda: self._arrive(task))
        else:
            self._enqueue(task)

    def _arrive(self, task: Task) -> None:
        """Queue a scheduled task whose time has come. The lock is not held."""
        with self._lock:
            if not task.settled and not self._closed:
                self._enqueue(task)

    def _enqueue(self, task: Task) -> None:
        if task.lane.parked is None:
            self._busy += 1
        task.lane.queue.append(task)
        self._dispatch(task.lane)

    def _dispatch(self, lane: Lane) -> None:
        """Let the first of the queue run if the lane is free and its time has come."""
        while lane.queue and lane.running is None and lane.parked is None and not self._closed:
            task = lane.queue[0]
            if lane.failure is not None:
                lane.queue.popleft()
                message = f"the worker failed earlier: {lane.failure}"
                self._settle(task, State.FAILED, Err(("remote-internal-error", message)))
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
                self._pool.submit(functools.partial(self._in_pool, task))

    def _run(self, task: Task) -> None:
        lane = task.lane
        lane.running = task
        task.state = _RUNNING
        task.seq = lane.seq
        self._running += 1

    # --- waiting -------------------------------------------------------------------------------

    def _watch(self, task: Task, caller: Task | None) -> Waiter:
        """Register the calling thread as one that waits for `task` and would run it."""
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

    def _perform(self, task: Task, caller: Task | None, waiter: Waiter | None) -> Outcome:
        """Wait for `task`, running it when it is this thread's turn. The lock is not held.

        Args:
            task: What to wait for.
            caller: The task that waits, None for a caller from outside.
            waiter: As which this thread is registered; None when it has claimed the lane.

        Raises:
            StoreError: there will be no outcome in this process; nobody may record that.
        """
        if waiter is None:
            self._attempt(task)
            if task.error is not None:
                raise task.error
            if task.outcome is not None:
                return task.outcome
            with self._lock:
                waiter = self._watch(task, caller)
        try:
            while task.outcome is None and waiter.refused is None:
                self._wait(waiter, caller, None)
                if waiter.turn is task:
                    waiter.turn = None
                    self._attempt(task)
            if task.error is not None:
                raise task.error
            return task.outcome or self._withdraw(task, caller)
        finally:
            with self._lock:
                self._leave(task, waiter, caller)

    def _withdraw(self, task: Task, caller: Task | None) -> Outcome:
        """Take back a call that would never return. The lock is not held."""
        with self._lock:
            if task in task.lane.queue and self._tasks.get(task.key) is task:
                task.lane.queue.remove(task)
                del self._tasks[task.key]
                self._count(-1)
        return cycle(task.worker if caller is None else caller.worker, task.worker)

    def _leave(self, task: Task, waiter: Waiter, caller: Task | None) -> None:
        task.dismiss(waiter)
        if caller is not None:
            caller.waiter = None
        if task.runner is waiter:
            task.runner = None
            if waiter.turn is task:  # handed over to a thread that was interrupted
                self._interrupted(task)

    def _wait(self, waiter: Waiter, caller: Task | None, timeout: float | None) -> bool:
        """Block until woken. The lock is not held."""
        if caller is None or not caller.pooled:
            return waiter.wait(timeout)
        self._pool.blocked()
        try:
            return waiter.wait(timeout)
        finally:
            self._pool.unblocked()

    def pause(self, caller: Task, event: threading.Event, timeout: float | None) -> None:
        """Block until `event` or `timeout`, or raise `StoreError` when the engine is closed."""
        with self._quiet:
            if not self._closed:
                caller.paused = event
                self._paused.add(caller)
                self._quiet.notify_all()
        if caller.pooled:
            self._pool.blocked()
        try:
            if caller.paused is not None:
                event.wait(timeout)
        finally:
            if caller.pooled:
                self._pool.unblocked()
            with self._lock:
                self._paused.discard(caller)
                caller.paused = None
        if self._closed:
            raise StoreError("the engine was closed")

    def _end_waits(self) -> None:
        """Wake those that drain, those that are paused, and those that wait for what has not begun."""
        self._quiet.notify_all()
        for task in self._tasks.values():
            if task.state is State.PENDING:
                self._abandon(task, StoreError("the engine was closed"))
        for task in self._paused:
            if task.paused is not None:
                task.paused.set()

    # --- running -------------------------------------------------------------------------------

    def _attempt(self, task: Task) -> None:
        """Run a task that has its lane, once, in this thread. The lock is not held."""
        try:
            value = self._deliver(task)
        except BaseException as error:  # noqa: BLE001 -- raised again when it is not the guest's
            self._ended(task, error)
            return
        with self._lock:
            lane = task.lane
            lane.running = None
            lane.seq += 1
            self._running -= 1
            self._settle(task, _DONE, Ok(value))
            if lane.queue:
                self._dispatch(lane)

    def _in_pool(self, task: Task) -> None:
        """As `_attempt`, unless the engine was closed before a thread had time. Not held either."""
        if self._closed:
            self._ended(task, StoreError("the engine was closed"))
        else:
            self._attempt(task)

    def _ended(self, task: Task, error: BaseException) -> None:
        """See to what follows an attempt that gave no value. The lock is not held.

        Raises:
            BaseException: `error`, when the thread was told to stop.
        """
        match error:
            case CodecError():
                self._trapped(task, Trap(str(error), retriable=False))
            case UnknownFunction() | BadArguments():
                outcome = Err(("protocol-error", str(error)))
                with self._lock:
                    self._release(task)
                    self._settle(task, State.FAILED, outcome)
                    self._dispatch(task.lane)
            case StoreError() | Trap(__cause__=StoreError()):
                cause = error if isinstance(error, StoreError) else error.__cause__
                with self._lock:
                    self._release(task)
                    self._park(task, StoreError(str(cause)))
            case Trap():
                self._trapped(task, error)
            case Exception():
                log.debug("an instance raised", exc_info=error)
                self._trapped(task, Trap(str(error) or type(error).__name__))
            case _:
                with self._lock:
                    self._interrupted(task)
                raise error

    def _deliver(self, task: Task) -> Value:
        """The result of one attempt. The lock is not held."""
        lane, journal = task.lane, self._journal
        if self._handler is None:
            raise StoreError("the engine was not started")
        live = Live(self, journal, task)
        history = journal.history(lane.worker, task.seq) if lane.durable else iter(())
        value = self._handler(live, history)
        live.finish()
        task.packed_result = journal.pack(value)
        return value

    def _trapped(self, task: Task, trap: Trap) -> None:
        """Plan the next attempt, or fail for good. The lock is not held."""
        if isinstance(trap, Restart):
            with self._lock:
                self._release(task)
                if self._closed:
                    self._park(task, StoreError("the engine was closed"))
                else:
                    task.attempt -= 1  # it did not fail
                    self._again(task, 0.0)
            return
        policy = self._policy(task, trap)
        delay = policy.delay(task.attempt)
        with self._lock:
            self._release(task)
            lane = task.lane
            if self._closed:
                self._park(task, StoreError("the engine was closed"))
            elif delay is None:
                if lane.durable:
                    lane.failure = trap.message
                    self._journal.fail(lane)
                outcome = Err(("remote-internal-error", trap.message))
                self._settle(task, State.FAILED, outcome)
                self._dispatch(lane)
            else:
                self._again(task, delay)
        self._tell(task, trap, delay, policy.max_attempts)

    def _policy(self, task: Task, trap: Trap) -> RetryPolicy:
        """When a task that trapped is tried again."""
        return policy_for(trap, task.lane.policy)

    def _again(self, task: Task, delay: float) -> None:
        task.attempt += 1
        task.fresh = False  # what it called is in the journal
        task.due = self._clock() + delay
        task.state = State.PENDING
        try:
            self._journal.admit(task)
        except StoreError as error:
            self._park(task, error)
            return
        task.lane.queue.appendleft(task)
        self._timer.at(task.due, lambda: self._resume(task.lane))

    def _resume(self, lane: Lane) -> None:
        """Look at a lane whose first task waited for its retry. The lock is not held."""
        with self._lock:
            self._dispatch(lane)

    def _tell(self, task: Task, trap: Trap, delay: float | None, attempts: int | None) -> None:
        worker = f"{task.worker.component}/{task.worker.name}"
        if delay is None:
            log.error("%s: %s failed for good: %s", worker, task.function, trap.message)
            return
        log.warning(
            "%s: attempt %d%s at %s failed, next in %.2f s: %s",
            worker,
            task.attempt - 1,
            "" if attempts is None else f" of {attempts}",
            task.function,
            delay,
            trap.message,
        )

    # --- endings -------------------------------------------------------------------------------

    def _release(self, task: Task) -> None:
        """Free the lane of a task that was running."""
        task.lane.running = None
        self._running -= 1

    def _settle(self, task: Task, state: State, outcome: Outcome) -> None:
        """Record the end of a task and tell those who wait for it."""
        task.state = state
        task.outcome = outcome
        self._journal.settle(task)
        self._tasks.pop(task.key, None)
        self._busy -= 1
        if self._busy == 0 or self._closed:
            self._quiet.notify_all()
        for waiter in task.waiters:
            waiter.wake()

    def _count(self, change: int) -> None:
        self._busy += change
        if self._busy == 0 or self._closed:
            self._quiet.notify_all()

    def _interrupted(self, task: Task) -> None:
        """Leave a task whose thread was told to stop (Ctrl-C) to whoever opens the store next."""
        self._release(task)
        self._park(task, StoreError("interrupted"))

    def _park(self, task: Task, error: ShimError) -> None:
        """Run nothing of a lane in this process any more; in the journal all stays pending."""
        lane = task.lane
        lane.parked = str(error)
        task.state = State.PENDING
        lane.queue.appendleft(task)
        for queued in lane.queue:
            self._abandon(queued, error)
        self._count(-len(lane.queue))

    def _abandon(self, task: Task, error: ShimError) -> None:
        """Tell those who wait that there will be no outcome here."""
        task.error = error
        task.outcome = Err(("remote-internal-error", str(error)))
        for waiter in task.waiters:
            waiter.wake()
