"""The engine without a journal: the quickest way from one worker to another.

Nothing is recorded, so nothing can be done again: a worker lives in its instance, which is kept as
long as the engine, and ends with its first trap. Order, one invocation at a time, calls in the
background, scheduled ones, cancelling and the refusal of waits that would never end are those of
every engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from runtime_shim.errors import BadArguments, StoreError, TooLarge, Trap, UnknownFunction
from runtime_shim.protocol.health import SERVING
from runtime_shim.protocol.ids import CallId, Identity, WorkerId
from runtime_shim.protocol.past import Past
from runtime_shim.queue.engine import QueueEngine
from runtime_shim.queue.live import Calls, Live
from runtime_shim.queue.order import INLINE
from runtime_shim.queue.recorded import Settled
from runtime_shim.queue.runner import Runner
from runtime_shim.queue.task import Lane, Request, State, Task
from runtime_shim.queue.unfinished import Unfinished
from runtime_shim.replay.tape import unwrap
from runtime_shim.values import Value

if TYPE_CHECKING:
    from runtime_shim.protocol.seams import Handler, Instance, Program


class DirectEngine(QueueEngine):
    """An engine that records nothing.

    Not promised, because nothing is kept once an invocation is over: that its key is answered again
    (it runs again), its status, and another attempt after a trap.

    Args:
        clock: Seconds since the epoch.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(NoJournal(), delivery=Living(), clock=clock)


class Living:
    """Delivery to instances that are kept: there is nothing to rebuild them from."""

    def __init__(self) -> None:
        self._programs: Mapping[str, Program] = {}
        self._calls: Calls | None = None
        self._runner: Runner | None = None
        self._living: dict[WorkerId, tuple[Lane, Instance]] = {}

    def start(self, handler: Handler, calls: Calls, runner: Runner) -> None:
        """Make instances of the programs of `handler`, which itself is not called."""
        self._programs, self._calls, self._runner = handler.programs, calls, runner

    def deliver(self, task: Task) -> Value:
        """The result of the one attempt."""
        lane, calls = task.lane, self._calls
        if calls is None:
            raise StoreError("the engine was not started")
        direct = Direct(self, calls, task)
        found = self._living.get(lane.worker)
        instance = self._instantiate(lane) if found is None else found[1]
        try:
            return instance.call(task.function, task.args, direct)
        except (UnknownFunction, BadArguments):
            raise
        except BaseException as error:
            self._forget(lane.worker)
            if isinstance(error, TooLarge) and lane.durable:
                raise _for_good(error) from None
            raise
        finally:
            if not lane.durable:
                instance.close()

    def close(self) -> None:
        """Unload every worker."""
        while self._living:
            _, (_, instance) = self._living.popitem()
            instance.close()

    def pass_on(
        self,
        caller: Task,
        target: WorkerId,
        function: str,
        args: tuple[Value, ...],
        call: CallId,
    ) -> Value:
        """Call a worker, directly on the caller's own stack if the worker is idle.

        Raises:
            RpcError: As for `call`.
        """
        found, calls, runner = self._living.get(target), self._calls, self._runner
        if calls is None or runner is None:
            raise StoreError("the engine was not started")
        if found is None or caller.depth + 1 >= INLINE:
            return unwrap(calls.call(caller, target, function, Request(args, b"", call))[0])
        lane, instance = found
        task = Passed(call, caller, lane, function, args)
        book = runner.book
        with book.lock:
            idle = lane.running is None and not lane.queue
            if idle:
                lane.running = task
                task.id = next(book.ids)
                book.busy += 1
                book.running += 1
        if not idle:
            return unwrap(calls.call(caller, target, function, Request(args, b"", call))[0])
        caller.waiting_on = (task,)
        try:
            value = instance.call(function, args, Direct(self, calls, task))
        except BaseException as error:  # noqa: BLE001 -- raised again when it is not the guest's
            if not isinstance(error, (UnknownFunction, BadArguments)):
                self._forget(target)
            runner.ended(task, _for_good(error) if isinstance(error, TooLarge) else error)
            return unwrap(task.outcome)
        finally:
            caller.waiting_on = ()
        with book.lock:
            lane.running = None
            lane.seq += 1
            book.running -= 1
            book.busy -= 1  # its caller still counts: it is not quiet
            if lane.queue:
                runner.order.dispatch(lane)
        return value

    def _instantiate(self, lane: Lane) -> Instance:
        """A new instance, kept if it outlives one invocation."""
        program = self._programs[lane.worker.component]
        instance = program.instantiate(lane.worker, lane.environment)
        if lane.durable:
            self._living[lane.worker] = lane, instance
        return instance

    def _forget(self, worker: WorkerId) -> None:
        """Unload a worker that is broken: it cannot be rebuilt, whatever stopped it."""
        found = self._living.pop(worker, None)
        if found is not None:
            found[1].close()


