"""A journal that cannot be written: for a while, then everybody waits; or for good, then all are told."""

from __future__ import annotations

import resource
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from engine_guests import FAST, HERE, Guest, Host, side_by_side

from runtime_shim.engines import buffered, patience
from runtime_shim.engines.sqlite import inspection as inspect
from runtime_shim.engines.sqlite import patrol, store
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.refusals import meaning
from runtime_shim.errors import BadArguments, HostTrouble, NotAStore, StoreError, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.seams import Invocation

ONE = WorkerId("own", "a")
TWO = WorkerId("counter", "b")


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_PATIENCE", 5)
    monkeypatch.setattr(patience, "_LONGEST", 0.02)


@contextmanager
def locked(file: Path, engine: Any) -> Iterator[None]:
    """Somebody else writes: a backup tool, a browser of databases."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def full(file: Path, engine: Any) -> Iterator[None]:
    """The disk is full."""
    writer = engine.journal._store._writer
    [pages] = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count = {pages}")
    yield
    with suppress(sqlite3.ProgrammingError):  # it may be closed by now
        writer.execute("PRAGMA max_page_count = 1000000")


@contextmanager
def limited(file: Path, engine: Any) -> Iterator[None]:
    """Files may not become longer: a quota is told in the same way."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    log = Path(f"{file}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (log + 4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


TROUBLES = {"lock": locked, "full": full, "limit": limited}


@pytest.mark.parametrize("trouble", TROUBLES)
class TestForNow:
    """What passes by itself: everything waits, and goes on where it was."""

    @pytest.fixture
    def opened(self, tmp_path: Path) -> Iterator[tuple[Host, Any]]:
        engine = SqliteEngine(tmp_path / "store.db", retries=FAST)
        host = Host(engine).deploy(own=Guest(many=self.many, effect=self.effect))
        host.call("counter/b", "inc", 1)
        self.effects: list[int] = []
        yield host, engine
        engine.close()

    def many(self, state: Any, invocation: Invocation, steps: int) -> int:
        invocation.call(WorkerId("counter", "b"), "inc", (0,))
        return sum(invocation.step("one", lambda: 1) for _ in range(steps))

    def effect(self, state: Any, invocation: Invocation) -> None:
        invocation.step("effect", lambda: self.effects.append(1), external=True)

    def test_nobody_is_answered_until_it_is_on_disk(
        self, opened: Any, trouble: str, tmp_path: Path
    ) -> None:
        host, engine = opened
        file = tmp_path / "store.db"
        answers: list[Any] = []

        def ask(key: str, worker: WorkerId, function: str, *args: Any) -> None:
            answers.append((key, engine.invoke(worker, function, args, key, HERE)))

        big = "x" * 100_000  # more than there is room for
        calls = [
            threading.Thread(target=ask, args=("big", TWO, "append", big)),
            threading.Thread(target=ask, args=("k", TWO, "inc", 2)),
            threading.Thread(target=ask, args=("e", ONE, "effect")),
            threading.Thread(target=lambda: answers.append(host.send("counter/c", "inc", 5))),
        ]
        assert engine.health.state == "serving"
        with TROUBLES[trouble](file, engine):
            calls[0].start()
            until(lambda: engine.health.state == "waiting")
            for call in calls[1:]:
                call.start()
            assert engine.health.reason.startswith(f"{file}: ")
            time.sleep(0.1)
            assert answers == []
            assert self.effects == []
        for call in calls:
            call.join(30)
            assert not call.is_alive()
        assert len(answers) == 4
        assert ("k", 3) in answers
        assert self.effects == [1]
        assert engine.health.state == "serving"
        assert host.call("counter/b", "inc", 1) == 4, "its worker serves on"
        engine.drain()
        engine.close()
        with closing(SqliteEngine(file, retries=FAST)) as again:
            host = Host(again).deploy(own=Guest())
            assert again.invoke(TWO, "inc", (2,), "k", HERE) == 3
            assert host.call("counter/b", "inc", 0, key="b") == 4
            assert host.call("counter/c", "inc", 0, key="c") == 5

    def test_what_nobody_waits_for_does_not_pile_up(
        self, opened: Any, trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        host, engine = opened
        monkeypatch.setattr(buffered, "_BACKLOG", 64)
        answers: list[Any] = []
        with TROUBLES[trouble](tmp_path / "store.db", engine):
            threading.Thread(
                target=lambda: host.call("counter/b", "append", "x" * 100_000), daemon=True
            ).start()
            until(lambda: engine.health.state == "waiting")
            caller = threading.Thread(
                target=lambda: answers.append(host.call("own/a", "many", 999))
            )
            caller.start()
            until(lambda: engine.journal.buffer.waiting() > 64)
            time.sleep(0.1)
            assert engine.journal.buffer.waiting() < 70
        caller.join(30)
        assert answers == [999]

    def test_closing_does_not_wait_for_ever(
        self, opened: Any, trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        host, engine = opened
        monkeypatch.setattr(patience, "GRACE", 0.05)
        told: list[Exception] = []

        def ask() -> None:
            try:
                host.call("counter/b", "append", "x" * 100_000, key="big")
            except StoreError as error:
                told.append(error)

        with TROUBLES[trouble](tmp_path / "store.db", engine):
            caller = threading.Thread(target=ask)
            caller.start()
            until(lambda: engine.health.state == "waiting")
            with pytest.raises(StoreError, match="not written"):
                engine.close()
            caller.join(30)
        assert len(told) == 1, "it was not acknowledged"
        with closing(SqliteEngine(tmp_path / "store.db", retries=FAST)) as again:
            Host(again).deploy(own=Guest())
            assert again.status(WorkerId("counter", "b"), "big") in {None, "done"}
            assert again.invoke(TWO, "inc", (0,), "b", HERE) == 1

    def test_what_passes_soon_after_closing_is_written(
        self, opened: Any, trouble: str, tmp_path: Path
    ) -> None:
        host, engine = opened
        with TROUBLES[trouble](tmp_path / "store.db", engine):
            caller = threading.Thread(
                target=lambda: host.call("counter/b", "append", "x" * 100_000, key="big")
            )
            caller.start()
            until(lambda: engine.health.state == "waiting")
            closer = threading.Thread(target=engine.close)
            closer.start()
            until(engine.journal.buffer._closing.is_set)
            time.sleep(0.1)  # some attempts
            assert closer.is_alive()
        closer.join(30)
        caller.join(30)
        with closing(SqliteEngine(tmp_path / "store.db", retries=FAST)) as again:
            Host(again).deploy(own=Guest())
            assert again.status(WorkerId("counter", "b"), "big") == "done"

    def test_damage_that_is_found_meanwhile_ends_the_wait(
        self, opened: Any, trouble: str, tmp_path: Path
    ) -> None:
        host, engine = opened
        told: list[str] = []

        def ask() -> None:
            try:
                host.call("counter/b", "append", "x" * 100_000)
            except StoreError as error:
                told.append(str(error))

        with TROUBLES[trouble](tmp_path / "store.db", engine):
            caller = threading.Thread(target=ask)
            caller.start()
            until(lambda: engine.health.state == "waiting")
            engine.journal.buffer._lose(StoreError("damaged"))
            caller.join(30)
            assert told == ["damaged"]
            with pytest.raises(StoreError, match="damaged"):
                engine.close()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_BUSY, HostTrouble),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, HostTrouble),
        (sqlite3.SQLITE_FULL, HostTrouble),
        (sqlite3.SQLITE_IOERR_WRITE, HostTrouble),
        (sqlite3.SQLITE_IOERR_SHMSIZE, HostTrouble),
        (sqlite3.SQLITE_CANTOPEN, HostTrouble),
        (sqlite3.SQLITE_IOERR_FSYNC, StoreError),
        (sqlite3.SQLITE_IOERR_READ, StoreError),
        (sqlite3.SQLITE_CORRUPT, StoreError),
        (sqlite3.SQLITE_NOTADB, NotAStore),
    ],
)
def test_what_passes_by_itself(code: int, kind: type) -> None:
    assert type(meaning(Path("s"), failure(code))) is kind


