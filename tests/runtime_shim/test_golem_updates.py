"""Golem's tests of updates of workers (`hot_update.rs`), line by line.

| Golem's test | here |
|---|---|
| `auto_update_on_idle` | the same |
| `failing_auto_update_on_idle` | the same; what the new build would have done is told |
| `auto_update_on_idle_with_non_diverging_history` | the same |
| `auto_update_on_running` | Golem interrupts the call and runs it again in the new build. Here a call ends in the build that it began in, and its worker is moved then, if the call agrees; else it is named |
| `failing_auto_update_on_running` | the same: the call ends in the old build, and the worker keeps that |
| `manual_update_on_idle`, `…_using_v11`, `…_without_save_snapshot`, `…_with_failing_load` | not here: guests cannot save and load their state, so there are no manual updates |
| `auto_update_on_running_followed_by_manual` | two automatic ones, one after the other |
| `scheduled_ephemeral_invocation_uses_schedule_time_component_revision` | not so: a worker that lives for one call runs what is deployed when it runs |
| `stale_scheduled_invocation_dropped_after_worker_recreation` | not needed: a worker with scheduled calls is not deleted |
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from builds import Build, opened, whole
from engine_guests import Function, Host

from runtime_shim.engines.records import managed
from runtime_shim.engines.sqlite.stored import SqliteFile
from runtime_shim.errors import StillBusy, UnknownFunction
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.seams import Invocation
from runtime_shim.redeploy import Mover
from runtime_shim.update import update

W = WorkerId("counter", "w")
LONG = 30.0
State = dict[str, Any]


class Blocked:
    """A peer that `f1` asks, and that answers when it may."""

    def __init__(self) -> None:
        self.reached, self.resume = threading.Event(), threading.Event()
        self.resume.set()

    def f1(self, result: int) -> Function:
        """Tell it how far one is, and come to a result."""

        def run(state: State, invocation: Invocation) -> int:
            def ask() -> None:
                self.reached.set()
                assert self.resume.wait(LONG)

            invocation.step("http", ask, external=True)
            state["n"] = result
            return result

        return run


def random(state: State, invocation: Invocation) -> int:
    return int(invocation.step("random", lambda: 7_000_000_000))


def current(state: State, invocation: Invocation) -> int:
    return int(state.get("n", 0))


def f3(state: State, invocation: Invocation) -> int:
    state["calls"] = state.get("calls", 0) + 1
    return 5


def f4(state: State, invocation: Invocation) -> int:
    return 9 + int(state.get("calls", 0))


@pytest.fixture
def peer() -> Blocked:
    return Blocked()


@pytest.fixture
def v1(peer: Blocked) -> Build:
    return Build("golem 1", {"f1": peer.f1(300), "f2": random, "f3": f3})


@pytest.fixture
def v2(peer: Blocked) -> Build:
    return Build("golem 2", {"f1": peer.f1(150), "f2": current, "f3": f3, "f4": f4})


@pytest.fixture
def v3(peer: Blocked) -> Build:
    """As the second, with `get`."""
    return Build("golem 3", {"f1": peer.f1(150), "f2": current, "f3": f3, "f4": f4, "get": current})


@contextmanager
def newer(store: Path, build: Build) -> Iterator[tuple[Host, Mover]]:
    with opened(store, build) as host:
        yield host, Mover(managed(host.engine), host.handler, build)
    assert whole(store)


@pytest.fixture
def store(tmp_path: Path, v1: Build) -> Path:
    """With a worker of the first build, which did nothing that changes."""
    with opened(tmp_path / "s.db", v1) as host:
        assert host.call("counter/w", "f3") == 5
    return tmp_path / "s.db"


def build_of(store: Path) -> str:
    with SqliteFile(store).looking() as records:
        return next(records.workers(W)).build


def test_auto_update_on_idle(store: Path, v2: Build) -> None:
    with newer(store, v2) as (host, mover):
        assert mover.move(W, 0.0) is None
        assert host.call("counter/w", "f2") == 0
    assert build_of(store) == v2.digest


def test_failing_auto_update_on_idle(store: Path, v1: Build, v2: Build) -> None:
    with opened(store, v1) as host:
        assert host.call("counter/w", "f1") == 300
    with newer(store, v2) as (host, mover):
        said = str(mover.move(W, 0.0))
        assert "call 2, f1 (" in said
        assert "recorded was the result 300; this build returns 150" in said
        assert host.call("counter/w", "f2") == 7_000_000_000
    assert build_of(store) == v1.digest


def test_auto_update_on_idle_with_non_diverging_history(store: Path, v1: Build, v2: Build) -> None:
    with opened(store, v1) as host:
        assert host.call("counter/w", "f3") == 5
    [verdict] = update(SqliteFile(store), "counter", v2)  # the same without a host
    assert verdict.problem is None
    with newer(store, v2) as (host, mover):
        assert mover.move(W, 0.0) is None
        assert host.call("counter/w", "f4") == 11
    assert build_of(store) == v2.digest


@contextmanager
def running(host: Host, peer: Blocked) -> Iterator[Any]:
    """A call of `f1` that has reached its peer."""
    peer.reached.clear()
    peer.resume.clear()
    with ThreadPoolExecutor(1) as pool:
        try:
            call = pool.submit(host.call, "counter/w", "f1")
            assert peer.reached.wait(LONG)
            yield call
        finally:
            peer.resume.set()


@pytest.mark.parametrize("agrees", [True, False])
def test_auto_update_on_running(
    store: Path, peer: Blocked, v1: Build, v2: Build, agrees: bool
) -> None:
    target = (
        Build("golem 1, more", {"f1": peer.f1(300), "f2": random, "f3": f3, "f4": f4})
        if agrees
        else v2
    )
    with newer(store, target) as (host, mover), ThreadPoolExecutor(1) as pool:
        with running(host, peer) as call:
            with pytest.raises(StillBusy, match=r"it is in the middle of f1 \(key-"):
                mover.move(W, 0.01)
            moving = pool.submit(mover.move, W, LONG)
            peer.resume.set()
            assert call.result(LONG) == 300
        said = moving.result(LONG)
        if agrees:
            assert said is None
            assert host.call("counter/w", "f4") == 10
        else:
            assert "recorded was the result 300; this build returns 150" in str(said)
            with pytest.raises(UnknownFunction):
                host.call("counter/w", "f4")
        assert host.call("counter/w", "f3") == 5
    assert build_of(store) == (target.digest if agrees else v1.digest)


def test_failing_auto_update_on_running(store: Path, peer: Blocked, v1: Build, v2: Build) -> None:
    with opened(store, v1) as host:
        assert host.call("counter/w", "f2") == 7_000_000_000
    with newer(store, v2) as (host, mover):
        with running(host, peer) as call:
            said = str(mover.move(W, LONG))  # before it waits for the call
            assert "call 2, f2 (" in said
            assert "recorded was the host call random, which gave 7000000000" in said
            peer.resume.set()
            assert call.result(LONG) == 300
        assert host.call("counter/w", "f3") == 5
    assert build_of(store) == v1.digest


def test_one_update_after_another(store: Path, v2: Build, v3: Build) -> None:
    with newer(store, v2) as (host, mover):
        assert mover.move(W, 0.0) is None
        assert host.call("counter/w", "f1") == 150
    with newer(store, v3) as (host, mover):
        assert mover.move(W, 0.0) is None
        assert host.call("counter/w", "get") == 150
    assert build_of(store) == v3.digest
