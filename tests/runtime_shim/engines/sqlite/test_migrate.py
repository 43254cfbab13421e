"""A store of format 2 is migrated whole or not at all, and answers and continues as it would have."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import uuid
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import old_guests
import pytest
from engine_guests import HERE, Host

from runtime_shim.engines.sqlite import inspection
from runtime_shim.engines.sqlite.checking import check
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.migrate import migrate
from runtime_shim.engines.sqlite.ownership import Ownership
from runtime_shim.engines.sqlite.schema import FORMAT
from runtime_shim.errors import InvocationFailed, KeyReused, StoreError
from runtime_shim.protocol.ids import ROOT_NAMESPACE, WorkerId
from runtime_shim.values.codec import decode

STORES = Path(__file__).parents[2] / "stores"
OLD = "format-2-unfinished.sql"


def restored(path: Path, name: str) -> Path:
    """A recorded store as a file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((STORES / name).read_text("utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return restored(tmp_path / "store.db", OLD)


@pytest.fixture
def host(store: Path) -> Iterator[Host]:
    migrate(store)
    old_guests.GATE.set()
    host = old_guests.opened(store)
    yield host
    host.engine.close()


def content(store: Path) -> list[Any]:
    with closing(sqlite3.connect(store)) as connection:
        return [*connection.execute("PRAGMA user_version").fetchone(), *connection.iterdump()]


def results(path: Path) -> dict[str, Any]:
    """The recorded results of what had a key from outside."""
    query = "SELECT key, result FROM invocation WHERE state = 'done' AND key NOT GLOB '*~*'"
    with closing(sqlite3.connect(path)) as connection:
        return {key: decode(result) for key, result in connection.execute(query)}


def test_every_recorded_format_is_told_how_to_be_opened(tmp_path: Path) -> None:
    names = [path.name for path in sorted(STORES.glob("format-*.sql"))]
    assert f"format-{FORMAT}.sql" in names
    assert OLD in names
    for name in names:
        path = restored(tmp_path / f"{name}.db", name)
        if not name.startswith(f"format-{FORMAT}"):
            for look in (SqliteEngine, inspection.workers, lambda path: [*check(path)]):
                with pytest.raises(StoreError, match=f"`witgen worker migrate {path}`"):
                    look(path)
            kept = migrate(path)
            assert kept == path.with_name(path.name + ".format-2")
        assert migrate(path) is None, "it has today's format"
        assert [*check(path)] == []
        SqliteEngine(path).close()


def test_the_backup_is_what_it_was(store: Path) -> None:
    before = content(store)
    kept = migrate(store)
    assert kept is not None
    assert content(kept) == before
    assert content(store)[0] == FORMAT


def test_what_is_over_is_answered_as_before(store: Path) -> None:
    recorded = results(store)
    migrate(store)
    old_guests.GATE.set()
    host = old_guests.opened(store)
    try:
        for worker, key, function in (
            ("g/a", "order", "tour"),
            ("g/u", old_guests.UUID, "tour"),
            ("g/a", "stop", "stop"),
        ):
            assert host.call(worker, function, key=key) == recorded[key]
        assert host.call("once/other", "inc", 7, key="once") == 7
        with pytest.raises(KeyReused):
            host.call("g/a", "stop", key="order")
        with pytest.raises(InvocationFailed, match="as it is told"):
            host.call("g/broken", "trap", key="bad")
        with pytest.raises(InvocationFailed, match="already failed"):
            host.call("g/broken", "stop", key="new")
        assert host.engine.status(WorkerId("counter", "s"), "scheduled") == "pending"
        assert host.engine.cancel(WorkerId("counter", "s"), "scheduled")
    finally:
        host.engine.close()


def test_what_was_pending_continues_as_it_would_have(store: Path) -> None:
    with closing(sqlite3.connect(store)) as connection:
        query = "SELECT value FROM oplog WHERE kind = 'random'"
        [drawn] = (decode(value) for (value,) in connection.execute(query))
    migrate(store)
    old_guests.GATE.set()
    host = old_guests.opened(store)
    try:
        host.engine.drain()
        slow = [None, drawn, 11_011]
        assert host.call("g/p", "half", key="half") == [1, 11, [1011, slow]]
        assert host.call("g/p", "name", key="queued") == "queued"
        assert host.call("g/q", "cut", key="cut") == "sent"
        assert host.call("counter/cut", "inc", 0) == 1, "it was sent, and is not sent again"
        assert host.call("g/r", "later", key="retried") == 1
        assert host.call("counter/later", "inc", 0) == 1
        assert host.call("counter/d", "inc", 0) == 11_011
    finally:
        host.engine.close()
    assert [*check(store)] == []


def test_workers_are_rebuilt_from_what_was_migrated(host: Host) -> None:
    before = host.call("counter/c", "inc", 0, key="read")
    assert host.call("g/a", "stop", key="again") == 2
    assert host.call("g/u", "stop", key="again") == 1
    assert host.call("relay/r1", "relay", [], key="again") == ["r1"]
    assert host.call("counter/c", "inc", 0, key="read again") == before


def test_keys_stay_as_they_were_seen(store: Path) -> None:
    migrate(store)
    asked = uuid.uuid5(uuid.uuid5(ROOT_NAMESPACE, "order"), "oplog-index-1")
    future = uuid.uuid5(uuid.UUID(old_guests.UUID), "oplog-index-2")
    with closing(sqlite3.connect(store)) as connection:
        query = "SELECT c.base FROM invocation c JOIN invocation i ON c.owner = i.id WHERE i.name = ? AND c.name = ?"
        for key, step, expected in (("order", 1, asked), (old_guests.UUID, 2, future)):
            assert connection.execute(query, (key, step)).fetchall() == [(expected.bytes,)]
        query = "SELECT count(*) FROM invocation WHERE typeof(name) = 'text' AND name GLOB '*~*'"
        assert connection.execute(query).fetchone() == (0,)
        kinds = [kind for (kind,) in connection.execute("SELECT kind FROM oplog")]
    cancelled = [kind.split(" ")[1:] for kind in kinds if kind.startswith("cancel ")]
    assert len(cancelled) >= 5
    assert all(len(parts) == 2 and "".join(parts).isdecimal() for parts in cancelled)


def test_a_store_in_use_is_refused(store: Path) -> None:
    before = content(store)
    owner = Ownership(store)
    try:
        with pytest.raises(StoreError, match="in use"):
            migrate(store)
    finally:
        owner.release()
    assert content(store) == before


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE worker SET name = 'x' || id",
        "UPDATE invocation SET attempt = 9 WHERE key = 'queued'",
        "UPDATE oplog SET value = x'31' WHERE kind = 'clock'",
        "DELETE FROM component WHERE name = 'relay'",
        "DELETE FROM worker WHERE component = 'mid'",
    ],
)
def test_a_damaged_store_is_left_as_it_is(store: Path, damage: str) -> None:
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute(damage)
    before = content(store)
    with pytest.raises(StoreError, match="damaged"):
        migrate(store)
    assert content(store) == before


