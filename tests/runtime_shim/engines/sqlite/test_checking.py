"""Damage to a store is found: in rows, in indexes, between rows, and in any byte of the file."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from engine_guests import COUNTER, FAST, Ephemeral, Guest, Host, flaky, many

from runtime_shim.engines import rows
from runtime_shim.engines.sqlite import inspection
from runtime_shim.engines.sqlite.bases import read_base
from runtime_shim.engines.sqlite.checking import check
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.history import read_history, read_pending
from runtime_shim.engines.sqlite.schema import WRITE, reader, seal
from runtime_shim.errors import InvocationFailed, StoreError
from runtime_shim.protocol.ids import WorkerId

Change = Callable[[sqlite3.Connection], object]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small store with a row of every kind, in small pages; some steps are rows, some are not."""
    path = tmp_path_factory.mktemp("store") / "store.db"
    with pytest.MonkeyPatch.context() as patch, closing(SqliteEngine(path, retries=FAST)) as engine:
        patch.setattr(rows, "_FEW", 1)
        host = Host(engine).deploy(
            caller=Guest(many=many), bad=Guest(flaky=flaky(3)), once=Ephemeral(**COUNTER)
        )
        host.call("caller/a", "many", 3, key="run")
        host.call("once/o", "inc", 1, key="once")
        with pytest.raises(InvocationFailed):
            host.call("bad/b", "flaky", key="bad")
        host.send("counter/later", "append", "x" * 900, due=4e9)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM;"
            "PRAGMA journal_mode = WAL;"
        )
    return path.read_bytes()


@pytest.fixture
def store(tmp_path: Path, whole: bytes) -> Path:
    path = tmp_path / "store.db"
    path.write_bytes(whole)
    return path


def problems(store: Path) -> list[str]:
    return [str(finding) for finding in check(store)]


def read(connection: sqlite3.Connection, table: str, number: int) -> dict[str, Any]:
    query = f"SELECT {WRITE[table][0]} FROM {table} WHERE id = ?"  # noqa: S608 -- our names
    row = connection.execute(query, (number,)).fetchone()
    return dict(zip(WRITE[table][0].split(", "), row, strict=True))


def insert(connection: sqlite3.Connection, table: str, **columns: Any) -> None:
    """A row with the right checksum, in place of another with its number."""
    names, _ = WRITE[table]
    row = seal(tuple(columns[name] for name in names.split(", ")[:-1]))
    query = f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({', '.join('?' for _ in row)})"  # noqa: S608 -- our names
    connection.execute(query, row)


def invocation(connection: sqlite3.Connection, name: str, /, **columns: Any) -> None:
    """Change an invocation, and its checksum with it."""
    row = read(connection, "invocation", number(connection, name))
    insert(connection, "invocation", **{**row, **columns})


def number(connection: sqlite3.Connection, key: str) -> int:
    [found] = connection.execute("SELECT id FROM invocation WHERE name = ?", (key,)).fetchone()
    return int(found)


def waiting(connection: sqlite3.Connection) -> str:
    query = "SELECT name FROM invocation WHERE state = 0"
    [key] = connection.execute(query).fetchone()
    return str(key)


@contextmanager
def unchecked(store: Path, index: str) -> Iterator[Any]:
    """A connection for which an index is not there, so that what is written misses it."""
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        [entry] = connection.execute("SELECT * FROM sqlite_schema WHERE name = ?", (index,))
        connection.execute("DELETE FROM sqlite_schema WHERE name = ?", (index,))
        [sql] = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'invocation'")
        changed = sql[0].replace(" UNIQUE", "") if index.startswith("sqlite_") else sql[0]
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'invocation'", (changed,))
        connection.commit()
    with closing(sqlite3.connect(store)) as connection:
        yield connection
        connection.commit()
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'invocation'", sql)
        # SQLite expects the index of a constraint directly behind its table.
        behind = "SELECT * FROM sqlite_schema WHERE rowid > ? ORDER BY rowid"
        query = "SELECT rowid FROM sqlite_schema WHERE name = 'invocation'"
        [place] = connection.execute(query).fetchone()
        rest = connection.execute(behind, (place,)).fetchall()
        connection.execute("DELETE FROM sqlite_schema WHERE rowid > ?", (place,))
        for row in (entry, *rest):
            connection.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", row)
        connection.commit()


