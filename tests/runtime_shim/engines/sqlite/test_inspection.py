"""What can be seen of a store from outside, and what can be repaired."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from engine_guests import FAST, HERE, Ephemeral, Guest, Host, flaky, inc, many

from runtime_shim.engines import rows
from runtime_shim.engines.sqlite import inspection as inspect
from runtime_shim.engines.sqlite.checking import check
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.schema import INVOCATION, checksum
from runtime_shim.errors import InvocationFailed, StoreError, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.seams import Invocation
from runtime_shim.queue import runner

COUNTER, BAD = WorkerId("counter", "c"), WorkerId("bad", "b")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A caller and its counter, a failed worker, a scheduled call, an ephemeral one.

    The caller's steps are rows; those of the others are in the rows of their invocations.
    """
    monkeypatch.setattr(rows, "_FEW", 1)
    path = tmp_path / "store.db"
    with closing(SqliteEngine(path, retries=FAST)) as engine:
        host = deploy(engine)
        host.call("caller/a", "many", 2, key="run")
        with pytest.raises(InvocationFailed):
            host.call("bad/b", "flaky", key="bad")
        host.send("counter/later", "inc", 7, due=time.time() + 3600)
        host.call("once/o", "inc", 1)
        host.call("once/o", "inc", 1)
    return path


def deploy(engine: SqliteEngine) -> Host:
    return Host(engine).deploy(
        caller=Guest(many=many), bad=Guest(flaky=flaky(3)), once=Ephemeral(inc=inc)
    )


def test_workers_are_listed(store: Path) -> None:
    found = inspect.workers(store)
    assert [(info.worker.component, info.worker.name, info.status) for info in found] == [
        ("bad", "b", "failed"),
        ("caller", "a", "idle"),
        ("counter", "c", "idle"),
        ("counter", "effects", "idle"),
        ("counter", "later", "pending"),
        ("once", "o", "idle"),
        ("once", "o", "idle"),
    ]
    bad, caller, counter = found[:3]
    assert (bad.failure, bad.invocations, bad.durable) == ("failure 3", 0, True)
    assert (counter.invocations, counter.pending) == (2, 0)
    assert caller.environment == HERE
    assert not found[-1].durable


def test_the_log_has_calls_and_steps(store: Path) -> None:
    [run] = inspect.log(store, WorkerId("caller", "a"))
    assert (run.key, run.function, run.args, run.state) == ("run", "many", (2,), "done")
    assert (run.attempt, run.seq, run.result) == (1, 0, [1, 2])
    assert [kind.rpartition(" ")[0] for kind, _ in run.steps] == ["call counter/c inc"] * 2
    first, second = inspect.log(store, COUNTER)
    assert [first.result, second.result] == [1, 2]
    assert [kind for kind, _ in first.steps] == ["clock"]


def test_the_log_of_failed_and_scheduled_calls(store: Path) -> None:
    [bad] = inspect.log(store, BAD)
    assert (bad.state, bad.attempt, bad.seq) == ("failed", 3, None)
    assert bad.result == ("remote-internal-error", "failure 3")
    [later] = inspect.log(store, WorkerId("counter", "later"))
    assert later.state == "pending"
    assert later.result is None
    assert later.due is not None
    assert later.due > time.time()
    assert len(list(inspect.log(store, WorkerId("once", "o")))) == 2


def slow(state: Any, invocation: Invocation, seconds: float, fails: int = 0) -> int:
    time.sleep(seconds)
    state["n"] = state.get("n", 0)
    if invocation.step("attempt", lambda: 1) and fails:
        raise Trap("slow")
    return 1


