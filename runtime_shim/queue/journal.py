"""What a queue asks of a journal: where tasks are recorded, and how they are read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from runtime_shim.protocol.health import Health
from runtime_shim.protocol.ids import Identity, WorkerId
from runtime_shim.protocol.past import Past
from runtime_shim.queue.recorded import Settled
from runtime_shim.queue.task import Lane, Task
from runtime_shim.queue.unfinished import Unfinished
from runtime_shim.values import Value

if TYPE_CHECKING:
    from runtime_shim.protocol.seams import Program


class Journal(Protocol):
    """What the engines differ in: where tasks are recorded, if at all.

    Everything is appended in one order, and what survives a crash is a prefix of that order.
    Methods that append take no time and are called with the queue's lock held, or by the thread
    that runs the task. All raise `StoreError` when the store is unusable; while it cannot be written
    for now, those that wait for it go on waiting.
    """

    @property
    def crashed(self) -> bool:
        """Whether the process that used it before has ended without closing it."""

    @property
    def recording(self) -> bool:
        """Whether records are read back: without that, nothing is tried again."""

    def known(self, component: str, program: Program) -> bool:
        """Whether there may be workers of other builds of a component; this one's bytes are kept."""

    def binary(self, component: str, digest: str) -> bytes:
        """The bytes of a build that durable workers were created with.

        Raises:
            StoreError: they are not kept, or damaged.
        """

    def pending(self) -> Sequence[Unfinished]:
        """What is unfinished, in the order of arrival."""

    def last_id(self) -> int:
        """The largest `Task.id` that was ever used."""

    def find(self, identity: Identity) -> Settled | None:
        """The end of an invocation that is settled, even if not yet on disk."""

    @property
    def generation(self) -> int:
        """How many times the disk was written."""

    def recent(self, identity: Identity) -> Settled | None:
        """As `find`, without reading the disk: what the last generation wrote, and later."""

    def load(self, lane: Lane) -> bool:
        """Fill in what is recorded of a durable worker; whether anything is."""

    def create(self, lane: Lane, program: Program) -> None:
        """Append that a worker was created, with a build whose bytes are kept if it is durable."""

    def admit(self, task: Task) -> None:
        """Append that a task is pending, possibly again with another attempt and due time."""

    def record(self, task: Task, kind: str, value: Value, encoded: bytes | None = None) -> None:
        """Record one entry of a running task, and count it among its `steps`.

        The value is encoded as `encoded` where that is known. It is appended now, or with what
        depends on it.

        Raises:
            CodecError: the value is not in normal form.
        """

    def recorded(self, task: Task) -> Sequence[tuple[str, Value]]:
        """The recorded entries of a task that runs again: (kind, value).

        Raises:
            StoreError: it is missing or damaged.
        """

    def flush(self, task: Task) -> None:
        """Append the records held back for a task; wait if too much is pending."""

    def pack(self, value: Value) -> bytes | None:
        """Encode a result, if needed. Raises `CodecError` as `record` does."""

    def settle(self, task: Task) -> None:
        """Append the outcome of a task."""

    def fail(self, lane: Lane) -> None:
        """Append why a worker runs nothing more."""

    def sync(self) -> None:
        """Block until everything appended so far is on disk."""

    @property
    def health(self) -> Health:
        """Whether what is appended gets where it is kept."""

    def history(self, worker: WorkerId, start: int, stop: int) -> Iterator[Past]:
        """The invocations of a worker from number `start` on and before `stop`, read lazily."""

    def close(self) -> None:
        """Write all records, then release the store."""
