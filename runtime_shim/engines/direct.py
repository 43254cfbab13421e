"""The engine without a journal: the quickest way from one worker to another.

Nothing is recorded, so nothing can be done again: a worker lives in its instance, which is kept as
long as the engine, and ends with its first trap; a key is known while its invocation is under way.
Order, one invocation at a time, calls in the background, scheduled ones and the refusal of waits
that would never end are those of every engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from runtime_shim.engines.core import JournaledEngine
from runtime_shim.engines.lanes import INLINE
from runtime_shim.engines.live import Live, Packed, child_key, namespace
from runtime_shim.engines.memory import NoJournal
from runtime_shim.engines.playback import unwrap
from runtime_shim.engines.task import Lane, Task
from runtime_shim.protocol import Instance, StoreError, Trap, WorkerId
from runtime_shim.retry import NEVER, RetryPolicy
from runtime_shim.values import Value


class DirectEngine(JournaledEngine):
    """An engine that records nothing.

    Args:
        clock: Seconds since the epoch.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(NoJournal(), clock=clock)
        self._instances: dict[WorkerId, Instance] = {}

    def close(self) -> None:
        """Stop, and unload every worker."""
        super().close()
        while self._instances:
            self._instances.popitem()[1].close()

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
        instance = self._instances.get(target)
        task = None
        if instance is not None:
            lane = self._lanes[target]
            task = Task("", lane, function, args, b"", 0)
            with self._lock:
                if not self._claim(task, caller):
                    task = None
        if instance is None or task is None:
            return unwrap(self.call(caller, target, function, Packed(args, b"", key())))
        caller.waiting_on = (task,)
        try:
            value = instance.call(function, args, Direct(self, task, key))
        except BaseException as error:  # noqa: BLE001 -- raised again when it is not the guest's
            self._ended(task, error)
            return unwrap(task.outcome)
        finally:
            caller.waiting_on = ()
        with self._lock:
            self._release(task)
            self._count(-1)
            if lane.queue:
                self._dispatch(lane)
        return value

    def _deliver(self, task: Task) -> tuple[Value, object]:
        """The result of the one attempt. The lock is not held."""
        lane = task.lane
        direct = Direct(self, task, lambda: task.key)
        instance = self._instances.get(lane.worker) or self._instantiate(lane)
        try:
            return instance.call(task.function, task.args, direct), None
        finally:
            if not lane.durable:
                instance.close()

    def _instantiate(self, lane: Lane) -> Instance:
        """A new instance, kept when it is to live longer than one invocation."""
        if self._handler is None:
            raise StoreError("the engine was not started")
        program = self._handler.programs[lane.worker.component]
        instance = program.instantiate(lane.worker, lane.environment)
        if lane.durable:
            self._instances[lane.worker] = instance
        return instance

    def _policy(self, task: Task, trap: Trap) -> RetryPolicy:
        """Nothing is tried again: nobody knows what it has done so far."""
        return NEVER

    def _trapped(self, task: Task, trap: Trap) -> None:
        """Fail for good. The lock is not held."""
        instance = self._instances.pop(task.worker, None)
        if instance is not None:
            instance.close()
        super()._trapped(task, trap)


class Direct(Live):
    """The one attempt at a task of which nothing is recorded; `key` gives its key when asked."""

    def __init__(self, engine: DirectEngine, task: Task, key: Callable[[], str]) -> None:
        lane = task.lane
        self.worker = lane.worker
        self.environment = lane.environment
        self.function = task.function
        self.args = task.args
        self.entries = ()
        self.at = self.end = 0
        self._engine = engine
        self._direct = engine
        self._task = task
        self._key = key

    attempt = 1
    seq = 0

    @property
    def key(self) -> str:  # type: ignore[override]  # as others that are read, never written
        """Derived when somebody asks: most calls end without."""
        return self._key()

    @property
    def replaying(self) -> bool:
        """Never."""
        return False

    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        """What `live()` gives."""
        self.at += 1
        return live()

    def call(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Value:
        """Invoke and await."""
        at = self.at
        self.at = at + 1
        return self._direct.pass_on(
            self._task, target, function, args, lambda: child_key(namespace(self.key), at)
        )

    def _record(self, kind: str, value: Value) -> None:
        self.at += 1
