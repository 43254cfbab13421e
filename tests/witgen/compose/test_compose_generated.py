"""Components of worlds that nobody wrote, and modules that were mutated: valid or explained."""

from __future__ import annotations

import random
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from component_parts import API_PLUG, SOCKET, TYPES_PLUG, part
from oracle import binary

from witgen.component import decode
from witgen.component.body import read_component
from witgen.component.writer import u32
from witgen.compose import compose
from witgen.compose.targets import off_target
from witgen.diagnostics import ComposeError


def tool(*arguments: str, data: bytes = b"") -> bytes | None:
    """What the reference tool makes; None if it refuses."""
    done = subprocess.run(
        [binary() or "", *arguments], input=data, capture_output=True, check=False
    )
    return None if done.returncode else done.stdout


def valid(data: bytes) -> bool:
    return tool("validate", "--features", "all", data=data) is not None


def check_worlds(seed: int, folder: Path) -> int:
    """Components of all worlds of a generated package; how many there were."""
    noise = random.Random(seed).randbytes(4000)  # noqa: S311 -- the same worlds in each run
    package = tool("wit-smith", *["--async"] * (seed % 2), data=noise)
    if package is None:
        return 0
    (folder / "wit.wasm").write_bytes(package)
    resolve = decode(package)
    components: list[bytes] = []
    for name, world in resolve.packages[resolve.root].worlds.items():
        core = tool("component", "embed", "--dummy", "--world", name, str(folder / "wit.wasm"))
        component = core and tool("component", "new", data=core)
        if not component:
            continue
        components.append(component)
        whole = compose(component, [])
        assert valid(whole)
        assert compose(whole, [])
        for data in (component, whole):
            (folder / "c.wasm").write_bytes(data)
            fits = tool(
                *("component", "targets", str(folder / "wit.wasm"), str(folder / "c.wasm")),
                *("--world", name),
            )
            problems = off_target(read_component(data).type, resolve, world)
            assert (problems == []) is (fits is not None), problems
    for socket in components:
        for plug in components:
            with suppress(ComposeError):
                assert valid(compose(socket, [plug]))
    return len(components)


def test_components_of_generated_worlds(tmp_path: Path) -> None:
    assert sum(check_worlds(seed, tmp_path) for seed in range(3)) > 2


@pytest.mark.long
def test_components_of_many_generated_worlds(tmp_path: Path) -> None:
    assert sum(check_worlds(seed, tmp_path) for seed in range(100, 500)) > 300


def check_mutant(module: bytes, seed: int) -> bool:
    """A core module that the reference tool mutated, as a part; whether it could be mutated."""
    mutant = tool("mutate", "--seed", str(seed), data=module)
    if mutant is None:
        return False
    carrying = b"\0asm\x0d\0\1\0\x01" + u32(len(mutant)) + mutant
    exports = '(instance $e) (export "a:b/x" (instance $e))'
    plug = part(exports) + b"\x01" + u32(len(mutant)) + mutant
    socket = part('(import "a:b/x" (instance))')
    for data in (compose(carrying, []), compose(socket, [plug]), compose(carrying, [], strip=True)):
        assert valid(data)
    return True


def modules() -> list[bytes]:
    """The core modules of some components."""
    found: list[bytes] = []
    for text in (API_PLUG, SOCKET, TYPES_PLUG):
        whole = part(text)
        start = whole.index(b"\0asm\1\0\0\0")
        size = whole[start - 1]
        found.append(whole[start : start + size])
    return found


def test_mutated_modules_are_carried_over() -> None:
    assert sum(check_mutant(module, seed) for module in modules() for seed in range(4)) > 3


@pytest.mark.long
def test_many_mutated_modules_are_carried_over() -> None:
    assert sum(check_mutant(module, seed) for module in modules() for seed in range(300)) > 300