def test_a_whole_store_has_no_findings(store: Path) -> None:
    assert problems(store) == []


def test_a_store_is_checked_while_it_is_used(tmp_path: Path) -> None:
    with closing(SqliteEngine(tmp_path / "s.db", retries=FAST)) as engine:
        host = Host(engine).deploy()
        for turn in range(100):
            host.call("counter/c", "inc", 1)
            assert turn % 25 or problems(tmp_path / "s.db") == []
        seen: list[int] = []
        findings = check(tmp_path / "s.db", seen.append)
        assert next(findings, None) is None
        assert seen == sorted(seen)
        assert seen[-1] >= 100


RULES: dict[str, Change] = {
    "worker 1: its component is missing": lambda c: c.execute("DELETE FROM component"),
    "its worker is missing": lambda c: c.execute("DELETE FROM worker WHERE component = 'once'"),
    "its state is unknown": lambda c: invocation(c, "run", state=9),
    "it is pending, and has a place": lambda c: invocation(c, waiting(c), seq=0),
    "it is pending, and has a result": lambda c: invocation(c, waiting(c), result=b"N"),
    "it is over, and has no result": lambda c: invocation(c, "run", result=b""),
    "it is done, and has no place": lambda c: invocation(c, "run", seq=-1),
    "it has a place in the history, and is not": lambda c: invocation(c, "bad", seq=0),
    "place in the history, and is not in it": lambda c: invocation(c, "once", seq=0),
    "what came before it": lambda c: c.execute("DELETE FROM invocation WHERE seq = 1"),
    "in the history is missing": lambda c: invocation(c, "run", seq=-2),
    "its steps are not those": lambda c: c.execute("DELETE FROM oplog WHERE number = 2"),
    "its steps are not those that": lambda c: c.execute("DELETE FROM oplog WHERE number = 0"),
    "its steps are not": lambda c: c.execute(
        "INSERT INTO oplog VALUES (?, ?, ?, ?, ?)", seal((number(c, "run"), 3, "clock", b"N"))
    ),
    "steps are not those that it counts": lambda c: c.execute(
        "INSERT INTO oplog VALUES (?, ?, ?, ?, ?)", seal((number(c, waiting(c)), 1, "x", b"N"))
    ),
    "steps are not those that it": lambda c: invocation(c, "once", steps=2),
    "are not those that it counts": lambda c: invocation(c, "once", log=b"clock\xffN\xff"),
    "not those that it counts": lambda c: invocation(c, "once", log=b"clock\xffN\xff\x80\xffN"),
    "those that it counts": lambda c: c.execute(
        "INSERT INTO oplog VALUES (?, ?, ?, ?, ?)", seal((number(c, "once"), 0, "clock", b"N"))
    ),
    "invocation 999: it is missing, and has steps": lambda c: c.execute(
        "INSERT INTO oplog VALUES (?, ?, ?, ?, ?)", seal((999, 0, "clock", b"N"))
    ),
    "component 1: it does not match its checksum": lambda c: c.execute(
        "UPDATE component SET digest = 'x' WHERE id = 1"
    ),
    "worker 2: its component is missing": lambda c: insert(
        c, "worker", **{**read(c, "worker", 2), "version": 99}
    ),
    "it is neither a guest's call nor": lambda c: invocation(c, "run", name=b"run"),
    "its key is another worker's": lambda c: invocation(c, "run", owner=2),
    "key is another worker's": lambda c: invocation(c, "once", owner=-99),
    "is pending, and has a result": lambda c: invocation(c, waiting(c), at=1),
    "pending, and has a result": lambda c: invocation(c, waiting(c), log=b"x\xffN"),
    "is over, and has no result": lambda c: invocation(c, "run", at=1.5),
    "worker 1: it does not match its checksum": lambda c: c.execute(
        "UPDATE worker SET failure = 'no' WHERE id = 1"
    ),
    "it does not match its checksum": lambda c: c.execute("UPDATE invocation SET attempt = 2"),
    "0: it does not match its checksum": lambda c: c.execute("UPDATE oplog SET kind = 'x'"),
    "file: the index invocation_pending is missing": lambda c: c.execute(
        "DROP INDEX invocation_pending"
    ),
    "file: the table more is not one of this format": lambda c: c.execute("CREATE TABLE more (a)"),
}


