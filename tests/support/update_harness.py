"""Kill a host again and again while it serves, and while its workers move between two builds.

Each process deploys one of two builds that agree, at random, and moves workers to it under load. Every
worker counts, so each call has one right answer. Run as a program it prints what was found:

    python tests/support/update_harness.py --calls 50000 --seed 1
"""

from __future__ import annotations

import argparse
import itertools
import random
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from builds import Build, whole
from engine_guests import COUNTER, FAST, HERE

from runtime_shim.engines.records import managed
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.stored import SqliteFile
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.redeploy import Mover
from runtime_shim.replay.handler import WorkerHandler
from runtime_shim.update import update

WORKERS = 8
BUILDS = (Build("heads", COUNTER), Build("tails", COUNTER))


@dataclass(frozen=True)
class Found:
    """What came of a run."""

    calls: int
    kills: int
    moves: int
    problems: tuple[str, ...]


def run(calls: int, seed: int, folder: Path) -> Found:
    """Make so many calls, killing the host meanwhile."""
    chance = random.Random(seed)  # noqa: S311  # of a test
    store, problems, kills, moves = folder / "store.db", [], 0, 0
    each = calls // WORKERS
    while True:
        build = chance.randrange(2)
        args = [sys.executable, __file__, "--child", str(store), str(build), str(each)]
        pipe = subprocess.PIPE
        with subprocess.Popen(args, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as child:
            assert child.stdout is not None
            early = iter(child.stdout.readline, "up\n")  # killed before, its calls would be parked
            moves += sum(line == "moved\n" for line in itertools.takewhile(bool, early))
            timer = threading.Timer(chance.uniform(0.05, 1), child.kill)
            timer.start()
            said, _ = child.communicate()
            timer.cancel()
        moves += said.count("moved\n")
        problems += [line for line in said.splitlines() if line not in {"moved", "done"}]
        if child.returncode == 0:
            break
        kills += 1
        if child.returncode != -9:
            problems.append(f"a host ended with {child.returncode}")
            break
        if chance.random() < 0.2:  # also without a host
            found = update(SqliteFile(store), "counter", BUILDS[chance.randrange(2)], partial=True)
            moves += sum(one.problem is None for one in found)
    if not whole(store):
        problems.append("the store is damaged")
    with SqliteFile(store).looking() as records:
        counts = {info.worker.name: info.invocations for info in records.workers()}
    if counts != {f"w{number}": each for number in range(WORKERS)}:
        problems.append(f"calls were lost or made twice: {counts}")
    return Found(each * WORKERS, kills, moves, tuple(problems))


def serve(store: Path, build: Build, each: int) -> None:
    """Call every worker until it has been called so often, and move workers meanwhile."""
    handler = WorkerHandler({"counter": build})
    with closing(SqliteEngine(store, retries=FAST)) as engine:
        engine.start(handler)
        with SqliteFile(store).looking() as records:
            done = {info.worker.name: info.invocations for info in records.workers()}
        mover = Mover(managed(engine), handler, build)
        up = threading.Barrier(WORKERS, lambda: print("up", flush=True))  # noqa: T201
        threads = [
            threading.Thread(target=_call, args=(engine, f"w{number}", done, each, up))
            for number in range(WORKERS)
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            time.sleep(0.02)
            worker = WorkerId("counter", f"w{random.randrange(WORKERS)}")  # noqa: S311
            with SqliteFile(store).looking() as records:
                info = next(records.workers(worker), None)
            if info is None or info.build == build.digest:
                continue
            problem = mover.move(worker, 60)
            print(f"{worker.name}: {problem}" if problem else "moved", flush=True)  # noqa: T201
        for thread in threads:
            thread.join()


def _call(
    engine: SqliteEngine, name: str, done: dict[str, int], each: int, up: threading.Barrier
) -> None:
    """Go on where an earlier process ended, beginning with a call that it may have made."""
    first = max(done.get(name, 0), 1)
    for number in range(first, each + 1):
        answer = engine.invoke(WorkerId("counter", name), "inc", (1,), str(number), HERE)
        if answer != number:
            print(f"{name}: call {number} gave {answer}", flush=True)  # noqa: T201
        if number == min(first + 1, each):
            up.wait()


def main() -> None:
    """Run as a program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", nargs=3)
    given = parser.parse_args()
    if given.child:
        store, build, each = given.child
        serve(Path(store), BUILDS[int(build)], int(each))
        return
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = run(given.calls, given.seed, Path(folder))
    print(f"{found.calls} calls, {found.kills} kills, {found.moves} moves, "  # noqa: T201
          f"{len(found.problems)} problems in {time.monotonic() - began:.0f} s")  # fmt: skip
    print(*found.problems[:20], sep="\n")  # noqa: T201
    sys.exit(bool(found.problems))


if __name__ == "__main__":
    main()
