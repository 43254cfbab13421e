"""The handler: instances of workers, kept warm, rebuilt by replay. Every journal has the same."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from runtime_shim.protocol.ids import WorkerId
from runtime_shim.values import Value

if TYPE_CHECKING:
    from runtime_shim.protocol.seams import History, Instance, Invocation, Program
    from runtime_shim.replay.budget import Budget

WARM = 256  # idle instances that are kept by default
_Kept = tuple[int, str, "Instance | None"]  # the state that an instance is in: a number and a mark
_COLD: _Kept = (0, "", None)


class WorkerHandler:
    """Runs invocations in instances of the deployed components.

    An instance is taken out of the cache before use and put back only after success, so a failure
    never leaves a dirty one behind. It only serves the invocation that comes next in the worker's
    history as the instance has seen it. One that lags behind catches up; in any other case the
    worker is rebuilt.

    Args:
        programs: The deployed components by name.
        capacity: How many idle instances are kept.
        budget: What unloads more of them, where memory is bounded.
    """

    def __init__(
        self,
        programs: Mapping[str, Program],
        *,
        capacity: int | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._programs = programs
        self._capacity = WARM if capacity is None else capacity
        self._budget = budget
        self._lock = threading.Lock()  # for unloading; taking and keeping are atomic
        self._warm: dict[WorkerId, _Kept] = {}  # the longest unused first

    @property
    def programs(self) -> Mapping[str, Program]:
        """The deployed components by name."""
        return self._programs

    def __call__(
        self, invocation: Invocation, history: History, program: Program | None = None
    ) -> Value:
        """Run one attempt at an invocation, in `program` where that is not the deployed one.

        Raises:
            Trap: The attempt failed; its instance is discarded.
            UnknownFunction, BadArguments: nothing ran.
        """
        program = program or self._programs[invocation.worker.component]
        if not program.durable:
            return self._once(program, invocation)
        worker, seq = invocation.worker, invocation.seq
        kept = self._warm.pop(worker, _COLD)
        reached, mark, instance = kept
        if instance is None or reached != seq or mark != invocation.mark:
            if instance is None and seq == 0:
                instance = program.instantiate(worker, invocation.environment)
            else:
                from runtime_shim.replay.rebuild import caught_up  # the first rebuild loads it

                instance = caught_up(program, invocation, history, kept)
        try:
            value = instance.call(invocation.function, invocation.args, invocation)
        except BaseException:
            instance.close()
            raise
        self._warm[worker] = (seq + 1, invocation.leaves, instance)
        if len(self._warm) > self._capacity:
            self._let_go()
        if self._budget is not None:
            self._budget.relieve(self._let_go)
        return value

    def unload(self, worker: WorkerId) -> None:
        """Unload a worker, if it is idle; its next call makes an instance of its build."""
        *_, instance = self._warm.pop(worker, _COLD)
        if instance is not None:
            instance.close()

    def settle(self) -> None:
        """Before the engine is closed: do what is done while it can still be written."""

    def close(self) -> None:
        """Unload every idle instance."""
        with self._lock:
            warm, self._warm = self._warm, {}
            instances = [instance for *_, instance in warm.values()]
        for instance in filter(None, instances):
            instance.close()

    def _once(self, program: Program, invocation: Invocation) -> Value:
        """An ephemeral worker: an instance for one invocation."""
        instance = program.instantiate(invocation.worker, invocation.environment)
        try:
            return instance.call(invocation.function, invocation.args, invocation)
        finally:
            instance.close()

    def _let_go(self) -> bool:
        """Unload the least recently used instance; return whether there was one."""
        with self._lock:
            oldest = next(iter(tuple(self._warm)), None)
            seq, _, surplus = _COLD if oldest is None else self._warm.pop(oldest, _COLD)
        if oldest is not None and surplus is not None:
            self._release(oldest, seq, surplus)
        return oldest is not None

    def _release(self, worker: WorkerId, seq: int, instance: Instance) -> None:
        """Unload the instance of a worker that has been through `seq` invocations."""
        instance.close()
