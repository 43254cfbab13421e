"""A call that ends its process again and again: found, delivered alone, parked in the end."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from engine_guests import COUNTER, FAST, HERE, Ephemeral, Guest, Host, Sent

from runtime_shim.engines.sqlite import inspection as inspect
from runtime_shim.engines.sqlite.checking import check
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import InvocationFailed, StoreError, Trap
from runtime_shim.protocol.ids import KeyId, WorkerId
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.protocol.seams import Invocation
from runtime_shim.queue import suspects, watched
from runtime_shim.queue.task import Lane, Task
from runtime_shim.queue.unfinished import MOST_CRASHES
from runtime_shim.replay.handler import WorkerHandler

MINE = WorkerId("mine", "w")


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


class Lives:
    """Processes that use one store after each other; each is abandoned in the middle of its calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.retries = FAST
        self.begun: list[str] = []
        self.seen: dict[str, int] = {}  # what the disk had when a call ran
        self.leave = threading.Event()
        self.engines: list[SqliteEngine] = []
        self.host = self.next()

    @property
    def store(self) -> Path:
        """Of the process that lives now."""
        return self.folder / f"store-{len(self.engines)}.db"

    def next(self) -> Host:
        """Kill the process, as far as the disk knows, and start another one."""
        if self.engines:
            self.engines[-1].journal.sync()
            before = self.store
            for suffix in ("", "-wal"):
                shutil.copy(f"{before}{suffix}", f"{self.folder / 'killed'}{suffix}")
        self.begun.clear()
        file = self.folder / f"store-{len(self.engines) + 1}.db"
        for suffix in ("", "-wal"):
            if self.engines:
                shutil.move(f"{self.folder / 'killed'}{suffix}", f"{file}{suffix}")
        return self._open(file)

    def restart(self) -> Host:
        """Close it in order, and start another one."""
        self.engines[-1].close()
        self.begun.clear()
        file = self.folder / f"store-{len(self.engines) + 1}.db"
        shutil.move(self.store, file)
        return self._open(file)

    def _open(self, file: Path) -> Host:
        functions = (self.hold, self.step, self.stuck, self.ask, self.well, self.trap)
        mine = Guest(**{run.__name__: run for run in functions})
        once = Ephemeral(hold=self.hold)
        self.engines.append(SqliteEngine(file, retries=self.retries))
        counter = Guest(**COUNTER)
        handler = WorkerHandler({"mine": mine, "once": once, "counter": counter})
        self.engines[-1].start(handler)
        self.host = Host(self.engines[-1])
        self.host.keys = 100 * len(self.engines)
        return self.host

    def done(self) -> None:
        """Wait until nothing is left to do."""
        until(lambda: not self.crashes())

    def hold(self, state: Any, invocation: Invocation) -> str:
        """Where a process would end."""
        self.seen = self.on_disk()
        self.begun.append(invocation.worker.name)
        self.leave.wait(30)
        return "held"

    def step(self, state: Any, invocation: Invocation, steps: int) -> int:
        """Get on by a step in each life."""
        for number in range(steps):
            if not invocation.replaying:
                invocation.step("one", lambda: 1)
                return self.hold(state, invocation) == "held"
            assert invocation.step("one", lambda: 1) == 1, number
        return steps

    def stuck(self, state: Any, invocation: Invocation) -> str:
        """Record a step, and get no further."""
        invocation.step("one", lambda: 1)
        return self.hold(state, invocation)

    def ask(self, state: Any, invocation: Invocation) -> Any:
        """Wait for another worker, which it does not run itself."""
        return invocation.spawn(WorkerId("mine", "other"), "hold", ()).get()

    def trap(self, state: Any, invocation: Invocation) -> None:
        """End by itself, but for the first life."""
        if len(self.engines) == 1:
            self.hold(state, invocation)
        raise Trap("no")

    def well(self, state: Any, invocation: Invocation) -> str:
        self.begun.append(f"well {invocation.worker.name}")
        return "well"

    def crashes(self) -> dict[str, int]:
        """By worker, once everything is written."""
        self.engines[-1].journal.sync()
        return self.on_disk()

    def on_disk(self) -> dict[str, int]:
        """By worker, as the disk has it now."""
        with closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)) as connection:
            rows = connection.execute(
                "SELECT w.name, i.crashes FROM invocation i JOIN worker w ON w.id = i.worker "
                "WHERE i.state = 0"
            )
            return dict(rows.fetchall())


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Lives]:
    made = Lives(tmp_path)
    yield made
    made.leave.set()
    for engine in made.engines:
        engine.close()