def test_how_long_calls_took_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = tmp_path / "store.db"
    with closing(SqliteEngine(store, retries=FAST)) as engine:
        host = Host(engine).deploy(slow=Guest(slow=slow), counter=Guest(inc=inc))
        host.call("slow/a", "slow", 0.02)
        host.call("slow/a", "slow", 0.03)
        with pytest.raises(InvocationFailed):
            host.call("slow/bad", "slow", 0.01, 1)
        monkeypatch.setattr(runner, "_LONGEST", 5)
        host.call("slow/long", "slow", 0.02)

    first, second = inspect.log(store, WorkerId("slow", "a"))
    [failed] = inspect.log(store, WorkerId("slow", "bad"))
    [capped] = inspect.log(store, WorkerId("slow", "long"))
    assert first.took is not None
    assert second.took is not None
    assert failed.took is not None
    assert (first.took >= 0.02, second.took >= 0.03) == (True, True)
    assert failed.took >= 0.03, "three attempts"
    assert capped.took == 0.005
    info = next(one for one in inspect.workers(store) if one.worker.name == "a")
    assert info.took == pytest.approx(first.took + second.took)
    assert info.ended == second.ended
    assert second.ended is not None
    assert abs(second.ended - time.time()) < 1000, "the time itself is as before"
    assert list(check(store)) == []


def test_an_earlier_version_kept_no_durations(store: Path) -> None:
    with closing(sqlite3.connect(store)) as connection, connection:
        for row in connection.execute(
            f"SELECT {INVOCATION} FROM invocation WHERE state"  # noqa: S608 -- our names
        ).fetchall():
            content = [*row[:-1]]
            content[9] &= (1 << rows.TIME) - 1
            sealed = (content[9], checksum(tuple(content)), row[0])
            connection.execute("UPDATE invocation SET at = ?, checksum = ? WHERE id = ?", sealed)

    assert [one.took for one in inspect.log(store, COUNTER)] == [None, None]
    assert {one.took for one in inspect.workers(store)} == {None}
    assert list(check(store)) == []


@pytest.mark.parametrize("state", ["over", "pending"])
def test_a_time_that_is_none_is_damage(store: Path, state: str) -> None:
    worker = COUNTER if state == "over" else WorkerId("counter", "later")
    with closing(sqlite3.connect(store)) as connection, connection:
        chosen = "state" if state == "over" else "NOT state"
        for row in connection.execute(
            f"SELECT {INVOCATION} FROM invocation WHERE {chosen}"  # noqa: S608 -- our names
        ).fetchall():
            content = (*row[:9], "noon", *row[10:-1])
            sealed = ("noon", checksum(content), row[0])
            connection.execute("UPDATE invocation SET at = ?, checksum = ? WHERE id = ?", sealed)

    with pytest.raises(StoreError, match="damaged"):
        list(inspect.log(store, worker))
    list(inspect.workers(store))


def test_a_call_that_is_not_over_was_asked_at_a_time(store: Path) -> None:
    entered, leave = threading.Event(), threading.Event()

    def act(state: Any, invocation: Invocation) -> int:
        entered.set()
        assert leave.wait(10)
        return 1

    with closing(SqliteEngine(store, retries=FAST)) as engine:
        host = Host(engine).deploy(act=Guest(act=act), counter=Guest(inc=inc))
        before = time.time()
        host.send("act/a", "act")
        host.send("counter/late", "inc", due=-7.0)
        assert entered.wait(10)
        after = time.time()
        host.send("act/a", "act")
        [begun, queued] = inspect.log(store, WorkerId("act", "a"))
        info = next(one for one in inspect.workers(store) if one.worker == WorkerId("act", "a"))
        leave.set()

    assert begun.since is not None
    assert queued.since is not None
    assert before <= begun.since <= after <= queued.since
    assert (begun.due, begun.took) == (None, None)
    assert info.since == begun.since
    [later] = inspect.log(store, WorkerId("counter", "later"))
    assert later.since is None
    assert later.due is not None


def test_a_store_in_use_can_be_read_and_not_repaired(store: Path) -> None:
    with closing(SqliteEngine(store, retries=FAST)) as engine:
        deploy(engine).call("counter/c", "inc", 1, key="more")
        assert len(list(inspect.log(store, COUNTER))) == 3
        for repair in (inspect.revive, inspect.delete):
            with pytest.raises(StoreError, match="in use"):
                repair(store, BAD)


def test_reading_changes_nothing(store: Path) -> None:
    before = store.read_bytes()
    inspect.workers(store)
    list(inspect.log(store, COUNTER))
    assert store.read_bytes() == before


