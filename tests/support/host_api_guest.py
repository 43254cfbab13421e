"""A component whose functions return their lists as they came, whatever is in them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from oracle import binary

WIT = """
package acme:everything@0.1.0;

/// Takes and gives everything.
interface api {
  enum color { red, dark-blue }
  flags rights { read, write, close-early }
  record point { x: f64, y: f32 }
  record person {
    name: string, %from: color, home: option<point>, tags: list<string>, rights: rights,
  }
  variant shape { dot(point), line(tuple<point, point>), blob(list<u8>), nothing, num(u64) }
  type stamp = tuple<u64, s64, char, bool>;
  type byte = u8;
  record deep {
    nested: option<option<u8>>,
    maybe: option<option<person>>,
    plain: result,
    good: result<person>,
    bad: result<_, color>,
    either: result<list<shape>, tuple<rights>>,
    bytes: list<byte>,
    signed: list<s8>,
    rows: list<list<point>>,
    stamp: stamp,
  }

  bools: func(value: list<bool>) -> list<bool>;
  octets: func(value: list<u8>) -> list<u8>;
  words: func(value: list<u32>) -> list<u32>;
  wholes: func(value: list<s64>) -> list<s64>;
  floats: func(value: list<f64>) -> list<f64>;
  chars: func(value: list<char>) -> list<char>;
  strings: func(value: list<string>) -> list<string>;
  colors: func(value: list<color>) -> list<color>;
  /// Sets of rights.
  sets: func(value: list<rights>) -> list<rights>;
  people: func(value: list<person>) -> list<person>;
  shapes: func(value: list<shape>) -> list<shape>;
  stamps: func(value: list<stamp>) -> list<stamp>;
  deeps: func(value: list<deep>) -> list<deep>;

  /// Counts how often it is called.
  count: func() -> u32;
  bump: func(by: u32);
  boom: func();

  resource counter {
    /// Begin with a number.
    constructor(start: u32);
    value: func() -> u32;
    add: func(other: borrow<counter>) -> counter;
    sum: static func(first: counter, second: borrow<counter>) -> counter;
    zero: static func(there: bool) -> option<counter>;
  }
  record pair { left: counter, right: counter }
  add-pair: func(pair: pair) -> u32;
  split: func(value: u32) -> pair;
  dropped: func() -> u32;
}

world everything {
  export api;
}
"""
_ECHOES = [
    "bools",
    "octets",
    "words",
    "wholes",
    "floats",
    "chars",
    "strings",
    "colors",
    "sets",
    "people",
    "shapes",
    "stamps",
    "deeps",
]
_API = "acme:everything/api@0.1.0"
# The representation of a counter is its value.
_CORE = f"""
(module
  (import "[export]{_API}" "[resource-new]counter" (func $new (param i32) (result i32)))
  (import "[export]{_API}" "[resource-rep]counter" (func $rep (param i32) (result i32)))
  (import "[export]{_API}" "[resource-drop]counter" (func $drop (param i32)))
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 1024))
  (global $count (mut i32) (i32.const 0))
  (global $dropped (mut i32) (i32.const 0))
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
  (func $echo (param i32 i32) (result i32)
    (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1))
    (i32.const 8))
  {" ".join(f'(export "{_API}#{name}" (func $echo))' for name in _ECHOES)}
  (func (export "{_API}#count") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1))) (global.get $count))
  (func (export "{_API}#bump") (param i32)
    (global.set $count (i32.add (global.get $count) (local.get 0))))
  (func (export "{_API}#boom") unreachable)
  (func (export "{_API}#[constructor]counter") (param i32) (result i32)
    (call $new (local.get 0)))
  (func (export "{_API}#[method]counter.value") (param i32) (result i32) (local.get 0))
  (func (export "{_API}#[method]counter.add") (param i32 i32) (result i32)
    (call $new (i32.add (local.get 0) (local.get 1))))
  (func (export "{_API}#[static]counter.sum") (param i32 i32) (result i32) (local $value i32)
    (local.set $value (i32.add (call $rep (local.get 0)) (local.get 1)))
    (call $drop (local.get 0))
    (call $new (local.get $value)))
  (func (export "{_API}#[static]counter.zero") (param i32) (result i32)
    (i32.store8 (i32.const 8) (local.get 0))
    (if (local.get 0) (then (i32.store (i32.const 12) (call $new (i32.const 0)))))
    (i32.const 8))
  (func (export "{_API}#add-pair") (param i32 i32) (result i32)
    (i32.add (call $rep (local.get 0)) (call $rep (local.get 1))))
  (func (export "{_API}#split") (param i32) (result i32)
    (i32.store (i32.const 8) (call $new (local.get 0)))
    (i32.store (i32.const 12) (call $new (i32.const 1)))
    (i32.const 8))
  (func (export "{_API}#dropped") (result i32) (global.get $dropped))
  (func (export "{_API}#[dtor]counter") (param i32)
    (global.set $dropped (i32.add (global.get $dropped) (i32.const 1)))))
"""


def guest(folder: Path) -> bytes:
    """The component, made by the reference tool in a folder of its own."""
    tool = binary()
    assert tool is not None
    (folder / "api.wit").write_text(WIT)
    (folder / "core.wat").write_text(_CORE)
    for args in (
        ("embed", "api.wit", "core.wat", "-o", "core.wasm"),
        ("new", "core.wasm", "-o", "guest.wasm"),
    ):
        subprocess.run([tool, "component", *args], cwd=folder, check=True)
    return (folder / "guest.wasm").read_bytes()
