"""What snapshots of a Python worker cost and give, and what being ready for them costs.

    python bench/bench_snapshots.py [--calls 100 1000 10000] [--rounds 5] [--restate]

A worker counts and notes texts, without an engine. After so many calls it is taken, put back and compared in
a new instance, and run again from the start, in turns. Then the same calls are made of the component
as it is and with functions for its state, in turns. All times are minima of CPU time, as other programs use
the processors as well. With `--restate` only this is measured: how long the first call of a host takes whose worker has been
through the largest number of calls on a Restate server, with snapshots and without, in turns. Exit status 1
when a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import restate_server

from runtime_shim import Deployment, Host
from runtime_shim.engines.restate.engine import RestateEngine, Settings
from runtime_shim.golem.registry import Registry
from runtime_shim.program.program import WasmProgram
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicy
from runtime_shim.protocol.seams import Invocation
from runtime_shim.snapshots.content import pack, unpack
from runtime_shim.snapshots.program import SnapshotInstance, SnapshotProgram
from runtime_shim.values import Value
from witgen.app.componentize import Source, componentize
from witgen.component.state.instrument import Refused, instrument

WIT = """package bench:notes;
world notes { export note: func(text: string) -> u32; }
"""
GUEST = """
import wit_world

counts, notes = {}, []

class WitWorld(wit_world.WitWorld):
    def note(self, text):
        counts[text] = counts.get(text, 0) + 1
        notes.append(f"{text} {len(notes)}")
        del notes[:-5000]
        return counts[text]
"""
NAME, WORKER = "bench:notes", WorkerId("bench:notes", "w")
TAKE, STORED, RESTORE, TIMES = 120.0, 400.0, 25.0, 10.0  # ms, KB, ms; after 10,000 calls
SLOWER, LARGER, MAKING = 1.03, 1.01, 1.0  # of a call, of the component; seconds for 20 MB
SPEED = 2000  # calls between two looks at the clock
FIRST = 400.0  # ms of the first call on a host of Restate, from a snapshot
CALLERS = 8


class Nothing:
    """An invocation that records nothing."""

    replaying, attempt, key, seq, position = False, 1, "key", 1, 0
    worker, environment, retry_policy = WORKER, Environment(), RetryPolicy()

    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        """The value of a step."""
        return live()


NOTHING = cast("Invocation", Nothing())


def deployed(make: type[WasmProgram], component: bytes) -> Any:
    """A program by itself."""
    registry = Registry()
    program = make(NAME, Deployment(component), registry)
    registry.add(NAME, program)
    program.link()
    return program


def run(instance: Any, calls: int) -> None:
    """Make so many calls."""
    for number in range(calls):
        instance.call("note", (f"text {number % 700}",), NOTHING)


def after(program: Any, calls: int) -> Any:
    """An instance after so many calls."""
    instance = program.instantiate(WORKER, Environment())
    run(instance, calls)
    return instance


def cpu(act: Callable[..., object], *args: object) -> float:
    """Milliseconds that something takes of the processors."""
    begun = time.process_time()
    act(*args)
    return (time.process_time() - begun) * 1e3


def table(program: SnapshotProgram, counts: list[int], rounds: int) -> list[float]:
    """Print what snapshots cost and give; the last row."""
    print("| after calls | take | stored | put back | replay | times |")
    print("|---|---|---|---|---|---|")
    row: list[float] = []

    def take(worker: SnapshotInstance) -> bytes:
        return pack(worker.snapshot())

    def restore(data: bytes) -> None:
        program.restore(unpack(data), NOTHING)[0].close()

    def replay(count: int) -> None:
        after(program, count).close()

    for count in counts:
        worker: SnapshotInstance = after(program, count)
        data = take(worker)
        taken = [cpu(take, worker) for _ in range(rounds)]
        restored, replayed = [], []
        for _ in range(rounds):
            restored.append(cpu(restore, data))
            replayed.append(cpu(replay, count))
        worker.close()
        row = [min(taken), len(data) / 1e3, min(restored), min(replayed)]
        row.append(row[3] / row[2])
        print(
            "| {:,} | {:.1f} ms | {:.0f} KB | {:.1f} ms | {:.1f} ms | {:.1f} |".format(count, *row)
        )
    return row


def speed(component: bytes, rounds: int) -> float:
    """How long a call takes with functions for state, in that without them."""
    instances = [after(deployed(make, component), 100) for make in (SnapshotProgram, WasmProgram)]
    found: list[list[float]] = [[], []]
    for _ in range(4 * rounds):
        for instance, times in zip(instances, found, strict=True):
            times.append(cpu(run, instance, SPEED))
    ours, plain = (min(times) * 1e3 / SPEED for times in found)
    print(f"| a call, with functions for state and without | {ours:.2f} and {plain:.2f} µs |")
    return ours / plain


def on_restate(component: bytes, calls: int, rounds: int) -> bool:
    """Print how long a host's first call of a worker takes on a Restate server; whether it is too long."""
    server, application = restate_server.server(), f"b{uuid.uuid4().hex[:12]}"

    def host(*, snapshots: bool) -> Host:
        engine = RestateEngine(Settings((server.ingress,), (server.admin,), application, grace=0.2))
        components = {NAME: Deployment(component)}
        return Host(engine=engine, components=components, snapshots=snapshots)

    def note(host: Host, worker: str, number: int) -> None:
        host.invoke(NAME, worker, "note", (f"text {number % 700}",))

    with host(snapshots=True) as made, ThreadPoolExecutor(CALLERS) as callers:
        for _ in callers.map(lambda number: note(made, "w", number), range(calls)):
            pass
    found: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for number in range(2 * rounds):
        snapshots = number % 2 == 0
        with host(snapshots=snapshots) as made:
            note(made, f"other {number}", 0)
            begun = time.monotonic(), time.process_time()
            note(made, "w", number)
            wall, used = time.monotonic() - begun[0], time.process_time() - begun[1]
        found[snapshots].append((wall * 1e3, used * 1e3))
    print(f"| the first call on a host, after {calls:,} | time | of its processor |")
    print("|---|---|---|")
    best = {key: [min(times) for times in zip(*rows, strict=True)] for key, rows in found.items()}
    for snapshots, (wall, used) in best.items():
        what = "from a snapshot" if snapshots else "by replay"
        print(f"| {what} | {wall:.0f} ms | {used:.0f} ms |")
    return bool(best[True][0] > FIRST)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--restate", action="store_true")
    options = parser.parse_args()
    source = Source({"w.wit": WIT.encode()}, "notes", {"app.py": GUEST.encode()}, "app")
    component = componentize(source).data
    if options.restate:
        sys.exit(int(on_restate(component, max(options.calls), options.rounds)))
    take, stored, restore, _, times = table(
        deployed(SnapshotProgram, component), sorted(options.calls), options.rounds
    )
    slower = speed(component, options.rounds)
    making = min(cpu(instrument, component) for _ in range(options.rounds)) / 1e3
    made = instrument(component)
    assert not isinstance(made, Refused)
    larger, twenty = len(made.data) / len(component), making * 20e6 / len(component)
    print(f"| such a call, in one without | {slower:.3f} |")
    print(f"| the component, in that without | {larger:.4f} |")
    print(f"| making it, for 20 MB | {twenty:.2f} s |")
    missed = take > TAKE or stored > STORED or restore > RESTORE or times < TIMES
    sys.exit(int(missed or slower > SLOWER or larger > LARGER or twenty > MAKING))


if __name__ == "__main__":
    main()
