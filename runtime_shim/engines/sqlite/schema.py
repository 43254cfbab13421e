"""The tables of a store, and the checksums of its rows."""

from __future__ import annotations

import functools
import itertools
import marshal
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime_shim.errors import NotAStore, StoreError

if TYPE_CHECKING:
    from runtime_shim.engines.rows import Row, Sorted

APPLICATION = 0x77697467  # "witg"
FORMAT = 3

TABLES = """
CREATE TABLE component (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX component_version ON component (name, digest);
CREATE TABLE binary (
    id INTEGER PRIMARY KEY,
    data BLOB NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE worker (
    id INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    component TEXT NOT NULL,
    name TEXT NOT NULL,
    environment BLOB NOT NULL,
    durable INTEGER NOT NULL,
    failure TEXT,
    checksum INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX worker_name ON worker (component, name) WHERE durable = 1;
CREATE TABLE invocation (
    id INTEGER PRIMARY KEY,
    worker INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    owner INTEGER NOT NULL,
    name ANY NOT NULL,
    base BLOB NOT NULL,
    function TEXT NOT NULL,
    args BLOB NOT NULL,
    state INTEGER NOT NULL,
    at ANY NOT NULL,
    attempt INTEGER NOT NULL,
    crashes INTEGER NOT NULL,
    steps INTEGER NOT NULL,
    result BLOB NOT NULL,
    log BLOB NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX invocation_name ON invocation (owner, name);
CREATE UNIQUE INDEX invocation_history ON invocation (worker, seq) WHERE seq >= 0;
CREATE INDEX invocation_pending ON invocation (id) WHERE state = 0;
CREATE TABLE oplog (
    invocation INTEGER NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    value BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (invocation, number)
) STRICT, WITHOUT ROWID;
"""

BINARY = "id, data, checksum"
COMPONENT = "id, name, digest, checksum"
INVOCATION = (
    "id, worker, seq, owner, name, base, function, args, state, at, attempt, crashes, steps, "
    "result, log, checksum"
)
OPLOG = "invocation, number, kind, value, checksum"
WORKER = "id, version, component, name, environment, durable, failure, checksum"

WRITE = {
    "component": (COMPONENT, "ON CONFLICT (id) DO NOTHING"),
    "binary": (BINARY, "ON CONFLICT (id) DO NOTHING"),
    "worker": (
        WORKER,
        "ON CONFLICT (id) DO UPDATE SET failure = excluded.failure, checksum = excluded.checksum",
    ),
    "invocation": (
        INVOCATION,
        """ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, base = excluded.base,
        state = excluded.state, at = excluded.at, attempt = excluded.attempt,
        crashes = excluded.crashes, steps = excluded.steps, result = excluded.result,
        log = excluded.log, checksum = excluded.checksum""",
    ),
    "oplog": (OPLOG, "ON CONFLICT (invocation, number) DO NOTHING"),
}

BATCH = 128  # rows per statement
_STATEMENTS = len(WRITE) * BATCH
_EMPTY = bytearray()
_SIGN = 1 << 31  # of checksums: SQLite keeps a signed one in four bytes, and others in six
_CHECKED = 4 << 20  # bytes up to which a store is checked as a whole, at 13 ms a MiB


def seal(row: Row) -> list[Any]:
    """`row` followed by its checksum."""
    return [*row, checksum(row)]


def verify(row: Row) -> Row:
    """`row` as it was sealed.

    Raises:
        StoreError: it is not.
    """
    content = row[:-1]
    if checksum(content) != row[-1]:
        raise StoreError("the store is damaged: a row does not match its checksum")
    return content


def checksum(row: Row) -> int:
    """CRC-32 over values and their types, in a format that no version of Python changes."""
    return (zlib.crc32(marshal.dumps(row, 2)) ^ _SIGN) - _SIGN


