"""Hosts that take workers: what they answer is what hosts answer that do not."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from component_parts import part
from snapshot_guests import POLLS
from state_guests import guest

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.checking import check
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.inspection import delete
from runtime_shim.engines.sqlite.schema import checksum
from runtime_shim.engines.sqlite.snapshots import read
from runtime_shim.errors import InvocationFailed, StoreError
from runtime_shim.golem.registry import Registry
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.snapshots import Kept, Last
from runtime_shim.replay import budget
from runtime_shim.snapshots import handler
from runtime_shim.snapshots.content import Snapshot, unpack
from runtime_shim.snapshots.memories import Mismatch
from runtime_shim.snapshots.program import SnapshotProgram
from runtime_shim.values import Value
from runtime_shim.values.codec import encode

pytestmark = pytest.mark.xdist_group("snapshots")
NAME = "snap:nested"
DATA, FUNCTIONS = guest(5)


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are worth it after each call."""
    monkeypatch.setattr(handler, "AFTER", 0.0)
    monkeypatch.setattr(handler, "_LEAVES", 0)
    monkeypatch.setattr(handler, "_STAYS", 0)


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each attempt to restore a worker went well."""
    found: list[bool] = []
    restore = SnapshotProgram.restore

    def noted(self: SnapshotProgram, *args: Any) -> Any:
        found.append(False)
        made = restore(self, *args)
        found[-1] = True
        return made

    monkeypatch.setattr(SnapshotProgram, "restore", noted)
    return found


@contextmanager
def opened(store: Path, data: bytes = DATA, **given: Any) -> Iterator[Host]:
    with Host(
        engine=SqliteEngine(store), components={NAME: Deployment(data)}, snapshots=True, **given
    ) as host:
        yield host


def calls(seed: int, count: int) -> list[tuple[str, tuple[Value, ...]]]:
    chance = random.Random(seed)  # noqa: S311 -- the same each time
    return [(f"f{chance.randrange(FUNCTIONS)}", (chance.getrandbits(64),)) for _ in range(count)]


def run(host: Host, made: list[tuple[str, tuple[Value, ...]]], worker: str = "w") -> list[Value]:
    return [host.invoke(NAME, worker, function, args) for function, args in made]


def expected(seed: int, count: int) -> list[Value]:
    """What a host answers that takes nothing."""
    with Host(engine=MemoryEngine(), components={NAME: Deployment(DATA)}) as host:
        return run(host, calls(seed, count))


def rows(store: Path) -> list[tuple[int, int]]:
    """(worker, seq) of each snapshot."""
    with closing(sqlite3.connect(store)) as connection:
        return connection.execute("SELECT worker, seq FROM snapshot ORDER BY 1, 2").fetchall()


def change(store: Path, statement: str, *values: object) -> int:
    with closing(sqlite3.connect(store)) as connection, connection:
        return connection.execute(statement, values).rowcount


def test_a_worker_comes_back_from_a_snapshot(tmp_path: Path, restored: list[bool]) -> None:
    made, store = calls(1, 12), tmp_path / "s.db"
    answers = []
    for start in range(0, 12, 3):
        with opened(store) as host:
            answers += run(host, made[start : start + 3])
    assert answers == expected(1, 12)
    assert restored == [True] * 3
    assert rows(store) == [(1, 11), (1, 12)]


def test_a_worker_that_left_memory_comes_back_from_a_snapshot(
    tmp_path: Path, restored: list[bool]
) -> None:
    made = calls(2, 8)
    answers: dict[str, list[Value]] = {"a": [], "b": []}
    with opened(tmp_path / "s.db", warm=1) as host:
        for function, args in made:
            for worker, found in answers.items():
                found.append(host.invoke(NAME, worker, function, args))
    assert answers["a"] == answers["b"] == expected(2, 8)
    assert len(restored) > 10
    assert all(restored)


def test_workers_come_back_from_snapshots_though_nothing_else_may_stay(
    tmp_path: Path, restored: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "_EVERY", 1)
    made = calls(1, 6)
    with opened(tmp_path / "s.db", memory_budget=1) as host:
        for call, answer in zip(made, expected(1, 6), strict=True):
            assert [run(host, [call], worker) for worker in "wx"] == [[answer]] * 2
    assert restored == [True] * 10


def in_turn(store: Path, made: list[tuple[str, tuple[Value, ...]]]) -> list[Value]:
    """What one of two workers answers that are called in turn, so that each makes the other leave."""
    answers = []
    with opened(store, warm=1) as host:
        for one in made:
            answers += run(host, [one])
            run(host, [one], "other")
    return answers


def test_calls_count_since_the_snapshot_however_often_the_worker_left_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "AFTER", 1e9)
    monkeypatch.setattr(handler, "CALLS", 5)
    store = tmp_path / "s.db"
    assert in_turn(store, calls(15, 14)) == expected(15, 14)
    assert rows(store) == [(1, 5), (1, 10), (2, 5), (2, 10)]


def test_coming_back_is_no_time_of_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, restored: list[bool]
) -> None:
    """A worker that is large and does little is not taken again each time."""
    store = tmp_path / "s.db"
    in_turn(store, calls(16, 3))
    before = rows(store)
    restore = SnapshotProgram.restore

    def slow(self: SnapshotProgram, *args: Any) -> Any:
        end = time.thread_time() + 0.3
        while time.thread_time() < end:
            pass
        return restore(self, *args)

    monkeypatch.setattr(SnapshotProgram, "restore", slow)
    monkeypatch.setattr(handler, "AFTER", 0.3)
    assert in_turn(store, calls(16, 6)[3:]) == expected(16, 6)[3:]
    assert restored[-6:] == [True] * 6
    assert rows(store) == before


def test_a_worker_is_taken_where_nothing_is_to_stay(tmp_path: Path, restored: list[bool]) -> None:
    with opened(tmp_path / "s.db", warm=0) as host:
        assert run(host, calls(17, 4)) == expected(17, 4)
    assert rows(tmp_path / "s.db") == [(1, 3), (1, 4)]


def test_snapshots_are_off_unless_they_are_asked_for(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    with Host(engine=SqliteEngine(store), components={NAME: Deployment(DATA)}) as host:
        run(host, calls(3, 3))
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        rows(store)


def test_an_engine_without_a_store_takes_nothing() -> None:
    components = {NAME: Deployment(DATA)}
    with Host(engine=MemoryEngine(), components=components, snapshots=True, warm=0) as host:
        assert run(host, calls(1, 3)) == expected(1, 3)


def test_hosts_with_and_without_snapshots_share_a_store(
    tmp_path: Path, restored: list[bool]
) -> None:
    made, answers = calls(4, 9), []
    for start, on in ((0, True), (3, False), (6, True)):
        engine = SqliteEngine(tmp_path / "s.db")
        components = {NAME: Deployment(DATA)}
        with Host(engine=engine, components=components, snapshots=on) as host:
            answers += run(host, made[start : start + 3])
    assert answers == expected(4, 9)
    assert restored == [True]


# --- what is not used ---------------------------------------------------------------------------


def test_a_snapshot_ahead_of_the_journal_is_ignored(tmp_path: Path, restored: list[bool]) -> None:
    """As if the last calls had been lost with the power."""
    store = tmp_path / "s.db"
    with opened(store) as host:
        run(host, calls(5, 6))
    assert change(store, "DELETE FROM invocation WHERE seq >= 3") == 3
    with opened(store) as host:
        assert run(host, calls(5, 6)[3:]) == expected(5, 6)[3:]
    assert restored == []


def test_a_snapshot_of_another_end_is_ignored(tmp_path: Path, restored: list[bool]) -> None:
    """The last call is another one than when the worker was taken."""
    store = tmp_path / "s.db"
    with opened(store) as host:
        run(host, calls(6, 4))
    with closing(sqlite3.connect(store)) as connection, connection:
        for row in connection.execute("SELECT * FROM snapshot").fetchall():
            other = (*row[:3], row[3] + 1, row[4])
            connection.execute(
                "UPDATE snapshot SET mark = ?, checksum = ? WHERE seq = ?",
                (other[3], checksum(other), row[1]),
            )
    with opened(store) as host:
        assert run(host, calls(6, 5)[4:]) == expected(6, 5)[4:]
    assert restored == []


def test_a_flipped_byte_costs_time_and_nothing_else(tmp_path: Path, restored: list[bool]) -> None:
    store = tmp_path / "s.db"
    with opened(store) as host:
        run(host, calls(7, 4))
    change(store, "DELETE FROM snapshot WHERE seq < 4")
    with closing(sqlite3.connect(store)) as connection:
        [data] = connection.execute("SELECT data FROM snapshot").fetchone()
        [whole] = list(read(connection, WorkerId(NAME, "w"), 4))
    answer = expected(7, 5)[4]
    for at in [*range(0, len(data), max(1, len(data) // 8)), len(data) - 1]:
        damaged = bytearray(data)
        damaged[at] ^= 0x10
        copy = tmp_path / f"{at}.db"
        copy.write_bytes(store.read_bytes())
        change(copy, "UPDATE snapshot SET data = ?", bytes(damaged))
        with opened(copy) as host:
            assert run(host, calls(7, 5)[4:]) == [answer]
    assert restored == []
    assert whole.data == data


def test_a_damaged_snapshot_leaves_the_one_before(
    tmp_path: Path, restored: list[bool], caplog: pytest.LogCaptureFixture
) -> None:
    store = tmp_path / "s.db"
    with opened(store) as host:
        run(host, calls(8, 6))
    assert list(check(store)) == []
    change(store, "UPDATE snapshot SET data = x'00' WHERE seq = 6")
    [found] = check(store)
    assert (found.table, found.row[-2:]) == ("snapshot", ".6")
    with opened(store) as host:
        assert run(host, calls(8, 7)[6:]) == expected(8, 7)[6:]
    assert restored == [True]
    assert "is damaged, and is not used" in caplog.text
    assert "is damaged, and is not used" in caplog.text


def test_a_snapshot_that_cannot_be_put_back_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = tmp_path / "s.db"
    with opened(store) as host:
        run(host, calls(9, 3))

    def refused(self: SnapshotProgram, snapshot: Snapshot, invocation: object) -> None:
        raise Mismatch("a page or a global is not what was taken")

    monkeypatch.setattr(SnapshotProgram, "restore", refused)
    with opened(store) as host:
        assert run(host, calls(9, 4)[3:]) == expected(9, 4)[3:]
    assert "a page or a global is not what was taken" in caplog.text


def test_a_worker_that_was_deleted_has_no_snapshot(tmp_path: Path, restored: list[bool]) -> None:
    store = tmp_path / "s.db"
    with opened(store) as host:
        run(host, calls(10, 3))
    assert delete(store, WorkerId(NAME, "w")) == 3
    assert rows(store) == []
    with opened(store) as host:
        assert run(host, calls(10, 3)) == expected(10, 3)
    assert restored == []


def test_another_build_starts_from_the_history(tmp_path: Path, restored: list[bool]) -> None:
    """One that is told apart by its bytes, and does the same."""
    store = tmp_path / "s.db"
    other = DATA + b"\x00\x05\x04note"
    with opened(store) as host:
        run(host, calls(11, 3))
    with closing(sqlite3.connect(store)) as connection:
        [newest, *_] = read(connection, WorkerId(NAME, "w"), 9)
    program = SnapshotProgram(NAME, Deployment(other), Registry())
    assert unpack(newest.data).component != program.digest
    with pytest.raises(Mismatch, match="another build"):
        program.restore(unpack(newest.data), _Nobody())  # type: ignore[arg-type]
    assert restored == [False]


class _Nobody:
    worker = WorkerId(NAME, "w")
    environment = Environment()


# --- what is not taken --------------------------------------------------------------------------


def reason(store: Path) -> str:
    with closing(sqlite3.connect(store)) as connection:
        [found] = connection.execute("SELECT data FROM snapshot WHERE seq = 0").fetchone()
    return bytes(found).decode()


def test_it_is_noted_why_a_worker_is_not_taken(tmp_path: Path, restored: list[bool]) -> None:
    store, polls = tmp_path / "s.db", part(POLLS)
    with opened(store, polls) as host:
        handle = host.invoke(NAME, "w", "hold")
    assert reason(store) == "it holds pollables"
    with opened(store, polls) as host:
        host.invoke(NAME, "w", "drop", (handle,))
    assert rows(store) == [(1, 2)]
    with opened(store, polls) as host:
        assert host.invoke(NAME, "w", "hold") == handle
    assert restored == [True]


def test_a_worker_that_trapped_comes_back_without_the_trap(
    tmp_path: Path, restored: list[bool]
) -> None:
    text = """(core module $m (memory 1) (global $n (mut i32) (i32.const 0))
        (func (export "add") (result i32)
          (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
        (func (export "fail") (global.set $n (i32.const 100)) unreachable))
      (core instance $i (instantiate $m))
      (func (export "add") (result u32) (canon lift (core func $i "add")))
      (func (export "fail") (canon lift (core func $i "fail")))"""
    store = tmp_path / "s.db"
    with opened(store, part(text)) as host:
        assert [host.invoke(NAME, "w", "add") for _ in range(2)] == [1, 2]
        with pytest.raises(InvocationFailed):
            host.invoke(NAME, "w", "fail")
    assert rows(store) in ([(1, 1)], [(1, 1), (1, 2)])
    with opened(store, part(text)) as host, pytest.raises(InvocationFailed):
        host.invoke(NAME, "w", "add")


def test_a_store_with_snapshots_is_whole(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    with opened(store) as host:
        run(host, calls(12, 3))
    assert list(check(store)) == []
    change(store, "DROP TABLE snapshot")
    change(store, "CREATE TABLE snapshot (other INTEGER)")
    assert [str(found) for found in check(store)] == [
        "file: the table snapshot is not one of this format"
    ]


def test_a_store_that_fails_says_so_itself(tmp_path: Path) -> None:
    """What cannot be kept is not kept; the host goes on as long as its journal does."""
    store = tmp_path / "s.db"
    with opened(store) as host:
        run(host, calls(13, 3))
        kept = host._handler.place  # type: ignore[attr-defined]

        def refuse(*args: object) -> bool:
            raise StoreError("no room")

        kept.keep = refuse
        assert run(host, calls(13, 5)[3:]) == expected(13, 5)[3:]
    assert json.dumps(rows(store)) == "[[1, 1], [1, 2]]"


@pytest.mark.parametrize(
    "change",
    [{"seq": 1}, {"seq": 7}, {"function": "f9"}, {"args": b"1[]"}, {"steps": 1}, {"result": b"10"}],
)
def test_a_snapshot_is_kept_only_of_what_is_recorded(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    """A handler may have seen a call end that the journal then did not record, or not like that."""
    store = tmp_path / "s.db"
    components = {NAME: Deployment(DATA)}
    with Host(engine=SqliteEngine(store), components=components) as host:
        [(function, args), _] = calls(14, 2)
        value = host.invoke(NAME, "w", function, args)
        host.invoke(NAME, "w", *calls(14, 2)[1])
        kept = host.engine.managed.snapshots()  # type: ignore[attr-defined]
        last = Last(0, function, encode(args), 0, encode(value))
        assert not kept.keep(WorkerId(NAME, "w"), last._replace(**change), b"data")
        assert not kept.keep(WorkerId(NAME, "x"), last, b"data")
        assert kept.find(WorkerId(NAME, "w"), 9) == []
        assert kept.keep(WorkerId(NAME, "w"), last, b"data")
        assert kept.find(WorkerId(NAME, "w"), 9) == [Kept(1, b"data")]
        assert kept.find(WorkerId(NAME, "w"), 0) == []
        kept.close()
