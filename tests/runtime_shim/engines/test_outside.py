"""Callers from outside that do not wait for ever, and a clock that is set."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from engine_guests import EVERY, HERE, Clock, Guest, Host, hosts, inc

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import StoreError, TimedOut, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.protocol.seams import Invocation
from runtime_shim.queue.engine import QueueEngine
from runtime_shim.replay.handler import WorkerHandler

WORKER = WorkerId("slow", "a")


class Slow(Guest):
    """A guest that holds on until it is let go."""

    def __init__(self) -> None:
        super().__init__(hold=self.hold)
        self.entered, self.leave = threading.Event(), threading.Event()
        self.runs = 0

    def hold(self, state: dict[str, Any], invocation: Invocation) -> int:
        self.runs += 1
        self.entered.set()
        assert self.leave.wait(20)
        return self.runs


@pytest.fixture(params=EVERY)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    yield from hosts(request.param, tmp_path)


@pytest.fixture
def slow(host: Host) -> Iterator[Slow]:
    guest = Slow()
    host.deploy(slow=guest)
    yield guest
    guest.leave.set()


def hold(host: Host, timeout: float | None, key: str = "k") -> Any:
    return host.engine.invoke(WORKER, "hold", (), key, HERE, timeout)


class TestTimeout:
    def test_what_is_not_over_goes_on(self, host: Host, slow: Slow) -> None:
        with pytest.raises(TimedOut, match=r"hold is not over after 0.01 s; it goes on"):
            hold(host, 0.01)
        assert slow.entered.wait(10)
        for timeout in (0.0, -1, -1e300):
            with pytest.raises(TimedOut):
                hold(host, timeout)
        if not host.remote:
            [task] = host.engine._book.tasks.values()
            assert task.waiters == (), "nobody waits any more"
        threading.Timer(0.02, slow.leave.set).start()
        assert hold(host, 60.0) == 1
        assert slow.runs == 1

    def test_a_key_that_is_due_in_a_thousand_years(self, host: Host, slow: Slow) -> None:
        host.engine.send(WORKER, "hold", (), "k", HERE, host.clock() + 3e10)
        with pytest.raises(TimedOut):
            hold(host, 0.01)
        assert host.engine.status(WORKER, "k") == "pending"
        assert host.engine.cancel(WORKER, "k")

    @pytest.mark.parametrize("timeout", [1e300, float("inf")])
    def test_longer_than_any_lock_waits(self, host: Host, slow: Slow, timeout: float) -> None:
        slow.leave.set()
        assert hold(host, timeout) == 1

    def test_a_closed_engine_ends_the_wait(self, host: Host, slow: Slow) -> None:
        host.send("slow/a", "hold")
        assert slow.entered.wait(10)
        threading.Timer(0.05, host.engine.close).start()
        with pytest.raises(StoreError):
            hold(host, 60.0)
        slow.leave.set()

    def test_a_bell(self, host: Host, slow: Slow) -> None:
        rung = threading.Event()
        with pytest.raises(TimedOut):
            hold(host, 0.0)
        assert host.engine.ring(WORKER, "k", rung.set)
        assert not rung.is_set()
        slow.leave.set()
        assert rung.wait(10)
        assert not host.engine.ring(WORKER, "k", rung.set)
        assert not host.engine.ring(WORKER, "unknown", rung.set)

    def test_what_is_unfinished(self, host: Host, slow: Slow) -> None:
        assert host.engine.unfinished() == ()
        for key in ("k", "l"):
            with pytest.raises(TimedOut):
                hold(host, 0.0, key)
        assert host.engine.unfinished() == ((WORKER, "hold", "k"), (WORKER, "hold", "l"))
        slow.leave.set()
        assert hold(host, 20.0, "l") == 2
        assert host.engine.unfinished() == ()


class Backwards(Clock):
    """A clock that is set back an hour whenever somebody looks."""

    def __call__(self) -> float:
        self.skipped -= 3600
        return super().__call__()


def flaky(state: dict[str, Any], invocation: Invocation) -> int:
    if invocation.attempt == 1:
        raise Trap("no")
    return invocation.attempt


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_retry_does_not_wait_for_a_clock(kind: str, tmp_path: Path) -> None:
    policies = RetryPolicies(RetryPolicy(min_delay=0.01))
    engine: QueueEngine
    if kind == "memory":
        engine = MemoryEngine(retries=policies, clock=Backwards())
    else:
        engine = SqliteEngine(tmp_path / "s", retries=policies, clock=Backwards())
    with closing(engine):
        host = Host(engine).deploy(bad=Guest(flaky=flaky))
        assert engine.invoke(WorkerId("bad", "a"), "flaky", (), "k", HERE, 20.0) == 2
        assert host.call("counter/a", "inc") == 1


def test_a_retry_of_an_earlier_process_waits_no_longer_than_any(tmp_path: Path) -> None:
    clock, begun = Clock(), threading.Event()

    def once(state: dict[str, Any], invocation: Invocation) -> int:
        begun.set()
        return flaky(state, invocation)

    def engine(delay: float) -> SqliteEngine:
        policies = RetryPolicies(RetryPolicy(min_delay=delay, max_delay=delay))
        return SqliteEngine(tmp_path / "s", retries=policies, clock=clock)

    with closing(engine(100.0)) as first:
        key = Host(first, clock).deploy(bad=Guest(flaky=once)).send("bad/a", "flaky")
        assert begun.wait(10)
        while first.status(*key) != "pending":
            time.sleep(0.001)
    clock.skip(-1e6)
    with closing(engine(0.05)) as second:
        second.start(WorkerHandler({"bad": Guest(flaky=once)}))
        assert second.invoke(WorkerId("bad", "a"), "flaky", (), key.key, HERE, 20.0) == 2


def test_a_call_that_was_due_and_begun_is_not_due_again(tmp_path: Path) -> None:
    clock, second = Clock(), Slow()

    def begin(state: dict[str, Any], invocation: Invocation) -> int:
        invocation.step("here", lambda: 1)
        return second.hold(state, invocation)

    with closing(SqliteEngine(tmp_path / "s", clock=clock)) as engine:
        engine.start(WorkerHandler({"slow": Guest(hold=begin)}))
        engine.send(WORKER, "hold", (), "k", HERE, clock() + 0.01)
        assert second.entered.wait(10)
        copied(engine, tmp_path)
        second.leave.set()
    clock.skip(-1e6)
    with closing(SqliteEngine(tmp_path / "copy", clock=clock)) as engine:
        engine.start(WorkerHandler({"slow": Guest(hold=begin)}))
        assert engine.invoke(WORKER, "hold", (), "k", HERE, 20.0) == 2


def test_a_host_opens_beside_what_an_earlier_one_left(tmp_path: Path) -> None:
    first, second = Slow(), Slow()
    with closing(SqliteEngine(tmp_path / "s")) as engine:
        host = Host(engine).deploy(slow=first)
        host.call("counter/a", "inc")
        engine.send(WORKER, "hold", (), "k", HERE)
        assert first.entered.wait(10)
        copied(engine, tmp_path)
        first.leave.set()
    with closing(SqliteEngine(tmp_path / "copy")) as engine:
        handler = WorkerHandler({"slow": second, "counter": Guest(inc=inc)})
        opening = threading.Thread(target=engine.start, args=(handler,), daemon=True)
        opening.start()
        opening.join(20)
        assert not opening.is_alive()
        assert second.entered.wait(10)
        assert engine.invoke(WorkerId("counter", "a"), "inc", (1,), "new", HERE) == 2
        assert engine.status(WORKER, "k") == "running"
        second.leave.set()
        assert engine.invoke(WORKER, "hold", (), "k", HERE, 20.0) == 1


def copied(engine: SqliteEngine, folder: Path) -> None:
    """The store as it is, as `copy`."""
    engine.journal.sync()
    for suffix in ("", "-wal"):
        shutil.copy(folder / f"s{suffix}", folder / f"copy{suffix}")
