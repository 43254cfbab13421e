"""The write-ahead log stays short, also where somebody always reads it."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from engine_guests import FAST, Guest, Host

from runtime_shim.engines.sqlite import store as stores
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.store import SqliteStore
from runtime_shim.protocol.ids import WorkerId

PAST = 300  # invocations
LONG = 1 << 18


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteEngine]:
    """An engine with a worker that has a past; its log is long soon."""
    monkeypatch.setattr(stores, "_LOOKS", 4)
    monkeypatch.setattr(stores, "_LONG", LONG)
    with closing(SqliteEngine(tmp_path / "s.db", retries=FAST)) as made:
        host = Host(made).deploy(long=Guest(long=lambda state, invocation, text: len(text)))
        for number in range(PAST):
            host.call("long/c", "long", "x" * 2000, key=f"k{number}")
        yield made


def log(engine: SqliteEngine) -> int:
    return engine.path.with_name("s.db-wal").stat().st_size


def write(engine: SqliteEngine, count: int, round_: str) -> None:
    host = Host(engine)
    for number in range(count):
        host.call("long/w", "long", "y" * 20_000, key=f"{round_}{number}")


def test_the_log_stays_short_while_somebody_always_reads(engine: SqliteEngine) -> None:
    over = threading.Event()
    read: list[int] = []

    def reads() -> None:
        while not over.is_set():
            past = engine.journal.history(WorkerId("long", "c"), 0, PAST)
            read.append(sum(1 for _ in past))

    threads = [threading.Thread(target=reads) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        write(engine, 100, "a")
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert set(read) == {PAST}
    assert log(engine) < 2 * LONG


def test_a_reader_that_waits_for_a_writer_is_not_waited_for(engine: SqliteEngine) -> None:
    with closing(sqlite3.connect(engine.path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM invocation").fetchone()
        write(engine, 16, "a")  # ends though the reader does not
        assert log(engine) > 16 * 20_000
        other.execute("COMMIT")
    write(engine, 60, "b")
    assert log(engine) < 2 * LONG


class Told(threading.Event):
    """A gate that tells who waits at it."""

    def __init__(self, happened: queue.Queue[str]) -> None:
        super().__init__()
        self.happened = happened
        self.set()

    def wait(self, timeout: float | None = None) -> bool:
        if not self.is_set():
            self.happened.put("waits")
        return super().wait(timeout)


def test_readers_wait_while_the_log_is_restarted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: queue.Queue[str] = queue.Queue()
    seen: list[str] = []
    monkeypatch.setattr(stores, "_PATIENCE", 60_000)  # only the end of the restart lets readers in
    with closing(SqliteStore(tmp_path / "s.db")) as store:
        store._let = Told(happened)

        def read() -> None:
            store.keys(1)
            happened.put("reads")

        reader = threading.Thread(target=read, daemon=True)

        def begins(statement: str) -> None:
            if "wal_checkpoint" in statement:
                reader.start()
                seen.append(happened.get(timeout=10))

        store._longest = -1
        store._writer.set_trace_callback(begins)
        store._shorten()
        reader.join(10)
    assert [*seen, *happened.queue] == ["waits", "reads"]