def test_a_revived_worker_serves_again(store: Path) -> None:
    assert inspect.revive(store, BAD)
    assert not inspect.revive(store, BAD)
    with closing(SqliteEngine(store, retries=FAST)) as engine:
        host = Host(engine).deploy(bad=Guest(flaky=flaky(0)), caller=Guest(many=many))
        with pytest.raises(InvocationFailed, match="failure 3"):
            host.call("bad/b", "flaky", key="bad")
        assert host.call("bad/b", "flaky", key="new")[1:] == [1, 1, True]


def test_a_call_that_has_begun_is_cancelled_too(store: Path, tmp_path: Path) -> None:
    entered, leave = threading.Event(), threading.Event()

    def act(state: Any, invocation: Invocation) -> int:
        invocation.step("effect", lambda: 1, external=True)
        entered.set()
        assert leave.wait(10)
        return 1

    worker, copy = WorkerId("act", "a"), tmp_path / "copy.db"
    with closing(SqliteEngine(store, retries=FAST)) as engine:
        host = Host(engine).deploy(act=Guest(act=act))
        begun, queued = host.send("act/a", "act"), host.send("act/a", "act")
        assert entered.wait(10)
        engine.journal.sync()
        for suffix in ("", "-wal"):
            shutil.copy(f"{store}{suffix}", f"{copy}{suffix}")
        leave.set()
    with inspect.repairing(copy) as repairs:
        assert repairs.cancel(*begun)
        assert not repairs.cancel(worker, "unknown")
        assert not repairs.cancel(COUNTER, queued.key), "it is another worker's"
        assert repairs.cancel(*queued)
        assert not repairs.cancel(*queued)
    entries = list(inspect.log(copy, worker))
    assert [one.state for one in entries] == ["cancelled", "cancelled"]
    assert [kind for kind, _ in entries[0].steps] == ["effect"], "what it has done stays done"
    with closing(SqliteEngine(copy, retries=FAST)) as engine:
        host = Host(engine).deploy(act=Guest(act=act))
        assert host.call("act/a", "act", key="next") == 1
    assert list(check(copy)) == []


def test_a_deleted_worker_begins_anew(store: Path) -> None:
    assert inspect.delete(store, COUNTER) == 2
    with pytest.raises(StoreError, match="has no worker counter/c"):
        inspect.delete(store, COUNTER)
    with closing(SqliteEngine(store, retries=FAST)) as engine:
        assert deploy(engine).call("counter/c", "inc", 5, key="new") == 5


def test_a_deleted_ephemeral_worker_is_gone(store: Path) -> None:
    assert inspect.delete(store, WorkerId("once", "o")) == 2
    assert all(info.worker.component != "once" for info in inspect.workers(store))


@pytest.mark.parametrize(
    "look",
    [
        inspect.workers,
        lambda path: list(inspect.log(path, COUNTER)),
        lambda path: inspect.revive(path, COUNTER),
        lambda path: inspect.delete(path, COUNTER),
    ],
)
def test_what_is_no_store(tmp_path: Path, look: Callable[[Path], Any]) -> None:
    path = tmp_path / "x"
    with pytest.raises(StoreError, match="no such store"):
        look(path)
    assert not path.exists()
    path.write_bytes(b"nothing" * 1000)
    with pytest.raises(StoreError, match="not a database"):
        look(path)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE worker SET name = 'x'||id",
        "UPDATE invocation SET attempt = 9",
        "UPDATE invocation SET log = x''",
        "UPDATE oplog SET kind = ''",
        "DELETE FROM oplog",
        "DELETE FROM oplog WHERE number = 0",
    ],
)
def test_damage_is_told(store: Path, damage: str) -> None:
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute(damage)
    with pytest.raises(StoreError, match=r"damaged|has no worker"):
        [
            *inspect.workers(store),
            *inspect.log(store, COUNTER),
            *inspect.log(store, WorkerId("caller", "a")),
        ]


def test_what_was_cancelled_is_in_the_store(tmp_path: Path) -> None:
    """A caller that is told so may rely on it, whatever happens to the host next."""
    path = tmp_path / "store.db"
    with closing(SqliteEngine(path)) as engine:
        host = deploy(engine)
        for _ in range(100):
            sent = host.send("counter/c", "inc", 1, due=4e9)
            assert engine.cancel(*sent)
            (entry,) = (one for one in inspect.log(path, COUNTER) if one.key == sent.key)
            assert entry.state == "cancelled"
