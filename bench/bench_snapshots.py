"""What snapshots of a Python worker cost and give, and what being ready for them costs.

    python bench/bench_snapshots.py [--calls 100 1000 10000] [--rounds 5]

A worker counts and notes texts, without an engine. After so many calls it is taken, put back and compared in
a new instance, and run again from the start, in turns. Then the same calls are made of the component
as it is and with functions for its state, in turns. All times are minima of CPU time, as other programs use
the processors as well. Exit status 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any, cast

from runtime_shim import Deployment
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


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    source = Source({"w.wit": WIT.encode()}, "notes", {"app.py": GUEST.encode()}, "app")
    component = componentize(source).data
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
