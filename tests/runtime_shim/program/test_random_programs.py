"""Calls of every kind, by chance, on a store that is closed and opened again and again meanwhile."""

from __future__ import annotations

import itertools
import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from engine_guests import FAST, HERE, Guest, Host, side_by_side
from random_programs import WORKERS, Program, World, check, program

from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import StoreError, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.protocol.seams import Invocation
from runtime_shim.replay.handler import WorkerHandler

CALLERS = 3


class Driver:
    """Asks as one does whose answers may be cut off: with the same key until there is one."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.world = World()
        self.engine = self.open()

    def open(self) -> SqliteEngine:
        engine = SqliteEngine(self.store, retries=FAST)
        guest = Guest(run=self.world.run, read=self.world.read)
        engine.start(WorkerHandler({"actor": guest}, capacity=2))
        return engine

    def reopen(self) -> None:
        self.engine.close()
        self.engine = self.open()

    def ask(self, key: str, worker: int, function: str, *args: Any) -> Any:
        while True:
            try:
                return self.engine.invoke(WorkerId("actor", str(worker)), function, args, key, HERE)
            except StoreError:
                time.sleep(0.002)


def run(store: Path, seed: int, programs: int, reopens: int) -> tuple[list[str], int]:
    """What is wrong after `programs` were run, and how many invocations that was."""
    chance, numbers = random.Random(seed), itertools.count()  # noqa: S311 -- a test's dice
    roots: list[tuple[int, Program]] = []
    for _ in range(programs):
        worker = chance.randrange(2)
        roots.append((worker, program(chance, numbers, worker)))
    told: list[Any] = [None] * programs
    driver = Driver(store)

    def caller(first: int) -> None:
        for number in range(first, programs, CALLERS):
            worker, own = roots[number]
            told[number] = driver.ask(f"root-{seed}-{number}", worker, "run", own)

    threads = [threading.Thread(target=caller, args=(n,), daemon=True) for n in range(CALLERS)]
    for thread in threads:
        thread.start()
    for _ in range(reopens):
        time.sleep(chance.uniform(0, 0.03))
        driver.reopen()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), f"stuck with seed {seed}"
    time.sleep(0.03)  # what is scheduled is due then
    driver.engine.drain()
    driver.reopen()
    lists = {w: driver.ask(f"read-{w}", w, "read") for w in range(WORKERS)}
    driver.engine.close()
    return check(roots, told, lists, driver.world.effects), len(driver.world.effects)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_doubled_or_reordered(tmp_path: Path, seed: int) -> None:
    problems, count = run(tmp_path / "store.db", seed, 24, 8)
    assert problems == []
    assert count > 50


@pytest.mark.parametrize("how", ["call", "spawn"])
def test_closing_is_no_answer(tmp_path: Path, how: str) -> None:
    """A call is awaited that waits for its retry: whoever opens the store next goes on with both."""
    traps: list[str] = []

    def outer(state: Any, invocation: Invocation) -> Any:
        target = WorkerId("g", "b")
        if how == "call":
            return invocation.call(target, "inner", ())
        return invocation.spawn(target, "inner", ()).get()

    def inner(state: Any, invocation: Invocation) -> str:
        if not traps:
            traps.append("once")
            raise Trap("once")
        return "answered"

    def open_() -> Host:
        engine = SqliteEngine(tmp_path / "s.db", retries=RetryPolicies(RetryPolicy(min_delay=1)))
        return Host(engine).deploy(g=Guest(outer=outer, inner=inner))

    host = open_()

    def close() -> None:
        time.sleep(0.2)
        host.engine.close()

    told = side_by_side(lambda: host.call("g/a", "outer", key="k"), close)
    assert type(told[0]) is StoreError
    begin = time.perf_counter()
    host = open_()
    assert host.call("g/a", "outer", key="k") == "answered"
    assert time.perf_counter() - begin < 4
    host.engine.close()


@pytest.mark.long
def test_nothing_is_lost_doubled_or_reordered_at_length(tmp_path: Path) -> None:
    for seed in range(100, 130):
        problems, _ = run(tmp_path / f"store-{seed}.db", seed, 60, 20)
        assert problems == [], seed
