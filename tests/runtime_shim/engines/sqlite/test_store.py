"""What the SQLite engine promises beyond the others: it goes on where a process ended."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from engine_guests import COUNTER, FAST, HERE, Clock, Guest, Host, flaky, many

from runtime_shim.engines import buffered
from runtime_shim.engines import rows as stored_rows
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import InvocationFailed, StoreError, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.protocol.seams import Invocation


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@contextmanager
def opened(
    store: Path,
    /,
    *,
    policies: RetryPolicies = FAST,
    clock: Clock | None = None,
    **guests: Guest,
) -> Iterator[Host]:
    clock = clock or Clock()
    with closing(SqliteEngine(store, retries=policies, clock=clock)) as engine:
        yield Host(engine, clock).deploy(**guests)


def abandoned(store: Path, copy: Path) -> Path:
    """The store as a killed process would leave it now."""
    for suffix in ("", "-wal"):
        shutil.copy(f"{store}{suffix}", f"{copy}{suffix}")
    return copy


class TestRestart:
    def test_state_and_answers_stay(self, store: Path) -> None:
        with opened(store) as host:
            assert host.call("counter/a", "inc", 5, key="k") == 5
        with opened(store) as host:
            assert host.call("counter/a", "inc", 5, key="k") == 5
            assert host.call("counter/a", "inc", 1, key="l") == 6
            assert host.engine.worker_exists(WorkerId("counter", "a"))
            assert not host.engine.worker_exists(WorkerId("counter", "b"))
            assert host.engine.status(WorkerId("counter", "a"), "k") == "done"

    def test_a_clean_end_leaves_one_file_and_the_lock(self, store: Path) -> None:
        with opened(store) as host:
            host.call("counter/a", "inc", 5)
        assert sorted(path.name for path in store.parent.iterdir()) == ["store.db"]

    def test_what_was_queued_is_delivered_first(self, store: Path, tmp_path: Path) -> None:
        entered, leave = threading.Event(), threading.Event()

        def slow(state: Any, invocation: Invocation) -> None:
            entered.set()
            assert leave.wait(10)

        with opened(store, slow=Guest(slow=slow, **COUNTER)) as host:
            host.send("slow/a", "slow")
            for number in range(3):
                host.send("slow/a", "append", number)
            assert entered.wait(10)
            copy = abandoned(store, tmp_path / "copy.db")
            leave.set()
        with opened(copy, slow=Guest(slow=slow, **COUNTER)) as host:
            assert host.call("slow/a", "append", 3, key="own") == [0, 1, 2, 3]

    def test_a_call_that_was_running_goes_on_from_its_journal(
        self, store: Path, tmp_path: Path
    ) -> None:
        entered, leave = threading.Event(), threading.Event()
        chances: list[int] = []

        def work(state: Any, invocation: Invocation) -> list[int]:
            chance = invocation.step("random", lambda: random.getrandbits(60))
            chances.append(chance)
            first = invocation.call(WorkerId("counter", "c"), "inc", (1,))
            invocation.step("mark", lambda: None, external=True)
            entered.set()
            assert leave.wait(10)
            return [chance, first, invocation.call(WorkerId("counter", "c"), "inc", (1,))]

        with opened(store, work=Guest(work=work)) as host:
            thread = threading.Thread(target=lambda: host.call("work/a", "work", key="k"))
            thread.start()
            assert entered.wait(10)
            host.engine.journal.sync()
            copy = abandoned(store, tmp_path / "copy.db")
            leave.set()
            thread.join()
        with opened(copy, work=Guest(work=work)) as host:
            assert host.engine.status(WorkerId("work", "a"), "k") == "done"  # nobody asked
            assert host.call("work/a", "work", key="k") == [chances[0], 1, 2]
        assert len(set(chances)) == 1

    def test_schedules_survive_and_cancelled_ones_do_not_come_back(self, store: Path) -> None:
        clock = Clock()
        with opened(store, clock=clock) as host:
            host.send("counter/a", "inc", 1, due=clock() + 60)
            cancelled = host.send("counter/a", "inc", 10, due=clock() + 60)
            later = host.send("counter/a", "inc", 100, due=clock() + 3600)
            host.engine.cancel(*cancelled)
        clock.skip(60)
        with opened(store, clock=clock) as host:
            assert host.call("counter/a", "inc", 0, key="own") == 1
            assert host.engine.status(*later) == "pending"
            assert host.engine.status(*cancelled) == "cancelled"

    @pytest.mark.parametrize("asked", [False, True])
    def test_draining_waits_for_what_was_left_only_when_this_process_asks_too(
        self, store: Path, asked: bool
    ) -> None:
        clock, entered, leave = Clock(), threading.Event(), threading.Event()

        def begin(state: Any, invocation: Invocation) -> None:
            invocation.send(WorkerId("left", "other"), "hold", ())
            hold(state, invocation)

        def hold(state: Any, invocation: Invocation) -> None:
            if invocation.worker.name == "other":
                entered.set()
            assert leave.wait(10)

        left = Guest(begin=begin, hold=hold)
        with opened(store, clock=clock, left=left) as host:
            key = host.send("left/a", "begin", due=clock() + 60)
        with opened(store, clock=clock, left=left) as host:
            clock.skip(60)
            host.engine.drain()
            assert entered.wait(10)
            host.keys = 10
            own = host.send("counter/a", "inc", 1)
            if asked:
                host.engine.send(key.worker, "begin", (), key.key, HERE)
                threading.Timer(0.05, leave.set).start()
            host.engine.drain()
            assert host.engine.status(*own) == "done"
            assert host.engine.status(*key) == ("done" if asked else "running")
            leave.set()

    def test_attempt_and_due_survive(self, store: Path) -> None:
        policy = RetryPolicies(RetryPolicy(min_delay=1.0, jitter=0.0))
        attempts: list[tuple[int, float]] = []

        def fail(state: Any, invocation: Invocation) -> int:
            attempts.append((invocation.attempt, time.time()))
            if invocation.attempt < 3:
                raise Trap("no")
            return invocation.attempt

        engine = SqliteEngine(store, retries=policy)
        host = Host(engine).deploy(bad=Guest(fail=fail))
        key = host.send("bad/a", "fail")
        while not attempts:
            time.sleep(0.01)
        time.sleep(0.05)
        engine.close()
        [(due, attempt)] = rows(store, "SELECT at, attempt FROM invocation")
        assert attempt == 2
        assert due == pytest.approx(attempts[0][1] + 1.0, abs=0.5)
        with opened(store, policies=policy, bad=Guest(fail=fail)) as host:
            assert host.engine.status(*key) == "done"
        assert [attempt for attempt, _ in attempts] == [1, 2, 3]
        assert attempts[1][1] >= due

    def test_a_failed_worker_stays_failed(self, store: Path) -> None:
        bad = Guest(flaky=flaky(3))
        with (
            opened(store, bad=bad) as host,
            pytest.raises(InvocationFailed, match=r"(?m)^failure 3$"),
        ):
            host.call("bad/a", "flaky", key="k")
        with opened(store, bad=bad) as host:
            with pytest.raises(InvocationFailed, match=r"(?m)^failure 3$"):
                host.call("bad/a", "flaky", key="k")
            with pytest.raises(InvocationFailed, match="already failed: failure 3"):
                host.call("bad/a", "flaky", key="l")

    def test_ephemeral_calls_are_delivered_with_their_environment(
        self, store: Path, tmp_path: Path
    ) -> None:
        entered, leave = threading.Event(), threading.Event()

        def slow(state: Any, invocation: Invocation) -> dict[str, str]:
            entered.set()
            assert leave.wait(10)
            return dict(invocation.environment.variables)

        guest = Guest(slow=slow)
        guest.durable = False
        with opened(store, once=guest) as host:
            key = host.send("once/a", "slow")
            assert entered.wait(10)
            copy = abandoned(store, tmp_path / "copy.db")
            leave.set()
        with opened(copy, once=guest) as host:
            assert host.call("once/a", "slow", key=key.key) == {"A": "1"}

    def test_what_is_not_deployed_waits(self, store: Path) -> None:
        clock = Clock()
        with opened(store, clock=clock, extra=Guest(**COUNTER)) as host:
            key = host.send("extra/a", "inc", 1, due=clock() + 60)
        clock.skip(60)
        with opened(store, clock=clock) as host:
            host.engine.drain()
            assert host.engine.status(*key) == "pending"
        with opened(store, clock=clock, extra=Guest(**COUNTER)) as host:
            assert host.engine.status(*key) == "done"

    def test_an_interrupted_call_is_delivered_by_the_next(self, store: Path) -> None:
        calm = False

        def stop(state: Any, invocation: Invocation) -> int:
            if not calm:
                raise KeyboardInterrupt
            return invocation.attempt

        guest = Guest(stop=stop)
        with opened(store, stop=guest) as host, pytest.raises(KeyboardInterrupt):
            host.call("stop/a", "stop", key="k")
        calm = True
        with opened(store, stop=guest) as host:
            assert host.call("stop/a", "stop", key="k") == 1

    def test_a_long_history_is_rebuilt_quickly(self, store: Path) -> None:
        with opened(store, caller=Guest(many=many)) as host:
            assert host.call("caller/a", "many", 10_000)[-1] == 10_000
        with opened(store) as host:
            begin = time.process_time()
            assert host.call("counter/c", "inc", 1, key="own") == 10_001
            assert time.process_time() - begin < 1


class TestOneCommit:
    def test_calls_between_workers_wait_for_no_disk(self, store: Path) -> None:
        gates: list[str] = []
        with closing(SqliteEngine(store, gate=gates.append)) as engine:
            host = Host(engine).deploy(caller=Guest(many=many))
            begin = time.monotonic()
            host.call("caller/a", "many", 300)
            ticks = (time.monotonic() - begin) / buffered._TICK
            assert gates.count("after") <= ticks + 1

    def test_an_effect_outside_waits_for_the_journal(self, store: Path) -> None:
        found: list[int] = []

        def effect(state: Any, invocation: Invocation) -> None:
            invocation.step("random", lambda: 4)
            invocation.step(
                "effect",
                lambda: found.append(rows(store, "SELECT count(*) FROM oplog")[0][0]),
                external=True,
            )

        with opened(store, effect=Guest(effect=effect)) as host:
            host.call("effect/a", "effect")
        assert found == [1]


class TestValues:
    @pytest.mark.parametrize("step", [True, False])
    def test_what_cannot_be_recorded_fails_for_good(self, store: Path, step: bool) -> None:
        def leak(state: Any, invocation: Invocation) -> Any:
            return invocation.step("clock", lambda: "\ud800") if step else object()

        with (
            opened(store, leak=Guest(leak=leak)) as host,
            pytest.raises(InvocationFailed, match="cannot be recorded"),
        ):
            host.call("leak/a", "leak")


class TestLock:
    def test_a_second_engine_is_refused(self, store: Path) -> None:
        with opened(store), pytest.raises(StoreError, match="in use"):
            SqliteEngine(store)
        with opened(store):
            pass

    def test_a_dead_process_holds_nothing(self, store: Path) -> None:
        program = (
            "import sys, time; from runtime_shim.engines.sqlite.engine import SqliteEngine;"
            "e = SqliteEngine(sys.argv[1]); print('up', flush=True); time.sleep(60)"
        )
        with subprocess.Popen(
            [sys.executable, "-c", program, str(store)], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"up\n"
            with pytest.raises(StoreError, match="in use by another process"):
                SqliteEngine(store)
            child.kill()
            child.wait()
        with opened(store) as host:
            assert host.call("counter/a", "inc", 1) == 1


class TestStoreErrors:
    def test_a_component_that_never_ran_may_change(self, store: Path) -> None:
        with opened(store):
            pass
        other = Guest(**COUNTER)
        other.digest = "1" * 64
        with opened(store, counter=other) as host:
            assert host.call("counter/a", "inc", 1) == 1

    @pytest.mark.parametrize(
        ("content", "message"), [(b"no database at all" * 100, "not a database")]
    )
    def test_files_that_are_no_store(self, store: Path, content: bytes, message: str) -> None:
        store.write_bytes(content)
        with pytest.raises(StoreError, match=message):
            SqliteEngine(store)
        assert store.read_bytes() == content

    def test_a_database_of_somebody_else_is_left_alone(self, store: Path) -> None:
        with closing(sqlite3.connect(store)) as connection:
            connection.execute("CREATE TABLE mine (a)")
        before = store.read_bytes()
        with pytest.raises(StoreError, match="is not a store"):
            SqliteEngine(store)
        assert store.read_bytes() == before

    def test_another_format(self, store: Path) -> None:
        with opened(store):
            pass
        execute(store, "PRAGMA user_version = 99")
        with pytest.raises(StoreError, match="format 99"):
            SqliteEngine(store)

    def test_a_path_that_cannot_be_opened(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="No such file"):
            SqliteEngine(tmp_path / "missing" / "store")
        with pytest.raises(StoreError):
            SqliteEngine(tmp_path)

    def test_an_engine_that_was_refused_holds_no_lock(self, store: Path) -> None:
        store.write_bytes(b"x" * 4096)
        for _ in range(2):
            with pytest.raises(StoreError, match="not a database"):
                SqliteEngine(store)

    @pytest.mark.parametrize(
        "damage",
        [
            "UPDATE invocation SET args = CAST('1{\"$t\":[7]}' AS BLOB) WHERE seq = 1",
            "UPDATE invocation SET function = 'append' WHERE seq = 1",
            "UPDATE invocation SET result = CAST('19' AS BLOB) WHERE seq = 1",
            "UPDATE invocation SET log = x'' WHERE seq = 1",
            "UPDATE oplog SET value = CAST('19' AS BLOB)",
            "UPDATE oplog SET kind = 'other'",
            "DELETE FROM oplog WHERE invocation = 2",
            "DELETE FROM invocation WHERE seq = 1",
            "UPDATE worker SET environment = CAST('1null' AS BLOB)",
        ],
    )
    def test_damaged_rows_are_found(
        self, store: Path, damage: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if "oplog" in damage:
            monkeypatch.setattr(stored_rows, "_FEW", 0)
        with opened(store) as host:
            for _ in range(3):
                host.call("counter/a", "inc", 1)
        execute(store, damage)
        with opened(store) as host, pytest.raises(StoreError, match="damaged"):
            host.call("counter/a", "inc", 1, key="own")

    def test_any_damage_gives_the_truth_or_a_store_error(self, store: Path, tmp_path: Path) -> None:
        chance = random.Random(7)  # noqa: S311 -- a test's dice
        with opened(store, caller=Guest(many=many)) as host:
            host.call("caller/a", "many", 20)
        content = store.read_bytes()
        copy = tmp_path / "copy.db"
        refused = 0
        for _ in range(150):
            data = bytearray(content)
            for _ in range(chance.randint(1, 20)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            if chance.random() < 0.2:
                del data[chance.randrange(len(data)) :]
            for path in tmp_path.glob("copy.db*"):
                path.unlink()
            copy.write_bytes(data)
            try:
                with opened(copy, caller=Guest(many=many)) as host:
                    assert host.call("counter/c", "inc", 1, key="own") == 21
            except StoreError:
                refused += 1
        assert refused > 50

    def test_a_torn_log_loses_nothing_that_was_acknowledged(
        self, store: Path, tmp_path: Path
    ) -> None:
        with opened(store) as host:
            for _ in range(5):
                host.call("counter/a", "inc", 1)
            acknowledged = Path(f"{store}-wal").stat().st_size
            host.call("counter/a", "inc", 1)
            copy = abandoned(store, tmp_path / "copy.db")
        whole = Path(f"{copy}-wal").read_bytes()
        sizes = [*range(acknowledged, len(whole), 1999), len(whole)]
        assert len(sizes) > 2
        for size in sizes:
            torn = abandoned(copy, tmp_path / f"torn-{size}.db")
            Path(f"{torn}-wal").write_bytes(whole[:size] + b"?" * 100)
            with opened(torn) as host:
                value = host.call("counter/a", "inc", 1, key="own")
            assert value == 7 if size == len(whole) else value in {6, 7}


def rows(store: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(store)) as connection:
        return connection.execute(query).fetchall()


def execute(store: Path, statement: str) -> None:
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute(statement)
