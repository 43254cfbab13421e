"""Sockets and plugs of different toolchains: by hand, Python, C, JavaScript on two engines."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest
import wasmtime
from component_parts import check_valid
from toolchains import TOOLCHAINS, WIT, build
from wasmtime.component import Component, Linker

from witgen.component.body import read_component
from witgen.compose import compose
from witgen.compose.targets import off_target
from witgen.load import load_texts
from witgen.resolve.select import select_world

# Two of these take the engine half a minute.
LARGE = {"python", "componentize-js"}
# How long a toolchain takes, and whether it is there, is not known: only what is made by hand is
# composed by default.
MATRIX = [
    pytest.param(socket, plug, marks=[] if socket == plug == "wat" else pytest.mark.long)
    for socket in TOOLCHAINS
    for plug in TOOLCHAINS
    if not {socket, plug} <= LARGE or (socket, plug) == ("python", "componentize-js")
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> object:
    @lru_cache
    def component(toolchain: str, world: str) -> bytes:
        return build(toolchain, world, tmp_path_factory.mktemp(f"{toolchain}-{world}"))

    return component


def go(data: bytes) -> object:
    config = wasmtime.Config()
    config.cranelift_opt_level = "none"  # it runs once
    engine = wasmtime.Engine(config)
    store, linker = wasmtime.Store(engine), Linker(engine)
    store.set_wasi(wasmtime.WasiConfig())
    linker.add_wasip2()
    function = linker.instantiate(store, Component(engine, data)).get_func(store, "go")
    assert function is not None
    return function(store)


@pytest.mark.parametrize(("socket", "plug"), MATRIX)
def test_any_socket_takes_any_plug(socket: str, plug: str, made: object) -> None:
    assert callable(made)
    out = compose(made(socket, "consumer"), [made(plug, "provider")])

    check_valid(out)
    assert "demo:kit/math@1.0.0" not in read_component(out).type.imports
    assert go(out) == 36 + len("hi you")


@pytest.mark.parametrize("world", ["provider", "consumer"])
@pytest.mark.parametrize(
    "toolchain",
    [pytest.param(name, marks=[] if name == "wat" else pytest.mark.long) for name in TOOLCHAINS],
)
def test_stripping_does_not_break_what_tools_make(
    toolchain: str, world: str, made: object, tmp_path: Path
) -> None:
    assert callable(made)
    data = made(toolchain, world)

    small = compose(data, [], strip=True)

    check_valid(small)
    assert len(small) <= len(compose(data, []))
    resolve = load_texts({"kit.wit": WIT})
    problems = off_target(read_component(small).type, resolve, select_world(resolve, world))
    assert [d.message for d in problems if "wasi:" not in d.message] == []
