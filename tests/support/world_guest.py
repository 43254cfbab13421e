"""A component of the world of `golden/worlds/mirror`: it hands everything on to its imports."""

from __future__ import annotations

import subprocess
from pathlib import Path

from golden_cases import GOLDEN
from oracle import binary

WIT = GOLDEN / "worlds" / "mirror" / "input" / "mirror.wit"
ECHOES = (
    *("bools", "octets", "tinies", "shorts", "signed-shorts", "words", "signed-words", "longs"),
    *("signed-longs", "singles", "doubles", "chars", "strings", "colors", "sets", "people"),
    *("shapes", "stamps", "deeps"),
)
_VALUES, _STORE = "acme:mirror/values@1.0.0", "acme:mirror/store@1.0.0"
_TOOLS = "acme:mirror/tools@1.0.0"


def _import(module: str, name: str, local: str, params: int, *, result: str = "") -> str:
    types = " ".join(["i32"] * params)
    return (
        f'(import "{module}" "{name}" (func ${local} (param {types})'
        f"{f' (result {result})' if result else ''}))"
    )


def _echo(name: str) -> str:
    return (
        f'(func (export "{_VALUES}#{name}") (param i32 i32) (result i32)'
        f" (call ${name} (local.get 0) (local.get 1) (i32.const 8)) (i32.const 8))"
    )


_IMPORTS = "\n".join(
    [
        *(_import(_VALUES, name, name, 3) for name in ECHOES),
        _import(_STORE, "[constructor]cell", "cell", 2, result="i32"),
        _import(_STORE, "[method]cell.get", "get", 2),
        _import(_STORE, "[method]cell.set", "set", 3),
        _import(_STORE, "[static]cell.merged", "merged", 2, result="i32"),
        _import(_STORE, "find", "find", 3),
        _import(_STORE, "[resource-drop]cell", "drop", 1),
        _import("log", "write", "log", 2),
        '(import "$root" "tick" (func $tick (result i64)))',
        *(
            _import(f"[export]{_TOOLS}", f"[resource-{what}]{name}", f"{what}-{name}", 1, result=r)
            for name in ("box", "door")
            for what, r in (("new", "i32"), ("rep", "i32"), ("drop", ""))
        ),
    ]
)
# The representation of a box is its cell, that of a door the length of its key.
_CORE = f"""
(module
  {_IMPORTS}
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 1024))
  (global $held (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param $old i32) (param $had i32) (param $align i32)
    (param $size i32) (result i32) (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (block $fits
      (br_if $fits (i32.le_u (global.get $free) (i32.mul (memory.size) (i32.const 65536))))
      (drop (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16))))))
    (local.get $at))
  {" ".join(map(_echo, ECHOES))}
  (func (export "{_TOOLS}#[constructor]box") (param i32) (result i32)
    (call $new-box (local.get 0)))
  (func (export "{_TOOLS}#[method]box.peek") (param i32) (result i32)
    (call $get (local.get 0) (i32.const 8)) (i32.const 8))
  (func (export "{_TOOLS}#[static]box.unbox") (param i32) (result i32) (local $cell i32)
    ;; The destructor would drop the cell, so the box that goes has another.
    (local.set $cell (call $rep-box (local.get 0)))
    (global.set $spared (local.get $cell))
    (call $drop-box (local.get 0))
    (global.set $spared (i32.const -1))
    (local.get $cell))
  (global $spared (mut i32) (i32.const -1))
  (func (export "{_TOOLS}#[dtor]box") (param i32)
    (if (i32.ne (local.get 0) (global.get $spared)) (then (call $drop (local.get 0)))))
  (func (export "{_TOOLS}#[constructor]door") (param i32 i32) (result i32)
    (if (local.get 1)
      (then
        (i32.store (i32.const 8) (i32.const 0))
        (i32.store (i32.const 12) (call $new-door (local.get 1))))
      (else
        (i32.store (i32.const 8) (i32.const 1))
        (i32.store (i32.const 12) (i32.const 512)) (i32.store (i32.const 16) (i32.const 6))))
    (i32.const 8))
  (data (i32.const 512) "no key")
  (func (export "{_TOOLS}#read") (param i32) (result i32)
    (call $get (local.get 0) (i32.const 8)) (call $drop (local.get 0)) (i32.const 8))
  (func (export "{_TOOLS}#write") (param i32 i32 i32)
    (call $set (local.get 0) (local.get 1) (local.get 2)) (call $drop (local.get 0)))
  (func (export "{_TOOLS}#pass") (param i32) (result i32) (local.get 0))
  (func (export "{_TOOLS}#swap") (param $left i32) (param $some i32) (param $right i32)
    (result i32)
    (i32.store (i32.const 8) (if (result i32) (local.get $some)
      (then (local.get $right)) (else (local.get $left))))
    (i32.store (i32.const 12) (local.get $some))
    (i32.store (i32.const 16) (local.get $left))
    (i32.const 8))
  (func (export "{_TOOLS}#merge") (param i32 i32) (result i32)
    (call $merged (local.get 0) (local.get 1))
    (call $drop (local.get 1)))
  (func (export "{_TOOLS}#make") (param i32 i32) (result i32)
    (call $cell (local.get 0) (local.get 1)))
  (func (export "{_TOOLS}#look") (param i32 i32) (result i32)
    (call $find (local.get 0) (local.get 1) (i32.const 8)) (i32.const 8))
  (func (export "admin#note") (param i32 i32) (call $log (local.get 0) (local.get 1)))
  (func (export "ticks") (param $count i32) (result i64) (local $sum i64)
    (block $end (loop $again
      (br_if $end (i32.eqz (local.get $count)))
      (local.set $sum (i64.add (local.get $sum) (call $tick)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $again)))
    (local.get $sum))
  (func (export "hold") (param i32 i32)
    (global.set $held (call $cell (local.get 0) (local.get 1))))
  (func (export "held") (result i32)
    (call $get (global.get $held) (i32.const 8)) (i32.const 8))
  (func (export "release") (call $drop (global.get $held)))
  (func (export "boom") unreachable))
"""


def guest(folder: Path) -> bytes:
    """The component, made by the reference tool in a folder of its own."""
    tool = binary()
    assert tool is not None
    (folder / "core.wat").write_text(_CORE)
    embedded, made = folder / "embedded.wasm", folder / "mirror.wasm"
    for command in (
        ["embed", str(WIT), str(folder / "core.wat"), "-o", str(embedded)],
        ["new", str(embedded), "-o", str(made)],
    ):
        subprocess.run([tool, "component", *command], check=True, capture_output=True, text=True)
    return made.read_bytes()