def test_memory_may_come_back() -> None:
    assert type(meaning(Path("s"), MemoryError())) is HostTrouble


def test_who_looks_for_damage_finds_none_in_a_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def findings(*args: Any) -> Iterator[Any]:
        tried.append(1)
        if len(tried) == 1:
            raise HostTrouble("locked")
        return iter(())

    monkeypatch.setattr(patrol, "_findings", findings)
    monkeypatch.setattr(patrol, "_AGAIN", 0.0)
    found: list[StoreError] = []
    patrol.patrol(tmp_path / "s", found.append, threading.Event())
    assert len(tried) == 2
    assert found == []


def failure(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    return error


class Broken:
    """A host whose disk does not confirm what is written, from when it is told so."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.go = threading.Event()
        self.begun = threading.Event()
        self.broken = False
        engine = SqliteEngine(store, retries=FAST, gate=self.gate)
        self.host = Host(engine).deploy(own=Guest(trap=self.trap, post=self.post))

    def gate(self, place: str) -> None:
        if self.broken and place == "within":
            raise failure(sqlite3.SQLITE_IOERR_FSYNC)

    def trap(self, state: dict[str, Any], invocation: Invocation) -> None:
        self.begun.set()
        self.go.wait(10)
        raise Trap("as it is told")

    def post(self, state: dict[str, Any], invocation: Invocation) -> None:
        self.begun.set()
        self.go.wait(10)
        invocation.send(WorkerId("counter", "c"), "inc", (1,))

    def fail(self) -> None:
        self.broken = True
        with pytest.raises(StoreError, match="until the store is opened again"):
            self.host.call("counter/b", "append", "x", key="big")
        assert self.host.engine.health.state == "stopped"
        self.broken = False  # it is too late

    def ask(self, key: str) -> Any:
        return self.host.engine.invoke(ONE, "trap", (), key, HERE)


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[Broken]:
    made = Broken(tmp_path / "store.db")
    yield made
    made.go.set()
    with pytest.raises(StoreError):
        made.host.engine.close()


@pytest.mark.parametrize("function", ["trap", "post"])
def test_who_waits_for_a_retry_is_told(broken: Broken, function: str) -> None:
    """The call runs in a thread of the engine; its callers have been waiting since before."""
    key = broken.host.send("own/a", function).key
    assert broken.begun.wait(5)

    def later() -> None:
        time.sleep(0.1)
        broken.fail()
        broken.go.set()

    found = side_by_side(
        lambda: broken.host.engine.invoke(ONE, function, (), key, HERE),
        lambda: broken.host.engine.invoke(ONE, function, (), "another", HERE),
        later,
    )
    assert [type(error) for error in found] == [StoreError, StoreError, type(None)]
    with pytest.raises(StoreError):
        broken.host.engine.drain()


def test_a_key_that_could_not_be_queued_is_refused_again(broken: Broken) -> None:
    broken.host.call("counter/b", "inc", 1)
    broken.fail()

    def ask(key: str) -> Any:
        return broken.host.engine.invoke(TWO, "inc", (1,), key, HERE)

    found = side_by_side(*(lambda: ask("k") for _ in range(2)), lambda: ask("other"))
    assert [type(error) for error in found] == [StoreError] * 3
    assert broken.host.engine.status(TWO, "k") is None


def test_what_was_acknowledged_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    made = Broken(tmp_path / "store.db")
    made.host.call("counter/b", "inc", 1)
    key = made.host.send("own/a", "trap").key
    assert made.begun.wait(5)
    made.fail()
    made.go.set()
    with pytest.raises(StoreError):
        made.ask(key)
    with pytest.raises(StoreError):
        made.host.engine.close()
    engine = SqliteEngine(tmp_path / "store.db", retries=FAST)
    host = Host(engine).deploy(own=Guest(trap=lambda state, invocation: "well"))
    assert engine.health.state == "serving"
    assert engine.invoke(ONE, "trap", (), key, HERE) == "well"
    assert host.call("counter/b", "inc", 0, key="own") == 1
    engine.close()


@pytest.mark.parametrize("due", [float("nan"), float("inf"), -float("inf"), 10**400])
def test_what_is_no_time_is_refused(tmp_path: Path, due: float) -> None:
    with pytest.raises(BadArguments, match="must be finite"):
        sent(tmp_path / "store.db", "w", "k", due)


@pytest.mark.parametrize("due", [4_000_000_000, 4e9, 1 << 62])
def test_times_are_numbers_of_either_kind(tmp_path: Path, due: float) -> None:
    sent(tmp_path / "store.db", "w", "k", due)
    engine = SqliteEngine(tmp_path / "store.db")
    host = Host(engine).deploy()
    assert engine.status(WorkerId("counter", "w"), "k") == "pending"
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
