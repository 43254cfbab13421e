"""Generating the client of a component, whole processes, each against a peer of the same run.

`witgen generate` into a new folder against `componentize-py bindings` on the client's WIT, which it
wrote: `cold` has never seen the target, `first` has no cache at all, as right after installing.
`witgen generate --check` on a folder that is as it should be against `python -c pass`. Bytecode of
Python modules is cached throughout. Each cell is ours / theirs = ratio: milliseconds on the clock, for a
quiet machine, and of the processors (user and system), for one that is not.

    python bench/bench_generate.py [ROUNDS]
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

TARGET = Path(__file__).parent.parent / "examples" / "auction" / "house" / "wit"
WORLD = "wasm-rpc-client-house"
PEERS = {
    "generate, cold": ("componentize-py bindings", "10"),
    "generate, first": ("componentize-py bindings", "10"),
    "generate --check": ("python -c pass", "8"),
}


def run(command: Sequence[str], env: dict[str, str]) -> tuple[float, float]:
    """What a process took on the clock, and of the processors."""
    start, before = time.perf_counter(), processors()
    subprocess.run(command, env=env, check=True, capture_output=True)
    return (time.perf_counter() - start) * 1000, processors() - before


def processors() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1000


def compared(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """The cells of the median and of the minimum."""
    found = [(f(ours), f(theirs)) for f in (median, min)]
    return " | ".join(f"{a:.0f} / {b:.0f} = {a / b:.1f}" for a, b in found)


def forget(label: str, scratch: Path) -> None:
    """Remove what the command must not find."""
    for folder in (scratch / "bindings", scratch / "made"):
        shutil.rmtree(folder, ignore_errors=True)
    if label == "generate, first":
        shutil.rmtree(scratch / "cache", ignore_errors=True)
    for entry in (scratch / "cache").glob("resolve-*"):
        entry.unlink()


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        env = os.environ | {
            "WITGEN_CACHE_DIR": str(scratch / "cache"),
            "PYTHONPYCACHEPREFIX": str(scratch / "bytecode"),
        }
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        made, kept = scratch / "made", scratch / "kept"
        generate = [sys.executable, "-m", "witgen", "generate", str(TARGET), "-o"]
        bindings = [str(Path(sys.executable).with_name("componentize-py")), "-d", str(kept / "wit")]
        run([*generate, str(kept)], env)
        times: dict[str, list[tuple[float, float]]] = {}
        for index in range(rounds + 1):
            commands = {
                "componentize-py bindings": [
                    *bindings,
                    "-w",
                    WORLD,
                    "bindings",
                    f"{name}/bindings",
                ],
                "generate, first": [*generate, str(made)],
                "generate, cold": [*generate, str(made)],
                "python -c pass": [sys.executable, "-c", "pass"],
                "generate --check": [*generate, str(kept), "--check"],
            }
            for label, command in commands.items():
                forget(label, scratch)
                took = run(command, env)
                if index:  # the first round fills the caches of the system
                    times.setdefault(label, []).append(took)
        print(f"| {rounds} rounds | peer | median | minimum | CPU, median | CPU, minimum | limit |")
        print("|---|---|---|---|---|---|---|")
        for label, (peer, limit) in PEERS.items():
            cells = map(compared, zip(*times[label], strict=True), zip(*times[peer], strict=True))
            print(f"| witgen {label} | {peer} | {' | '.join(cells)} | {limit} |")


if __name__ == "__main__":
    main()
