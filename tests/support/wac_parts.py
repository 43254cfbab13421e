"""Components for written compositions, and what becomes of a text."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from component_parts import adder, caller, check_valid, wasm_tools

from witgen.component import encode_package
from witgen.component.body import read_component
from witgen.component.types import ComponentType
from witgen.diagnostics import ComposeError, Diagnostic
from witgen.load import load_texts
from witgen.wac import Dependency, wac_composition

X, Y = "a:b/x@1.0.0", "a:b/y@1.0.0"

# The library exports what the user imports, in several interfaces that share types.
LIBRARY = """package t:lib;
interface types {
  enum tint { red, blue }
  record dot { tint: tint }
  resource thing { get: func() -> u32; }
}
interface plain { use types.{dot}; draw: func(a: dot) -> u32; }
interface make { use types.{thing}; make: func(n: u32) -> thing; }
interface both { use types.{tint, dot}; pick: func(a: dot) -> tint; }
world lib { export types; export plain; export make; export both; }
world user { import types; import make; import plain; export both; export go: func() -> u32; }
"""


@cache
def arithmetic() -> dict[str, bytes]:
    """`t:add` adds 10, `t:chain` adds 100 and asks x, `t:caller` sums x(1) and y(1)."""
    return {
        "t:add": adder(X, 10),
        "t:chain": adder(Y, 100, X),
        "t:caller": caller(X, Y),
    }


@cache
def dummy(world: str, source: str = LIBRARY) -> bytes:
    """A component of a world of a text: valid, and traps when it is called."""
    with tempfile.TemporaryDirectory() as folder:
        text, module = Path(folder, "lib.wit"), Path(folder, "module.wasm")
        text.write_text(source)
        wasm_tools("component", "embed", "--dummy", str(text), "-w", world, "-o", str(module))
        return wasm_tools("component", "new", str(module))


@cache
def library() -> dict[str, bytes]:
    """`t:lib` and `t:user`, and what both are made from as `t:lib-wit`."""
    return {"t:lib": dummy("lib"), "t:user": dummy("user")}


def wit(text: str) -> bytes:
    """An encoded WIT package."""
    return encode_package(load_texts({"world.wit": text}))


def compose_text(text: str, packages: Mapping[str, bytes], **options: object) -> bytes:
    """What a text composes, checked by the reference validator."""
    dependencies = [Dependency(name, data, f"{name}.wasm") for name, data in packages.items()]
    made = wac_composition(text, dependencies, file="app.wac", **options)  # type: ignore[arg-type]
    out = b"".join(made.pieces())
    check_valid(out)
    return out


def world_of(data: bytes) -> ComponentType:
    """Imports and exports."""
    return read_component(data).type


def refused_text(text: str, packages: Mapping[str, bytes] | None = None) -> tuple[Diagnostic, ...]:
    """Why a text is refused."""
    with pytest.raises(ComposeError) as caught:
        compose_text(text, arithmetic() if packages is None else packages)
    assert all(d.place is not None for d in caught.value.diagnostics)
    return caught.value.diagnostics
