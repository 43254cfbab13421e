"""Looking at everything in a store: whether each row is as it was written and has what it needs.

Checksums tell whether a row is as it was written, and queries whether rows fit together and are in
their indexes. Both go through a store a few rows at a time and take no lock, so a host may write
meanwhile: each query sees the store as it is at one moment.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING

from runtime_shim.engines.records import Finding
from runtime_shim.engines.rows import STATES, apart
from runtime_shim.engines.sqlite.inspection import reading
from runtime_shim.engines.sqlite.schema import TABLES, WRITE, verify
from runtime_shim.engines.sqlite.snapshots import COLUMNS, TABLE, there
from runtime_shim.errors import StoreError

if TYPE_CHECKING:
    from runtime_shim.engines.rows import Row

_ROWS = 128  # looked at together
_UNREADABLE = (sqlite3.DatabaseError, MemoryError, UnicodeError)  # what reading damage raises
_FIRST, _LAST = -(1 << 63), (1 << 63) - 1  # of all numbers in SQLite

_KEYS: dict[str, dict[str, type]] = {
    "component": {"id": int},
    "binary": {"id": int},
    "worker": {"id": int},
    "invocation": {"id": int},
    "oplog": {"invocation": int, "number": int},
    "snapshot": {"worker": int, "seq": int},
}

_WORKER = "SELECT 1 FROM worker w WHERE w.id = t.worker"
_SCOPE = "iif(w.durable, w.id, -w.version)"
_STEPS = "FROM oplog o WHERE o.invocation = t.id"
_ROWS_OF_STEPS = "iif(t.log = x'', t.steps, 0)"
_RULES: dict[str, dict[str, str]] = {
    "component": {},
    "binary": {
        "its component is missing": "NOT EXISTS (SELECT 1 FROM component c WHERE c.id = t.id)",
    },
    "worker": {
        "its component is missing": (
            "NOT EXISTS (SELECT 1 FROM component c WHERE c.id = t.version AND c.name = t.component)"
        ),
    },
    "invocation": {
        "its worker is missing": f"NOT EXISTS ({_WORKER})",
        "it is neither a guest's call nor has a key": "typeof(t.name) NOT IN ('integer', 'text')",
        "its key is another worker's": (
            f"typeof(t.name) = 'text' AND NOT EXISTS ({_WORKER} AND t.owner = {_SCOPE})"
        ),
        "its state is unknown": f"t.state NOT BETWEEN 0 AND {len(STATES) - 1}",
        "it is pending, and has a place in the history": "t.state = 0 AND t.seq >= 0",
        "it is pending, and has a result": (
            "t.state = 0 AND (t.result != x'' OR typeof(t.at) = 'integer' AND t.at OR t.log != x'')"
        ),
        "it is over, and has no result": "t.state AND (t.result = x'' OR typeof(t.at) != 'integer')",
        "it is done, and has no place in the history": (
            f"t.state = 1 AND t.seq < 0 AND EXISTS ({_WORKER} AND w.durable = 1)"
        ),
        "it has a place in the history, and is not in it": (
            f"t.seq >= 0 AND (t.state > 1 OR EXISTS ({_WORKER} AND w.durable = 0))"
        ),
        "what came before it in the history is missing": (
            "t.seq < -1 OR t.seq > 0 AND NOT EXISTS "
            "(SELECT 1 FROM invocation p"
            " WHERE p.worker = t.worker AND p.seq = t.seq - 1 AND p.seq >= 0)"
        ),
        "its steps are not those that it counts": (
            f"(SELECT count(*) {_STEPS}) < {_ROWS_OF_STEPS}"
            f" OR t.state AND (SELECT count(*) {_STEPS}) > {_ROWS_OF_STEPS}"
            f" OR (SELECT count(*) {_STEPS}) != (SELECT coalesce(max(o.number) + 1, 0) {_STEPS})"
            f" OR (SELECT min(o.number) {_STEPS}) != 0"
        ),
    },
}
"""What is wrong with a row `t`, and the condition under which it is."""

_ORPHANS = """
SELECT DISTINCT o.invocation, 1 FROM oplog o WHERE o.invocation > ? AND o.invocation <= ?
AND NOT EXISTS (SELECT 1 FROM invocation i WHERE i.id = o.invocation)
"""


@dataclass(frozen=True, slots=True)
class Looked:
    """A part of a store that was looked at: how many rows, and what was found."""

    rows: int
    findings: tuple[Finding, ...]


def check(
    store: str | PathLike[str], progress: Callable[[int], None] = lambda rows: None
) -> Iterator[Finding]:
    """Look at everything in a store, in one view of it, while a host may use it.

    Args:
        store: The file.
        progress: Called with the number of rows so far, every few rows.

    Raises:
        StoreError: it cannot be read, or is not a store.
    """
    rows = 0
    with reading(store) as connection:
        yield from _pages(connection)
        for part in parts(connection):
            rows += part.rows
            progress(rows)
            yield from part.findings


def parts(connection: sqlite3.Connection, *, growing: bool = False) -> Iterator[Looked]:
    """Look at every row of a store, and at what leads to it, a few at a time.

    Args:
        connection: A connection of its own.
        growing: Leave out what is added after a table was begun: that may be added without end.
    """
    # Text that is not UTF-8 is read as something that does not match its checksum.
    connection.text_factory = lambda text: text.decode(errors="surrogateescape")
    strange = tuple(_definitions(connection))
    yield Looked(0, strange)
    if not strange:  # else there is nothing to ask with
        for table in _KEYS:
            if table != "snapshot" or there(connection):
                yield from _table(connection, table, growing=growing)


def _pages(connection: sqlite3.Connection) -> Iterator[Finding]:
    """What SQLite finds in pages and indexes."""
    try:
        for (problem,) in connection.execute("PRAGMA integrity_check"):
            if problem != "ok":
                yield from (Finding("file", "", line) for line in problem.splitlines())
    except _UNREADABLE as error:
        yield _unreadable("file", error)


def _model() -> sqlite3.Connection:
    """A store without rows, in memory."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(f"{TABLES};{TABLE}")
    return connection


