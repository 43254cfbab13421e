"""Calls between two Python guests, against one direct call of the same function in stock wasmtime-py.

    python bench/bench_rpc.py [--rounds 9] [--calls 2000] [--journal-calls 100000]

Everything runs in the same process, in turns, and medians count. The direct call is the least that
any host could do: the target's own work and wasmtime-py's conversion of its values. A remote call is
what a loop in the caller sees, with the caller's CPython on top: linked dynamically, on the engine
without a journal, the one in memory and the one on SQLite (FULL, until all is on disk); and with the
client composed in. Two calls that compute for a second are started together and polled for.
Exit status 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import wasmtime
from wasmtime.component import Component, Func, Linker, Record

import witgen
from runtime_shim.engines.direct import DirectEngine
from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.queue.engine import QueueEngine
from witgen.app.componentize import Source, componentize
from witgen.client.caller import add_client

TARGET_WIT = """package bench:target;
interface api {
  record bid { item: string, amount: u64, final: bool }
  add: func(a: u32, b: u32) -> u32;
  highest: func(bids: list<bid>) -> bid;
  spin: func(times: u32) -> u32;
}
world target { export api; }
"""
TARGET = """
from wit_world import exports

class Api(exports.Api):
    def add(self, a, b):
        return a + b

    def highest(self, bids):
        return max(bids, key=lambda bid: bid.amount)

    def spin(self, times):
        n = 0
        for _ in range(times):
            n += 1
        return n
"""
CALLER_WIT = """package bench:caller;
world caller {
  export adds: func(times: u32) -> u32;
  export lists: func(times: u32) -> u64;
  /// Start so many calls that compute, and say in which order they were ready.
  export spins: func(workers: u32, times: u32) -> list<u32>;
}
"""
CALLER = """
import wit_world
from wit_world.imports import poll, target_client
from wit_world.imports.target_types import Bid

class WitWorld(wit_world.WitWorld):
    def adds(self, times):
        api, total = target_client.Api("w"), 0
        for _ in range(times):
            total = api.blocking_add(total, 1)
        return total

    def lists(self, times):
        api, total = target_client.Api("w"), 0
        bids = [Bid(f"item {number}", number, False) for number in range(10)]
        for _ in range(times):
            total += api.blocking_highest(bids).amount
        return total

    def spins(self, workers, times):
        futures = {n: target_client.Api(f"s{n}").spin(times) for n in range(workers)}
        order = []
        while futures:
            waiting = list(futures)
            ready = poll.poll([futures[n].subscribe() for n in waiting])
            for index in ready:
                assert futures.pop(waiting[index]).get() == times
                order.append(waiting[index])
        return order
"""
CALLS = {"add(u32, u32)": "adds", "highest(10 records)": "lists"}


def built() -> tuple[bytes, bytes, bytes]:
    """The target, the caller, and the caller with its client composed in."""
    target_wit, caller_wit = {"target.wit": TARGET_WIT.encode()}, {
        "caller.wit": CALLER_WIT.encode()
    }
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "target.wit"
        path.write_text(TARGET_WIT)
        client = witgen.client(witgen.load(path))
    sources = (
        Source(target_wit, "target", {"app.py": TARGET.encode()}, "app"),
        Source(add_client(caller_wit, client), "caller", {"app.py": CALLER.encode()}, "app"),
    )
    target, caller = (componentize(source).data for source in sources)
    return target, caller, witgen.compose(caller, [witgen.native_client(client)])


class Direct:
    """The target in a store of its own, called with stock wasmtime-py."""

    def __init__(self, data: bytes) -> None:
        config = wasmtime.Config()
        config.wasm_component_model = True
        engine = wasmtime.Engine(config)
        linker = Linker(engine)
        linker.add_wasip2()
        self.store = wasmtime.Store(engine)
        self.store.set_wasi(wasmtime.WasiConfig())
        self.component = Component(engine, data)
        self.instance = linker.instantiate(self.store, self.component)
        self.api = self.component.get_export_index("bench:target/api")
        self.add, self.highest = self.function("add"), self.function("highest")

    def function(self, name: str) -> Func:
        index = self.component.get_export_index(name, self.api)
        assert index is not None
        func = self.instance.get_func(self.store, index)
        assert func is not None
        return func

    def adds(self, times: int) -> None:
        add, store, total = self.add, self.store, 0
        for _ in range(times):
            total = add(store, total, 1)

    def lists(self, times: int) -> None:
        highest, store, total = self.highest, self.store, 0
        bids = [bid(number) for number in range(10)]
        for _ in range(times):
            total += highest(store, bids).amount


def bid(number: int) -> Record:
    """A record as wasmtime-py wants it."""
    record = Record()
    record.item, record.amount, record.final = f"item {number}", number, False  # type: ignore[attr-defined]  # a record has the fields one gives it
    return record


class Calls:
    """A host of both guests."""

    def __init__(self, engine: QueueEngine, target: bytes, caller: bytes) -> None:
        self.engine = engine
        components = {"bench:target": Deployment(target), "bench:caller": Deployment(caller)}
        self.host = Host(engine=engine, components=components)

    def run(self, function: str, *args: int) -> object:
        """One invocation of the caller, until all is on disk."""
        value = self.host.invoke("bench:caller", "c", function, args)
        self.engine.drain()
        return value


def seconds(run: Callable[[], object]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def in_turns(runs: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each."""
    for run in runs.values():
        run()  # once, so that everything is there
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            found[name].append(seconds(run))
    return {name: statistics.median(times) for name, times in found.items()}


