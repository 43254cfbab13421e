"""A host that can be restarted, for tests of what survives."""

from __future__ import annotations

import logging
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from runtime_shim.engines.records import InvocationInfo
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.inspection import log
from runtime_shim.host import Host, Linking
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.told import Attempts, Told
from runtime_shim.wasi.lines import label

_log = logging.getLogger("runtime_shim")

AT_ONCE = RetryPolicies(RetryPolicy(min_delay=0.0, max_delay=0.0))
"""Retry trapped calls at once, three attempts in all."""


class _Engine(SqliteEngine):
    """An engine whose scheduled calls can be kept waiting while its clock goes on.

    Attributes:
        held: Nothing that is due later begins; None where everything that is due does.
    """

    def __init__(self, store: Path, retries: RetryPolicies, clock: Callable[[], float]) -> None:
        self.held: float | None = None
        super().__init__(store, retries=retries, clock=lambda: self.held or clock())
        self.clock = clock

    def next_due(self) -> float:
        """When the next scheduled call is due, in seconds since the epoch."""
        dues = (timer.next() for timer in self._timers)
        return min((due for due in dues if due is not None), default=math.inf)


class RestartableHost(Host):
    """A host with its own store; a generated client can keep using it after a restart.

    Args:
        store: The file of the journal.
        components: The deployments, by name.
        mode: As for `Host`.
        retries: When trapped invocations are retried.

    Attributes:
        store: The file of the journal.
        ahead: How many seconds its clock, which guests see, is ahead of the system's.
    """

    def __init__(
        self,
        store: Path,
        components: Mapping[str, Deployment],
        mode: Linking,
        retries: RetryPolicies,
    ) -> None:
        self.store = store
        self.ahead = 0.0
        self._printed: list[tuple[WorkerId, str]] = []
        self._told = Told(self._print)
        self._attempts = Attempts(self._told)
        self._given = (components, mode, retries)
        self._begin()

    def _begin(self) -> None:
        components, mode, retries = self._given
        self._engine = engine = _Engine(self.store, retries, self.now)
        _log.addHandler(self._attempts)
        try:
            super().__init__(engine=engine, components=components, mode=mode, output=self._told)
        except BaseException:
            _log.removeHandler(self._attempts)
            engine.close()
            raise

    def close(self) -> None:
        """Stop the engine and unload all workers."""
        super().close()
        _log.removeHandler(self._attempts)

    def _print(self, worker: WorkerId, lines: Sequence[str]) -> None:
        self._printed += [(worker, f"{line}\n") for line in lines]
        sys.stderr.write("".join(f"[{label(worker)}] {line}\n" for line in lines))

    def output(self, component: str | None = None, worker: str | None = None) -> str:
        """What guests printed, in whole lines: all of them, those of a component, or one worker.

        Lines of workers that run side by side alternate. What a call prints that fails in Python is
        its traceback, once, cut to the guest's own frames.
        """
        lines = (
            line
            for of, line in tuple(self._printed)
            if component in {None, of.component} and worker in {None, of.name}
        )
        return "".join(lines)

    def now(self) -> float:
        """The time of the host's clock, which guests see, in seconds since the epoch."""
        return time.time() + self.ahead

    def advance(
        self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0
    ) -> None:
        """Move the host's clock, and deliver the calls that are due then.

        They are delivered in the order in which they are due, each group when the clock is there:
        guests see that time, and what they schedule by it comes due in the same way.
        """
        engine = self._engine
        end = self.now() + seconds + 60 * minutes + 3600 * hours + 86400 * days
        try:
            while engine.held is None or engine.held < end:
                # Not by the running clock: who is called again at once could never be caught up.
                engine.held = min(end, max(engine.held or 0.0, engine.next_due()))
                self.ahead = max(self.ahead, engine.held - time.time())
                self.drain(everything=True)  # also what was scheduled before a restart
        finally:
            engine.held = None

    def restart(self) -> None:
        """Close, and start again on the same store.

        No instance is left: every worker is rebuilt from the journal at its next call, and a
        component that is not deterministic on replay fails there (`Divergence`).
        """
        self.close()
        self._begin()

    def log(self, component: str, worker: str) -> tuple[InvocationInfo, ...]:
        """A worker's invocations, steps and answers in the journal.

        Raises:
            StoreError: There is no such worker.
        """
        self.drain()
        return tuple(log(self.store, WorkerId(component, worker)))
