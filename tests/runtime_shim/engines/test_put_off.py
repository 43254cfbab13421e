"""A call for which the host lacks something is put off: it has not failed, and nobody waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from engine_guests import FAST, HERE, KEEPING, Guest, Host, Sent, hosts

from runtime_shim.engines.direct import DirectEngine
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import (
    HostTrouble,
    InvocationFailed,
    Late,
    OutOfMemory,
    RpcError,
    StoreError,
    Trap,
)
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.seams import Invocation
from runtime_shim.queue import endings


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endings, "_SOON", 0.005)


@pytest.fixture(params=KEEPING)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    yield from hosts(request.param, tmp_path)


@pytest.fixture(params=["memory", "sqlite"])
def local(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    """A host whose calls nobody else can go on with: a server asks again, also other hosts."""
    yield from hosts(request.param, tmp_path)


def ended(host: Host, key: str | Sent, status: str = "done") -> None:
    end = time.monotonic() + 30
    while host.status(key) != status:
        assert time.monotonic() < end, host.status(key)
        time.sleep(0.002)


def lacks(
    host: Host, worker: str, function: str, *args: Any, key: str = "k", told: str = "no memory"
) -> None:
    """Ask for what the host lacks something for; on a server, who waits is told only the end."""
    if host.remote:
        component, _, name = worker.partition("/")
        host.asked[key] = target = WorkerId(component, name)
        host.engine.send(target, function, args, key, HERE)
        return
    with pytest.raises(StoreError, match=told):
        host.call(worker, function, *args, key=key)


class Short:
    """A guest for which the host lacks something a few times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.lacking = threading.Event()
        self.lacking.set()

    def run(self, state: dict[str, int], invocation: Invocation) -> list[int]:
        before = invocation.call(WorkerId("counter", "effects"), "inc", (1,))
        if self.times > 0 or (self.lacking.is_set() and self.times < 0):
            self.times -= 1
            raise HostTrouble("no memory")
        state["n"] = state.get("n", 0) + 1
        return [before, state["n"], invocation.attempt]

    def ask(self, state: Any, invocation: Invocation) -> Any:
        return invocation.call(WorkerId("short", "w"), "run", ())


def test_it_goes_on_by_itself(host: Host) -> None:
    short = Short(3)
    host.deploy(short=Guest(run=short.run))
    lacks(host, "short/w", "run")
    ended(host, "k")
    assert host.call("short/w", "run", key="k") == [1, 1, 1], "no attempt was counted"
    assert host.call("counter/effects", "inc", 0) == 1, "what it had done was not done again"
    assert host.call("short/w", "run") == [2, 2, 1]


def test_those_behind_it_go_on_too(host: Host) -> None:
    short = Short(2)
    host.deploy(short=Guest(run=short.run))
    keys = [host.send("short/w", "run") for _ in range(4)]
    for key in keys:
        ended(host, key)
    assert [host.call("short/w", "run", key=key)[1] for key in keys] == [1, 2, 3, 4]
    host.engine.drain()


def test_its_caller_is_put_off_as_well(host: Host) -> None:
    short = Short(2)
    host.deploy(short=Guest(run=short.run), ask=Guest(ask=short.ask))
    lacks(host, "ask/a", "ask")
    ended(host, "k")
    assert host.call("ask/a", "ask", key="k") == [1, 1, 1]
    assert host.call("counter/effects", "inc", 0) == 1


def test_a_caller_in_the_background_is_not_told_a_failure(host: Host) -> None:
    short = Short(2)

    def plan(state: Any, invocation: Invocation) -> Any:
        try:
            return invocation.spawn(WorkerId("short", "w"), "run", ()).get()
        except RpcError as error:
            return str(error)

    host.deploy(short=Guest(run=short.run), plan=Guest(plan=plan))
    key = host.send("plan/a", "plan")
    ended(host, key)
    assert host.call("plan/a", "plan", key=key) == [1, 1, 1]


def test_draining_does_not_wait_for_it_and_it_can_be_cancelled(host: Host) -> None:
    short = Short(-1)
    host.deploy(short=Guest(run=short.run))
    key = host.send("short/w", "run")
    host.engine.drain()
    while not host.engine.cancel(*key):
        time.sleep(0.001)
    short.lacking.clear()
    assert host.status(key) == "cancelled"
    ended(host, host.send("short/w", "run"))


