"""Calls in the background, as the guest that made them sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.queue.task import Outcome, Task
from runtime_shim.queue.waits import cycle
from runtime_shim.replay.tape import unwrap
from runtime_shim.values import Value


class Awaiting(Protocol):
    """The invocation that waits for futures."""

    worker: WorkerId

    def wait_any(
        self,
        futures: Iterable[LiveFuture],
        timeout: float | None = None,
        patience: float | None = None,
    ) -> None:
        """Block until one of `futures` is finished."""

    def outcome(self, kind: str, live: Callable[[], Outcome]) -> Outcome:
        """A recorded outcome, or `live()` recorded now."""


class Calls(Protocol):
    """What waiting needs of an engine."""

    def await_any(
        self, caller: Task, tasks: list[Task], timeout: float | None, patience: float | None
    ) -> Task | None:
        """Block until one is settled; returns a task that must not be waited for."""


def wait_any(
    calls: Calls,
    caller: Task,
    futures: Iterable[object],
    timeout: float | None,
    patience: float | None,
) -> None:
    """Block until one of `futures` is finished or `timeout` seconds passed."""
    waiting = [future for future in futures if isinstance(future, LiveFuture)]
    tasks = [future.begin() for future in waiting]
    running = [task for task in tasks if task is not None]
    if len(running) < len(tasks):
        return
    refused = calls.await_any(caller, running, timeout, patience)
    if refused is not None:
        for future in waiting:
            future.refuse(refused)


class LiveFuture:
    """A call in the background, started now or, after a crash, when its outcome is needed."""

    def __init__(self, live: Awaiting, call: CallId, start: Callable[[], Task | Outcome]) -> None:
        self.call = call
        self._live = live
        self._start = start
        self._task: Task | None = None
        self._outcome: Outcome | None = None

    def begin(self) -> Task | None:
        """Start the call unless already done; return the task unless its outcome is known.

        Raises:
            StoreError: It will have no outcome in this process.
        """
        if self._task is None and self._outcome is None:
            started = self._start()
            if isinstance(started, Task):
                self._task = started
            else:
                self._outcome = started
        if self._outcome is None and self._task is not None:
            error = self._task.error
            if (
                error is not None
            ):  # it continues in another process: that is not an outcome of the call
                raise error
            self._outcome = self._task.outcome
        return self._task if self._outcome is None else None

    def refuse(self, task: Task) -> None:
        """Fail with an error if `task` must not be waited for."""
        if self._task is task:
            self._outcome = cycle(self._live.worker, task.worker)

    def done(self) -> bool:
        """Whether the outcome is known now."""
        return self.begin() is None

    def wait(self, timeout: float | None = None) -> None:
        """Block until the outcome is known or `timeout` seconds passed."""
        self._live.wait_any((self,), patience=timeout)

    def get(self) -> Value:
        """The outcome, recorded."""
        return unwrap(self._live.outcome(f"get {self.call.step}", self._finish))

    def _finish(self) -> Outcome:
        while self.begin() is not None:
            self._live.wait_any((self,))
        if self._outcome is None:
            raise AssertionError("a finished future has an outcome")
        return self._outcome
