"""The guest's view of a running invocation: first from the journal, then live."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NoReturn, Protocol

from runtime_shim.protocol.ids import CallId, Identity, KeyId, WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicy
from runtime_shim.queue.task import Outcome, Request, Task
from runtime_shim.replay.tape import JUMP, Tape, cancelling, label, unwrap, whose
from runtime_shim.values import Value
from runtime_shim.values.codec import encode, encode_ok

if TYPE_CHECKING:
    import uuid

    from runtime_shim.protocol.seams import Future
    from runtime_shim.queue.journal import Journal

Answer = tuple[Outcome, bytes | None]
"""An outcome, and its encoded value if known."""


class Calls(Protocol):
    """What an invocation needs of its engine."""

    def call(self, caller: Task, target: WorkerId, function: str, request: Request) -> Answer:
        """Run or await the callee."""

    def begin(
        self, caller: Task, target: WorkerId, function: str, request: Request
    ) -> Task | Outcome:
        """Start the callee in the background."""

    def post(
        self, caller: Task, target: WorkerId, function: str, request: Request, due: float | None
    ) -> Outcome:
        """Queue the callee."""

    def await_any(
        self, caller: Task, tasks: list[Task], timeout: float | None, patience: float | None
    ) -> Task | None:
        """Block until one is settled; returns a task that must not be waited for."""

    def announced(self, target: WorkerId) -> int:
        """How often a worker announced something."""

    def announce(self, task: Task) -> None:
        """Wake those that wait for the worker of a task."""

    def pause(self, caller: Task, target: WorkerId, seen: int, timeout: float | None) -> None:
        """Block until `target` has announced something more often than `seen` times.

        Raises:
            StoreError: the engine was closed.
        """

    def cancel(self, identity: Identity) -> bool:
        """Cancel what has not started."""


class Live(Tape):
    """One attempt at a task."""

    at = 0
    end = 0

    def __init__(self, engine: Calls, journal: Journal, task: Task) -> None:
        self.worker = task.lane.worker
        self.function = task.function
        self.args = task.args
        self.seq = task.seq
        self._engine = engine
        self._journal = journal
        self._task = task
        if task.steps:
            self.entries = journal.recorded(task)
            self.rewind()

    @property
    def where(self) -> str:
        """Whose the entries are."""
        return whose(self.function, self.key, self.worker)

    @property
    def key(self) -> str:
        """The key that the guest and its peers see."""
        identity = self._task.identity
        return identity.key if isinstance(identity, KeyId) else str(self.base)

    @property
    def base(self) -> uuid.UUID:
        """What the keys of its calls and requests follow from."""
        from runtime_shim.queue.keys import base_of

        return base_of(self._task)

    @property
    def environment(self) -> Environment:
        """What the worker was created with."""
        return self._task.lane.environment

    @property
    def cancelled(self) -> bool:
        """Whether the guest should be interrupted."""
        return self._task.cancelled

    @property
    def attempt(self) -> int:
        """From 1."""
        return self._task.attempt

    @property
    def replaying(self) -> bool:
        """Whether the next answer comes from the journal."""
        return self.at < self.end

    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        """The recorded value of a host call, or `live()` recorded now."""
        if self.at < self.end:  # `replaying`, without a call
            return self.next(kind)
        journal = self._journal
        if external:
            journal.flush(self._task)
            journal.sync()
        value = live()
        journal.record(self._task, kind, value)
        self.at += 1
        return value

    def call(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Value:
        """Invoke and await."""
        data = encode(args)
        kind = label("call", target, function, data)
        if self.at < self.end:
            return unwrap(self.next(kind))
        request = Request(args, data, (self._task.id, self.at))
        outcome, known = self._engine.call(self._task, target, function, request)
        encoded = None if known is None else encode_ok(known)
        self._journal.record(self._task, kind, outcome, encoded)
        self.at += 1
        return unwrap(outcome)

    def spawn(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Future:
        """Start a call in the background."""
        data = encode(args)
        kind = label("spawn", target, function, data)
        from runtime_shim.queue.futures import LiveFuture

        call = CallId(self._task.id, self.at)
        request = Request(args, data, call)
        future = LiveFuture(
            self, call, lambda: self._engine.begin(self._task, target, function, request)
        )
        if self.replaying:
            self.next(kind)
        else:
            future.begin()  # first: a recorded call is never one that was not started
            self._record(kind, None)
        return future

    def wait_any(
        self,
        futures: Iterable[Future],
        timeout: float | None = None,
        patience: float | None = None,
    ) -> None:
        """Block until one of `futures` is finished or `timeout` seconds passed."""
        if self.replaying:
            return
        from runtime_shim.queue.futures import wait_any

        wait_any(self._engine, self._task, futures, timeout, patience)

    def send(
        self, target: WorkerId, function: str, args: tuple[Value, ...], due: float | None = None
    ) -> CallId:
        """Fire and forget."""
        data = encode(args)
        call = CallId(self._task.id, self.at)
        request = Request(args, data, call)
        kind = label("send", target, function, data)
        unwrap(
            self.outcome(
                kind, lambda: self._engine.post(self._task, target, function, request, due)
            )
        )
        return call

    def cancel(self, call: CallId) -> None:
        """Cancel a `send` or a `spawn` that has not started."""
        kind = cancelling(call)
        if self.replaying:
            self.next(kind)
            return
        self._journal.flush(self._task)
        self._engine.cancel(call)
        self._record(kind, None)

    def until(
        self,
        target: WorkerId,
        function: str,
        args: tuple[Value, ...],
        patience: Callable[[], float | None],
    ) -> Value:
        """Ask until there is an answer."""
        while True:
            live = not self.replaying  # a recorded answer may be older than what was announced
            seen = self._engine.announced(target)
            value = self.call(target, function, args)
            if value is not None:
                return value
            if live:
                self._engine.pause(self._task, target, seen, patience())

    def announce(self) -> None:
        """Wake those that wait for this worker."""
        self._engine.announce(self._task)

    def begin_region(self) -> int:
        """Begin an atomic part, from its beginning if it was interrupted."""
        from runtime_shim.queue.regions import begin_region

        return begin_region(self, self._jump)

    def restart(self, position: int) -> NoReturn:
        """Drop what was recorded from `position` on, and run again up to there."""
        from runtime_shim.queue.regions import restart

        restart(self, position, self._jump, recording=self._journal.recording)

    def _jump(self, start: int) -> None:
        """Discard everything recorded from `start` on; continue after it."""
        self.at = self._task.steps
        self._record(JUMP, start)
        self.end = self.at

    @property
    def retry_policy(self) -> RetryPolicy:
        """The worker's current policy."""
        return self._task.lane.policy

    def set_retry_policy(self, policy: RetryPolicy) -> None:
        """Give the worker its own policy."""
        self._task.lane.policy = policy

    def outcome(self, kind: str, live: Callable[[], Outcome]) -> Outcome:
        """A recorded outcome, or `live()` recorded now."""
        if self.replaying:
            found: Outcome = self.next(kind)
            return found
        outcome = live()
        self._record(kind, outcome)
        return outcome

    def _record(self, kind: str, value: Value) -> None:
        self._journal.record(self._task, kind, value)
        self.at += 1
