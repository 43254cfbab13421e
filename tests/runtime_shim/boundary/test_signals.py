"""Signals on the main thread, while a guest runs there: they wait for a place to raise."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from luck_guest import instance

from runtime_shim.boundary.context import innermost
from runtime_shim.boundary.trap import from_error
from runtime_shim.errors import Trap


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Those of Python, whatever has been set before."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def send(number: int = signal.SIGINT) -> None:
    os.kill(os.getpid(), number)


def test_in_an_import_it_raises_there() -> None:
    seen: list[str] = []

    def draw(ticket: int) -> str:
        try:
            send()
            time.sleep(5)
        except KeyboardInterrupt:
            seen.append("there")
            raise
        return "ok"

    guest = instance(draw)
    with pytest.raises(KeyboardInterrupt):
        guest.call("go", 1)
    assert seen == ["there"]
    with pytest.raises(Trap, match="it was interrupted"):
        guest.call("go", 1)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_import_may_go_on() -> None:
    caught: list[int] = []

    def draw(ticket: int) -> str:
        try:
            send()
            time.sleep(5)
        except KeyboardInterrupt:
            caught.append(ticket)
        return "ok"

    with instance(draw) as guest:
        guest.call("go", 1)
        guest.call("go", 1)
    assert len(caught) == 2


def test_while_a_guest_runs_it_comes_with_the_next_import(monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment is one in which raising would end the process: a callback that has begun."""
    drawn: list[int] = []

    def draw(ticket: int) -> str:
        drawn.append(ticket)
        return "ok"

    def late() -> Any:
        send()
        return innermost()

    guest = instance(draw)
    monkeypatch.setattr("runtime_shim.boundary.ffi.innermost", late)
    with pytest.raises(KeyboardInterrupt):
        guest.call("go", 3)
    assert drawn == []


def test_what_comes_at_the_end_is_raised_behind_the_guest(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*args: Any) -> Any:
        send()
        return from_error(*args)

    monkeypatch.setattr("runtime_shim.boundary.trap.from_error", late)

    def draw(ticket: int) -> str:
        raise ValueError("first")

    guest = instance(draw)
    with pytest.raises(KeyboardInterrupt) as raised:
        guest.call("go", 1)
    assert isinstance(raised.value.__context__, Trap)
    with pytest.raises(Trap, match="first"):
        guest.call("go", 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGALRM, signal.SIGUSR1, signal.SIGCHLD])
def test_any_signal(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    class Told(Exception):
        pass

    def tell(number: int, frame: Any) -> None:
        raise Told

    def late() -> Any:
        send(number)
        return innermost()

    monkeypatch.setattr("runtime_shim.boundary.ffi.innermost", late)
    before = signal.signal(number, tell)
    try:
        guest = instance(lambda ticket: "ok")
        with pytest.raises(Trap) as trap:
            guest.call("go", 3)
        assert isinstance(trap.value.__cause__, Told)
        assert signal.getsignal(number) is tell
    finally:
        signal.signal(number, before)


def test_a_handler_that_an_import_sets_stays() -> None:
    def mine(number: int, frame: Any) -> None:
        return

    def draw(ticket: int) -> str:
        signal.signal(signal.SIGINT, mine)
        return "ok"

    before = signal.getsignal(signal.SIGINT)
    try:
        with instance(draw) as guest:
            guest.call("go", 1)
        assert signal.getsignal(signal.SIGINT) is mine
    finally:
        signal.signal(signal.SIGINT, before)


RANDOM = """
import os, random, signal, sys, threading, time
from luck_guest import instance
from runtime_shim.errors import ShimError

guest, begun, stop, counts = None, threading.Event(), threading.Event(), [0, 0]

def shoot():
    chance = random.Random(7)
    begun.wait()
    for _ in range(100):
        time.sleep(chance.uniform(0.0005, 0.006))
        os.kill(os.getpid(), signal.SIGINT)
    stop.set()

threading.Thread(target=shoot, daemon=True).start()
while not stop.is_set():
    try:
        try:
            guest = guest or instance(lambda ticket: "ok")
            begun.set()
            guest.call("go", 300)
            counts[0] += 1
        except KeyboardInterrupt:
            counts[1] += 1
        except ShimError as error:
            assert "it was interrupted" in str(error), error
            guest = None
    except KeyboardInterrupt:
        counts[1] += 1
signal.signal(signal.SIGINT, signal.SIG_IGN)
print(counts)
os._exit(0 if counts[1] else 3)
"""


def test_many_at_random_moments() -> None:
    """None is fatal, and what was interrupted says so."""
    support = str(Path(__file__).parents[2] / "support")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([support, *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", RANDOM], env=environment, capture_output=True, text=True, check=False
    )
    # One between two calls, outside of both `try`, ends the script as it does any in Python.
    assert done.returncode in {0, -signal.SIGINT}, done.stderr