KILLED = """
import os, sys
from runtime_shim.engines.sqlite import migrate
left = int(sys.argv[2])
insert = migrate._Copy._insert
def kill(self, table, row):
    global left
    left -= 1
    if not left:
        os._exit(9)
    insert(self, table, row)
migrate._Copy._insert = kill
migrate.migrate(sys.argv[1])
"""


@pytest.mark.parametrize("row", [1, 30, 100])
def test_a_killed_migration_changes_nothing_and_is_done_again(store: Path, row: int) -> None:
    before = content(store)
    done = subprocess.run([sys.executable, "-c", KILLED, str(store), str(row)], check=False)
    assert done.returncode == 9
    assert content(store) == before
    assert migrate(store) == store.with_name("store.db.format-2-2")
    assert [*check(store)] == []


def test_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such store"):
        migrate(tmp_path / "none.db")
    path = restored(tmp_path / "future.db", f"format-{FORMAT}.sql")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    with pytest.raises(StoreError, match=f"this version migrates format {FORMAT - 1}"):
        migrate(path)
    with pytest.raises(StoreError, match=f"this version reads format {FORMAT}"):
        SqliteEngine(path)


def test_two_things_at_one_step_are_both_kept(store: Path) -> None:
    """A guest that did something else the second time: it called, and before that it had sent."""
    columns = "id, key, worker, seq, function, args, state, due, attempt, steps, result, checksum"
    with closing(sqlite3.connect(store)) as connection, connection:
        query = f"SELECT {columns} FROM invocation WHERE key = 'order~1'"  # noqa: S608 -- our names
        row = connection.execute(query).fetchone()
        twin = (9000, "order~2", *row[2:3], None, *row[4:6], "failed", *row[7:-1])
        connection.execute(
            f"INSERT INTO invocation VALUES ({', '.join('?' * 12)})",  # noqa: S608 -- marks
            (*twin, zlib.crc32(repr(twin).encode())),
        )
        connection.execute("DELETE FROM oplog WHERE invocation = 9000")
    migrate(store)
    with closing(sqlite3.connect(store)) as connection:
        found = connection.execute("SELECT owner FROM invocation WHERE id = 9000").fetchone()
        assert found[0] < 0


def test_outside_calls_of_format_2_are_made_with_this(host: Host) -> None:
    assert host.engine.invoke(WorkerId("counter", "new"), "inc", (1,), "order", HERE) == 1
