"""Many idle Python workers under a memory budget.

    python bench/bench_memory.py [--workers 10000] [--budget 1GiB] [--again 500]

Each worker is called once, in turn, with the journal on SQLite. Then some are called again here
and there, most of which were unloaded meanwhile, so they are rebuilt. Exit status 1
when more than 1.3 times the budget was resident, or the median of those answers took more than 50 ms.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from runtime_shim import Deployment, Host, SqliteEngine
from runtime_shim.heap import share_heaps
from runtime_shim.replay.budget import resident, size
from witgen.app.componentize import Source, componentize

WIT = """package bench:idle;
world idle { export add: func(amount: u32) -> u32; }
"""
GUEST = """
import wit_world

total, seen = 0, []

class WitWorld(wit_world.WitWorld):
    def add(self, amount):
        global total
        total += amount
        seen.append(bytes(amount))
        return total
"""
MOST = 1.3  # times the budget
SLOWEST = 50.0  # ms


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=10_000)
    parser.add_argument("--budget", default="1GiB")
    parser.add_argument("--again", type=int, default=500)
    options = parser.parse_args()
    share_heaps()
    built = componentize(
        Source({"idle.wit": WIT.encode()}, "idle", {"app.py": GUEST.encode()}, "app")
    )
    most, budget = 0, size(options.budget)
    with (
        tempfile.TemporaryDirectory() as folder,
        Host(
            engine=SqliteEngine(Path(folder) / "store"),
            components={"bench:idle": Deployment(built.data)},
            memory_budget=budget,
        ) as host,
    ):
        assert host.invoke("bench:idle", "first", "add", (7,)) == 7
        own, begin = resident(), time.perf_counter()
        for number in range(options.workers):
            assert host.invoke("bench:idle", f"w{number}", "add", (7,)) == 7
            most = max(most, resident())
        took = time.perf_counter() - begin
        times = []
        chosen = [n * 7919 % options.workers for n in range(options.again)]
        for number in chosen:
            began = time.perf_counter()
            assert host.invoke("bench:idle", f"w{number}", "add", (7,)) == 14
            times.append((time.perf_counter() - began) * 1e3)
            most = max(most, resident())
    times.sort()
    middle = statistics.median(times)
    print(f"| {options.workers:,} workers, called once | {took:.1f} s |")
    print(f"| resident with one worker | {own / 2**20:.0f} MiB |")
    print(f"| most that was resident | {most / 2**20:.0f} MiB, {most / budget:.2f} of the budget |")
    print(f"| {options.again} of them called again, median | {middle:.1f} ms |")
    print(f"| the slowest in a hundred | {times[-len(times) // 100]:.1f} ms |")
    sys.exit(int(most > MOST * budget or middle > SLOWEST))


if __name__ == "__main__":
    main()
