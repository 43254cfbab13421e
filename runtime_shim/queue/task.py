"""The contents of queues: tasks, in the lanes of their workers, with the threads that wait for them."""

from __future__ import annotations

import sys
import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from runtime_shim.errors import BadArguments, ShimError, TooLarge
from runtime_shim.protocol.ids import Identity, WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import DEFAULT, RetryPolicy
from runtime_shim.values import Err, Ok, Value
from runtime_shim.values.codec import encode

_MOST_NAMES = 1 << 24  # bytes of the names of a call, which are in a row beside its values

Outcome = Ok[Value] | Err[Value]
"""`Ok(value)`, or `Err((kind, message))` with `kind` as in `RpcError`."""


class State(StrEnum):
    """The state of an invocation."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


CANCELLED = Err(("remote-internal-error", "the invocation was cancelled"))
"""The outcome of a cancelled call."""


class Waiter:
    """A thread that waits for tasks; woken when one is settled or handed over.

    Attributes:
        turn: A task that it should now run itself; it has the lane.
        refused: The task for which it must not wait any longer: that would be forever.
    """

    __slots__ = ("_lock", "_signalled", "refused", "turn")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()
        self._signalled = False
        self.turn: Task | None = None
        self.refused: Task | None = None

    def wake(self) -> None:
        """End the wait. The queue's lock is held."""
        if not self._signalled:
            self._signalled = True
            self._lock.release()

    def wait(self, timeout: float | None) -> bool:
        """Block until woken; return whether that was before `timeout`."""
        woken = self._lock.acquire(timeout=-1 if timeout is None else max(timeout, 0))
        self._signalled = self._signalled and not woken
        return woken


@dataclass(slots=True, eq=False)
class Lane:
    """The queue of one worker, in the order of arrival; an ephemeral invocation has its own.

    Attributes:
        worker: Its worker.
        environment: What the worker was created with.
        durable: Whether the worker has a history.
        seq: How many invocations are in that history; without one, a number of the call, so that
            invocations of one name have different oplog indexes.
        failure: Why the worker runs nothing more.
        running: The task that is being run.
        queue: What comes next; the first may be waiting for its retry.
        policy: When its trapped invocations are retried.
        journal: The journal's own notes.
        parked: Why none of it runs in this process; its tasks stay in the journal.
        announced: How often it announced something to those that wait.
        version: The digest of the component that it was created with, where that is recorded.
    """

    worker: WorkerId
    environment: Environment
    durable: bool
    seq: int = 0
    failure: str | None = None
    running: Task | None = None
    queue: deque[Task] = field(default_factory=deque)
    policy: RetryPolicy = DEFAULT
    parked: str | None = None
    announced: int = 0
    journal: Any = None
    version: str | None = None


class Task:
    """An invocation on its way through an engine.

    One is made for every call, and most calls need little of it: attributes not set on an instance
    come from the class.

    Attributes:
        encoded: The encoded arguments.
        identity: What it is known by.
        id: Its place in the order of arrival.
        caller: The task that waits for it, if a guest does.
        fixed: What its derived keys follow from, where that is recorded: no caller waits. Behind it is
            the key that an earlier format gave to a guest's call.
        base: The same, once somebody looked.
        origin: Finds it for a task of an earlier process.
        cancelled: Whether it is to end, though it runs.
        crashes: How many processes ended while it ran.
        seq: The length of the worker's history when it ran.
        due: Not before this time: a scheduled call or a retry.
        resumes: When a retry may begin, by the monotonic clock.
        took: How many milliseconds its attempts in this process ran, if its journal keeps times.
        steps: How many entries it recorded; the journal has them.
        fresh: Whether neither it nor its calls can already be in the journal.
        own: Whether this process asked for it, or what it asked for did; an earlier one left others.
        depth: How many invocations are below it on its thread's stack.
        pooled: Whether that thread is one of the pool's.
        waiting_on: What its thread waits for.
        waiter: The waiter it waits with.
        paused: The waiter with which it waits for what a worker announces.
        runner: The waiter whose thread waits for it and may run it, if any.
        waiters: The waiters for it.
        troubles: How often it was put off because the host lacked something.
        watched: Whether its attempts are counted among them before they begin.
        counted: How many steps it had when this one was; None when it is not counted now.
        error: What an outside caller gets instead of `InvocationFailed`.
        encoded_result: The encoded result, where the journal made one.
        encoded_failure: What it failed with, likewise.
        admitted: Whether the journal knows of it; what it records before that is held back.
        held: That; it stays when the task is over.
    """

    attempt: int = 1
    caller: Task | None = None
    fixed: bytes | None = None
    base: uuid.UUID | None = None
    origin: Callable[[], uuid.UUID] | None = None
    crashes: int = 0
    cancelled: bool = False
    steps: int = 0
    seq: int = 0
    due: float | None = None
    resumes: float = 0.0
    took: int = 0
    state: State = State.PENDING
    outcome: Outcome | None = None
    fresh: bool = True
    own: bool = True
    depth: int = 0
    pooled: bool = False
    waiting_on: tuple[Task, ...] = ()
    waiter: Waiter | None = None
    paused: Waiter | None = None
    runner: Waiter | None = None
    waiters: tuple[Waiter, ...] = ()
    troubles: int = 0
    watched: bool = False
    counted: int | None = None
    error: ShimError | None = None
    encoded_result: bytes | None = None
    encoded_failure: bytes | None = None
    admitted: bool = False
    held: list[tuple[object, ...]] | None = None

    def __init__(
        self,
        identity: Identity,
        lane: Lane,
        function: str,
        args: tuple[Value, ...],
        encoded: bytes,
        number: int,
    ) -> None:
        self.identity = identity
        self.lane = lane
        self.function = function
        self.args = args
        self.encoded = encoded
        self.id = number

    @property
    def worker(self) -> WorkerId:
        """The worker that is called."""
        return self.lane.worker

    @property
    def settled(self) -> bool:
        """Whether its outcome is known."""
        return self.outcome is not None

    def dismiss(self, waiter: Waiter) -> None:
        """Remove `waiter`. The queue's lock is held."""
        self.waiters = tuple(other for other in self.waiters if other is not waiter)


class Request:
    """Arguments, their bytes, and what the call is known by."""

    __slots__ = ("args", "data", "identity")

    def __init__(self, args: tuple[Value, ...], data: bytes, identity: Identity) -> None:
        self.args = args
        self.data = data
        self.identity = identity


def asked(
    worker: WorkerId,
    environment: Environment,
    args: tuple[Value, ...],
    key: str,
    due: float | None = None,
) -> bytes:
    """The encoded arguments of a call from outside.

    Raises:
        BadArguments: A name has a lone surrogate, `due` is not finite, or it is all too large: no
            store could hold it.
        CodecError: an argument is not in normal form.
    """
    variables = environment.variables
    names = (key, *worker, *variables, *variables.values(), *environment.arguments)
    try:
        size = len("".join(names).encode())
    except UnicodeEncodeError:
        raise BadArguments("names, keys and variables must not contain lone surrogates") from None
    if size > _MOST_NAMES:
        raise BadArguments(f"names, keys and variables have more than {_MOST_NAMES:,} bytes")
    if due is not None and not abs(due) <= sys.float_info.max:
        raise BadArguments("`due` must be finite")
    try:
        return encode(args)
    except TooLarge as error:
        raise BadArguments(error.message) from None