def sealed(rows: Sorted) -> dict[str, list[list[Any]]]:
    """Rows with their checksums by table, in the order in which tables are written.

    Of `bytes` and `None`, Python asks at length whether somebody adapts them before it binds them,
    and of `bytearray` it does not. So many are bound as that, and most columns are never NULL.
    """
    entries, invocations = [*map(seal, rows.entries)], [*map(seal, rows.invocations)]
    for row in entries:
        row[3] = bytearray(row[3])
    for row in invocations:
        row[5] = bytearray(row[5]) if row[5] else _EMPTY
        row[7], row[13], row[14] = bytearray(row[7]), bytearray(row[13]), bytearray(row[14])
    found = {
        "component": [*map(seal, rows.components)],
        "binary": [*map(seal, rows.binaries)],
        "worker": [*map(seal, rows.workers)],
        "oplog": entries,
        "invocation": invocations,
    }
    return {table: rows for table, rows in found.items() if rows}


def write(connection: sqlite3.Connection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Insert or update rows, many in one statement.

    Python releases the interpreter lock once per statement, and a busy thread takes up to five
    milliseconds to give it back. So the number of statements matters.
    """
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        values = tuple(itertools.chain.from_iterable(batch))
        connection.execute(_statement(table, len(batch)), values)


@functools.lru_cache(maxsize=_STATEMENTS)
def _statement(table: str, rows: int) -> str:
    columns, conflict = WRITE[table]
    one = f"({', '.join('?' * (columns.count(',') + 1))})"
    values = ", ".join([one] * rows)
    return f"INSERT INTO {table} ({columns}) VALUES {values} {conflict}"  # noqa: S608 -- names from WRITE


REFUSALS = (sqlite3.Error, UnicodeError, OverflowError, MemoryError)
"""What SQLite raises, and Python on the way to it."""


def explained(path: Path, error: Exception) -> StoreError:
    """The error of a store that SQLite could not read or write."""
    from runtime_shim.engines.sqlite.refusals import meaning

    return meaning(path, error)


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into `StoreError`s that name the store."""
    try:
        yield
    except REFUSALS as error:
        raise explained(path, error) from None


def connect(path: Path) -> sqlite3.Connection:
    """A connection to a store, which is created if needed.

    Raises:
        StoreError: the file cannot be opened, is not a store, or is of another format.
    """
    with guarded(path):
        connection = sqlite3.connect(
            path,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENTS,
        )
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def reader(path: Path, format_: int = FORMAT) -> sqlite3.Connection:
    """A connection that cannot write.

    Raises:
        StoreError: The file is missing, not a store, or has another format.
    """
    with guarded(path):
        uri = f"{path.absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        try:
            _same_format(connection, path, format_)
        except BaseException:
            connection.close()
            raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA busy_timeout = 5000")
    if connection.execute("PRAGMA page_count").fetchone() == (0,):
        # Before the write-ahead log: switching to it writes a separate page, and a process that
        # is killed between the two would leave a file that is neither empty nor a store.
        connection.executescript(
            f"BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION}; "
            f"PRAGMA user_version = {FORMAT}; {TABLES} COMMIT;"
        )
    _same_format(connection, path)
    _whole(connection, path)
    [mode] = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StoreError(f"{path}: this file system does not allow a write-ahead log")
    connection.execute("PRAGMA synchronous = FULL")


def format_of(connection: sqlite3.Connection, path: Path) -> int:
    """The format of a store.

    Raises:
        StoreError: It is none.
    """
    [application] = connection.execute("PRAGMA application_id").fetchone()
    [version] = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        raise NotAStore(f"{path} is not a store")
    return int(version)


def _same_format(connection: sqlite3.Connection, path: Path, format_: int = FORMAT) -> None:
    version = format_of(connection, path)
    if version != format_:
        from runtime_shim.engines.sqlite.refusals import other_format

        raise other_format(path, version, FORMAT)


def _whole(connection: sqlite3.Connection, path: Path) -> None:
    """Reject a damaged store, unless it is too large to check quickly.

    Rows carry checksums; this also finds an index that lost one. A larger store is checked row by
    row, as it is read.
    """
    [size] = connection.execute(
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    ).fetchone()
    if size <= _CHECKED:
        [found] = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise StoreError(f"{path} is damaged: {found}")
