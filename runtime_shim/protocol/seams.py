"""The seams of the host: engine ⇄ handler ⇄ program.

An `Engine` owns queues, durability and delivery. It calls one `Handler` with an `Invocation`, and
the handler runs it in an `Instance` of the worker's `Program`, rebuilt from history if it is not
warm. Nothing here knows about WebAssembly; nothing below an `Instance` knows about journals.

    outside caller ─▶ Engine.invoke ─▶ Handler(invocation) ─▶ Instance.call(function, args, invocation)
                          ▲                                            │
                          └──── Invocation.call / spawn / send ◀───────┘
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NoReturn, Protocol

from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.values import Value

if TYPE_CHECKING:
    import uuid

    from runtime_shim.protocol.health import Health
    from runtime_shim.protocol.past import Past
    from runtime_shim.protocol.records import Environment
    from runtime_shim.protocol.retry import RetryPolicy


class Future(Protocol):
    """A pending remote call, started by `Invocation.spawn`."""

    @property
    def call(self) -> CallId:
        """What `Invocation.cancel` knows the call by."""

    def done(self) -> bool:
        """Whether it is finished now. Not recorded: the caller records what depends on it."""

    def wait(self, timeout: float | None = None) -> None:
        """Block until the call is finished (never raises its error) or `timeout` seconds passed."""

    def get(self) -> Value:
        """The recorded outcome, once finished: the value, or `RpcError` raised."""


class Invocation(Protocol):
    """One attempt at one invocation, given to the handler and on to the instance.

    Every method that acts on the world records its outcome in the journal, in the order of the
    calls, and answers from the journal while it replays.
    """

    @property
    def key(self) -> str:
        """Its idempotency key, as guests and peers see it."""

    def derived(self, name: str) -> uuid.UUID:
        """A key of its own for something that it does: the same on every attempt."""

    @property
    def worker(self) -> WorkerId:
        """Whose it is."""

    @property
    def environment(self) -> Environment:
        """What the worker was created with."""

    @property
    def function(self) -> str:
        """Its invocation name."""

    @property
    def args(self) -> tuple[Value, ...]:
        """The arguments."""

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""

    @property
    def seq(self) -> int:
        """How many invocations are in its worker's history; of ephemeral ones, any number."""

    @property
    def mark(self) -> str:
        """The mark that the last of those has left: with `seq` it names the state to run in.

        A number of invocations alone does not. A process that was stopped may have run one that
        another process then ran and recorded.
        """

    @property
    def leaves(self) -> str:
        """The mark that this attempt leaves; always the same where nobody else can run it."""

    @property
    def replaying(self) -> bool:
        """Whether the next answer comes from the journal: then the guest's output is dropped."""

    @property
    def upcoming(self) -> str | None:
        """The kind of the next entry of its journal, while it replays."""

    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        """The recorded value of a host call, or `live()` recorded now.

        With `external`, `live` acts on the world outside: everything recorded so far is on disk
        before it runs, and its value is on its way there as soon as it returns.

        Raises:
            Divergence: the journal has another `kind` at this position.
        """

    def call(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Value:
        """Invoke and await. Raises `RpcError`, which is also recorded."""

    def spawn(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Future:
        """Start a call in the background; calls to different workers run concurrently."""

    def wait_any(
        self,
        futures: Iterable[Future],
        timeout: float | None = None,
        patience: float | None = None,
    ) -> None:
        """Block until one of `futures` is finished or `timeout` seconds passed. Not recorded.

        After `patience` seconds it also ends; then the caller does not continue. Returns at once
        while replaying.
        """

    def send(
        self, target: WorkerId, function: str, args: tuple[Value, ...], due: float | None = None
    ) -> CallId:
        """Fire and forget, at `due` (seconds since the epoch) when given; returns what it is.

        In order with later calls to the same worker. Raises `RpcError`.
        """

    def cancel(self, call: CallId) -> None:
        """Cancel a `send` or a `spawn` that has not started; afterwards without effect.

        The outcome of a cancelled call is an `RpcError`.
        """

    def until(
        self,
        target: WorkerId,
        function: str,
        args: tuple[Value, ...],
        patience: Callable[[], float | None],
    ) -> Value:
        """Ask a worker, each time recorded as by `call`, until its answer is something.

        After an answer of None it blocks until the worker announces something, or for as many
        seconds as `patience` allows, which raises when there is no time left. Who drains does not
        wait for it, and a replay asks as often and never waits.

        Raises:
            RpcError: as for `call`.
            StoreError: the engine was closed; the next process that opens the store continues.
        """

    def announce(self) -> None:
        """Wake those that wait `until` this worker has an answer. Not recorded."""

    @property
    def position(self) -> int:
        """The number of the next entry of the invocation's journal; it grows and replays alike."""

    def begin_region(self) -> int:
        """Begin an atomic part; returns the argument for `end_region`.

        If the part was interrupted before its end, its records no longer count, and all of it runs
        again.
        """

    def end_region(self, begin: int) -> None:
        """End the part that began at `begin`."""

    def restart(self, position: int) -> NoReturn:
        """Drop what was recorded from `position` on, and run the invocation again up to there.

        Raises:
            Restart: always, except when
            Trap: There is no such position.
        """

    @property
    def retry_policy(self) -> RetryPolicy:
        """The worker's current policy. When a guest reads it, that is a step."""

    def set_retry_policy(self, policy: RetryPolicy) -> None:
        """Give the worker its own policy. Not recorded: its guest does it again on replay."""


class Instance(Protocol):
    """A live component instance of one worker; used by one thread at a time."""

    def call(self, function: str, args: tuple[Value, ...], invocation: Invocation) -> Value:
        """Run an exported function by its invocation name.

        Raises:
            Trap: the instance is unusable afterwards.
            UnknownFunction, BadArguments: nothing ran.
        """

    def close(self) -> None:
        """Unload. Handles to remote resources are *not* dropped remotely by this."""


class Program(Protocol):
    """A deployed component."""

    durable: bool
    digest: str  # hex, of the component's bytes
    binary: bytes | None  # those, where workers may need them when another build is deployed

    def instantiate(self, worker: WorkerId, environment: Environment) -> Instance:
        """A fresh instance."""

    def check(self, function: str, args: tuple[Value, ...]) -> None:
        """Raise `UnknownFunction` or `BadArguments` before anything is queued."""

    def earlier(self, binary: bytes) -> Program:
        """Another build of the component, for the workers that were created with it.

        Raises:
            StoreError: It cannot be used as the component is deployed now.
        """


class History(Protocol):
    """What a worker has been through before an invocation; read in parts, apart from any lock."""

    def after(self, seq: int, mark: str) -> Iterator[Past] | None:
        """The invocations that follow the first `seq`, read when they are needed.

        None where the worker was never in the state `mark` after that many; it was always in the
        one before all of them, which is number 0.
        """


class Handler(Protocol):
    """What an engine with a journal delivers to: `runtime_shim.replay.handler.WorkerHandler`."""

    @property
    def programs(self) -> Mapping[str, Program]:
        """The deployed components by name."""

    def __call__(
        self, invocation: Invocation, history: History, program: Program | None = None
    ) -> Value:
        """Run one attempt; `history` is read only when there is no instance in the right state.

        `program` is the worker's, where that is not the deployed one.

        Raises:
            Trap: the attempt failed.
            UnknownFunction, BadArguments: nothing ran.
        """


class Engine(Protocol):
    """Queues, delivers, records: in memory, in SQLite or not at all (`runtime_shim.engines`)."""

    clock: Callable[[], float]  # seconds since the epoch, as guests see them

    def start(self, handler: Handler) -> None:
        """Start delivering to `handler`, beginning with calls left queued by an earlier process.

        They go on beside new calls; `drain` waits for them.

        """

    def serving(self, worker: WorkerId) -> Program | None:
        """What serves a worker: the deployed component, or the build that it was created with.

        Raises:
            StoreError: The store does not have that build, or it cannot be used here.
        """

    def invoke(
        self,
        worker: WorkerId,
        function: str,
        args: tuple[Value, ...],
        key: str,
        environment: Environment,
        timeout: float | None = None,
    ) -> Value:
        """Run once for `key` of this worker, however often it is called.

        Blocks, with `timeout` so many seconds.

        Raises:
            TimedOut: It is not over by then, and goes on.
            InvocationFailed: Retries are exhausted, or the worker has already failed.
            UnknownFunction, BadArguments: nothing was queued.
            KeyReused: the key has another function or other arguments.
            StoreError: the journal cannot be written.
        """

    def send(
        self,
        worker: WorkerId,
        function: str,
        args: tuple[Value, ...],
        key: str,
        environment: Environment,
        due: float | None = None,
    ) -> None:
        """Queue durably and return."""

    def cancel(
        self, worker: WorkerId, key: str, interrupt: Callable[[], None] | None = None
    ) -> bool:
        """Cancel a call from outside unless it has ended; whether it was cancelled.

        One that runs ends only where guests look whether they are to end after `interrupt`.
        """

    def status(self, worker: WorkerId, key: str) -> str | None:
        """`pending`, `running`, `done`, `failed`, `cancelled`, or None if unknown."""

    def worker_exists(self, worker: WorkerId) -> bool:
        """Whether the worker has been created."""

    @property
    def health(self) -> Health:
        """Whether the store can be written."""

    def ring(self, worker: WorkerId, key: str, bell: Callable[[], None]) -> bool:
        """Call `bell`, which is short and never raises, when a call is over; False if it is."""

    def unfinished(self) -> tuple[tuple[WorkerId, str, str], ...]:
        """The worker, function and key of each call from outside that is not over."""

    def drain(self, *, everything: bool = False) -> None:
        """Deliver what was sent through this engine, and what that sent, as far as it is due.

        Calls that wait `until` a worker has an answer stay pending. What others sent may be
        delivered meanwhile; it is waited for with `everything`.
        """

    def close(self) -> None:
        """Stop, with everything acknowledged on disk."""