def _for_good(error: TooLarge) -> Trap:
    """What fails alone where a worker can be rebuilt ends one that cannot."""
    return Trap(error.message, retriable=False)


class Passed(Task):
    """A call on its caller's stack, which nothing else can wait for."""

    state = State.RUNNING
    encoded = b""

    def __init__(
        self, call: CallId, caller: Task, lane: Lane, function: str, args: tuple[Value, ...]
    ) -> None:
        self.identity = call
        self.caller = caller
        self.lane = lane
        self.function = function
        self.args = args
        self.depth = caller.depth + 1
        self.pooled = caller.pooled


class NoJournal:
    """A `Journal` that keeps nothing."""

    recording = False
    generation = 0
    crashed = False
    health = SERVING

    def known(self, component: str, program: Program) -> bool:
        """No: every process starts empty."""
        return False

    def binary(self, component: str, digest: str) -> bytes:
        """Nothing is kept, or needed."""
        return b""

    def pending(self) -> Sequence[Unfinished]:
        """Nothing is left from earlier."""
        return ()

    def last_id(self) -> int:
        """No id was used."""
        return 0

    def find(self, identity: Identity) -> Settled | None:
        """Nothing is kept of finished calls."""
        return None

    def recent(self, identity: Identity) -> Settled | None:
        """Nothing is kept of finished calls."""
        return None

    def load(self, lane: Lane) -> bool:
        """Nothing: the queue keeps every lane."""
        return False

    def create(self, lane: Lane, program: Program) -> None:
        """Nothing: the queue keeps every lane."""

    def admit(self, task: Task) -> None:
        """Nothing: the queue knows it."""

    def record(self, task: Task, kind: str, value: Value, encoded: bytes | None = None) -> None:
        """Nothing."""

    def recorded(self, task: Task) -> Sequence[tuple[str, Value]]:
        """Nothing."""
        return ()

    def flush(self, task: Task) -> None:
        """Nothing is held back."""

    def pack(self, value: Value) -> bytes | None:
        """Nothing to prepare."""
        return None

    def settle(self, task: Task) -> None:
        """Nothing: those who wait are woken."""

    def fail(self, lane: Lane) -> None:
        """Nothing: the queue keeps every lane."""

    def sync(self) -> None:
        """Nothing is on its way."""

    def history(self, worker: WorkerId, start: int, stop: int) -> Iterator[Past]:
        """Nothing."""
        return iter(())

    def close(self) -> None:
        """Nothing to write."""


_NOTHING = NoJournal()


class Direct(Live):
    """The only attempt at an unrecorded task."""

    entries: Sequence[tuple[str, Value]] = ()
    at = 0
    end = 0
    replaying = False
    _journal = _NOTHING

    def __init__(self, living: Living, calls: Calls, task: Task) -> None:
        self.worker = task.lane.worker
        self.seq = task.lane.seq
        self.args = task.args
        self._engine = calls
        self._living = living
        self._task = task

    @property
    def function(self) -> str:  # type: ignore[override]  # read, never written
        """The call."""
        return self._task.function

    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        """What `live()` gives."""
        self.at += 1
        return live()

    def call(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Value:
        """Invoke and await."""
        at = self.at
        self.at = at + 1
        task = self._task
        return self._living.pass_on(task, target, function, args, CallId(task.id, at))

    def _record(self, kind: str, value: Value, encoded: bytes | None = None) -> None:
        self.at += 1