def test_the_next_process_goes_on_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endings, "_SOON", 60.0)
    short = Short(1)
    with closing(SqliteEngine(tmp_path / "store", retries=FAST)) as engine:
        host = Host(engine).deploy(short=Guest(run=short.run), ask=Guest(ask=short.ask))
        with pytest.raises(StoreError, match="no memory"):
            host.call("ask/a", "ask", key="k")
        with pytest.raises(StoreError, match="no memory"):
            host.call("ask/a", "ask", key="l")
    with closing(SqliteEngine(tmp_path / "store", retries=FAST)) as engine:
        Host(engine).deploy(short=Guest(run=short.run), ask=Guest(ask=short.ask))
        assert engine.invoke(WorkerId("ask", "a"), "ask", (), "k", HERE) == [1, 1, 1]


def test_without_records_nothing_is_done_again() -> None:
    short = Short(1)
    with closing(DirectEngine()) as engine:
        host = Host(engine).deploy(short=Guest(run=short.run))
        with pytest.raises(StoreError, match="no memory"):
            host.call("short/w", "run")
        time.sleep(0.05)
        assert host.call("counter/effects", "inc", 0) == 1


def test_threads_that_cannot_start(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, allowed = threading.Thread.start, threading.Event()

    def start(thread: threading.Thread) -> None:
        if thread.name.startswith(("runtime-shim-worker", "guest")) and not allowed.is_set():
            raise RuntimeError("can't start new thread")
        begin(thread)

    host.deploy()
    monkeypatch.setattr(threading.Thread, "start", start)
    keys = [host.send("counter/a", "inc"), host.send("counter/b", "inc")]
    if not host.remote:
        with pytest.raises(StoreError, match="can't start new thread"):
            host.call("counter/a", "inc", key=keys[0])
        assert host.call("counter/c", "inc") == 1, "a caller's own thread is there"
    host.engine.drain()
    allowed.set()
    for key in keys:
        ended(host, key)
    assert host.call("counter/a", "inc") == 2


@pytest.mark.parametrize("name", ["runtime-shim-writer", "runtime-shim-patrol"])
def test_a_store_that_cannot_have_its_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    begin = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        if thread.name == name:
            raise RuntimeError("can't start new thread")
        begin(thread)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        with pytest.raises(HostTrouble, match="cannot be opened: can't start new thread"):
            SqliteEngine(tmp_path / "store")
    with closing(SqliteEngine(tmp_path / "store")) as engine:
        assert Host(engine).deploy().call("counter/a", "inc") == 1


class TestRebuild:
    """What ended well once and now traps: the worker may use less, or the machine is slower."""

    @staticmethod
    def guest(errors: list[Trap]) -> Guest:
        def fragile(state: dict[str, int], invocation: Invocation, trap: bool) -> int:
            if trap and invocation.attempt == 1:
                raise Trap("so that it is rebuilt")
            if invocation.replaying and not trap and errors:
                raise errors.pop()
            state["n"] = state.get("n", 0) + 1
            return state["n"]

        return Guest(fragile=fragile)

    @pytest.mark.parametrize("error", [Late("too late"), OutOfMemory("memory exhausted")])
    def test_time_and_memory_may_be_enough_later(self, host: Host, error: Trap) -> None:
        host.deploy(own=self.guest([error] * 4))
        assert host.call("own/w", "fragile", False) == 1
        lacks(host, "own/w", "fragile", True, told="cannot be rebuilt")
        ended(host, "k")
        assert host.call("own/w", "fragile", True, key="k") == 2

    def test_what_has_outgrown_a_limit_waits(self, local: Host) -> None:
        host = local
        errors = [Trap("all fuel consumed", retriable=False)]
        host.deploy(own=self.guest(errors))
        assert host.call("own/w", "fragile", False) == 1
        for _ in range(2):
            with pytest.raises(
                StoreError, match=r"cannot be rebuilt: all fuel.*limits that it had"
            ):
                host.call("own/w", "fragile", True, key="k")
        assert host.status("k") == "pending"

    def test_another_trap_counts(self, host: Host) -> None:
        host.deploy(own=self.guest([Trap("no") for _ in range(9)]))
        assert host.call("own/w", "fragile", False) == 1
        with pytest.raises(InvocationFailed, match="no"):
            host.call("own/w", "fragile", True)
