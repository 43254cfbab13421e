"""The tables of a store, and the checksums of its rows."""

from __future__ import annotations

import functools
import itertools
import operator
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from runtime_shim.errors import NotAStore, StoreError

if TYPE_CHECKING:
    from runtime_shim.engines.rows import Row

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
    seq INTEGER,
    caller INTEGER,
    step INTEGER,
    scope INTEGER,
    key TEXT,
    base BLOB,
    function TEXT NOT NULL,
    args BLOB NOT NULL,
    state TEXT NOT NULL,
    due REAL,
    attempt INTEGER NOT NULL,
    crashes INTEGER NOT NULL,
    steps INTEGER NOT NULL,
    result BLOB,
    ended INTEGER,
    checksum INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX invocation_call ON invocation (caller, step) WHERE caller IS NOT NULL;
CREATE UNIQUE INDEX invocation_key ON invocation (scope, key) WHERE scope IS NOT NULL;
CREATE UNIQUE INDEX invocation_history ON invocation (worker, seq) WHERE seq IS NOT NULL;
CREATE INDEX invocation_pending ON invocation (due) WHERE state = 'pending';
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
    "id, worker, seq, caller, step, scope, key, base, function, args, state, due, attempt, "
    "crashes, steps, result, ended, checksum"
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
        state = excluded.state,
        due = excluded.due, attempt = excluded.attempt, crashes = excluded.crashes,
        steps = excluded.steps, result = excluded.result, ended = excluded.ended,
        checksum = excluded.checksum""",
    ),
    "oplog": (OPLOG, "ON CONFLICT (invocation, number) DO NOTHING"),
}

_BATCH = 128  # rows per statement
_STATEMENTS = (len(WRITE) + 1) * _BATCH
AT_ONCE = 64  # rows: with more, the triggers take longer than the statements that they save
SIGN = 1 << 31  # of checksums: SQLite keeps a signed one in four bytes, and others in six
# Where the rows of a width have bytes that may be long; the last two widths are those of format 2.
_VALUES = {17: (9, 15), 7: (4,), 11: (5, 10), 6: (3,)}
_LONG = 256  # bytes from which writing costs more than a lookup of each
_CHECKED = 4 << 20  # bytes up to which a store is checked as a whole, at 13 ms a MiB


def seal(row: Row) -> Row:
    """`row` followed by its checksum."""
    return (*row, _checksum(row))


def seal_entry(invocation: int, number: int, kind: str, value: bytes) -> Row:
    """A row of `oplog`; these are many, so their checksum is a quicker one."""
    return invocation, number, kind, value, entry_checksum(invocation, number, kind, value)


def entry_checksum(invocation: int, number: int, kind: str, value: bytes) -> int:
    """What `seal_entry` adds."""
    place = (invocation * 0x9E3779B1 + number) & 0xFFFFFFFF
    return (zlib.crc32(value, zlib.crc32(kind.encode(), place)) ^ SIGN) - SIGN


def verify(row: Row) -> Row:
    """`row` as it was sealed.

    Raises:
        StoreError: it is not.
    """
    content = row[:-1]
    if _checksum(content) != row[-1]:
        raise StoreError("the store is damaged: a row does not match its checksum")
    return content


def _checksum(row: Row) -> int:
    """CRC-32 over the row's `repr`, with longer byte strings separately."""
    total = 0
    for at in _VALUES.get(len(row), ()):
        item = row[at]
        if type(item) is bytes and len(item) > _LONG:
            total = zlib.crc32(item, total)
            row = (*row[:at], len(item), *row[at + 1 :])
    return (zlib.crc32(repr(row).encode(), total) ^ SIGN) - SIGN


@functools.lru_cache(maxsize=_STATEMENTS)
def _statement(table: str, columns: str, rows: int) -> str:
    one = f"({', '.join('?' * (columns.count(',') + 1))})"
    values = ", ".join([one] * rows)
    return f"INSERT INTO {table} ({columns}) VALUES {values} {WRITE[table][1]}"  # noqa: S608 -- names from WRITE


def write(
    connection: sqlite3.Connection, table: str, rows: Sequence[Row], columns: str | None = None
) -> None:
    """Insert or update rows, many in one statement; by default with all columns.

    Python releases the interpreter lock once per statement, and a busy thread takes up to five
    milliseconds to give it back. So the number of statements matters.
    """
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        connection.execute(
            _statement(table, columns or WRITE[table][0], len(batch)),
            tuple(itertools.chain.from_iterable(batch)),
        )


_NAMES = INVOCATION.split(", ")
_KEPT = [at for at, name in enumerate(_NAMES) if name not in {"scope", "key", "base", "due"}]
_OF_GUESTS, _kept = ", ".join(_NAMES[at] for at in _KEPT), operator.itemgetter(*_KEPT)


def write_invocations(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Insert or update invocations, most without what they lack: Python is slow to bind a None."""
    lacking = [row[6] is row[7] is row[11] is None for row in rows]  # key, base, due
    guests = map(_kept, itertools.compress(rows, lacking))
    write(connection, "invocation", list(guests), _OF_GUESTS)
    write(connection, "invocation", list(itertools.compress(rows, map(operator.not_, lacking))))


_WIDTH = INVOCATION.count(",") + 1
_ARRIVALS = f"""
CREATE TEMP VIEW arrival AS SELECT {", ".join(f"NULL AS c{at}" for at in range(_WIDTH))};
CREATE TEMP TRIGGER arrival_of_step INSTEAD OF INSERT ON arrival WHEN NEW.c{_WIDTH - 1} IS NULL BEGIN
    INSERT INTO oplog ({OPLOG}) VALUES ({", ".join(f"NEW.c{at}" for at in range(5))})
    {WRITE["oplog"][1]};
END;
CREATE TEMP TRIGGER arrival_of_invocation INSTEAD OF INSERT ON arrival WHEN NEW.c{_WIDTH - 1} IS NOT NULL
BEGIN
    INSERT INTO invocation ({INVOCATION}) VALUES ({", ".join(f"NEW.c{at}" for at in range(_WIDTH))})
    {WRITE["invocation"][1]};
END;
"""  # noqa: S608 -- names and question marks
_BLANK = (*(0,) * (_WIDTH - 6), None)


def write_at_once(
    connection: sqlite3.Connection, entries: Sequence[Row], invocations: Sequence[Row]
) -> None:
    """Write at most `AT_ONCE` steps and invocations in a transaction of one statement.

    It releases the interpreter lock twice, a transaction of four statements eight times. With
    threads waiting for the lock, that is most of the cost of a small transaction.
    """
    rows = [*((*row, *_BLANK) for row in entries), *invocations]
    connection.execute(_arrivals(len(rows)), tuple(itertools.chain.from_iterable(rows)))


@functools.lru_cache(maxsize=AT_ONCE)
def _arrivals(rows: int) -> str:
    row = f"({', '.join('?' * _WIDTH)})"
    return f"INSERT INTO arrival VALUES {', '.join([row] * rows)}"  # noqa: S608 -- question marks


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
    connection.executescript(_ARRIVALS)


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
