"""Guests that are interrupted while they run, and what becomes of their calls."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import wasmtime
from restless_guests import SLEEPER, SPINNER

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.inspection import looking
from runtime_shim.errors import InvocationFailed, StoreError, TimedOut
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment, Limits
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy

FOR_EVER = 0
ONCE = RetryPolicies(RetryPolicy(max_attempts=1))


def host(store: Path | None, **limits: Any) -> Host:
    engine = SqliteEngine(store, retries=ONCE) if store else MemoryEngine(retries=ONCE)
    texts = {"t:spin": SPINNER, "t:sleep": SLEEPER}
    components = {
        name: Deployment(bytes(wasmtime.wat2wasm(text)), limits=Limits(**limits))
        for name, text in texts.items()
    }
    return Host(engine=engine, components=components, interruptible=True)


def running(host: Host, component: str, function: str, argument: int, key: str) -> None:
    """Have a call under way."""
    with pytest.raises(TimedOut):
        host.invoke(component, "w", function, (argument,), key=key, timeout=0.0)
    while host.status(component, "w", key) != "running":
        time.sleep(0.005)
    time.sleep(0.05)


def waited(host: Host, component: str, function: str, argument: int, key: str) -> None:
    host.invoke(component, "w", function, (argument,), key=key, timeout=60)


@pytest.mark.parametrize(
    ("component", "function", "argument"),
    [("t:spin", "spin", FOR_EVER), ("t:sleep", "sleep", 10**15)],
    ids=["computes", "sleeps"],
)
def test_an_interrupted_call_stays_queued(
    tmp_path: Path, component: str, function: str, argument: int
) -> None:
    store = tmp_path / "s.db"
    with host(store) as opened:
        assert opened.invoke("t:spin", "w", "inc", (3,)) == 3
        running(opened, component, function, argument, "k")
        opened.interrupt()
        with pytest.raises(StoreError, match="interrupted"):
            waited(opened, component, function, argument, "k")
        assert opened.engine.unfinished() == ((WorkerId(component, "w"), function, "k"),)
    with looking(store) as records:
        [entry] = records.log(WorkerId(component, "w"), pending=True)
        assert (entry.key, entry.attempt) == ("k", 1), "it has not failed"
    with host(store) as opened:
        assert opened.invoke("t:spin", "other", "inc", (3,)) == 3
        assert opened.engine.unfinished()[0][2] == "k", "the next process goes on with it"
        opened.interrupt()


@pytest.mark.parametrize(
    ("component", "function", "argument"),
    [("t:spin", "spin", FOR_EVER), ("t:sleep", "sleep", 10**15)],
    ids=["computes", "sleeps"],
)
def test_a_call_that_runs_is_cancelled_alone(
    tmp_path: Path, component: str, function: str, argument: int
) -> None:
    store = tmp_path / "s.db"
    with host(store) as opened:
        assert opened.invoke("t:spin", "w", "inc", (3,)) == 3
        running(opened, component, function, argument, "k")
        running(opened, "t:sleep", "sleep", 10**15, "other") if component == "t:spin" else None
        queued = opened.send(component, "w", function, (1,))
        assert opened.cancel(component, "w", "k")
        assert opened.status(component, "w", "k") == "cancelled"
        assert not opened.cancel(component, "w", "k")
        waited(opened, component, function, 1, queued)
        assert opened.invoke("t:spin", "w", "inc", (3,)) == 6
        if component == "t:spin":
            assert opened.status("t:sleep", "w", "other") == "running"
            assert opened.cancel("t:sleep", "w", "other")
        with pytest.raises(InvocationFailed, match="cancelled"):
            waited(opened, component, function, argument, "k")
    with host(store) as opened:
        assert opened.engine.unfinished() == ()
        assert opened.status(component, "w", "k") == "cancelled"
        assert opened.invoke("t:spin", "w", "inc", (3,)) == 9


def test_an_interrupted_rebuild_is_no_failed_attempt(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    with host(store) as opened:
        opened.invoke("t:spin", "w", "spin", (400_000_000,))
    with host(store) as opened:
        with pytest.raises(TimedOut):
            opened.invoke("t:spin", "w", "inc", (3,), key="k", timeout=0.0)
        opened.interrupt()
        with pytest.raises(StoreError, match="interrupted"):
            waited(opened, "t:spin", "inc", 3, "k")
    with host(store) as opened:
        assert opened.invoke("t:spin", "w", "inc", (3,), key="k") == 3


def test_what_begins_afterwards_is_interrupted_as_well() -> None:
    with host(None) as opened:
        opened.interrupt()
        with pytest.raises(StoreError, match="interrupted"):
            waited(opened, "t:spin", "spin", FOR_EVER, "k")


def test_others_are_not(tmp_path: Path) -> None:
    """Neither those of another host, nor those that nobody may interrupt."""
    with host(None) as one, host(None) as other:
        running(other, "t:spin", "spin", FOR_EVER, "k")
        one.interrupt()
        time.sleep(0.1)
        assert other.status("t:spin", "w", "k") == "running"
        plain = Deployment(bytes(wasmtime.wat2wasm(SPINNER)))
        with Host(engine=MemoryEngine(), components={"t:spin": plain}) as third:
            third.invoke("t:spin", "w", "spin", (50_000_000,))
            third.interrupt()
            third.invoke("t:spin", "w", "spin", (50_000_000,))
        other.interrupt()


def test_a_deadline_still_ends_a_call() -> None:
    with host(None, deadline=0.1) as opened:
        with pytest.raises(InvocationFailed, match="took longer than its deadline"):
            waited(opened, "t:spin", "spin", FOR_EVER, "k")
        opened.invoke("t:spin", "x", "spin", (1000,))
