"""Calls through generated classes, against `Instance.call` of the same values in normal form.

    python bench/bench_typed.py [--rounds 25] [--calls 300]

Both ways are taken in turns, in one thread's time, and the quickest round of each counts: what is left is
the cost of the classes. The component gives back what it gets; a record has a text, an enum, an optional
record of two floats, a list of texts and flags. Exit status 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from host_api_guest import WIT, guest
from oracle import write_tree

from runtime_shim import Instance
from witgen.emit.host import bindings, host_world
from witgen.load import load_texts

API = "acme:everything/api@0.1.0."
LIMIT = 1.3


def quickest(calls: int, rounds: int, *ways: Callable[[], object]) -> list[float]:
    """The microseconds of a call by each way."""
    found = [float("inf")] * len(ways)
    for _ in range(rounds):
        for index, way in enumerate(ways):
            begin = time.thread_time()
            for _ in range(calls):
                way()
            found[index] = min(found[index], (time.thread_time() - begin) / calls * 1e6)
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--calls", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_tree(folder, bindings(host_world(load_texts({"api.wit": WIT}))))
        sys.path.insert(0, str(folder / "host"))
        world: Any = importlib.import_module("everything_client.world")
        with Instance(guest(folder)) as instance:
            sys.exit(measure(world, instance, options.calls, options.rounds))


def measure(world: Any, instance: Instance, calls: int, rounds: int) -> int:
    """The exit status."""
    api, missed = world.Everything(instance).api, 0
    print(f"| call, quickest of {rounds} | Instance.call, µs | typed, µs | ratio | limit |")
    print("|---|---|---|---|---|")
    for count in (0, 1, 10):
        people = [person(world, number) for number in range(count)]
        plain = [normal(number) for number in range(count)]
        assert api.people(people) == people
        raw, typed = quickest(
            calls,
            rounds,
            partial(instance.call, f"{API}{{people}}", plain),
            partial(api.people, people),
        )
        missed += typed > LIMIT * raw
        print(f"| a list of {count} | {raw:.1f} | {typed:.1f} | {typed / raw:.2f} | {LIMIT} |")
    return int(missed > 0)


def person(world: Any, number: int) -> Any:
    """A record of the generated classes."""
    point, rights = world.Point(1.5, 0.25), world.Rights.WRITE
    return world.Person(f"Ann{number}", world.Color.RED, home=point, tags=["a", "b"], rights=rights)


def normal(number: int) -> Any:
    """The same in normal form."""
    home, rights = {"x": 1.5, "y": 0.25}, frozenset({"write"})
    return {
        "name": f"Ann{number}",
        "from": "red",
        "home": home,
        "tags": ["a", "b"],
        "rights": rights,
    }


if __name__ == "__main__":
    main()
