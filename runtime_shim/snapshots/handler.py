"""The handler that takes workers, and brings them back from what was taken."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import wasmtime

from runtime_shim.errors import Divergence, ShimError
from runtime_shim.program.program import WasmProgram
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.snapshots import Last
from runtime_shim.replay.handler import WorkerHandler
from runtime_shim.replay.rebuild import caught_up
from runtime_shim.snapshots.content import Unusable, pack, unpack
from runtime_shim.snapshots.memories import Mismatch
from runtime_shim.snapshots.program import SnapshotInstance, SnapshotProgram
from runtime_shim.snapshots.tables import NotNow
from runtime_shim.values import Value
from runtime_shim.values.codec import encode

if TYPE_CHECKING:
    from runtime_shim.protocol.seams import History, Instance, Invocation, Program
    from runtime_shim.protocol.snapshots import Snapshots
    from runtime_shim.replay.budget import Budget

log = logging.getLogger("runtime_shim")

AFTER = 0.1
"""Seconds of guests' time after which a worker is taken again."""
CALLS = 1000
"""Calls after which it is, if they took less."""
_COLD: tuple[int, str, Instance | None] = (0, "", None)
_LEAVES, _STAYS = 1, 20  # how many times the cost of taking a worker it has to have run
_CLOSING = 5.0  # seconds that closing a host spends on workers that are worth it


@dataclass(slots=True)
class _Run:
    """What a worker did since it was last taken, or that was tried.

    What it did before it left memory is part of that, as catching up repeats it.

    Attributes:
        since: How many invocations it had been through then.
        spent: Seconds of its thread's time.
        cost: Seconds that it took to take it the last time, or at least to bring it back.
        last: Its last invocation, how many steps that took, and its result.
        reason: Why it could not be taken.
    """

    since: int = 0
    spent: float = 0.0
    cost: float = 0.0
    last: tuple[Invocation, int, Value] | None = None
    reason: str = ""

    def worth_it(self, seq: int, times: int) -> bool:
        """Whether, after `seq` invocations, it has run long enough, and so many times its cost."""
        enough = self.spent >= AFTER or seq - self.since >= CALLS
        return enough and self.spent >= times * self.cost


