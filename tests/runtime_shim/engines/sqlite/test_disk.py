"""A journal that cannot be written any more: everybody is told, and nobody waits for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_guests import FAST, HERE, Guest, Host, side_by_side

from runtime_shim.engines.buffered import BufferedJournal
from runtime_shim.engines.sqlite import inspection as inspect
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import BadArguments, StoreError, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.seams import Invocation

ONE = WorkerId("own", "a")


class Full:
    """A host whose disk becomes full when it is told so."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.go = threading.Event()
        self.begun = threading.Event()
        engine = SqliteEngine(store, retries=FAST)
        self.journal: Any = engine.journal
        self.host = Host(engine).deploy(own=Guest(trap=self.trap, post=self.post))
        assert isinstance(engine.journal, BufferedJournal)

    def trap(self, state: dict[str, Any], invocation: Invocation) -> None:
        self.begun.set()
        self.go.wait(10)
        raise Trap("as it is told")

    def post(self, state: dict[str, Any], invocation: Invocation) -> None:
        self.begun.set()
        self.go.wait(10)
        invocation.send(WorkerId("counter", "c"), "inc", (1,))

    def fill(self) -> None:
        pages = self.journal._store._writer.execute("PRAGMA page_count").fetchone()[0]
        self.journal._store._writer.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match="full"):
            self.host.call("counter/b", "append", "x" * 100_000, key="big")

    def ask(self, key: str) -> Any:
        return self.host.engine.invoke(ONE, "trap", (), key, HERE)


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Full]:
    made = Full(tmp_path / "store.db")
    yield made
    made.go.set()
    with pytest.raises(StoreError):
        made.host.engine.close()


@pytest.mark.parametrize("function", ["trap", "post"])
def test_who_waits_for_a_retry_is_told(full: Full, function: str) -> None:
    """The call runs in a thread of the engine; its callers have been waiting since before."""
    key = full.host.send("own/a", function)
    assert full.begun.wait(5)

    def later() -> None:
        time.sleep(0.1)
        full.fill()
        full.go.set()

    found = side_by_side(
        lambda: full.host.engine.invoke(ONE, function, (), key, HERE),
        lambda: full.host.engine.invoke(ONE, function, (), "another", HERE),
        later,
    )
    assert [type(error) for error in found] == [StoreError, StoreError, type(None)]
    with pytest.raises(StoreError):
        full.host.engine.drain()


def test_a_key_that_could_not_be_queued_is_refused_again(full: Full) -> None:
    full.host.call("counter/b", "inc", 1)
    full.fill()

    def ask(key: str) -> Any:
        return full.host.engine.invoke(WorkerId("counter", "b"), "inc", (1,), key, HERE)

    found = side_by_side(*(lambda: ask("k") for _ in range(2)), lambda: ask("big"))
    assert [type(error) for error in found] == [StoreError] * 3
    assert full.host.engine.status("k") is None


def test_what_was_acknowledged_is_there_when_the_disk_is_not_full(tmp_path: Path) -> None:
    made = Full(tmp_path / "store.db")
    made.host.call("counter/b", "inc", 1)
    key = made.host.send("own/a", "trap")
    assert made.begun.wait(5)
    made.fill()
    made.go.set()
    with pytest.raises(StoreError):
        made.ask(key)
    with pytest.raises(StoreError):
        made.host.engine.close()
    engine = SqliteEngine(tmp_path / "store.db", retries=FAST)
    host = Host(engine).deploy(own=Guest(trap=lambda state, invocation: "well"))
    assert engine.invoke(ONE, "trap", (), key, HERE) == "well"
    assert host.call("counter/b", "inc", 0, key="own") == 1
    engine.close()


@pytest.mark.parametrize("due", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_time_is_refused(tmp_path: Path, due: float) -> None:
    with pytest.raises(BadArguments, match="must be finite"):
        sent(tmp_path / "store.db", "w", "k", due)


@pytest.mark.parametrize("due", [4_000_000_000, 4e9, 1 << 62])
def test_times_are_numbers_of_either_kind(tmp_path: Path, due: float) -> None:
    sent(tmp_path / "store.db", "w", "k", due)
    engine = SqliteEngine(tmp_path / "store.db")
    host = Host(engine).deploy()
    assert engine.status("k") == "pending"
    assert host.call("counter/w", "inc", 0, key="own") == 0
    engine.close()


@pytest.mark.parametrize(("worker", "key"), [("\udc80", "k"), ("w", "\udc80")])
def test_what_is_no_text_is_refused(tmp_path: Path, worker: str, key: str) -> None:
    with pytest.raises(BadArguments, match="surrogate"):
        sent(tmp_path / "store.db", worker, key, None)
    assert inspect.workers(tmp_path / "store.db") == ()


def sent(store: Path, worker: str, key: str, due: float | None) -> None:
    engine = SqliteEngine(store)
    Host(engine).deploy()
    try:
        engine.send(WorkerId("counter", worker), "inc", (1,), key, HERE, due)
    finally:
        engine.close()
