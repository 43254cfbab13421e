"""What an operator asks of a store, whichever engine keeps it: a look at its workers, and repairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.protocol.past import Past
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.seams import Program
from runtime_shim.values import Value

_T = TypeVar("_T")


UNKNOWN = "?"
"""The function of a call that waits where what it was asked cannot be seen."""


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """A worker of a store.

    Attributes:
        worker: Its name and its component's.
        durable: Whether it has a history.
        status: `idle`, `pending` (something is queued or scheduled), `failed`, or `parked`: what comes
            next has ended the process too often.
        invocations: How many are in its history.
        pending: How many are queued or scheduled.
        failure: Why it runs nothing any more; of an ephemeral one, why its call failed.
        environment: What it was created with.
        build: The digest of the component that it belongs to.
        ended: When its last invocation was over, in seconds since the epoch; None before the first.
        took: How many seconds its invocations ran, where that is recorded.
        since: When the first of those that are queued was asked, likewise.
    """

    worker: WorkerId
    durable: bool
    status: str
    invocations: int
    pending: int
    failure: str | None
    environment: Environment
    build: str
    ended: int | None
    took: float | None = None
    since: float | None = None


@dataclass(frozen=True, slots=True)
class InvocationInfo:
    """An invocation of a worker.

    Attributes:
        id: Its number.
        key: Its idempotency key; None for a guest's call.
        call: Which guest's call it is, if one's.
        function: Its invocation name.
        args: The arguments.
        state: `pending`, `done`, `failed` or `cancelled`.
        attempt: The attempt that ended it or comes next, from 1.
        crashes: How many processes ended while it ran, since it last recorded a step.
        due: When it may begin, in seconds since the epoch.
        seq: Its place in the worker's history.
        result: The value when it is done; (kind, message) when it failed.
        ended: When it was over, in seconds since the epoch.
        steps: What it recorded: (kind, value).
        took: How many seconds it ran, waits for what it called included, in the process that ended it;
            None where that is not recorded, as for less than a millisecond.
        since: When it was asked, in seconds since the epoch, if it is queued and not for later.
    """

    id: int
    key: str | None
    call: CallId | None
    function: str
    args: tuple[Value, ...]
    state: str
    attempt: int
    crashes: int
    due: float | None
    seq: int | None
    result: Value
    ended: int | None
    steps: tuple[tuple[str, Value], ...]
    took: float | None = None
    since: float | None = None

    @property
    def known_by(self) -> str:
        """Its key; of a guest's call the number of the caller and that of the step, as `12.3`."""
        return self.key or "" if self.call is None else "{}.{}".format(*self.call)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a store that is not as it was written, or does not fit with the rest.

    Attributes:
        table: Where it is; `file` for what belongs to no table.
        row: The row's key; empty for what belongs to no row.
        problem: What is wrong.
    """

    table: str
    row: str
    problem: str

    def __str__(self) -> str:
        place = f"{self.table} {self.row}" if self.row else self.table
        return f"{place}: {self.problem}"


class Taken(NamedTuple):
    """The newest snapshot of a worker.

    Attributes:
        calls: How many invocations it includes; 0 where there is none.
        size: How many bytes it has.
        reason: Why there is no newer one, where that is known.
    """

    calls: int
    size: int
    reason: str


class Records(Protocol):
    """One view of a store, which a host that uses it meanwhile does not change.

    Every method raises `StoreError` where something is damaged, or the worker is not known.
    """

    def workers(self, only: WorkerId | None = None) -> Iterator[WorkerInfo]:
        """The workers by component and name, or those of this name, as they are read."""

    def components(self) -> Iterator[str]:
        """The components that have workers."""

    def log(
        self, worker: WorkerId, *, pending: bool = False, key: str | None = None, after: int = 0
    ) -> Iterator[InvocationInfo]:
        """A worker's invocations beyond number `after`, in the order of their arrival, with their steps.

        They are read one by one; with `pending` only what is not over, with `key` only what is
        `known_by` it.
        """

    def history(self, worker: WorkerId, start: int = 0) -> Iterator[Past]:
        """What a durable worker has been through, from its invocation `start` on, as it is read."""

    def binary(self, component: str, digest: str) -> bytes | None:
        """The bytes of a build that workers belong to, if they are there."""

    def taken(self, worker: WorkerId) -> Taken | None:
        """The newest snapshot of a worker; None where no host has kept any here."""

    def asked(self, call: CallId) -> tuple[Value, ...] | None:
        """What a guest's call was given, if it is there."""