class SnapshotHandler(WorkerHandler):
    """A `WorkerHandler` that takes workers after a while, before they leave and at the end.

    A worker that is not warm comes back from its newest snapshot, and catches up from there. Whatever
    is wrong with a snapshot, the one before it is tried, and then the whole history.

    Args:
        programs: The deployed components by name.
        capacity: How many idle instances are kept.
        budget: What unloads more of them, where memory is bounded.

    Attributes:
        place: Where snapshots are kept.
    """

    place: Snapshots

    def __init__(
        self,
        programs: Mapping[str, Program],
        *,
        capacity: int | None = None,
        budget: Budget | None = None,
    ) -> None:
        super().__init__(programs, capacity=capacity, budget=budget)
        self._runs: dict[WorkerId, _Run] = {}

    def __call__(
        self, invocation: Invocation, history: History, program: Program | None = None
    ) -> Value:
        """Run one attempt at an invocation, as a `WorkerHandler` does."""
        worker = invocation.worker
        program = program or self._programs[worker.component]
        if not isinstance(program, SnapshotProgram) or program.parts is None:
            return super().__call__(invocation, history, program)
        run = self._runs.get(worker)
        if run is not None and run.worth_it(invocation.seq, _STAYS):
            self._take_idle(run, worker, invocation)
        if run is None or worker not in self._warm:
            run = self._runs[worker] = _Run()
            if invocation.seq:
                self._bring_back(run, program, invocation, history)
        begun = time.thread_time()
        try:
            value = super().__call__(invocation, history, program)
        except BaseException:
            self._runs.pop(worker, None)
            raise
        run.spent += time.thread_time() - begun
        run.last = invocation, invocation.position, value
        return value

    def unload(self, worker: WorkerId) -> None:
        """Unload a worker, if it is idle; its next call makes an instance of its build."""
        self._runs.pop(worker, None)
        super().unload(worker)

    def settle(self) -> None:
        """Take the idle workers that are worth it, before their engine is closed."""
        end = time.monotonic() + _CLOSING
        runs = list(self._runs.items())  # in one step: others may still run
        runs.sort(key=lambda item: -item[1].spent)
        for worker, run in runs:
            if time.monotonic() > end:
                break
            if run.worth_it(self._warm.get(worker, _COLD)[0], _LEAVES):
                seq, _, instance = self._warm.pop(worker, _COLD)
                if instance is not None:
                    self._release(worker, seq, instance)
        self.place.close()

    def _let_go(self) -> bool:
        # One has to stay: what it did last is recorded only after that, and taken with its next call.
        return len(self._warm) > 1 and super()._let_go()

    def _release(self, worker: WorkerId, seq: int, instance: Instance) -> None:
        run = self._runs.pop(worker, None)
        if run is not None and run.worth_it(seq, _LEAVES):
            self._take(run, worker, seq, instance)
        instance.close()

    def _take_idle(self, run: _Run, worker: WorkerId, invocation: Invocation) -> None:
        """Take a worker that is warm and in the state in which the invocation is to run."""
        seq, mark, instance = self._warm.pop(worker, _COLD)
        if instance is None:
            return
        lags = (seq, mark) != (invocation.seq, invocation.mark)
        if lags or self._take(run, worker, seq, instance):
            self._warm[worker] = seq, mark, instance
        else:
            instance.close()

    def _take(self, run: _Run, worker: WorkerId, seq: int, instance: Instance) -> bool:
        """Take a worker if that is possible now; whether the instance can be used afterwards."""
        if run.last is None or not isinstance(instance, SnapshotInstance):
            return True
        invocation, steps, value = run.last
        if invocation.seq != seq - 1:
            return True
        begun = time.thread_time()
        run.spent, run.since = 0.0, seq
        try:
            data = pack(instance.snapshot())
            args, result = encode(invocation.args), encode(value)
            known = invocation.seq, invocation.function, args, steps, result
            last = Last(*known, invocation.leaves)
            self.place.keep(worker, last, data)
            run.reason = ""
        except NotNow as reason:
            if str(reason) != run.reason:
                run.reason = str(reason)
                self._note(worker, run.reason)
        except (wasmtime.WasmtimeError, Mismatch) as error:
            log.warning("%s could not be taken: %s", worker.uri, error)
            return False
        except ShimError as error:  # the journal says it to whoever needs it
            log.info("the snapshot of %s is not kept: %s", worker.uri, error)
        finally:
            run.cost = time.thread_time() - begun
        return True

    def _note(self, worker: WorkerId, reason: str) -> None:
        try:
            self.place.note(worker, reason)
        except ShimError as error:
            log.info("it is not noted why %s is not taken: %s", worker.uri, error)

    def _bring_back(
        self, run: _Run, program: SnapshotProgram, invocation: Invocation, history: History
    ) -> None:
        """Make the worker warm again, if there is a snapshot of it that can be used."""
        worker, seq = invocation.worker, invocation.seq
        for kept in self.place.find(worker, seq):
            mark = kept.mark or invocation.mark
            if kept.mark and history.after(kept.seq, mark) is None:
                continue  # the worker was never in that state
            begun = time.thread_time()
            try:
                restored, policy = program.restore(unpack(kept.data), invocation)
                run.cost = time.thread_time() - begun
                if policy is not None:
                    invocation.set_retry_policy(policy)
                state = (kept.seq, mark, restored)
                instance = caught_up(program, invocation, history, state)
                run.since, run.spent = kept.seq, time.thread_time() - begun - run.cost
            except (Unusable, Mismatch, Divergence) as error:
                log.warning("a snapshot of %s is not used: %s", worker.uri, error)
            else:
                self._warm[worker] = seq, invocation.mark, instance
                return


def kinds(engine: object) -> tuple[type[WasmProgram], type[WorkerHandler]]:
    """What makes programs and handlers for an engine: plain ones where it can keep no snapshots."""
    managed: Any = getattr(engine, "managed", None)
    if not hasattr(managed, "snapshots"):
        return WasmProgram, WorkerHandler
    snapshots: Snapshots = managed.snapshots()

    class Keeping(SnapshotHandler):
        """One that keeps them there."""

        place = snapshots

    return SnapshotProgram, Keeping
