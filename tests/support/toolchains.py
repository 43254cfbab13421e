"""One provider and one consumer from each toolchain, for tests of composition."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest
from component_parts import part, wasm_tools

WIT = """\
package demo:kit@1.0.0;
interface math {
  record pair { a: u32, b: u32 }
  add: func(p: pair) -> u32;
  greet: func(name: string) -> string;
}
world provider { export math; }
world consumer { import math; export go: func() -> u32; }
"""

# --- C, by zig ----------------------------------------------------------------------------------

_C_HEAD = """
typedef unsigned int u32;
static unsigned char heap[65536]; static u32 top;
__attribute__((export_name("cabi_realloc")))
void *cabi_realloc(void *old, u32 old_size, u32 align, u32 size) {
  top = (top + align - 1) & ~(align - 1);
  void *found = heap + top; top += size; return found;
}
"""
_C = {
    "provider": _C_HEAD
    + """
static u32 area[2];
__attribute__((export_name("demo:kit/math@1.0.0#add"))) u32 add(u32 a, u32 b) { return a + b; }
__attribute__((export_name("demo:kit/math@1.0.0#greet"))) u32 *greet(char *name, u32 size) {
  char *out = cabi_realloc(0, 0, 1, size + 3);
  out[0] = 'h'; out[1] = 'i'; out[2] = ' ';
  for (u32 i = 0; i < size; i++) out[3 + i] = name[i];
  area[0] = (u32)out; area[1] = size + 3; return area;
}
""",
    "consumer": _C_HEAD
    + """
#define MATH(name) __attribute__((import_module("demo:kit/math@1.0.0"), import_name(name)))
MATH("add") u32 add(u32 a, u32 b);
MATH("greet") void greet(const char *name, u32 size, u32 *out);
__attribute__((export_name("go"))) u32 go(void) {
  u32 area[2]; greet("you", 3, area); return add(30, 6) + area[1];
}
""",
}


def _c(world: str, folder: Path) -> bytes:
    return from_c(_C[world], world, folder)


def from_c(source: str, world: str, folder: Path) -> bytes:
    """A component from C, by zig, of a world in `kit.wit`."""
    if find_spec("ziglang") is None:
        pytest.skip("ziglang is not installed; CONTRIBUTING says how")
    (folder / "guest.c").write_text(source)
    subprocess.run(
        [
            *(sys.executable, "-m", "ziglang", "cc", "-target", "wasm32-freestanding"),
            *("-nostdlib", "-O2", "-Wl,--no-entry", "-o", "guest.core.wasm", "guest.c"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
        env={**os.environ, "ZIG_GLOBAL_CACHE_DIR": str(folder / "zig")},
    )
    return _component(world, folder)


def from_rust(source: str, world: str, folder: Path) -> bytes:
    """A component from Rust, of a world in `kit.wit`."""
    rustc, target = os.environ.get("WITGEN_RUSTC", "rustc"), "wasm32-unknown-unknown"
    if shutil.which(rustc) is None:
        pytest.skip("rustc is not installed; CONTRIBUTING says how")
    command = [rustc, "--print", "target-libdir", "--target", target]
    library = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    if not any(Path(library).glob("libstd-*")):
        pytest.skip(f"{rustc} has no standard library for {target}; CONTRIBUTING says how")
    (folder / "guest.rs").write_text(source)
    subprocess.run(
        [
            *(rustc, "--edition", "2021", "--crate-type", "cdylib", "--target", target),
            *("-O", "-C", "strip=symbols", "-o", "guest.core.wasm", "guest.rs"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return _component(world, folder)


def _component(world: str, folder: Path) -> bytes:
    core = str(folder / "guest.core.wasm")
    embedded = wasm_tools("component", "embed", "--world", world, str(folder / "kit.wit"), core)
    return wasm_tools("component", "new", data=embedded)


# --- JavaScript ---------------------------------------------------------------------------------

_JS = {
    "provider": """
export const math = { add({a, b}) { return a + b; }, greet(name) { return 'hi ' + name; } };
""",
    "consumer": """
import { add, greet } from 'demo:kit/math@1.0.0';
export function go() { return add({a: 30, b: 6}) + greet('you').length; }
""",
}
_COMPONENTIZE_JS = """
import { pathToFileURL } from 'node:url';
import { readFileSync, writeFileSync } from 'node:fs';
const { componentize } = await import(pathToFileURL(process.argv[2]).href);
const made = await componentize(readFileSync('guest.js', 'utf8'), {
  witPath: 'kit.wit', worldName: process.argv[3],
  disableFeatures: process.argv.slice(4),
});
writeFileSync('out.wasm', made.component);
"""


def node_module(path: str) -> Path:
    """A file of an installed npm package."""
    root = os.environ.get("WITGEN_NODE_MODULES")
    if not root:
        pytest.skip("WITGEN_NODE_MODULES names no folder of npm packages; CONTRIBUTING says how")
    found = Path(root, path)
    if not found.exists():
        pytest.skip(f"{path} is not installed; CONTRIBUTING says how")
    return found


_PURE = ("stdio", "random", "clocks", "http", "fetch-event")


def _spidermonkey(world: str, folder: Path) -> bytes:
    return from_javascript(_JS[world], world, folder, without=_PURE)


def from_javascript(
    source: str, world: str, folder: Path, *, without: Sequence[str] = ("http", "fetch-event")
) -> bytes:
    """A component from JavaScript, by ComponentizeJS, of a world in `kit.wit`."""
    module = node_module("@bytecodealliance/componentize-js/src/componentize.js")
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    (folder / "guest.js").write_text(source)
    (folder / "build.mjs").write_text(_COMPONENTIZE_JS)
    command = ["node", "build.mjs", str(module), world, *without]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (folder / "out.wasm").read_bytes()


def _quickjs(world: str, folder: Path) -> bytes:
    tool = node_module(".bin/componentize-qjs")
    (folder / "guest.js").write_text(_JS[world])
    subprocess.run(
        [
            *(str(tool), "--sync", "--stub-wasi", "--wit", "kit.wit", "--js", "guest.js"),
            *("--world", world, "-o", "out.wasm"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return (folder / "out.wasm").read_bytes()


# --- Python -------------------------------------------------------------------------------------

_PYTHON = {
    "provider": """
