"""The engine that all journals share: exactly once, in order, with durable answers."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from zlib import crc32

from runtime_shim.errors import BadArguments, InvocationFailed, StoreError, UnknownFunction
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.retry import RetryPolicies
from runtime_shim.protocol.seams import Environment, Handler, Program
from runtime_shim.queue.lanes import INLINE, Lanes
from runtime_shim.queue.live import Answer, Packed, cycle
from runtime_shim.queue.task import (
    Journal,
    Lane,
    Outcome,
    Pending,
    Settled,
    State,
    Task,
    Waiter,
    asked,
)
from runtime_shim.queue.waits import closing_wait, held_up
from runtime_shim.replay.keys import admissible
from runtime_shim.values import Err, Ok, Value

_GRACE = 5.0  # seconds that running invocations get to end when the engine is closed
_CANCELLED = Err(("remote-internal-error", "the invocation was cancelled"))


class JournaledEngine(Lanes):
    """An `Engine` over a `Journal`.

    Args:
        journal: Where everything is recorded; the engine closes it.
        retries: When trapped invocations are tried again; Golem's policy by default.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        retries: RetryPolicies | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(journal, retries or RetryPolicies(), clock)

    # --- from outside --------------------------------------------------------------------------

    def start(self, handler: Handler) -> None:
        """Begin delivering to `handler`, first what an earlier process left queued and due.

        Raises:
            StoreError: the store was made with another component under the same name.
        """
        for name, program in sorted(handler.programs.items()):
            self._same_component(name, program)
        self._handler = handler
        self._programs = handler.programs
        with self._lock:
            self._ids = itertools.count(self._journal.last_id() + 1)
            for pending in sorted(self._journal.pending(), key=Pending.turn):
                self._recover(pending)
            for lane in tuple(self._lanes.values()):
                self._dispatch(lane)
        self.drain()

    def invoke(
        self,
        worker: WorkerId,
        function: str,
        args: tuple[Value, ...],
        key: str,
        environment: Environment,
    ) -> Value:
        """Run once for `key`, however often it is asked; blocks.

        Raises:
            InvocationFailed: retries are used up, or the worker failed earlier.
            UnknownFunction, BadArguments: nothing was queued.
            StoreError: the journal cannot be written.
        """
        admissible(key)
        data = asked(worker, environment, args, key)
        objection = self._objection(worker, function, args)
        waiter: Waiter | None = None
        generation, settled = self._journal.generation, self._journal.find(key)
        with self._lock:
            found = self._asked(key, generation, settled)
            if isinstance(found, Task):
                waiter = self._watch(found, None)
            elif found is None:
                if objection is not None:
                    raise objection
                found = self._new(worker, function, Packed(args, data, key), environment)
                stopped = self._stopped(found)
                if stopped is not None:
                    found = stopped
                else:
                    self._admit(found)
                    if not self._claim(found, None):
                        waiter = self._watch(found, None)
                        self._enqueue(found)
        if isinstance(found, Task):
            outcome = self._perform(found, None, waiter)
        else:
            outcome = found
        self._journal.sync()
        if isinstance(outcome, Ok):
            return outcome.value
        raise InvocationFailed(outcome.value[1])

    def send(
        self,
        worker: WorkerId,
        function: str,
        args: tuple[Value, ...],
        key: str,
        environment: Environment,
        due: float | None = None,
    ) -> None:
        """Queue durably and return.

        Raises:
            UnknownFunction, BadArguments: nothing was queued.
            StoreError: the journal cannot be written.
        """
        admissible(key)
        data = asked(worker, environment, args, key, due)
        objection = self._objection(worker, function, args)
        generation, settled = self._journal.generation, self._journal.find(key)
        with self._lock:
            if self._asked(key, generation, settled) is None:
                if objection is not None:
                    raise objection
                task = self._new(worker, function, Packed(args, data, key), environment)
                task.due = None if due is None else float(due)
                self._submit(task)
        self._journal.sync()

    def cancel(self, key: str) -> bool:
        """Cancel what has not started; whether it did."""
        with self._lock:
            task = self._tasks.get(key)
            if task is None or task.state is not State.PENDING or task.attempt > 1 or task.steps:
                return False
            lane = task.lane
            counted = task in lane.queue and lane.parked is None
            if task in lane.queue:
                lane.queue.remove(task)
            if not counted:
                self._busy += 1  # settled tasks are counted off, and this one is not on
            self._settle(task, State.CANCELLED, _CANCELLED)
        return True

    def status(self, key: str) -> str | None:
        """`pending`, `running`, `done`, `failed`, `cancelled`, or None when unknown."""
        with self._lock:
            task = self._tasks.get(key)
            if task is not None:
                return str(task.state)
            found = self._journal.find(key)
        return None if found is None else str(found.state)

    def worker_exists(self, worker: WorkerId) -> bool:
        """Whether a durable worker has been created."""
        with self._lock:
            if worker in self._lanes:
                return True
            return self._journal.load(Lane(worker, Environment(), durable=True))

    def drain(self) -> None:
        """Deliver what is queued and due, retries included, and see it on disk; pauses stay."""
        while True:
            self._timer.fire()
            with self._quiet:
                if self._busy == 0 or self._closed or held_up(self._paused, self._tasks.values()):
                    break
                self._quiet.wait(1.0)
        self._journal.sync()

    def close(self) -> None:
        """Stop, with everything acknowledged on disk."""
        with self._quiet:
            if self._closed:
                return
            self._closed = True
            self._end_waits()
        self._timer.close()
        self._pool.close()
        end = time.monotonic() + _GRACE
        with self._quiet:
            while self._running:
                if not self._quiet.wait(end - time.monotonic()):
                    break
            for task in self._tasks.values():
                self._abandon(task, StoreError("the engine was closed"))
        self._journal.close()

    # --- from guests ---------------------------------------------------------------------------

    def call(self, caller: Task, target: WorkerId, function: str, packed: Packed) -> Answer:
        """Run or await the callee."""
        refused = self._refused(target, function, packed.args)
        if refused is not None:
            return refused, None
        self._journal.flush(caller)
        taken = self._take(caller, target, function, packed)
        if taken is not None:
            caller.waiting_on = (taken,)
            try:
                return self._perform(taken, caller, None), taken.packed_result
            finally:
                caller.waiting_on = ()
        waiter: Waiter | None = None
        with self._lock:
            found = self._known(packed.key, fresh=caller.fresh)
            if isinstance(found, (Ok, Err)):
                return found, None
            task = found or self._new(target, function, packed, caller.lane.environment)
            if found is None and (stopped := self._stopped(task)):
                return stopped, None
            if found is not None or not self._claim(task, caller):
                if closing_wait(caller, (task,)):
                    if found is None:
                        del self._tasks[packed.key]
                    return cycle(caller.worker, target), None
                waiter = self._watch(task, caller)
                if found is None:
                    self._enqueue(task)
            caller.waiting_on = (task,)
        try:
            outcome = self._perform(task, caller, waiter)
        finally:
            caller.waiting_on = ()
        return outcome, task.packed_result

    def begin(
        self, caller: Task, target: WorkerId, function: str, packed: Packed
    ) -> Task | Outcome:
        """Start the callee in the background."""
        refused = self._refused(target, function, packed.args)
        if refused is not None:
            return refused
        self._journal.flush(caller)
        with self._lock:
            found = self._known(packed.key, fresh=caller.fresh)
            if found is not None:
                return found
            task = self._new(target, function, packed, caller.lane.environment)
            if task.lane.parked is not None:
                self._stopped(task)
            self._submit(task)
            return task

    def post(
        self, caller: Task, target: WorkerId, function: str, packed: Packed, due: float | None
    ) -> Outcome:
        """Queue the callee."""
        refused = self._refused(target, function, packed.args)
        if refused is not None:
            return refused
        self._journal.flush(caller)
        with self._lock:
            if self._known(packed.key, fresh=caller.fresh) is None:
                task = self._new(target, function, packed, caller.lane.environment)
                task.due = due
                self._submit(task)
        return Ok(packed.key)

    def await_any(
        self, caller: Task, tasks: list[Task], timeout: float | None, patience: float | None
    ) -> Task | None:
        """Block until one is settled; returns a task that must not be waited for."""
        waiter = Waiter()
        with self._lock:
            if not tasks or any(task.settled for task in tasks):
                return None
            # A wait with an end closes no circle: who waits goes on by himself.
            closing = closing_wait(caller, tasks) if timeout is None else None
            if closing is not None:
                waiting, task = closing
                if waiting is caller:
                    return task
                # Somebody waits for a call to this worker, which is about to wait for him: that
                # call fails, and this wait goes on.
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
            with self._lock:
                caller.waiting_on = ()
                caller.waiter = None
                for task in tasks:
                    task.dismiss(waiter)
        return waiter.refused

    # --- inside --------------------------------------------------------------------------------

    def _same_component(self, name: str, program: Program) -> None:
        recorded = self._journal.digest(name)
        if recorded is not None and recorded != program.digest:
            raise StoreError(
                f"the store was made with another component as {name}",
                "deploy that one, or use another store",
            )

    def _recover(self, pending: Pending) -> None:
        """Queue again what an earlier process left; lanes are dispatched when all are there."""
        lane = self._recovered_lane(pending)
        task = Task(
            pending.key,
            lane,
            pending.function,
            pending.args,
            pending.packed,
            pending.id,
        )
        task.attempt, task.due, task.steps = pending.attempt, pending.due, pending.steps
        task.fresh, task.admitted = False, True
        self._tasks[task.key] = task
        now = self._clock()
        if task.due is not None and task.due > now and task.attempt == 1:
            self._timer.at(task.due, lambda: self._arrive(task))
            return
        if lane.parked is None:
            self._busy += 1
        lane.queue.append(task)
        if task.due is not None and task.due > now:
            self._timer.at(task.due, lambda: self._resume(lane))
        if not lane.durable:
            self._dispatch(lane)

    def _recovered_lane(self, pending: Pending) -> Lane:
        program = self._programs.get(pending.worker.component)
        if program is not None and program.durable:
            return self._lane(pending.worker, pending.environment)
        lane = Lane(pending.worker, pending.environment, durable=False, journal=pending.note)
        lane.policy = self._retries.of(pending.worker)
        lane.seq = crc32(pending.key.encode())
        if program is None:
            lane.parked = f"{pending.worker.component} is not deployed here"
        return lane

    def _asked(self, key: str, generation: int, settled: Settled | None) -> Task | Outcome | None:
        """As `_known`, for a key that was looked for on the disk before the lock was taken."""
        if settled is None:
            found = self._known(key, fresh=True)
            if found is not None:
                return found
            if self._journal.generation <= generation + 1:
                settled = self._journal.recent(key)
            else:
                settled = self._journal.find(key)
        return None if settled is None else settled.outcome

    def _take(self, caller: Task, target: WorkerId, function: str, packed: Packed) -> Task | None:
        """The task of a new call to an idle worker, whose lane is taken for the caller's thread.

        This is the usual case, in which nothing needs to be looked up. The lock is not held.
        """
        lane, depth = self._lanes.get(target), caller.depth + 1
        if lane is None or not caller.fresh or depth >= INLINE:
            return None
        task = Task(packed.key, lane, function, packed.args, packed.data, 0)
        task.depth, task.pooled = depth, caller.pooled
        with self._lock:
            if lane.running or lane.queue or lane.failure or lane.parked or self._closed:
                return None
            task.id = next(self._ids)
            if self._tasks.setdefault(packed.key, task) is not task:
                return None
            self._busy += 1
            self._run(task)
        return task

    def _known(self, key: str, *, fresh: bool) -> Task | Outcome | None:
        """The task or the outcome of a key, None when it was never used."""
        task = self._tasks.get(key)
        if task is not None:
            return task.outcome if task.settled and task.error is None else task
        settled = None if fresh else self._journal.find(key)
        return None if settled is None else settled.outcome

    def _new(
        self, worker: WorkerId, function: str, packed: Packed, environment: Environment
    ) -> Task:
        if self._closed:
            raise StoreError("the engine was closed")
        lane = self._lane(worker, environment)
        if not lane.durable:
            lane.seq = crc32(packed.key.encode())
        task = Task(packed.key, lane, function, packed.args, packed.data, next(self._ids))
        self._tasks[packed.key] = task
        return task

    def _stopped(self, task: Task) -> Err[Value] | None:
        """Why a call that nobody recorded need not be queued; the task is forgotten then."""
        lane = task.lane
        if lane.failure is None and lane.parked is None:
            return None
        del self._tasks[task.key]
        if lane.parked is not None:
            raise StoreError(lane.parked)
        return Err(("remote-internal-error", f"the worker failed earlier: {lane.failure}"))

    def _objection(
        self, worker: WorkerId, function: str, args: tuple[Value, ...]
    ) -> UnknownFunction | BadArguments | None:
        """Why an outside call cannot be queued."""
        program = self._programs.get(worker.component)
        if program is None:
            return UnknownFunction(f"no component is deployed as {worker.component}")
        try:
            program.check(function, args)
        except (UnknownFunction, BadArguments) as error:
            return error
        return None

    def _refused(
        self, target: WorkerId, function: str, args: tuple[Value, ...]
    ) -> Err[Value] | None:
        """The `RpcError` of a call that cannot be queued at all."""
        program = self._programs.get(target.component)
        if program is None:
            message = f"Could not find any component with the given id: {target.component}"
            return Err(("not-found", message))
        try:
            program.check(function, args)
        except (UnknownFunction, BadArguments) as error:
            return Err(("protocol-error", str(error)))
        return None
