"""A `Store` in a SQLite file."""

from __future__ import annotations

import ctypes
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from runtime_shim.engines.rows import Kept
from runtime_shim.engines.sqlite.ownership import Ownership
from runtime_shim.engines.sqlite.read import read_end, read_worker
from runtime_shim.engines.sqlite.schema import (
    BATCH,
    COMPONENT,
    REFUSALS,
    connect,
    explained,
    guarded,
    reader,
    sealed,
    verify,
    write,
)
from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import Identity, WorkerId
from runtime_shim.values import Value

if TYPE_CHECKING:
    from runtime_shim.engines.rows import Sorted
    from runtime_shim.protocol.past import Past
    from runtime_shim.queue.recorded import Settled
    from runtime_shim.queue.unfinished import Unfinished

Gate = Callable[[str], None]


DELAY = 1.0  # seconds until the look in the background begins
_PATIENCE = 1000  # milliseconds that SQLite waits for a lock; who writes tries again after that
_LOOKS = 64  # transactions after which the length of the log is looked at
_LONG = 64 << 20  # bytes from which on it is restarted


class SqliteStore:
    """A SQLite file in WAL mode with full synchronisation, locked for this process.

    Args:
        path: The file; made when it does not exist.
        gate: Called before, within and after every transaction; for tests that kill the process.

    Raises:
        StoreError: the store is in use, cannot be opened, is damaged or of another format.
    """

    def __init__(self, path: Path, gate: Gate | None = None) -> None:
        self._path = path
        self._gate = gate or _open
        self._lost: Callable[[StoreError], None] = lambda error: None
        self._owner = Ownership(path, self._disown)
        with ExitStack() as undo:
            undo.callback(self._owner.release)
            self.crashed = self._owner.crashed()
            self._writer = undo.enter_context(closing(connect(path)))
            self._writer.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
            self._reader = undo.enter_context(closing(reader(path)))
            self._owner.check()
            undo.pop_all()
        self._reading = threading.Lock()  # the reading connection, for what is small
        self._readers: list[sqlite3.Connection] = []  # those that nobody uses, for what is long
        self._opened: list[sqlite3.Connection] = []  # all of those
        self._let = threading.Event()  # whether those may begin
        self._let.set()
        self._writes, self._longest = 0, _LONG
        self._closed = False
        self._end = threading.Event()  # of the look in the background
        self._patrol: threading.Thread | None = None

    def watch(self, lost: Callable[[StoreError], None]) -> None:
        """Call `lost` when the store is no longer this process's, or is found damaged."""
        self._lost = lost
        patrol = threading.Thread(
            target=self._look, args=(lost,), name="runtime-shim-patrol", daemon=True
        )
        patrol.start()
        self._patrol = patrol

    def _look(self, damaged: Callable[[StoreError], None]) -> None:
        """Check the store, once whoever opened it has got an answer."""
        if not self._end.wait(DELAY):
            from runtime_shim.engines.sqlite.patrol import patrol

            patrol(self._path, damaged, self._end)

    def components(self) -> Sequence[tuple[int, str, str, int]]:
        """(number, name, digest, whether its bytes are there) of each build with workers."""
        with self._reading, guarded(self._path):
            query = f"SELECT {COMPONENT}, id IN (SELECT id FROM binary) FROM component"  # noqa: S608 -- our column names
            return [(*verify(row[:-1]), row[-1]) for row in self._reader.execute(query)]

    def binary(self, number: int) -> bytes | None:
        """The compressed bytes of a build, if they are there."""
        from runtime_shim.engines.sqlite.builds import read_binary

        with self._apart() as connection, guarded(self._path):
            return read_binary(connection, number)

    def largest(self) -> tuple[int, int]:
        """The largest number of a worker, and of an invocation."""
        with self._reading, guarded(self._path):
            query = "SELECT (SELECT max(id) FROM worker), (SELECT max(id) FROM invocation)"
            worker, last = self._reader.execute(query).fetchone()
        return worker or 0, last or 0

    def write(self, rows: Sorted) -> None:
        """Write all of it or nothing, on disk."""
        try:
            self._gate("before")
            try:
                self._transact(rows)
            except REFUSALS as error:
                raise explained(self._path, error) from None
            self._owner.check()  # behind it: what went to a file without a name is not on disk
            self._gate("after")
            self._writes += 1
            if self._writes % _LOOKS == 0:
                self._shorten()
        except BaseException:
            if self._writer.in_transaction:
                with suppress(sqlite3.Error):
                    self._writer.rollback()
            raise

    def _shorten(self) -> None:
        """Restart the log if it is long; SQLite does so where nobody reads it."""
        size = self._owner.wal.stat().st_size
        if size > self._longest:
            from runtime_shim.engines.sqlite.log import restart

            self._longest = _LONG + (not restart(self._writer, self._let)) * size

    def find(self, identity: Identity) -> Settled | None:
        """The end of an invocation."""
        with self._reading, guarded(self._path):
            return read_end(self._reader, identity)

    def base(self, number: int) -> uuid.UUID:
        """What the derived keys of an invocation follow from."""
        from runtime_shim.engines.sqlite.bases import read_base

        with self._reading, guarded(self._path):
            return read_base(self._reader, number)

    def keys(self, most: int) -> Sequence[str] | None:
        """All keys from outside, None when those are more than `most`.

        Only their index is read: behind long arguments a row takes long to read.
        """
        with self._apart() as connection, guarded(self._path):
            query = "SELECT name FROM invocation WHERE typeof(name) = 'text' LIMIT ?"
            keys = [key for (key,) in connection.execute(query, (most + 1,))]
        return keys if len(keys) <= most else None

    def worker(self, worker: WorkerId) -> Kept | None:
        """What is known of a durable worker."""
        with self._reading, guarded(self._path):
            return read_worker(self._reader, worker)

    def pending(self) -> Sequence[Unfinished]:
        """What is unfinished, in the order of arrival."""
        with self._reading, guarded(self._path):
            query = "SELECT 1 FROM invocation WHERE state = 0 LIMIT 1"
            if self._reader.execute(query).fetchone() is None:
                return ()
            from runtime_shim.engines.sqlite.history import read_pending

            return read_pending(self._reader, self.base)

    def steps(self, number: int, count: int) -> Sequence[tuple[str, Value]]:
        """The steps of an invocation."""
        from runtime_shim.engines.sqlite.history import read_entries

        with self._apart() as connection, guarded(self._path):
            return read_entries(connection, number, count)

    def history(self, worker: WorkerId, start: int, stop: int) -> Sequence[Past]:
        """Some of a worker's finished invocations."""
        from runtime_shim.engines.sqlite.history import read_history

        with self._apart() as connection, guarded(self._path):
            return read_history(connection, worker, start, stop, self.base)

    def close(self) -> None:
        """Let go of the file."""
        if self._patrol is not None:
            self._end.set()
            self._patrol.join()
        with self._reading:
            self._reader.close()
        self._closed = True
        self._close_readers()
        self._writer.close()
        self._owner.release()

    def _disown(self) -> None:
        """In a forked process: refuse everything, and leave SQLite's connections alone.

        Closing them here would touch the parent's locks and wait for threads that are not here.
        """
        self._lost(StoreError(f"{self._path} is in use by the process that this was forked from"))
        for connection in (self._writer, self._reader, *self._opened):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))

    def _close_readers(self) -> None:
        """Close those that nobody uses; by several threads at once, when they give theirs back."""
        with suppress(IndexError):
            while True:
                self._readers.pop().close()

    @contextmanager
    def _apart(self) -> Iterator[sqlite3.Connection]:
        """A reading connection for oneself: what takes long keeps nobody waiting."""
        self._let.wait(2 * _PATIENCE / 1000)  # longer than a writer waits for readers
        try:
            connection = self._readers.pop()
        except IndexError:
            connection = reader(self._path)
            connection.execute("PRAGMA cache_size = -128")  # KiB: each thread may have one
            self._opened.append(connection)
        try:
            yield connection
        finally:
            self._readers.append(connection)
            if self._closed:
                self._close_readers()

    def _transact(self, rows: Sorted) -> None:
        """Write, in one statement if possible.

        That releases the interpreter lock twice, a transaction of four statements eight times. With
        threads waiting for the lock, that is most of the cost of a small transaction.
        """
        found, writer = sealed(rows), self._writer
        if found.keys() == {"invocation"} and len(rows.invocations) <= BATCH:
            self._gate("within")
            write(writer, "invocation", found["invocation"])
            return
        writer.execute("BEGIN IMMEDIATE")
        for table, those in found.items():
            write(writer, table, those)
        self._gate("within")
        writer.execute("COMMIT")


def _open(gate: str) -> None:
    """The gate of production."""