from wit_world import exports
class Math(exports.Math):
    def add(self, p):
        return p.a + p.b
    def greet(self, name):
        return "hi " + name
""",
    "consumer": """
import wit_world
from wit_world.imports import math
class WitWorld(wit_world.WitWorld):
    def go(self):
        return math.add(math.Pair(30, 6)) + len(math.greet("you"))
""",
}


def _python(world: str, folder: Path) -> bytes:
    from witgen.app.componentize import Source, componentize

    source = Source(
        {"kit.wit": WIT.encode()}, world, {"app.py": _PYTHON[world].encode()}, "app", isolated=True
    )
    return componentize(source).data


# --- by hand ------------------------------------------------------------------------------------

_REALLOC = """
 (memory (export "memory") 1) (global $top (mut i32) (i32.const 1024))
 (func $alloc (export "realloc") (param i32 i32 i32 i32) (result i32)
   (global.get $top) (global.set $top (i32.add (global.get $top) (local.get 3))))"""
_WAT = {
    "provider": f"""
 (core module $m {_REALLOC}
   (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
   (func (export "greet") (param i32 i32) (result i32) (local $out i32)
     (local.set $out (call $alloc (i32.const 0) (i32.const 0) (i32.const 1)
       (i32.add (local.get 1) (i32.const 3))))
     (i32.store8 (local.get $out) (i32.const 104))
     (i32.store8 offset=1 (local.get $out) (i32.const 105))
     (i32.store8 offset=2 (local.get $out) (i32.const 32))
     (memory.copy (i32.add (local.get $out) (i32.const 3)) (local.get 0) (local.get 1))
     (i32.store (i32.const 8) (local.get $out))
     (i32.store (i32.const 12) (i32.add (local.get 1) (i32.const 3)))
     (i32.const 8)))
 (core instance $i (instantiate $m))
 (type $pair (record (field "a" u32) (field "b" u32)))
 (func $add (param "p" $pair) (result u32) (canon lift (core func $i "add")))
 (func $greet (param "name" string) (result string) (canon lift (core func $i "greet")
   (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
 (component $shim
   (type $record (record (field "a" u32) (field "b" u32)))
   (import "pair" (type $pair (eq $record)))
   (import "add" (func $add (param "p" $pair) (result u32)))
   (import "greet" (func $greet (param "name" string) (result string)))
   (export $out "pair" (type $pair))
   (export "add" (func $add) (func (param "p" $out) (result u32)))
   (export "greet" (func $greet)))
 (instance $e (instantiate $shim
   (with "pair" (type $pair)) (with "add" (func $add)) (with "greet" (func $greet))))
 (export "demo:kit/math@1.0.0" (instance $e))""",
    "consumer": f"""
 (import "demo:kit/math@1.0.0" (instance $math
   (type $record (record (field "a" u32) (field "b" u32)))
   (export "pair" (type $pair (eq $record)))
   (export "add" (func (param "p" $pair) (result u32)))
   (export "greet" (func (param "name" string) (result string)))))
 (core module $libc {_REALLOC} (data (i32.const 64) "you"))
 (core instance $libc (instantiate $libc))
 (core func $add (canon lower (func $math "add")))
 (core func $greet (canon lower (func $math "greet")
   (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
 (core module $m
   (import "math" "add" (func $add (param i32 i32) (result i32)))
   (import "math" "greet" (func $greet (param i32 i32 i32)))
   (import "libc" "memory" (memory 1))
   (func (export "go") (result i32)
     (call $greet (i32.const 64) (i32.const 3) (i32.const 8))
     (i32.add (call $add (i32.const 30) (i32.const 6)) (i32.load (i32.const 12)))))
 (core instance $i (instantiate $m
   (with "math" (instance (export "add" (func $add)) (export "greet" (func $greet))))
   (with "libc" (instance $libc))))
 (func $go (result u32) (canon lift (core func $i "go")))
 (export "go" (func $go))""",
}


def _wat(world: str, folder: Path) -> bytes:
    return part(_WAT[world])


TOOLCHAINS: Mapping[str, Callable[[str, Path], bytes]] = {
    "wat": _wat,
    "python": _python,
    "c": _c,
    "componentize-qjs": _quickjs,
    "componentize-js": _spidermonkey,
}


def build(toolchain: str, world: str, folder: Path) -> bytes:
    """The `provider` or `consumer` by a toolchain; skips where it is not installed."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kit.wit").write_text(WIT)
    return TOOLCHAINS[toolchain](world, folder)
