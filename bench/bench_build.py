"""An application of 50 components: planning, building, and having nothing to do.

The components' toolchains are stand-ins that copy; the peer is a Python that does nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

from application import application, wit

COUNT = 50
WITGEN = str(Path(sys.executable).parent / "witgen")
GENERATE = ["build", "--step", "generate"]


def seconds(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    return time.perf_counter() - begin


def middle(command: list[str], folder: Path, environment: dict[str, str], count: int) -> float:
    return median(seconds(command, folder, environment) for _ in range(count))


def dependants(folder: Path, environment: dict[str, str]) -> list[str]:
    """The components that are built when the WIT of one changes."""
    (folder / "c7/wit/c7.wit").write_text(wit("c7", "f: func(); g: func() -> u8;"))
    command = [WITGEN, "build"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    lines = done.stderr.splitlines()
    return sorted(line.split()[2].strip(",") for line in lines if line.startswith("  done  build "))


def main() -> None:
    names = [f"c{number}" for number in range(COUNT)]
    # Each calls the one before it, in a circle; and every tenth the seventh.
    needs = {
        name: [("wasm-rpc", names[number - 1])] + ([("wasm-rpc", "c7")] if number % 10 == 0 else [])
        for number, name in enumerate(names)
    }
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "app"
        application(folder, needs)
        environment = os.environ | {"WITGEN_CACHE_DIR": f"{scratch}/cache"}
        cold = seconds([WITGEN, "build", "--check"], folder, environment)
        built = seconds([WITGEN, "build"], folder, environment)
        time.sleep(2.1)  # until the files are old enough for their times to tell
        seconds([WITGEN, "build"], folder, environment)
        peer = middle([sys.executable, "-c", "pass"], folder, environment, 15)
        noop = middle([WITGEN, "build"], folder, environment, 15)
        hook = middle([WITGEN, *GENERATE], folder, environment, 15)
        check = middle([WITGEN, *GENERATE, "--check"], folder, environment, 15)
        rebuilt = dependants(folder, environment)
    print(f"{COUNT} components, python -c pass {peer * 1e3:.0f} ms")
    print(f"cold plan        {cold:8.2f} s   (at most 5)")
    print(f"first build      {built:8.2f} s")
    for name, took, most in (
        ("build, no-op", noop, 15),
        ("hook generate", hook, 10),
        ("hook check", check, 10),
    ):
        print(f"{name:<16} {took * 1e3:8.0f} ms  {took / peer:5.1f}x (under {most})")
    print(f"a change of c7 rebuilt {', '.join(rebuilt)}")


if __name__ == "__main__":
    main()
