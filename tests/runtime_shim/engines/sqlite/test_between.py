"""A worker is held between two of its calls, and moved there; others go on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from builds import ONE, Build, opened, whole
from engine_guests import COUNTER, Host, eventually, inc

from runtime_shim.engines.records import managed
from runtime_shim.errors import StillBusy, StoreError, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.retry import RetryPolicy
from runtime_shim.protocol.seams import Invocation
from runtime_shim.redeploy import Mover

A = WorkerId("counter", "a")
LONG = 30.0


class Gate:
    """A function of a guest that goes on when it may."""

    def __init__(self) -> None:
        self.begun, self.open = threading.Event(), threading.Event()

    def __call__(self, state: dict[str, Any], invocation: Invocation, by: int = 1) -> int:
        self.begun.set()
        assert self.open.wait(LONG)
        return inc(state, invocation, by)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def store(tmp_path: Path, gate: Gate) -> Path:
    store = tmp_path / "store.db"
    with opened(store, Build("old", COUNTER | {"slow": gate})) as host:
        for name in "ab":
            host.call(f"counter/{name}", "inc", 1)
    return store


@contextmanager
def serving(store: Path, gate: Gate, **functions: Any) -> Iterator[tuple[Host, Mover]]:
    build = Build(f"new {sorted(functions)}", COUNTER | {"slow": gate} | functions)
    with opened(store, build) as host:
        try:
            yield host, Mover(managed(host.engine), host.handler, build)
        finally:
            gate.open.set()


@contextmanager
def aside(*calls: Callable[[], Any]) -> Iterator[list[Future[Any]]]:
    with ThreadPoolExecutor(len(calls)) as pool:
        yield [pool.submit(call) for call in calls]


def test_it_is_moved_when_its_call_is_over(store: Path, gate: Gate) -> None:
    order: list[Any] = []

    def after(state: dict[str, Any], invocation: Invocation) -> int:
        order.append("called")
        return inc(state, invocation, 1)

    with serving(store, gate, after=after) as (host, mover):
        with aside(lambda: host.call("counter/a", "slow", 5)) as (call,):
            assert gate.begun.wait(LONG)
            with aside(lambda: mover.move(A, LONG)) as (moving,):
                assert host.call("counter/b", "inc", 1) == 2  # others go on
                assert not moving.done()
                gate.open.set()
                assert moving.result(LONG) is None
            assert call.result(LONG) == 6
        assert host.call("counter/a", "after") == 7  # only the new build has it
        assert order == ["called"]
    assert whole(store)


def test_it_is_named_if_that_takes_too_long(store: Path, gate: Gate) -> None:
    with serving(store, gate) as (host, mover):
        with aside(lambda: host.call("counter/a", "slow", 5, key="k")) as (call,):
            assert gate.begun.wait(LONG)
            with pytest.raises(StillBusy, match=r"^it is in the middle of slow \(k\)$"):
                mover.move(A, 0.01)
            gate.open.set()
            assert call.result(LONG) == 6
        assert host.call("counter/a", "inc", 1) == 7
        assert mover.move(A, 0.0) is None


def test_what_it_is_asked_meanwhile_waits(store: Path, gate: Gate) -> None:
    with serving(store, gate) as (host, _), ThreadPoolExecutor(1) as pool:
        held = managed(host.engine)
        with held.between(A, 0.0):
            call = pool.submit(lambda: host.call("counter/a", "inc", 1))
            eventually(lambda: held.queued(A))
            assert [(name, args) for name, _, args in held.queued(A)] == [("inc", (1,))]
            assert host.call("counter/b", "inc", 1) == 2
            with pytest.raises(StillBusy, match="not over"):
                held.repaired(A, lambda records: records.delete(A))
            assert not call.done()
        assert call.result(LONG) == 2


def test_a_worker_that_is_held_is_not_deleted(store: Path, gate: Gate) -> None:
    with serving(store, gate) as (host, _):
        held = managed(host.engine)
        with held.between(A, 0.0), pytest.raises(StillBusy, match="not over"):
            held.repaired(A, lambda records: records.delete(A))
        assert held.repaired(A, lambda records: records.delete(A)) == 1


def test_two_updates_of_a_worker_follow_each_other(store: Path, gate: Gate) -> None:
    with serving(store, gate) as (host, mover), ThreadPoolExecutor(3) as pool:
        with managed(host.engine).between(A, 0.0):
            with pytest.raises(StillBusy, match=r"^it is in the middle of an update$"):
                mover.move(A, 0.0)
            moving = [pool.submit(mover.move, A, LONG) for _ in range(3)]
            holder = host.engine._book.lanes[A].running
            eventually(lambda: holder is not None and len(holder.waiters) == 3)
            assert not any(one.done() for one in moving)
        assert [one.result(LONG) for one in moving] == [None] * 3
        assert host.call("counter/a", "inc", 1) == 2
    assert whole(store)


def test_a_call_that_waits_for_its_next_attempt_is_not_over(store: Path, gate: Gate) -> None:
    def fails(state: dict[str, Any], invocation: Invocation) -> None:
        invocation.set_retry_policy(RetryPolicy(min_delay=3600.0, max_delay=3600.0))
        raise Trap("not yet")

    with serving(store, gate, fails=fails) as (host, mover):
        assert mover.move(A, 0.0) is None
    again = Build("again", COUNTER | {"slow": gate, "fails": fails})
    with opened(store, again) as host, ThreadPoolExecutor(1) as pool:
        mover = Mover(managed(host.engine), host.handler, again)
        host.send("counter/a", "fails")
        eventually(lambda: host.engine._book.lanes[A].queue)
        with pytest.raises(StillBusy, match="in the middle of fails"):
            mover.move(A, 0.01)
        moving = pool.submit(mover.move, A, LONG)
        (task,) = host.engine._book.tasks.values()
        eventually(lambda: task.waiters)
        assert host.engine.cancel(A, f"key-{host.keys}")
        assert moving.result(LONG) is None
        assert host.call("counter/a", "inc", 1) == 2
    assert whole(store)


def test_what_it_did_meanwhile_is_looked_at(store: Path, gate: Gate) -> None:
    """The build differs only in the call that runs while the history is looked at."""
    with serving(store, gate, slow=lambda state, invocation, by=1: -1) as (host, mover):
        with aside(lambda: host.call("counter/a", "slow", 5)) as (call,):
            assert gate.begun.wait(LONG)
            with aside(lambda: mover.move(A, LONG)) as (moving,):
                (task,) = host.engine._book.tasks.values()
                eventually(lambda: task.waiters)
                gate.open.set()
                assert "call 2, slow" in moving.result(LONG)
                assert "this build ends the call" in moving.result(LONG)
            assert call.result(LONG) == 6
        assert host.call("counter/a", "inc", 1) == 7


def test_what_is_queued_has_to_fit(store: Path, gate: Gate) -> None:
    less = Build("less", {"inc": inc})
    with opened(store, less) as host:
        host.send("counter/a", "append", 1, due=host.clock() + 3600)
        mover = Mover(managed(host.engine), host.handler, less)
        said = str(mover.move(A, 0.0))
        assert "append (" in said
        assert "is queued, which this build refuses: no function append" in said


def test_a_worker_that_is_not_there(store: Path, gate: Gate) -> None:
    with serving(store, gate) as (host, mover):
        nobody = WorkerId("counter", "nobody")
        with pytest.raises(StoreError, match="no worker counter/nobody"):
            mover.move(nobody, 0.0)
        with pytest.raises(StoreError, match="no worker counter/nobody"):
            managed(host.engine).between(nobody, 0.0).__enter__()
        assert nobody not in host.engine._book.lanes


def test_a_host_that_is_closed_meanwhile(store: Path, gate: Gate) -> None:
    with serving(store, gate) as (host, _):
        held = managed(host.engine).between(A, 0.0)
        held.__enter__()
        host.engine.close()
        with pytest.raises(StoreError, match="closed"):
            managed(host.engine).changed(A, lambda repairs: repairs.move([A], "counter", "x", b""))
        held.__exit__(None, None, None)
    assert whole(store)
    with opened(store, ONE) as host:
        assert host.call("counter/a", "inc", 1) == 2