def park(lives: Lives, function: str = "hold") -> Sent:
    """Let a call end processes until it is parked."""
    key = lives.host.send("mine/w", function)
    for count in range(MOST_CRASHES + 1):
        until(lambda: "w" in lives.begun)
        assert lives.crashes()["w"] == count, "it is counted before it begins, but for the first"
        lives.next()
    return key


class TestCounting:
    @pytest.mark.parametrize("kind", ["mine", "once"])
    def test_it_is_parked_and_the_others_serve(self, lives: Lives, kind: str) -> None:
        key = lives.host.send(f"{kind}/w", "hold")
        for _ in range(MOST_CRASHES + 1):
            until(lambda: "w" in lives.begun)
            lives.next()
        assert lives.host.call("counter/c", "inc", 1, key="c") == 1
        with pytest.raises(
            StoreError, match=rf"ended {MOST_CRASHES} times while it ran hold.*worker revive"
        ):
            lives.host.call(f"{kind}/w", "hold", key=key)
        assert lives.begun == []
        lives.host.engine.drain()
        [info] = [info for info in inspect.workers(lives.store) if info.worker.name == "w"]
        assert info.status == "parked"
        [entry] = inspect.log(lives.store, WorkerId(kind, "w"))
        assert (entry.state, entry.crashes) == ("pending", MOST_CRASHES)

    def test_what_waits_is_not_counted(self, lives: Lives) -> None:
        lives.host.send("mine/w", "ask")
        for _ in range(MOST_CRASHES + 1):
            until(lambda: "other" in lives.begun)
            until(lambda: lives.crashes()["w"] == 0)
            lives.next()
        until(lambda: lives.crashes() == {"w": 0, "other": MOST_CRASHES})

    def test_a_new_step_begins_the_count_again(self, lives: Lives) -> None:
        lives.host.send("mine/w", "step", 9)
        for _ in range(7):
            until(lambda: "w" in lives.begun)
            lives.next()
        until(lambda: "w" in lives.begun)
        assert lives.crashes()["w"] <= 1

    def test_what_ends_by_itself_is_not_counted(self, lives: Lives) -> None:
        key = lives.host.send("mine/w", "hold")
        for _ in range(2):
            until(lambda: "w" in lives.begun)
            lives.next()
        until(lambda: "w" in lives.begun)
        assert lives.crashes() == {"w": 2}
        lives.leave.set()
        lives.done()
        assert lives.host.status(key) == "done"
        assert lives.host.call("mine/w", "well") == "well"

    def test_an_engine_that_is_closed_is_no_crash(
        self, lives: Lives, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("runtime_shim.queue.engine._GRACE", 0.01)
        lives.host.send("mine/w", "hold")
        until(lambda: "w" in lives.begun)
        lives.next()
        for _ in range(5):
            until(lambda: "w" in lives.begun)
            assert lives.crashes()["w"] == 1
            lives.restart()
            assert lives.crashes()["w"] == 0
            until(lambda: "w" in lives.begun)
            lives.next()

    def test_an_earlier_count_is_kept_where_a_process_ends_in_order(
        self, lives: Lives, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("runtime_shim.queue.engine._GRACE", 0.01)
        lives.host.send("mine/w", "hold")
        for _ in range(2):
            until(lambda: lives.begun)
            lives.next()
        until(lambda: lives.begun)
        lives.restart()
        until(lambda: lives.begun)
        assert lives.seen == {"w": 2}

    def test_it_is_on_disk_before_the_call_begins(self, lives: Lives) -> None:
        lives.host.send("mine/w", "hold")
        until(lambda: lives.begun)
        lives.next()
        until(lambda: lives.begun)
        assert lives.seen == {"w": 1}

    def test_what_waits_for_another_attempt_is_not_counted(self, lives: Lives) -> None:
        lives.retries = RetryPolicies(RetryPolicy(min_delay=60, max_delay=60))
        lives.host.send("mine/w", "trap")
        until(lambda: lives.begun)
        lives.next()
        until(lambda: next(iter(inspect.log(lives.store, MINE))).attempt == 2)
        assert lives.crashes() == {"w": 0}

    def test_what_was_queued_behind_it_is_not_counted(self, lives: Lives) -> None:
        lives.host.send("mine/w", "hold")
        behind = lives.host.send("mine/w", "well")
        until(lambda: "w" in lives.begun)
        lives.next()
        until(lambda: "w" in lives.begun)
        [_, second] = inspect.log(lives.store, MINE)
        assert (second.key, second.crashes) == (behind.key, 0)


class Written(list[tuple[int, bool]]):
    """A journal that notes the count of crashes that is written, and whether it is on disk."""

    def admit(self, task: Task) -> None:
        self.append((task.crashes, False))

    def sync(self) -> None:
        self[-1] = (self[-1][0], True)


class TestWatched:
    @pytest.fixture
    def task(self) -> Task:
        lane = Lane(MINE, HERE, durable=True)
        task = Task(KeyId(MINE, "k"), lane, "f", (), b"", 1)
        task.watched, task.steps = True, 3
        return task

    def test_a_wait_ends_the_count_and_begins_it_again(self, task: Task) -> None:
        journal: Any = Written()
        watched.count(journal, task)
        watched.count(journal, task)
        with watched.waiting(journal, task):
            assert (task.crashes, task.counted) == (0, None)
        assert journal == [(1, True), (0, False), (1, True)]

    def test_a_step_ends_it_for_good(self, task: Task) -> None:
        journal: Any = Written()
        task.crashes = 2
        watched.count(journal, task)
        task.steps += 1
        with watched.waiting(journal, task):
            assert task.crashes == 0
        assert (task.counted, journal) == (None, [(3, True)])

    def test_what_is_not_watched_is_not_counted(self, task: Task) -> None:
        journal: Any = Written()
        task.watched = False
        with watched.waiting(journal, task):
            watched.count(journal, task)
        assert journal == []


class TestRepairs:
    def test_a_revived_call_is_delivered_again(self, lives: Lives) -> None:
        key = park(lives)
        lives.engines[-1].close()
        assert inspect.revive(lives.store, MINE)
        assert not inspect.revive(lives.store, MINE)
        assert list(check(lives.store)) == []
        lives.leave.set()
        with closing(SqliteEngine(lives.store)) as engine:
            Host(engine).deploy(mine=Guest(hold=lives.hold))
            assert engine.invoke(MINE, "hold", (), key.key, HERE) == "held"

    def test_a_host_revives_it_as_well(self, lives: Lives) -> None:
        key, engine = park(lives), lives.engines[-1]
        behind = lives.host.send("mine/w", "well")
        assert engine.suspects is not None
        assert not engine.suspects.acquit(WorkerId("mine", "other"))
        assert engine.suspects.acquit(MINE)
        assert not engine.suspects.acquit(MINE)
        lives.leave.set()
        assert engine.invoke(MINE, "hold", (), key.key, HERE) == "held"
        assert engine.invoke(MINE, "well", (), behind.key, HERE) == "well"
        engine.close()
        assert list(check(lives.store)) == []

    def test_a_revived_call_is_counted_from_the_beginning(self, lives: Lives) -> None:
        park(lives)
        suspected = lives.engines[-1].suspects
        assert suspected is not None
        assert suspected.acquit(MINE)
        until(lambda: lives.begun)
        assert lives.seen == {"w": 1}

    @pytest.mark.parametrize("function", ["hold", "stuck"])
    def test_a_cancelled_call_lets_its_worker_go_on(self, lives: Lives, function: str) -> None:
        key = park(lives, function)
        behind = lives.host.send("mine/w", "well")
        lives.engines[-1].close()
        with inspect.repairing(lives.store) as repairs:
            assert repairs.cancel(MINE, key.key)
        assert list(check(lives.store)) == []
        with closing(SqliteEngine(lives.store)) as engine:
            Host(engine).deploy(mine=Guest(hold=lives.hold, stuck=lives.stuck, well=lives.well))
            with pytest.raises(InvocationFailed, match="cancelled"):
                engine.invoke(MINE, function, (), key.key, HERE)
            assert engine.invoke(MINE, "well", (), behind.key, HERE) == "well"

    def test_a_host_cancels_it_as_well(self, lives: Lives) -> None:
        key = park(lives)
        behind = lives.host.send("mine/w", "well")
        assert lives.host.engine.cancel(*key)
        lives.done()
        assert lives.host.status(behind) == "done"
        with pytest.raises(InvocationFailed, match="cancelled"):
            lives.host.call("mine/w", "hold", key=key)


class TestOrder:
    def test_suspects_come_last_and_one_by_one(
        self, lives: Lives, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(suspects, "_ALONE", 60.0)
        names = ["a", "b", "c"]
        for name in names:
            lives.host.send(f"mine/{name}", "hold")
        for _ in range(2):
            until(lambda: len(lives.begun) == 3)
            lives.next()
        assert sorted(lives.crashes().values()) == [1, 1, 1]
        key = lives.host.send("mine/d", "well")
        until(lambda: lives.host.status(key) == "done")
        until(lambda: len(lives.begun) > 1)
        time.sleep(0.1)
        assert len(lives.begun) == 2, "the others wait for the first of them"
        assert sorted(lives.crashes().values()) == [1, 1, 2]
        lives.leave.set()
        lives.done()
        assert sorted(lives.begun) == ["a", "b", "c", "well d"]

    def test_they_come_after_what_began_when_the_process_ended(
        self, lives: Lives, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(suspects, "_OTHERS", 60.0)
        lives.host.send("mine/a", "hold")
        until(lambda: lives.begun)
        lives.next()
        until(lambda: lives.begun)
        lives.host.send("mine/b", "hold")
        until(lambda: "b" in lives.begun)
        lives.next()
        until(lambda: lives.begun)
        time.sleep(0.1)
        assert lives.begun == ["b"]
        lives.leave.set()
        lives.done()
        assert lives.begun == ["b", "a"]

    def test_the_least_suspicious_comes_first(
        self, lives: Lives, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(suspects, "_ALONE", 60.0)
        for name in "ab":
            lives.host.send(f"mine/{name}", "hold")
        for _ in range(2):
            until(lambda: len(lives.begun) == 2)
            lives.next()
        until(lambda: lives.begun)
        [first] = lives.begun
        assert lives.crashes()[first] == 2
        lives.next()
        until(lambda: lives.begun)
        assert lives.begun == ["a" if first == "b" else "b"]

    def test_one_that_goes_on_does_not_keep_them(
        self, lives: Lives, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(suspects, "_ALONE", 0.05)
        for name in "ab":
            lives.host.send(f"mine/{name}", "hold")
        for _ in range(2):
            until(lambda: len(lives.begun) == 2)
            lives.next()
        until(lambda: len(lives.begun) == 2)

    def test_one_that_waits_for_another_is_not_alone_with_it(
        self, lives: Lives, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(suspects, "_OTHERS", 60.0)
        monkeypatch.setattr(suspects, "_ALONE", 60.0)
        lives.host.send("mine/w", "ask")
        for _ in range(3):
            until(lambda: "other" in lives.begun)
            lives.next()
        until(lambda: "other" in lives.begun)
        lives.leave.set()
        lives.done()
        assert [info.pending for info in inspect.workers(lives.store)] == [0, 0]

    def test_what_runs_for_the_first_time_is_not_watched(self, lives: Lives) -> None:
        lives.host.send("mine/a", "hold")
        until(lambda: lives.begun)
        lives.next()
        until(lambda: lives.begun)
        lives.host.send("mine/b", "hold")
        until(lambda: "b" in lives.begun)
        assert lives.crashes() == {"a": 1, "b": 0}
