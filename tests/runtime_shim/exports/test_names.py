"""Invocation names from outside, which may be any text."""

from __future__ import annotations

from pathlib import Path

import pytest
import wasmtime

from runtime_shim import Deployment, Host, MemoryEngine, SqliteEngine, UnknownFunction

SEVEN = """(component
  (core module $m (func (export "f") (result i32) i32.const 7))
  (core instance $i (instantiate $m))
  (func (export "f") (result u32) (canon lift (core func $i "f"))))"""


@pytest.mark.parametrize("part", ["\udcff", "\0", "a" * (1 << 15)])
def test_a_name_that_no_store_could_hold_is_unknown(tmp_path: Path, part: str) -> None:
    deployed = {"t:t": Deployment(bytes(wasmtime.wat2wasm(SEVEN)))}
    with Host(engine=SqliteEngine(tmp_path / "store"), components=deployed) as host:
        with pytest.raises(UnknownFunction):
            host.invoke("t:t", "w", f"x:{part}/y-inline-functions.{{f}}")
        assert host.invoke("t:t", "w", "x:x/y-inline-functions.{f}") == 7


LEFTOVER = """(component
  (core module $m (func (export "init") (param i32 i32 i32)))
  (core instance $i (instantiate $m))
  (func $init (param "{first}" u32) (param "symbols" u32) (param "stub-wasi" bool)
    (canon lift (core func $i "init")))
  (instance $e (export "init" (func $init)))
  (export "exports" (instance $e)))"""


@pytest.mark.parametrize(("first", "known"), [("app-name", ()), ("name", ("exports.{init}",))])
def test_what_componentize_py_leaves_is_no_function(first: str, known: tuple[str, ...]) -> None:
    component = bytes(wasmtime.wat2wasm(LEFTOVER.replace("{first}", first)))
    with Host(engine=MemoryEngine(), components={"t:t": Deployment(component)}) as host:
        assert host.functions("t:t") == known
        if not known:
            with pytest.raises(UnknownFunction, match=r"has no function `init`$"):
                host.signature("t:t", "init")
