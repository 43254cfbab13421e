"""The engine without a journal: the quickest way from one worker to another.

Nothing is recorded, so nothing can be done again: a worker lives in its instance, which is kept as
long as the engine, and ends with its first trap; a key is known while its invocation is under way.
Order, one invocation at a time, calls in the background, scheduled ones and the refusal of waits
that would never end are those of every engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NoReturn

from runtime_shim.engines.memory import NoJournal
from runtime_shim.errors import Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.retry import NEVER, RetryPolicy
from runtime_shim.protocol.seams import Instance
from runtime_shim.queue.core import JournaledEngine
from runtime_shim.queue.lanes import INLINE
from runtime_shim.queue.live import Live, Packed
from runtime_shim.queue.task import Lane, State, Task
from runtime_shim.replay.keys import visible
from runtime_shim.replay.playback import unwrap
from runtime_shim.values import Value


class DirectEngine(JournaledEngine):
    """An engine that records nothing.

    Args:
        clock: Seconds since the epoch.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(NoJournal(), clock=clock)
        self._living: dict[WorkerId, tuple[Lane, Instance]] = {}

    def close(self) -> None:
        """Stop, and unload every worker."""
        super().close()
        while self._living:
            _, (_, instance) = self._living.popitem()
            instance.close()

    def pass_on(
        self,
        caller: Task,
        target: WorkerId,
        function: str,
        args: tuple[Value, ...],
        key: Callable[[], str],
    ) -> Value:
        """Call a worker; on the caller's own stack, with nothing in between, when it is idle.

        Raises:
            RpcError: as the outcome of `call` says.
        """
        found = self._living.get(target)
        if found is None or caller.depth + 1 >= INLINE:
            return unwrap(self.call(caller, target, function, Packed(args, b"", key()))[0])
        lane, instance = found
        task = Passed(caller, lane, function, args)
        with self._lock:
            idle = lane.running is None and not lane.queue
            if idle:
                lane.running = task
                self._busy += 1
                self._running += 1
        if not idle:
            return unwrap(self.call(caller, target, function, Packed(args, b"", key()))[0])
        caller.waiting_on = (task,)
        try:
            value = instance.call(function, args, Direct(self, task, key))
        except BaseException as error:  # noqa: BLE001 -- raised again when it is not the guest's
            self._ended(task, error)
            return unwrap(task.outcome)
        finally:
            caller.waiting_on = ()
        with self._lock:
            lane.running = None
            lane.seq += 1
            self._running -= 1
            self._busy -= 1  # its caller still counts: it is not quiet
            if lane.queue:
                self._dispatch(lane)
        return value

    def _deliver(self, task: Task) -> Value:
        """The result of the one attempt. The lock is not held."""
        lane = task.lane
        direct = Direct(self, task, lambda: task.key)
        _, instance = self._living.get(lane.worker) or self._instantiate(lane)
        try:
            return instance.call(task.function, task.args, direct)
        finally:
            if not lane.durable:
                instance.close()

    def _instantiate(self, lane: Lane) -> tuple[Lane, Instance]:
        """A new instance, kept when it is to live longer than one invocation."""
        program = self._programs[lane.worker.component]
        instance = program.instantiate(lane.worker, lane.environment)
        if lane.durable:
            self._living[lane.worker] = lane, instance
        return lane, instance

    def _policy(self, task: Task, trap: Trap) -> RetryPolicy:
        """Nothing is tried again: nobody knows what it has done so far."""
        return NEVER

    def _trapped(self, task: Task, trap: Trap) -> None:
        """Fail for good. The lock is not held."""
        found = self._living.pop(task.worker, None)
        if found is not None:
            found[1].close()
        super()._trapped(task, trap)


class Passed(Task):
    """A call on its caller's stack, which nobody else can ask for."""

    state = State.RUNNING
    key = ""
    packed = b""
    id = 0

    def __init__(self, caller: Task, lane: Lane, function: str, args: tuple[Value, ...]) -> None:
        self.lane = lane
        self.function = function
        self.args = args
        self.depth = caller.depth + 1
        self.pooled = caller.pooled


class Direct(Live):
    """The one attempt at a task of which nothing is recorded; `key` gives its key when asked."""

    entries: Sequence[tuple[str, Value]] = ()
    at = 0
    end = 0
    replaying = False

    def __init__(self, engine: DirectEngine, task: Task, key: Callable[[], str]) -> None:
        self.worker = task.lane.worker
        self.seq = task.lane.seq
        self.args = task.args
        self._engine = engine
        self._direct = engine
        self._task = task
        self._key = key

    @property
    def key(self) -> str:  # type: ignore[override]  # as others that are read, never written
        """Derived when somebody asks: most calls end without."""
        return visible(self._key())

    @property
    def function(self) -> str:  # type: ignore[override]  # as `key`
        """What is called."""
        return self._task.function

    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        """What `live()` gives."""
        self.at += 1
        return live()

    def call(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Value:
        """Invoke and await."""
        at = self.at
        self.at = at + 1
        return self._direct.pass_on(
            self._task, target, function, args, lambda: f"{self._key()}~{at}"
        )

    def restart(self, position: int) -> NoReturn:
        """Nothing is recorded to go back to."""
        raise Trap("there is no journal to go back in", retriable=False)

    def _record(self, kind: str, value: Value, packed: bytes | None = None) -> None:
        self.at += 1
