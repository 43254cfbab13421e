"""Typed Python of worlds, verbatim: `golden/worlds/<case>/input` → `golden/worlds/<case>/host`."""

from __future__ import annotations

import os

import black
import pytest
from golden_cases import GOLDEN

from witgen.emit.host import bindings, host_world
from witgen.load import load

WORLDS = GOLDEN / "worlds"
NAMES = sorted(path.name for path in WORLDS.iterdir())
TARGETS = sorted({path.parent.parent.name for path in GOLDEN.glob("*/input/*.wit")})


def made(name: str) -> dict[str, bytes]:
    return bindings(host_world(load(WORLDS / name / "input")))


def stored(name: str) -> dict[str, bytes]:
    return {
        path.relative_to(WORLDS / name).as_posix(): path.read_bytes()
        for path in sorted((WORLDS / name / "host").rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_tree_is_as_stored(name: str) -> None:
    files = made(name)
    if os.environ.get("UPDATE_GOLDEN"):
        for path in stored(name):
            (WORLDS / name / path).unlink()
        for path, data in files.items():
            place = WORLDS / name / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)

    assert files == stored(name)


@pytest.mark.parametrize("name", NAMES)
def test_twice_gives_the_same_bytes_in_order(name: str) -> None:
    first = made(name)

    assert list(first.items()) == sorted(made(name).items())


@pytest.mark.parametrize("name", NAMES)
def test_black_has_nothing_to_do(name: str) -> None:
    for path, data in stored(name).items():
        text = data.decode()
        if path.endswith(".py"):
            assert black.format_str(text, mode=black.Mode()) == text


@pytest.mark.parametrize("name", TARGETS)
def test_the_world_of_a_client_is_black_too(name: str) -> None:
    resolve = load(GOLDEN / name / "input", all_features=True)
    for world in resolve.packages[resolve.root].worlds:
        for path, data in bindings(host_world(resolve, world, skip_unsupported=True)).items():
            if path.endswith(".py"):
                assert black.format_str(data.decode(), mode=black.Mode()) == data.decode()