def line(what: str, micros: float, ratio: float, goal: float | None = None) -> bool:
    """Print a figure; whether its goal is missed."""
    missed = goal is not None and ratio > goal
    verdict = "" if goal is None else f"at most {goal:g}: {'NO' if missed else 'yes'}"
    print(f"{what:54} {micros:9.1f} us {ratio:6.2f} x  {verdict}")
    return missed


def small_calls(direct: Direct, hosts: dict[str, Calls], calls: int, rounds: int) -> int:
    """Remote calls against direct ones."""
    missed = 0
    for title, function in CALLS.items():
        runs: dict[str, Callable[[], object]] = {
            "direct, stock wasmtime-py": lambda f=function: getattr(direct, f)(calls),  # type: ignore[misc]  # a default
        }
        for name, host in hosts.items():
            runs[name] = lambda h=host, f=function: h.run(f, calls)  # type: ignore[misc]  # as above
        times = in_turns(runs, rounds)
        base = times["direct, stock wasmtime-py"]
        for name, time_ in times.items():
            small = (title, name) == ("add(u32, u32)", "dynamic, no journal")
            goal = 0.9 if small else None
            missed += line(f"{title}: {name}", time_ / calls * 1e6, time_ / base, goal)
    return missed


def long_run(hosts: dict[str, Calls], calls: int) -> int:
    """Many calls with the journal against the same without, thrice."""
    names = ("dynamic, no journal", "dynamic, SQLite FULL")
    runs = {name: lambda h=hosts[name]: h.run("adds", calls) for name in names}
    times = in_turns(runs, 3)
    none, full = (times[name] for name in names)
    line(f"{calls} calls, no journal", none / calls * 1e6, 1.0)
    return line(f"{calls} calls, SQLite FULL, drained", full / calls * 1e6, full / none, 3.0)


def computing(hosts: dict[str, Calls], rounds: int) -> int:
    """Two calls that compute for about a second each against one."""
    missed, times = 0, 1_000_000
    took = seconds(lambda: hosts["dynamic, no journal"].run("spins", 1, times))
    times = int(times / took)
    for name in ("dynamic, SQLite FULL", "static client, SQLite FULL"):
        found = in_turns(
            {str(n): lambda n=n, h=hosts[name]: h.run("spins", n, times) for n in (1, 2)},  # type: ignore[misc]  # a default
            max(rounds // 3, 1),
        )
        missed += line(
            f"two computing calls, {name}", found["2"] * 1e6, found["2"] / found["1"], 1.6
        )
    return missed


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--journal-calls", type=int, default=100_000)
    options = parser.parse_args()
    target, caller, composed = built()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:

        def host(engine: QueueEngine, own: bytes) -> Calls:
            calls = Calls(engine, target, own)
            stack.callback(calls.host.close)
            return calls

        hosts = {
            "dynamic, no journal": host(DirectEngine(), caller),
            "static client, no journal": host(DirectEngine(), composed),
            "dynamic, in memory": host(MemoryEngine(), caller),
            "dynamic, SQLite FULL": host(SqliteEngine(Path(folder) / "a"), caller),
            "static client, SQLite FULL": host(SqliteEngine(Path(folder) / "b"), composed),
        }
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        missed = small_calls(Direct(target), hosts, options.calls, options.rounds)
        missed += long_run(hosts, options.journal_calls)
        missed += computing(hosts, options.rounds)
        print(f"load {os.getloadavg()[0]:.1f}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
