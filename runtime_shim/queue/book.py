"""Which tasks and lanes there are, and how many are under way."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from runtime_shim.errors import BadArguments, ShimError, StoreError, UnknownFunction
from runtime_shim.protocol.ids import Identity, WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicies
from runtime_shim.queue.task import Lane, Outcome, Request, State, Task
from runtime_shim.values import Err, Value

if TYPE_CHECKING:
    from runtime_shim.protocol.seams import Program
    from runtime_shim.queue.builds import Builds
    from runtime_shim.queue.journal import Journal


class Book:
    """The tasks and lanes of a queue, and the lock that guards them.

    The rule for all of this room: the methods of `Book` and `Order` and the functions of `waits`
    expect `lock` to be held, unless they say otherwise. Everything else takes it where needed, and
    it is never held while a guest runs or the disk is written.

    Attributes:
        lock: Guards everything here, in `Order`, and in tasks, lanes and waiters.
        quiet: Notified when nothing of this process is under way any more, when nothing at all
            is, and when the queue is closed.
        tasks: Unsettled tasks, by what they are known by.
        lanes: The durable workers that were called in this process.
        busy: How many tasks are queued or running, without parked and scheduled ones.
        left: How many of those an earlier process left, or what it left called.
        running: How many run.
        paused: Those of them that wait for what a worker announces.
        programs: The deployed components by name.
        mixed: Finds the builds of workers; None where all belong to the deployed ones.
        closed: Whether no more tasks may start.
    """

    __slots__ = (
        "busy",
        "closed",
        "ids",
        "journal",
        "lanes",
        "left",
        "lock",
        "mixed",
        "paused",
        "programs",
        "quiet",
        "retries",
        "running",
        "tasks",
    )

    def __init__(self, journal: Journal, retries: RetryPolicies) -> None:
        self.journal = journal
        self.retries = retries
        self.lock = threading.Lock()
        self.quiet = threading.Condition(self.lock)
        self.tasks: dict[Identity, Task] = {}
        self.lanes: dict[WorkerId, Lane] = {}
        self.busy = 0
        self.left = 0
        self.running = 0
        self.paused: dict[WorkerId, set[Task]] = {}
        self.ids: Iterator[int] = itertools.count(1)
        self.programs: Mapping[str, Program] = {}
        self.mixed: Builds | None = None
        self.closed = False

    # --- who is known --------------------------------------------------------------------------

    def lane(self, worker: WorkerId, environment: Environment) -> Lane:
        """The lane of a worker, which is created with `environment` when it is new."""
        lane = self.lanes.get(worker)
        if lane is not None:
            return lane
        program = self.programs[worker.component]
        policy = self.retries.of(worker)
        lane = Lane(worker, environment, durable=program.durable, policy=policy)
        if not (lane.durable and self.journal.load(lane)):
            self.journal.create(lane, program)
        if lane.durable:
            self.lanes[worker] = lane
        return lane

    def new(
        self,
        worker: WorkerId,
        function: str,
        request: Request,
        environment: Environment,
        *,
        own: bool = True,
    ) -> Task:
        """A new task.

        Raises:
            StoreError: the queue was closed.
        """
        if self.closed:
            raise StoreError("the engine was closed")
        lane = self.lane(worker, environment)
        if not lane.durable:
            from runtime_shim.queue.keys import serial

            lane.seq = serial(request.identity)
        task = Task(request.identity, lane, function, request.args, request.data, next(self.ids))
        if not own:
            task.own = False
        self.tasks[request.identity] = task
        return task

    def known(self, function: str, request: Request, *, fresh: bool) -> Task | Outcome | None:
        """The task or the outcome of a call; None if there is none.

        Raises:
            KeyReused, Divergence: It was made with another function or other arguments.
        """
        task = self.tasks.get(request.identity)
        found = task or (None if fresh else self.journal.find(request.identity))
        if found is None:
            return None
        from runtime_shim.queue.keys import same

        same(found, function, request)
        return task if task and not (task.settled and task.error is None) else found.outcome

    def stopped(self, task: Task) -> Err[Value] | None:
        """Why an unrecorded call need not be queued; the task is forgotten then.

        Raises:
            StoreError: nothing of its lane runs in this process.
        """
        lane = task.lane
        if lane.failure is None and lane.parked is None:
            return None
        del self.tasks[task.identity]
        if lane.parked is not None:
            raise StoreError(lane.parked)
        return Err(("remote-internal-error", f"the worker has already failed: {lane.failure}"))

    def admit(self, task: Task) -> None:
        """Record a new task as pending, or forget it.

        Raises:
            StoreError: It cannot be recorded; later calls with its key must not wait for it.
        """
        try:
            self.journal.admit(task)
        except StoreError:
            del self.tasks[task.identity]
            raise

    def announced(self, worker: WorkerId) -> int:
        """How often a worker announced something to those that wait. The lock is not needed."""
        lane = self.lanes.get(worker)
        return 0 if lane is None else lane.announced

    # --- endings -------------------------------------------------------------------------------

    def count(self, task: Task, change: int) -> None:
        """Count a task on (1) or off (-1)."""
        self.busy += change
        if not task.own:
            self.left += change
        if self.busy == self.left or self.closed:
            self.quiet.notify_all()

    def adopt(self, task: Task) -> None:
        """Note that this process, too, asks for what an earlier one left."""
        if not task.own:
            waits = task.lane.parked is None and task in task.lane.queue
            self.left -= waits or task.state is State.RUNNING
            task.own = True

    def settle(self, task: Task, state: State, outcome: Outcome) -> None:
        """Record the end of a task that is under way, and wake those who wait for it."""
        task.state = state
        task.outcome = outcome
        self.journal.settle(task)
        self.tasks.pop(task.identity, None)
        self.busy -= 1
        if not task.own:
            self.left -= 1
        if self.busy == self.left or self.closed:
            self.quiet.notify_all()
        for waiter in task.waiters:
            waiter.wake()

    def release(self, task: Task) -> None:
        """Free the lane of a task that was running."""
        task.lane.running = None
        self.running -= 1

    def wake(self, worker: WorkerId) -> None:
        """End the pauses of those that wait for what a worker announces."""
        for task in self.paused.pop(worker, ()):
            if task.paused is not None:
                task.paused.wake()
                task.paused = None

    # --- what cannot be queued (the lock is not needed) ----------------------------------------

    def serving(self, worker: WorkerId) -> Program | None:
        """What serves a worker; None where its component is not deployed."""
        program = self.programs.get(worker.component)  # first: both may be replaced, `mixed` before
        return program if self.mixed is None else self.mixed.of(worker)

    def objection(
        self, worker: WorkerId, function: str, args: tuple[Value, ...]
    ) -> UnknownFunction | BadArguments | StoreError | None:
        """Why a call from outside cannot be queued."""
        try:
            if (program := self.serving(worker)) is None:
                return UnknownFunction(f"no component is deployed as {worker.component}")
            program.check(function, args)
        except (UnknownFunction, BadArguments, StoreError) as error:
            return error
        return None

    def refused(
        self, target: WorkerId, function: str, args: tuple[Value, ...]
    ) -> Err[Value] | None:
        """The `RpcError` of a guest's call that cannot be queued."""
        program = self.serving(target)
        if program is None:
            message = f"Could not find any component with the given id: {target.component}"
            return Err(("not-found", message))
        try:
            program.check(function, args)
        except (UnknownFunction, BadArguments) as error:
            return Err(("protocol-error", str(error)))
        return None


def abandon(task: Task, error: ShimError) -> None:
    """Tell those who wait that there will be no outcome in this process."""
    task.error = error
    task.outcome = Err(("remote-internal-error", str(error)))
    for waiter in task.waiters:
        waiter.wake()