def _definitions(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Tables and indexes that are not as a store's are."""
    query = "SELECT type || ' ' || name, tbl_name, sql FROM sqlite_schema"
    with closing(_model()) as blank:
        wanted = {name: rest for name, *rest in blank.execute(query)}
    try:
        found = {name: rest for name, *rest in connection.execute(query)}
    except _UNREADABLE as error:
        yield _unreadable("file", error)
        return
    for name in sorted({*wanted, *found}, key=str):
        if name not in found and wanted[name][0] != "snapshot":  # made when it is needed
            yield Finding("file", "", f"the {name} is missing")
        elif name in found and wanted.get(name) != found[name]:
            yield Finding("file", "", f"the {name} is not one of this format")


def _table(connection: sqlite3.Connection, table: str, *, growing: bool) -> Iterator[Looked]:
    """Look at the rows of a table in the order of their keys."""
    keys = ", ".join(_KEYS[table])
    columns = COLUMNS if table == "snapshot" else WRITE[table][0]
    select = f"SELECT {keys}, {columns} FROM {table}"  # noqa: S608 -- our names
    order = f"ORDER BY {keys} LIMIT {_ROWS}"
    beyond = f"WHERE ({keys}) > ({', '.join('?' for _ in _KEYS[table])})"
    after: Row = ()
    try:
        rules = _rules(connection, table)
        query = f"SELECT {keys} FROM {table} ORDER BY {keys.replace(',', ' DESC,')} DESC LIMIT 1"  # noqa: S608 -- our names
        newest: Row = (connection.execute(query).fetchone() if growing else None) or ()
        while True:
            rows = connection.execute(f"{select} {beyond if after else ''} {order}", after)
            last, count = after, 0
            findings: list[Finding] = []
            for row in rows:
                key = row[: len(_KEYS[table])]
                last, count = _next_key(table, key, last), count + 1
                findings += _row(table, key, row[len(key) :])
            for query, problems in rules:
                ends = (after[0] if after else _FIRST, last[0] if count else _LAST)
                for number, *wrong in connection.execute(query, ends):
                    found = (text for text, is_ in zip(problems, wrong, strict=True) if is_)
                    findings += (Finding(table, str(number), text) for text in found)
            yield Looked(count, tuple(findings))
            if not count or (newest and last >= newest):
                return
            after = last
    except _UNREADABLE as error:
        yield Looked(0, (_unreadable(table, error),))


def _next_key(table: str, key: Row, last: Row) -> Row:
    """A key that comes after the last one, as all do in a table that can be searched."""
    if [type(part) for part in key] != [*_KEYS[table].values()] or (last and not key > last):
        raise sqlite3.DatabaseError("rows are not in the order of their keys")
    return key


def _row(table: str, key: Row, row: Row) -> Iterator[Finding]:
    """Compare a row with its checksum, and the steps in it with their number."""
    place = ".".join(map(str, key))
    try:
        *_, steps, _, log = verify(row) if table == "invocation" else (*verify(row), 0, None, b"")
    except StoreError:
        yield Finding(table, place, "it does not match its checksum")
        return
    try:
        right = not log or len(apart(key[0], log)) == steps
    except ValueError:
        right = False
    if not right:
        yield Finding(table, place, "its steps are not those that it counts")


def _rules(connection: sqlite3.Connection, table: str) -> list[tuple[str, list[str]]]:
    """Queries over the numbers from one (exclusive) to another: a row's, and what is wrong."""
    if table not in _RULES:
        return []
    rules = {**_RULES[table], **dict(_index_rules(connection, table))}
    wrong = ", ".join(rules.values())
    some = " OR ".join(f"({condition})" for condition in rules.values())
    query = f"SELECT t.id, {wrong} FROM {table} t WHERE t.id > ? AND t.id <= ? AND ({some})"  # noqa: S608 -- our texts
    found = [(query, list(rules))]
    if table == "invocation":
        found.append((_ORPHANS, ["it is missing, and has steps"]))
    return found


def _index_rules(connection: sqlite3.Connection, table: str) -> Iterator[tuple[str, str]]:
    """That every row of a table is where its indexes lead, and nothing else is."""
    indexes = connection.execute(
        "SELECT l.name, l.'unique', s.sql FROM pragma_index_list(?) l "
        "JOIN sqlite_schema s ON s.name = l.name ORDER BY l.name",
        (table,),
    ).fetchall()
    for name, unique, sql in indexes:
        columns = connection.execute("SELECT name FROM pragma_index_info(?)", (name,)).fetchall()
        same = " AND ".join(f"i.{column} IS t.{column}" for (column,) in columns)
        _, _, only = (sql or "").partition(" WHERE ")
        there = f"FROM {table} i INDEXED BY {name} WHERE {same} AND {only or 'true'}"
        belongs = f"({only or 'true'}) AND "
        if unique:
            yield (
                f"the index {name} does not lead to it alone",
                f"{belongs}(SELECT group_concat(i.id) {there}) IS NOT CAST(t.id AS TEXT)",
            )
        else:
            yield (
                f"it is not in the index {name}",
                f"{belongs}NOT EXISTS (SELECT 1 {there} AND i.id = t.id)",
            )


def _unreadable(table: str, error: Exception) -> Finding:
    """What could not be read, unless that is for another reason than damage."""
    if isinstance(error, sqlite3.OperationalError):
        raise error
    return Finding(table, "", f"it cannot be read any further: {error}")