class Repairs(Records, Protocol):
    """A store for oneself."""

    def move(self, workers: Iterable[WorkerId], component: str, digest: str, packed: bytes) -> None:
        """Have durable workers of a component belong to a build; `packed` are its bytes by zlib."""

    def delete(self, worker: WorkerId) -> int:
        """Forget a worker, its promises and all that it was asked; how many invocations."""

    def revive(self, worker: WorkerId) -> bool:
        """Let a failed or parked worker serve again; whether it was either."""

    def cancel(self, worker: WorkerId, key: str) -> bool:
        """Cancel what is known by `key`, unless it is over, or a guest's call that has begun.

        Returns whether it was cancelled.
        """


class Stored(Protocol):
    """A store seen from outside, also while a host uses it. Every method raises `StoreError`."""

    def looking(self) -> AbstractContextManager[Records]:
        """What is in one view of it."""

    def repairing(self) -> AbstractContextManager[Repairs]:
        """The store for oneself; what was changed is kept in the end, unless something fails."""

    def check(self, progress: Callable[[int], None]) -> Iterator[Finding]:
        """Look at everything in one view of it; `progress` gets the number of rows so far."""

    def backup(self, file: Path, *, force: bool, progress: Callable[[int], None]) -> None:
        """Copy one view of it to a file, which is there in whole or not at all.

        With `force` a file that exists is replaced; `progress` gets the number of pages so far.
        """


class Managed(Protocol):
    """The store of an engine, which an operator looks after while the engine serves."""

    @property
    def stored(self) -> Stored:
        """The store, seen from outside."""

    def between(self, worker: WorkerId, patience: float) -> AbstractContextManager[None]:
        """Hold a durable worker between two calls, with all that it did in the store.

        What it is asked meanwhile waits; other workers go on.

        Raises:
            StillBusy: Its call is not over within `patience` seconds.
            StoreError: There is no such worker, or the store cannot be written.
        """

    def queued(self, worker: WorkerId) -> tuple[tuple[str, str, tuple[Value, ...]], ...]:
        """What a worker that is held has still to do: (function, key, arguments) of each call."""

    def changed(self, worker: WorkerId, change: Callable[[Repairs], None]) -> None:
        """Change a worker that is held. Raises `StoreError`."""

    def cancelled(self, worker: WorkerId, call: CallId) -> bool:
        """Cancel a guest's call of a worker unless it has begun; whether it was cancelled."""

    def repaired(self, worker: WorkerId, repair: Callable[[Repairs], _T]) -> _T:
        """What `repair` gives for a worker that has nothing to do.

        Raises:
            StillBusy: It has calls that are not over.
            StoreError: there is no such worker, or the store cannot be written.
        """

    def revived(self, worker: WorkerId) -> bool:
        """Let a worker serve again that was parked or has failed; whether it was either."""

    def deployed(self, programs: Mapping[str, Program], kept: Iterable[str]) -> None:
        """Serve new workers with other programs; those that exist keep their builds.

        Args:
            programs: The programs that are deployed from now on, by component.
            kept: The components whose programs of today go on serving the workers of their build;
                other builds are made again of what the store has.
        """


def managed(engine: object) -> Managed:
    """The store of an engine.

    Raises:
        StoreError: It has none, or none that can be looked after.
    """
    found: Managed | None = getattr(engine, "managed", None)
    if found is None:
        raise StoreError("there is no store")
    return found
