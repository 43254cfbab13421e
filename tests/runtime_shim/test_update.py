"""Workers are moved to another build if that does what they did."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import update_harness
from builds import ONE, TEN, Build, count, opened, whole
from crashing import crashes
from engine_guests import Function, append, inc
from update_size import looked, made

from runtime_shim.engines.sqlite.stored import SqliteFile
from runtime_shim.errors import StoreError, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.seams import Invocation
from runtime_shim.update import Verdict, update


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def double(state: dict[str, Any], invocation: Invocation, by: int = 1) -> int:
    """As `inc`, with another body."""
    return inc(state, invocation, by)


def moved(store: Path, build: Build, *workers: str, **options: Any) -> dict[str, str | None]:
    only = [WorkerId("counter", name) for name in workers]
    found = update(SqliteFile(store), "counter", build, only=only, **options)
    return {one.worker.name: one.problem for one in found}


SAME = Build("same", {"inc": double, "append": append, "new": double})


class TestSame:
    def test_a_build_that_does_the_same_gets_the_workers(self, store: Path) -> None:
        with opened(store, ONE) as host:
            for name in "ab":
                for number in range(3):
                    host.call(f"counter/{name}", "inc", number, key=f"{name}{number}")
        assert moved(store, SAME, check=True) == {"a": None, "b": None}
        assert moved(store, SAME, "a") == {"a": None}
        assert count(store, "component") == count(store, "binary") == 2
        assert moved(store, SAME) == {"b": None}
        assert moved(store, SAME) == {}
        assert whole(store)
        assert count(store, "component") == count(store, "binary") == 1
        with opened(store, SAME) as host:
            assert host.call("counter/a", "new", 1) == 4
            assert host.call("counter/a", "inc", 2, key="a2") == 3

    def test_a_worker_that_had_failed_can_be_moved_and_revived(self, store: Path) -> None:
        def trap(state: Any, invocation: Invocation) -> None:
            raise Trap("a fault", retriable=False)

        with opened(store, Build("bad", {"inc": inc, "trap": trap})) as host:
            host.call("counter/a", "inc", 1)
            with pytest.raises(Exception, match="a fault"):
                host.call("counter/a", "trap")
        good = Build("good", {"inc": inc, "trap": lambda state, invocation: None})
        assert moved(store, good) == {"a": None}
        with SqliteFile(store).repairing() as repairs:
            assert repairs.revive(WorkerId("counter", "a"))
        with opened(store, good) as host:
            assert host.call("counter/a", "trap") is None
            assert host.call("counter/a", "inc", 1) == 2

    def test_a_store_without_the_bytes_of_the_old_build(self, store: Path) -> None:
        with opened(store, ONE) as host:
            host.call("counter/a", "inc", 1)
        import sqlite3
        from contextlib import closing

        with closing(sqlite3.connect(store)) as connection, connection:
            connection.execute("DELETE FROM binary")
        assert moved(store, SAME) == {"a": None}
        with opened(store, SAME) as host:
            assert host.call("counter/a", "inc", 1) == 2


def clocks(state: Any, invocation: Invocation, by: int = 1) -> int:
    invocation.step("clock", lambda: 7)
    invocation.step("other-clock", lambda: 8)
    state["n"] = state.get("n", 0) + by
    return int(state["n"])


def none(state: Any, invocation: Invocation, by: int = 1) -> int:
    state["n"] = state.get("n", 0) + by
    return int(state["n"])


def other(state: Any, invocation: Invocation, by: int = 1) -> int:
    invocation.step("other-clock", lambda: 8)
    return by


def fails(state: Any, invocation: Invocation, by: int = 1) -> int:
    raise ValueError("no")


def asks(name: str, *args: Any) -> Function:
    def ask(state: Any, invocation: Invocation, by: int = 1) -> Any:
        invocation.step("clock", lambda: 7)
        return invocation.call(WorkerId("counter", name), "inc", args)

    return ask


class TestDifferences:
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (clocks, ("call 1, inc (key k), step 1: recorded was the end of the call; this build "
             "makes the host call other-clock")),
            (none, ("step 0: recorded was the host call clock, which gave .*; this build ends the "
             "call")),
            (other, ("step 0: recorded was the host call clock, which gave .*; this build makes the "
             "host call other-clock")),
            (lambda s, i, by: inc(s, i, by) + 1, ("call 1, inc (key k): recorded was the result 5; "
             "this build returns 6")),
            (fails, "this build fails: "),
        ],
    )  # fmt: skip
    def test_what_it_did_is_named(self, store: Path, change: Function, said: str) -> None:
        with opened(store, ONE) as host:
            host.call("counter/a", "inc", 5, key="k")
        build = Build(f"change {said}", {"inc": change})
        problem = str(moved(store, build)["a"])
        pattern = said.replace("(", r"\(").replace(")", r"\)")
        assert re.search(pattern, problem), problem
        assert count(store, "component") == 1
        with opened(store, build) as host:
            assert host.call("counter/a", "inc", 1) == 6  # by the build that it has

    def test_a_function_that_is_gone(self, store: Path) -> None:
        with opened(store, ONE) as host:
            host.call("counter/a", "append", 5)
        assert "refuses the call: no function append" in str(moved(store, TEN)["a"])

    def test_the_call_of_a_worker_and_its_arguments(self, store: Path) -> None:
        with opened(store, ONE, asker=Build("asker", {"ask": asks("b", 3)})) as host:
            host.call("asker/a", "ask")
        for change, said in (
            (asks("b", 4), ("recorded was the call of inc of counter/b with (3); this build gives it "
             "(4)")),
            (asks("c", 3), ("recorded was the call of inc of counter/b, which gave 3; this build "
             "makes the call of inc of counter/c")),
        ):  # fmt: skip
            build = Build(f"asker {said}", {"ask": change})
            [verdict] = update(SqliteFile(store), "asker", build, check=True)
            assert said in str(verdict.problem)

    def test_all_or_nothing_or_those_that_pass(self, store: Path) -> None:
        with opened(store, ONE) as host:
            host.call("counter/a", "inc", 1)
            host.call("counter/b", "append", 1)
        only = Build("only inc", {"inc": inc})
        found = moved(store, only)
        assert (found["a"], found["b"] is None) == (None, False)
        assert count(store, "component") == 1
        assert moved(store, only, partial=True) == found
        assert count(store, "component") == 2
        assert moved(store, only) == {"b": found["b"]}
        with opened(store, only) as host:
            assert host.call("counter/a", "inc", 1) == 2
            assert host.call("counter/b", "append", 2) == [1, 2]

    def test_what_is_queued_has_to_fit(self, store: Path) -> None:
        with opened(store, ONE) as host:
            later = host.clock() + 3600
            host.send("counter/a", "append", 1, due=later)
            host.send("counter/b", "inc", 1, due=later)
        found = moved(store, TEN)
        assert "append" in str(found["a"])
        assert "is queued, which this build refuses: no function append" in str(found["a"])
        assert found["b"] is None

    def test_a_worker_in_the_middle_of_a_call_is_named(self, store: Path) -> None:
        def stops(state: Any, invocation: Invocation) -> None:
            invocation.step("clock", lambda: 1)
            raise StoreError("the disk is gone")

        with opened(store, Build("stops", {"stops": stops})) as host:
            host.send("counter/a", "stops")
            host.engine.drain()
        [problem] = moved(store, SAME).values()
        assert "it is in the middle of stops (key-" in str(problem)
        assert str(problem).endswith(
            "; a host that is given the store finishes it, `witgen worker cancel` drops it"
        )

    def test_a_store_in_use_can_be_checked_only(self, store: Path) -> None:
        with opened(store, ONE) as host:
            host.call("counter/a", "inc", 1)
            assert moved(store, SAME, check=True) == {"a": None}
            with pytest.raises(StoreError, match="in use"):
                moved(store, SAME)


@pytest.mark.parametrize("at", ["statements", "sizes"])
def test_a_crash_at_every_write_leaves_all_old_or_all_new(store: Path, at: str) -> None:
    """Before each statement, and where each page goes to the disk, in whole or by half."""
    with opened(store, ONE) as host:
        for name in "abc":
            host.call(f"counter/{name}", "inc", 1)
    found = crashes(store, at)
    assert all(one.whole and len(set(one.new)) == 1 for one in found)
    assert [one.new[0] for one in found] == sorted(one.new[0] for one in found)
    assert len(found) > 20
    assert (found[0].ended, found[-1].ended) == (False, True)


def test_verdicts_say_how_long_a_history_is(store: Path) -> None:
    with opened(store, ONE) as host:
        for _ in range(4):
            host.call("counter/a", "inc", 1)
    [verdict] = update(SqliteFile(store), "counter", SAME, check=True)
    assert verdict == Verdict(WorkerId("counter", "a"), 4, None)


@pytest.mark.long
def test_hosts_that_are_killed_while_workers_move(tmp_path: Path) -> None:
    found = update_harness.run(50_000, 4, tmp_path)
    assert found.problems == ()
    assert found.kills > 0
    assert found.moves > 0


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read in /proc")
def test_a_hundred_thousand_calls_take_no_more_memory_than_ten_thousand(tmp_path: Path) -> None:
    few, many = (looked(made(tmp_path, 1000, calls)) for calls in (10, 100))
    assert (few.workers, few.calls) == (1000, 10_000)
    assert (many.workers, many.calls) == (1000, 100_000)
    assert many.resident < few.resident + 8
