"""The first answer of a worker after a restart, by the number of calls that it has behind it.

    python bench/bench_restart.py [--calls 1000 10000] [--rounds 7] [--replays 10000] [--keep FOLDER]

A Python worker counts words and keeps the last of them, so its state stays about as large. It is called
that often on SQLite by hosts with snapshots. Then new processes open copies of the stores in turns, with
snapshots and, up to `--replays` calls, without; each says how long it took from there to the answer, and
medians count. `--keep` leaves the stores in a folder, and goes on from what is there. Exit status 1 when
one of the answers with snapshots takes more than 1.3 times as long as another.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from runtime_shim import Deployment, Host, SqliteEngine
from witgen.app.componentize import Source, componentize

NAME = "bench:words"
WIT = f"""package {NAME};
world words {{ export note: func(word: string) -> u32; }}
"""
GUEST = """
import wit_world

counts, last = {}, []

class WitWorld(wit_world.WitWorld):
    def note(self, word):
        counts[word] = counts.get(word, 0) + 1
        last.append(word)
        del last[:-1000]
        return counts[word]
"""
WORDS = 1000
GOAL = 1.3
SAID = 50_000  # calls between two lines about the progress


def opened(store: Path, component: bytes, *, snapshots: bool) -> Host:
    """A host on a store."""
    components = {NAME: Deployment(component)}
    return Host(engine=SqliteEngine(store), components=components, snapshots=snapshots)


def call(host: Host, number: int) -> None:
    """The call with a number, which starts from 0."""
    word = f"word {number % WORDS}"
    found = host.invoke(NAME, "w", "note", (word,), key=str(number))
    assert found == number // WORDS + 1, found


def make(folder: Path, component: bytes, counts: list[int]) -> None:
    """A store for each number of calls; each goes on from a copy of the one before."""
    done, before = 0, None
    for count in counts:
        store = folder / f"{count}.db"
        if not store.exists():
            growing = folder / "growing.db"
            if before is not None:
                shutil.copy(before, growing)
            with opened(growing, component, snapshots=True) as host:
                for number in range(done, count):
                    call(host, number)
                    if number % SAID == SAID - 1:
                        print(f"{number + 1:,} calls", file=sys.stderr, flush=True)
            growing.rename(store)
        done, before = count, store


def answer(store: Path, component: Path, count: int, how: str) -> None:
    """Print how long the first answer takes in this process, in ms: opening the store, all, and CPU."""
    data = component.read_bytes()
    begin, spent = time.perf_counter(), time.process_time()
    with opened(store, data, snapshots=how == "snapshots") as host:
        ready = time.perf_counter()
        call(host, count)
        end, used = time.perf_counter(), time.process_time()
    print(json.dumps([(ready - begin) * 1e3, (end - begin) * 1e3, (used - spent) * 1e3]))


def measured(store: Path, component: Path, count: int, how: str) -> list[float]:
    """What a process of its own says about a copy of the store."""
    with tempfile.TemporaryDirectory(dir=store.parent) as folder:
        copy = Path(folder) / store.name
        shutil.copy(store, copy)
        command = [sys.executable, __file__, "--answer", *map(str, (copy, component, count, how))]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    times: list[float] = json.loads(done.stdout)
    return times


def compare(folder: Path, component: Path, options: argparse.Namespace) -> float:
    """Print the table; the CPU of the slowest answer with snapshots, in the quickest."""
    kinds = [(count, "snapshots") for count in options.calls]
    kinds += [(count, "replay") for count in options.calls if count <= options.replays]
    ask: Callable[[int, str], list[float]] = lambda count, how: measured(  # noqa: E731
        folder / f"{count}.db", component, count, how
    )
    for kind in kinds:
        ask(*kind)  # compiles, and has the files in the system's memory
    found: dict[tuple[int, str], list[list[float]]] = {kind: [] for kind in kinds}
    for _ in range(options.rounds):
        for kind in kinds:
            found[kind].append(ask(*kind))
    middle = {
        kind: [statistics.median(column) for column in zip(*rows, strict=True)]
        for kind, rows in found.items()
    }
    print("| calls before | from | host ready | first answer | CPU |")
    print("|---|---|---|---|---|")
    for (count, how), row in middle.items():
        print(f"| {count:,} | {how} | " + " | ".join(f"{ms:,.1f} ms" for ms in row) + " |")
    firsts: list[float] = [middle[count, "snapshots"][2] for count in options.calls]
    ratio: float = max(firsts) / min(firsts)
    print(f"\nwith snapshots the slowest takes {ratio:.2f} times the CPU of the quickest")
    return ratio


def main() -> None:
    """Make the stores and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--replays", type=int, default=10_000)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--answer", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.answer:
        store, component, count, how = options.answer
        return answer(Path(store), Path(component), int(count), how)
    with tempfile.TemporaryDirectory() as other:
        folder = options.keep or Path(other)
        folder.mkdir(exist_ok=True)
        component = folder / "words.wasm"
        if not component.exists():
            source = Source({"w.wit": WIT.encode()}, "words", {"app.py": GUEST.encode()}, "app")
            component.write_bytes(componentize(source).data)
        make(folder, component.read_bytes(), sorted(options.calls))
        sys.exit(int(compare(folder, component, options) > GOAL))


if __name__ == "__main__":
    main()
