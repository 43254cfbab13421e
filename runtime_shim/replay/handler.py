"""The handler: instances of workers, kept warm, rebuilt by replay. Every journal has the same."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from runtime_shim.errors import BadArguments, Divergence, Trap, UnknownFunction
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Past
from runtime_shim.values import Value
from runtime_shim.values.codec import encode

if TYPE_CHECKING:
    from runtime_shim.protocol.seams import Instance, Invocation, Program

WARM = 256  # idle instances that are kept by default
_COLD: tuple[int, Instance | None] = (-1, None)


class WorkerHandler:
    """Runs invocations in instances of the deployed components.

    An instance is taken out of the cache before use and put back only after success, so a failure
    never leaves a dirty one behind. It only serves the invocation that comes next in the worker's
    history as the instance has seen it; otherwise the worker is rebuilt.

    Args:
        programs: The deployed components by name.
        capacity: How many idle instances are kept.
    """

    def __init__(self, programs: Mapping[str, Program], *, capacity: int = WARM) -> None:
        self._programs = programs
        self._capacity = capacity
        self._lock = threading.Lock()  # for unloading; taking and keeping are atomic
        self._warm: dict[WorkerId, tuple[int, Instance]] = {}  # the longest unused first

    @property
    def programs(self) -> Mapping[str, Program]:
        """The deployed components by name."""
        return self._programs

    def __call__(self, invocation: Invocation, history: Iterable[Past]) -> Value:
        """Run one attempt at an invocation.

        Raises:
            Trap: The attempt failed; its instance is discarded.
            UnknownFunction, BadArguments: nothing ran.
        """
        program = self._programs[invocation.worker.component]
        if not program.durable:
            return self._once(program, invocation)
        worker, seq = invocation.worker, invocation.seq
        reached, instance = self._warm.pop(worker, _COLD)
        if instance is None or reached != seq:
            if instance is not None:
                instance.close()
            instance = self._rebuild(program, invocation, history)
        try:
            value = instance.call(invocation.function, invocation.args, invocation)
        except BaseException:
            instance.close()
            raise
        self._warm[worker] = (seq + 1, instance)
        if len(self._warm) > self._capacity:
            self._let_go()
        return value

    def close(self) -> None:
        """Unload every idle instance."""
        with self._lock:
            warm, self._warm = self._warm, {}
            instances = [instance for _, instance in warm.values()]
        for instance in instances:
            instance.close()

    def _once(self, program: Program, invocation: Invocation) -> Value:
        """An ephemeral worker: an instance for one invocation."""
        instance = program.instantiate(invocation.worker, invocation.environment)
        try:
            return instance.call(invocation.function, invocation.args, invocation)
        finally:
            instance.close()

    def _let_go(self) -> None:
        """Unload the least recently used instance."""
        with self._lock:
            oldest = next(iter(tuple(self._warm)), None)
            _, surplus = _COLD if oldest is None else self._warm.pop(oldest, _COLD)
        if surplus is not None:
            surplus.close()

    def _rebuild(
        self, program: Program, invocation: Invocation, history: Iterable[Past]
    ) -> Instance:
        """A fresh instance that has been through the worker's history.

        Raises:
            Divergence: It did something other than recorded.
            StoreError: It has outgrown a limit; `HostTrouble` if it may be rebuilt later.
        """
        instance = program.instantiate(invocation.worker, invocation.environment)
        try:
            for seq, past in enumerate(history):
                _replay(instance, past, invocation, seq)
        except BaseException as error:
            instance.close()
            if isinstance(error, Trap):
                from runtime_shim.replay.past import outgrown

                raise outgrown(invocation.worker, error) from error
            raise
        return instance


def _replay(instance: Instance, past: Past, invocation: Invocation, seq: int) -> None:
    from runtime_shim.replay.past import Replay  # the first rebuild loads it

    replay = Replay(past, invocation, seq)
    try:
        value = instance.call(past.function, past.args, replay)
    except (UnknownFunction, BadArguments) as error:
        raise Divergence(
            f"{past.function} succeeded in the journal and now fails: {error}"
        ) from None
    replay.finish()
    if value != past.result and encode(value) != encode(past.result):  # NaN is not itself
        raise Divergence(f"{past.function} returned another value than the one in its journal")
