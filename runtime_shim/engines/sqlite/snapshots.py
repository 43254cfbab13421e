"""Snapshots of workers in a store: a table of their own, made when the first is kept.

A snapshot is bound to the last invocation that it includes, as that was written. Without that row there
is no such snapshot, so none can be ahead of the journal. The rows are written without waiting for the
disk: what is lost with the power is made again.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime_shim.engines.sqlite.schema import checksum, guarded
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.snapshots import Kept, Last

log = logging.getLogger("runtime_shim")

TABLE = """CREATE TABLE snapshot (
    worker INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    invocation INTEGER NOT NULL,
    mark INTEGER NOT NULL,
    data BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (worker, seq)
) STRICT"""
"""Of `seq` 0 is the reason why there is no newer one, as text."""

COLUMNS = "worker, seq, invocation, mark, data, checksum"
_NEWEST = 2  # that are kept
_WORKER = "SELECT id FROM worker WHERE component = ? AND name = ? AND durable = 1"
_SNAPSHOTS = (
    "SELECT s.worker, s.seq, s.invocation, s.mark, s.data, s.checksum FROM snapshot s "  # noqa: S608 -- our texts
    f"WHERE s.worker = ({_WORKER}) AND s.seq <= ? AND (s.seq = 0 OR EXISTS (SELECT 1 FROM "
    "invocation i WHERE i.worker = s.worker AND i.seq = s.seq - 1 AND i.id = s.invocation "
    "AND i.checksum = s.mark)) ORDER BY s.seq DESC"
)


class SqliteSnapshots:
    """`Snapshots` in a SQLite file that an engine owns.

    Args:
        path: The file.
        alone: Calls its argument while nobody writes to it, and all that was recorded is there.
    """

    def __init__(self, path: Path, alone: Callable[[Callable[[], bool]], bool]) -> None:
        self._path = path
        self._alone = alone
        self._lock = threading.Lock()
        with guarded(path):
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA busy_timeout = 5000")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute("PRAGMA cache_size = -1024")

    def find(self, worker: WorkerId, seq: int) -> list[Kept]:
        """The snapshots of a worker after at most so many invocations, the newest first."""
        with self._lock, guarded(self._path):
            return [one for one in read(self._connection, worker, seq) if one.seq]

    def keep(self, worker: WorkerId, last: Last, data: bytes) -> bool:
        """Keep a snapshot if the last invocation that it includes is recorded; whether it is."""

        def act() -> bool:
            with self._lock, guarded(self._path), _transaction(self._connection) as connection:
                query = (
                    "SELECT worker, id, checksum, function, args, steps, result FROM invocation "  # noqa: S608 -- our texts
                    f"WHERE worker = ({_WORKER}) AND seq = ?"
                )
                found = connection.execute(query, (*worker, last.seq)).fetchone()
                if found is None or found[3:] != (
                    last.function,
                    last.args,
                    last.steps,
                    last.result,
                ):
                    return False
                number, invocation, mark, *_ = found
                _write(connection, (number, last.seq + 1, invocation, mark, data))
                connection.execute(
                    "DELETE FROM snapshot WHERE worker = ? AND seq NOT IN "
                    "(SELECT seq FROM snapshot WHERE worker = ? AND seq > 0 ORDER BY seq DESC LIMIT ?)",
                    (number, number, _NEWEST),
                )
                return True

        return self._alone(act)

    def note(self, worker: WorkerId, reason: str) -> None:
        """Keep why a worker cannot be taken now."""

        def act() -> bool:
            with self._lock, guarded(self._path), _transaction(self._connection) as connection:
                for (number,) in connection.execute(_WORKER, worker).fetchall():
                    _write(connection, (number, 0, 0, 0, reason.encode()))
                return True

        self._alone(act)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A transaction in which the table is there."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not there(connection):
            connection.execute(TABLE)
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def there(connection: sqlite3.Connection) -> bool:
    """Whether a store has the table."""
    query = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'snapshot'"
    return connection.execute(query).fetchone() is not None


def read(connection: sqlite3.Connection, worker: WorkerId, seq: int) -> list[Kept]:
    """The snapshots of a worker, and with `seq` 0 a reason; those that are damaged are left out."""
    found: list[Kept] = []
    for row in connection.execute(_SNAPSHOTS, (*worker, seq)) if there(connection) else ():
        if checksum(row[:-1]) == row[-1]:
            found.append(Kept(row[1], row[4]))
        else:
            log.warning("a snapshot of %s is damaged, and is not used", worker.uri)
    return found


def forget(connection: sqlite3.Connection, number: int) -> None:
    """Delete the snapshots of a worker."""
    if there(connection):
        connection.execute("DELETE FROM snapshot WHERE worker = ?", (number,))


def _write(connection: sqlite3.Connection, row: tuple[int, int, int, int, bytes]) -> None:
    statement = "INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?, ?, ?)"
    connection.execute(statement, (*row, checksum(row)))
