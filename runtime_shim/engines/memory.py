"""The engine whose journal lives as long as the process: the same semantics without a disk."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from runtime_shim.protocol.health import SERVING
from runtime_shim.protocol.ids import Identity, KeyId, WorkerId
from runtime_shim.protocol.past import Past
from runtime_shim.protocol.retry import RetryPolicies
from runtime_shim.queue.engine import QueueEngine
from runtime_shim.queue.keys import base_of
from runtime_shim.queue.recorded import Settled
from runtime_shim.queue.task import Lane, Task
from runtime_shim.queue.unfinished import Unfinished
from runtime_shim.values import Ok, Value

if TYPE_CHECKING:
    from runtime_shim.protocol.seams import Program


class MemoryEngine(QueueEngine):
    """An engine without a store; answers, keys and history are kept until it is closed.

    Everything is promised that a store promises, but across processes.

    Args:
        retries: When trapped invocations are retried; by default Golem's policy.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        *,
        retries: RetryPolicies | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(MemoryJournal(), retries=retries, clock=clock)


class MemoryJournal:
    """A `Journal` in dictionaries."""

    recording = True
    generation = 0
    crashed = False
    health = SERVING

    def __init__(self) -> None:
        self._ends: dict[Identity, Settled] = {}
        self._histories: dict[WorkerId, list[Task]] = {}
        self._entries: dict[Task, list[tuple[str, Value]]] = {}

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
        """The end of a settled invocation."""
        return self._ends.get(identity)

    def recent(self, identity: Identity) -> Settled | None:
        """As `find`."""
        return self._ends.get(identity)

    def load(self, lane: Lane) -> bool:
        """Nothing: the queue keeps every lane."""
        return False

    def create(self, lane: Lane, program: Program) -> None:
        """Begin the history of a worker."""
        if lane.durable:
            self._histories[lane.worker] = []

    def admit(self, task: Task) -> None:
        """Nothing: the queue knows it."""

    def record(self, task: Task, kind: str, value: Value, encoded: bytes | None = None) -> None:
        """Append the entry to those of the task."""
        self._entries.setdefault(task, []).append((kind, value))
        task.steps += 1

    def recorded(self, task: Task) -> Sequence[tuple[str, Value]]:
        """What a task has recorded."""
        return tuple(self._entries.get(task, ()))

    def flush(self, task: Task) -> None:
        """Nothing is held back."""

    def pack(self, value: Value) -> bytes | None:
        """Nothing to prepare."""
        return None

    def settle(self, task: Task) -> None:
        """Keep the outcome, and a completed invocation as history."""
        if task.outcome is None:
            raise AssertionError("a settled task has an outcome")
        self._ends[task.identity] = Settled(task.state, task.outcome, task.function, task.encoded)
        if isinstance(task.outcome, Ok) and task.lane.durable:
            self._histories[task.worker].append(task)
        else:
            self._entries.pop(task, None)

    def fail(self, lane: Lane) -> None:
        """Nothing: the queue keeps every lane."""

    def sync(self) -> None:
        """Nothing is pending."""

    def history(self, worker: WorkerId, start: int, stop: int) -> Iterator[Past]:
        """Some invocations of a worker."""
        for task in self._histories[worker][start:stop]:
            result = task.outcome.value if task.outcome is not None else None
            identity, base = task.identity, functools.partial(base_of, task)
            key = identity.key if isinstance(identity, KeyId) else None
            entries = tuple(self.recorded(task))
            yield Past(task.id, key, base, task.function, task.args, entries, result)

    def close(self) -> None:
        """Nothing to write."""