@pytest.mark.parametrize("problem", RULES)
def test_what_does_not_fit_is_found(store: Path, problem: str) -> None:
    with closing(sqlite3.connect(store)) as connection:
        RULES[problem](connection)
        connection.commit()
    found = problems(store)
    assert any(problem in one for one in found), found


@pytest.mark.parametrize("index", ["invocation_history", "invocation_pending", "invocation_name"])
def test_rows_that_are_missing_in_an_index_are_found(store: Path, index: str) -> None:
    with unchecked(store, index) as connection:
        invocation(connection, "run", seq=7, name="other")
        row = read(connection, "invocation", number(connection, waiting(connection)))
        insert(connection, "invocation", **{**row, "id": 950, "name": "more"})
    found = problems(store)
    assert any(one.startswith("file: row") and index in one for one in found), found
    assert any(one.startswith("invocation") and index in one for one in found), found


@pytest.mark.parametrize(
    ("index", "twice"),
    [("invocation_name", "name"), ("invocation_history", "seq")],
)
def test_what_is_there_twice_is_found(store: Path, index: str, twice: str) -> None:
    with unchecked(store, index) as connection:
        row = read(connection, "invocation", number(connection, "run"))
        other = {"id": 900, "name": "other", "seq": -1} | {twice: row[twice]}
        insert(connection, "invocation", **{**row, **other})
    found = problems(store)
    assert f"invocation 900: the index {index} does not lead to it alone" in found


@pytest.mark.parametrize("content", [b"", b"not a store", b"SQLite format 3\x00" + bytes(2000)])
def test_what_is_not_a_store_cannot_be_checked(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(content)
    with pytest.raises(StoreError):
        problems(path)


def test_a_store_that_ends_early_is_damaged(store: Path, whole: bytes) -> None:
    store.write_bytes(whole[: len(whole) // 2])
    try:
        assert problems(store)
    except StoreError as error:
        assert "malformed" in error.message  # noqa: PT017 -- either is right


def everything(store: Path) -> object:
    """All that is read of a store, by the ways on which a host and an operator read it."""
    with closing(reader(store)) as connection:
        base = functools.partial(read_base, connection)
        run = number(connection, "run")
        keys = ("run", "once", "bad", "new")
        return (
            [inspection.workers(store)],
            [list(inspection.log(store, info.worker)) for info in inspection.workers(store)],
            [
                connection.execute("SELECT * FROM invocation WHERE name = ?", (key,)).fetchall()
                for key in keys
            ],
            [
                connection.execute(
                    "SELECT * FROM invocation WHERE owner = ? AND name = ?", (run, step)
                ).fetchall()
                for step in range(4)
            ],
            connection.execute("SELECT * FROM component").fetchall(),
            [
                connection.execute(
                    "SELECT * FROM worker WHERE component = ? AND name = ? AND durable = 1", worker
                ).fetchall()
                for worker in (WorkerId("caller", "a"), WorkerId("counter", "c"))
            ],
            read_pending(connection, base),
            [
                read_history(connection, info.worker, 0, info.invocations, base)
                for info in inspection.workers(store)
                if info.durable and info.invocations
            ],
        )


def flipped(path: Path, whole: bytes, places: range, mask: int) -> list[int]:
    """The places at which a flip changes what is read, and is not found."""
    path.write_bytes(whole)
    expected = everything(path)
    missed = []
    for place in places:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ mask]) + whole[place + 1 :])
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        try:
            if problems(path):
                continue
        except StoreError:
            continue
        try:
            same = everything(path) == expected
        except (StoreError, sqlite3.Error):
            same = False
        if not same:
            missed.append(place)
    return missed


def test_flipped_bytes_are_found(tmp_path: Path, whole: bytes) -> None:
    assert flipped(tmp_path / "s.db", whole, range(0, len(whole), 113), 0x11) == []
    assert flipped(tmp_path / "s.db", whole, range(0, 100, 3), 0x01) == []


@pytest.mark.long
@pytest.mark.parametrize("mask", [0x01, 0x20, 0x80, 0xFF])
def test_every_flipped_byte_is_found(tmp_path: Path, whole: bytes, mask: int) -> None:
    assert flipped(tmp_path / "s.db", whole, range(len(whole)), mask) == []
