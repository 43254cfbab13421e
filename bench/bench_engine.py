"""What durability costs: the SQLite engine against the in-memory one, in the same run.

    python bench/bench_engine.py [--calls 100000] [--outside 2000]

The guests are Python functions, so the figures are the engine's cost alone. Calls between workers
are timed three times in turn, and the best of each counts: other load on the machine only adds. Exit status 1 when a
goal is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.seams import Invocation
from runtime_shim.queue.engine import QueueEngine
from runtime_shim.replay.handler import WorkerHandler

NOWHERE = Environment()
COUNTER = WorkerId("counter", "c")


class Program:
    """A component of one function; its state is a number."""

    durable = True
    binary: bytes | None = None

    def __init__(self, run: Callable[..., Any]) -> None:
        self.run = run
        self.digest = run.__name__

    def earlier(self, binary: bytes) -> Program:
        """There is one."""
        return self

    def check(self, function: str, args: tuple[Any, ...]) -> None:
        pass

    def instantiate(self, worker: WorkerId, environment: Environment) -> Running:
        return Running(self.run)


class Running:
    def __init__(self, run: Callable[..., Any]) -> None:
        self.run = run
        self.number = 0

    def call(self, function: str, args: tuple[Any, ...], invocation: Invocation) -> Any:
        return self.run(self, invocation, *args)

    def close(self) -> None:
        pass


def inc(self: Running, invocation: Invocation) -> int:
    """Count, with one recorded host call."""
    invocation.step("clock", time.time_ns)
    self.number += 1
    return self.number


def plain(self: Running, invocation: Invocation) -> int:
    """Count."""
    self.number += 1
    return self.number


def loop(self: Running, invocation: Invocation, calls: int) -> int:
    """Call the counter."""
    return int([invocation.call(COUNTER, "inc", ()) for _ in range(calls)][-1])


def started(engine: QueueEngine) -> QueueEngine:
    engine.start(
        WorkerHandler({"counter": Program(inc), "plain": Program(plain), "caller": Program(loop)})
    )
    return engine


def calls_between_workers(engine: QueueEngine, calls: int, callers: int = 1) -> float:
    """Seconds for calls of some workers to one other, until all is on disk."""
    with closing(started(engine)):

        def call(caller: str) -> None:
            engine.invoke(WorkerId("caller", caller), "loop", (calls // callers,), caller, NOWHERE)

        begin = time.perf_counter()
        side_by_side(call, callers)
        engine.drain()
        spent = time.perf_counter() - begin
        assert engine.invoke(COUNTER, "inc", (), "all", NOWHERE) == calls // callers * callers + 1
        return spent


def side_by_side(call: Callable[[str], None], callers: int) -> None:
    """Run `call` with a name in a thread each."""
    threads = [threading.Thread(target=call, args=(str(number),)) for number in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def calls_from_outside(path: Path, calls: int, callers: int) -> float:
    """Acknowledged calls a second, each caller with a counter of its own."""
    with closing(started(SqliteEngine(path))) as engine:

        def call(caller: str) -> None:
            worker = WorkerId("counter", caller)
            for number in range(calls // callers):
                engine.invoke(worker, "inc", (), f"{caller}-{number}", NOWHERE)

        begin = time.perf_counter()
        side_by_side(call, callers)
        return calls / (time.perf_counter() - begin)


def rebuild(path: Path, invocations: int) -> float:
    """Seconds until a worker with a history of trivial invocations answers after a restart."""
    worker = WorkerId("plain", "p")
    with closing(started(SqliteEngine(path))) as engine:
        for number in range(invocations):
            engine.invoke(worker, "plain", (), f"{number}", NOWHERE)
    begin = time.perf_counter()
    with closing(started(SqliteEngine(path))) as engine:
        engine.invoke(worker, "plain", (), "own", NOWHERE)
        return time.perf_counter() - begin


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--outside", type=int, default=2000)
    options = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pairs = [
            (
                calls_between_workers(MemoryEngine(), options.calls),
                calls_between_workers(SqliteEngine(folder / f"rpc-{number}"), options.calls),
                calls_between_workers(SqliteEngine(folder / f"all-{number}"), options.calls, 8),
            )
            for number in range(3)
        ]
        without, with_, together = (min(times) for times in zip(*pairs, strict=True))
        one = calls_from_outside(folder / "one", options.outside, 1)
        eight = calls_from_outside(folder / "eight", options.outside, 8)
        cold = rebuild(folder / "cold", 10_000)
    rows = [
        ("calls between workers, in memory", f"{without / options.calls * 1e6:.1f} us", None),
        ("the same with the journal", f"{with_ / options.calls * 1e6:.1f} us", None),
        ("ratio", f"{with_ / without:.2f}", ("at most 3", with_ / without <= 3)),
        ("the same by 8 callers of one worker", f"{together / options.calls * 1e6:.1f} us", None),
        ("their speed", f"{with_ / together:.2f}", ("at least 0.7", with_ / together >= 0.7)),
        ("acknowledged calls from outside, 1 caller", f"{one:.0f}/s", None),
        ("the same, 8 callers", f"{eight:.0f}/s", None),
        ("ratio", f"{eight / one:.2f}", ("at least 2", eight / one >= 2)),
        ("10,000 invocations rebuilt", f"{cold:.2f} s", ("below 1 s", cold < 1)),
    ]
    for what, figure, goal in rows:
        verdict = "" if goal is None else f"{goal[0]}: {'yes' if goal[1] else 'NO'}"
        missed += goal is not None and not goal[1]
        print(f"{what:44} {figure:>12}  {verdict}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
