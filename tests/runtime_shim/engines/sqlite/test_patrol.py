"""A host checks its store in the background, and stops when it is damaged."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from engine_guests import FAST, Host

from runtime_shim.engines.sqlite import checking, patrol
from runtime_shim.engines.sqlite import store as opening
from runtime_shim.engines.sqlite.checking import parts
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.schema import reader
from runtime_shim.errors import StoreError

NAME = "runtime-shim-patrol"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store.db"
    with closing(SqliteEngine(path, retries=FAST)) as engine:
        host = Host(engine).deploy()
        for key in ("one", "two", "three"):
            host.call("counter/c", "inc", 1, key=key)
    return path


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "DELAY", 0)


def damage(store: Path, statement: str) -> None:
    with closing(sqlite3.connect(store)) as connection:
        connection.execute(statement)
        connection.commit()


def until(happened: Callable[[], bool]) -> bool:
    end = time.monotonic() + 30
    while not happened() and time.monotonic() < end:
        time.sleep(0.01)
    return happened()


def patrols() -> Iterator[threading.Thread]:
    return (thread for thread in threading.enumerate() if thread.name == NAME)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE invocation SET attempt = 7 WHERE name = 'one'", "does not match its checksum"),
        (
            "INSERT INTO oplog VALUES (1, 0, 'x', x'4e', 0)",
            "its steps are not those that it counts",
        ),
        ("DROP INDEX invocation_pending", "the index invocation_pending is missing"),
    ],
)
def test_a_host_stops_when_its_store_is_damaged(
    store: Path, statement: str, finding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(store, statement)
    begin = threading.Event()
    monkeypatch.setattr(patrol, "reader", lambda path: reader(path) if begin.wait(30) else None)
    engine = SqliteEngine(store, retries=FAST)
    host = Host(engine).deploy()
    assert host.call("counter/other", "inc", 1, key="before") == 1
    begin.set()
    assert until(lambda: not any(patrols()))
    for key in ("three", "new"):
        with pytest.raises(StoreError, match=finding) as caught:
            host.call("counter/other", "inc", 1, key=key)
        assert caught.value.advice == f"`witgen worker check {store}` shows all that is damaged"
    with pytest.raises(StoreError, match=finding):
        engine.close()


@pytest.mark.usefixtures("at_once")
def test_a_host_whose_store_is_whole_goes_on(store: Path) -> None:
    with closing(SqliteEngine(store, retries=FAST)) as engine:
        host = Host(engine).deploy()
        turn = 3
        while any(patrols()):
            turn += 1
            assert host.call("counter/c", "inc", 1) == turn
        assert host.call("counter/c", "inc", 1) == turn + 1


def test_what_is_added_meanwhile_is_left_out(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "_ROWS", 1)
    with closing(SqliteEngine(store, retries=FAST)) as engine, closing(reader(store)) as connection:
        host = Host(engine).deploy()
        looked = 0
        for part in parts(connection, growing=True):
            looked += part.rows
            assert part.findings == ()
            assert looked < 40, "it does not run after what is added"
            host.call("counter/c", "inc", 1)


@pytest.mark.usefixtures("at_once")
def test_it_ends_with_the_engine(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patrol, "_REST", 3600)
    engine = SqliteEngine(store, retries=FAST)
    assert any(patrols())
    engine.close()
    assert not any(patrols())


def test_opening_and_the_first_answer_do_not_wait(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "DELAY", 3600)
    monkeypatch.setattr(patrol, "reader", lambda path: pytest.fail("it has begun"))
    with closing(SqliteEngine(store, retries=FAST)) as engine:
        assert Host(engine).deploy().call("counter/c", "inc", 1) == 4
        assert any(patrols())
    assert not any(patrols())
