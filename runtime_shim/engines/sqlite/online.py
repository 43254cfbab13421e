"""The store of an engine that serves, as an operator looks after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from runtime_shim.engines.buffered import BufferedJournal
from runtime_shim.engines.records import Repairs
from runtime_shim.engines.sqlite.records import SqliteRecords
from runtime_shim.engines.sqlite.schema import connect, guarded
from runtime_shim.engines.sqlite.stored import SqliteFile
from runtime_shim.errors import StillBusy
from runtime_shim.protocol.ids import CallId, KeyId, WorkerId
from runtime_shim.protocol.promises import COMPONENT, promise_worker
from runtime_shim.queue.between import between_calls, known_by
from runtime_shim.queue.book import Book
from runtime_shim.queue.builds import Builds
from runtime_shim.queue.cancelling import cancel
from runtime_shim.queue.keys import base_of
from runtime_shim.queue.order import Order

if TYPE_CHECKING:
    from runtime_shim.engines.records import Stored
    from runtime_shim.protocol.seams import Program
    from runtime_shim.protocol.snapshots import Snapshots
    from runtime_shim.queue.suspects import Suspects
    from runtime_shim.values import Value

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Online:
    """`Managed` for a SQLite file and the queue that writes to it."""

    path: Path
    book: Book
    order: Order
    journal: BufferedJournal
    suspects: Suspects | None

    def snapshots(self) -> Snapshots:
        """Where snapshots of its workers are kept."""
        from runtime_shim.engines.sqlite.snapshots import SqliteSnapshots

        return SqliteSnapshots(self.path, self.journal.buffer.alone)

    @property
    def stored(self) -> Stored:
        """The store, seen from outside."""
        return SqliteFile(self.path)

    @contextmanager
    def between(self, worker: WorkerId, patience: float) -> Iterator[None]:
        """Hold a durable worker between two calls, with all that it did in the store."""
        with between_calls(self.book, self.order, worker, patience):
            self.journal.sync()
            yield

    def queued(self, worker: WorkerId) -> tuple[tuple[str, str, tuple[Value, ...]], ...]:
        """What a worker that is held has still to do: (function, key, arguments) of each call."""
        with self.book.lock:
            own = [task for task in self.book.tasks.values() if task.worker == worker]
        return tuple((task.function, known_by(task.identity), task.args) for task in own)

    def changed(self, worker: WorkerId, change: Callable[[Repairs], None]) -> None:
        """Change a worker that is held."""
        self._keep()
        with self.book.lock:
            self._alone(change)
            self.journal.load(self.book.lanes[worker])

    def cancelled(self, worker: WorkerId, call: CallId) -> bool:
        """Cancel a guest's call of a worker unless it has begun; whether it was cancelled."""
        with self.book.lock:
            task = self.book.tasks.get(call)
            own = task is not None and task.worker == worker
            return own and cancel(self.book, self.order, task, begun=False)

    def repaired(self, worker: WorkerId, repair: Callable[[Repairs], _T]) -> _T:
        """What `repair` gives for a worker that has nothing to do.

        Unlike anywhere else, the queue's lock is held while the disk is written: whoever calls the
        worker meanwhile must not find it half repaired.
        """
        book = self.book
        promises = promise_worker(worker.uri, 0).name.removesuffix("0")

        def own(other: WorkerId) -> bool:
            return other == worker or (
                other.component == COMPONENT and other.name.startswith(promises)
            )

        self._keep()
        with book.lock:
            lanes = [lane for lane in book.lanes.values() if own(lane.worker)]
            if any(own(task.worker) for task in book.tasks.values()) or any(
                lane.running for lane in lanes
            ):
                raise StillBusy(f"{worker} has calls that are not over")
            for task in book.tasks.values():
                if not isinstance(task.identity, KeyId):  # its caller may be about to be deleted
                    task.fixed = base_of(task).bytes
            repaired = self._alone(repair)
            latest = self.journal.buffer.latest
            for key in [key for key, task in latest.items() if own(task.worker)]:
                del latest[key]
            for lane in lanes:
                del book.lanes[lane.worker]  # loaded again with its next call
            return repaired

    def revived(self, worker: WorkerId) -> bool:
        """Let a worker serve again that was parked or has failed; whether it was either."""
        if self.suspects is not None and self.suspects.acquit(worker):
            return True
        return self.repaired(worker, lambda records: records.revive(worker))

    def deployed(self, programs: Mapping[str, Program], kept: Iterable[str]) -> None:
        """Serve new workers with other programs; those that exist keep their builds."""
        book, journal = self.book, self.journal
        self._keep()
        with book.lock:
            if book.mixed is None:
                book.mixed = Builds(book.lock, book.lanes, journal, book.programs, ())
            everything = {**book.programs, **programs}
            book.mixed.replace(everything, kept)
            book.programs = everything  # last: see `Book.serving`
            for name, program in programs.items():
                journal.known(name, program)

    def _keep(self) -> None:
        """Have the bytes of all builds in the store that are on their way there."""
        for thread in self.journal.keeping:
            thread.join()
        self.journal.sync()

    def _alone(self, change: Callable[[Repairs], _T]) -> _T:
        """What `change` gives when everything is on disk and while nobody writes."""
        for thread in self.journal.keeping:
            thread.join()

        def act() -> _T:
            with closing(connect(self.path)) as connection, guarded(self.path):
                connection.execute("BEGIN IMMEDIATE")
                changed = change(SqliteRecords(connection))
                connection.execute("COMMIT")
            self.journal.learn()  # which builds there are
            return changed

        return self.journal.buffer.alone(act)
