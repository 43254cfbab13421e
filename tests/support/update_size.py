"""What it costs to look at many workers and calls before an update.

    python tests/support/update_size.py FOLDER --workers 1000 --calls 100

makes a store with so many workers, each of which was called so often, and looks at it in a process of its
own; it prints the seconds of processor time and the most memory that was resident, in MiB.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import wasmtime
from small_counter import COUNTER, INC, NAME, NEWER

from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.stored import SqliteFile
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.update import built, update

_CALLERS = 16


@dataclass(frozen=True)
class Cost:
    """What a look has cost.

    Attributes:
        workers: How many were found to agree.
        calls: How many calls they had made.
        seconds: Of processor time.
        resident: The most memory, in MiB.
    """

    workers: int
    calls: int
    seconds: float
    resident: float


def made(folder: Path, workers: int, calls: int) -> Path:
    """A store with workers that were called."""
    store = folder / f"{workers}-{calls}.db"
    component = Deployment(bytes(wasmtime.wat2wasm(COUNTER)))
    with (
        Host(engine=SqliteEngine(store), components={NAME: component}) as host,
        ThreadPoolExecutor(_CALLERS) as pool,
    ):

        def call(number: int) -> None:
            for _ in range(calls):
                host.invoke(NAME, f"w{number}", INC, (1,))

        list(pool.map(call, range(workers)))
    return store


def looked(store: Path) -> Cost:
    """What a look at a store costs, in a process of its own."""
    command = [sys.executable, __file__, str(store), "--look"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    workers, calls, seconds, resident = done.stdout.split()
    return Cost(int(workers), int(calls), float(seconds), float(resident))


def _look(store: Path) -> None:
    before = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    program = built({NAME: Deployment(bytes(wasmtime.wat2wasm(NEWER)))}, NAME)
    found = update(SqliteFile(store), NAME, program, check=True)
    used = resource.getrusage(resource.RUSAGE_SELF)
    same = [one for one in found if one.problem is None]
    status = Path("/proc/self/status").read_text("ascii")  # `ru_maxrss` counts the parent
    resident = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    seconds = sum(used[:2]) - before
    print(len(same), sum(one.calls for one in same), f"{seconds:.2f} {resident:.1f}")  # noqa: T201


def main() -> None:
    """Run as a program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("--workers", type=int, default=1000)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--look", action="store_true")
    given = parser.parse_args()
    if given.look:
        _look(given.path)
    else:
        print(looked(made(given.path, given.workers, given.calls)))  # noqa: T201


if __name__ == "__main__":
    main()
