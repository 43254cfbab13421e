"""The component `test:counters` again, written by hand: its resources end when they are dropped.

componentize-py does not run a resource's `__del__` when the handle is dropped; here the destructor
takes the name and the value down.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from oracle import binary

_API = "test:counters/api"
_CORE = f"""
(module
  (import "[export]{_API}" "[resource-new]counter" (func $new (param i32) (result i32)))
  (import "[export]{_API}" "[resource-rep]counter" (func $rep (param i32) (result i32)))
  (import "[export]{_API}" "[resource-drop]counter" (func $drop (param i32)))
  (memory (export "memory") 2)
  (global $free (mut i32) (i32.const 65536))
  (global $total (mut i64) (i64.const 0))
  (global $dropped (mut i32) (i32.const 0))
  (func $realloc (export "cabi_realloc") (param i32 i32) (param $align i32) (param $size i32)
    (result i32) (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (local.get $at))
  ;; A counter is a name and a value, as in the list that `get-dropped` returns.
  (func $make (param $name i32) (param $length i32) (param $value i64) (result i32) (local $at i32)
    (local.set $at (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 16)))
    (i32.store (local.get $at) (local.get $name))
    (i32.store offset=4 (local.get $at) (local.get $length))
    (i64.store offset=8 (local.get $at) (local.get $value))
    (call $new (local.get $at)))
  (func (export "{_API}#[constructor]counter") (param i32 i32) (result i32)
    (call $make (local.get 0) (local.get 1) (i64.const 0)))
  (func (export "{_API}#[method]counter.inc-by") (param i32 i64)
    (i64.store offset=8 (local.get 0)
      (i64.add (i64.load offset=8 (local.get 0)) (local.get 1))))
  (func (export "{_API}#[method]counter.get-value") (param i32) (result i64)
    (i64.load offset=8 (local.get 0)))
  (func (export "{_API}#[static]counter.merge") (param $a i32) (param $b i32) (result i32)
    (local $value i64)
    (local.set $value (i64.add (i64.load offset=8 (local.get $a))
      (i64.load offset=8 (call $rep (local.get $b)))))
    (call $drop (local.get $b))
    (call $make (i32.load (local.get $a)) (i32.load offset=4 (local.get $a)) (local.get $value)))
  (func (export "{_API}#[dtor]counter") (param i32)
    (memory.copy (i32.add (i32.const 4096) (i32.mul (global.get $dropped) (i32.const 16)))
      (local.get 0) (i32.const 16))
    (global.set $dropped (i32.add (global.get $dropped) (i32.const 1))))
  (func (export "{_API}#get-dropped") (result i32)
    (i32.store (i32.const 8) (i32.const 4096))
    (i32.store (i32.const 12) (global.get $dropped))
    (i32.const 8))
  (func (export "{_API}#add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1)))
  (func (export "{_API}#inc-global-by") (param i64)
    (global.set $total (i64.add (global.get $total) (local.get 0))))
  (func (export "{_API}#get-global-value") (result i64) (global.get $total))
  (func (export "{_API}#echo-shape") (param i32 i32 i32) (result i32)
    (i32.store8 (i32.const 8) (local.get 0))
    (i32.store (i32.const 12) (local.get 1))
    (i32.store (i32.const 16) (local.get 2))
    (i32.const 8))
  (func (export "{_API}#check") (param i32 i32) (result i32)
    (i32.store8 (i32.const 8) (i32.const 1))
    (i32.store (i32.const 12) (local.get 0))
    (i32.store (i32.const 16) (local.get 1))
    (i32.const 8))
  (func (export "{_API}#slow") (param i64) (result i64) (local.get 0))
  (func (export "{_API}#fail") (param i32 i32) unreachable)
  (func (export "{_API}#environment") (result i32) (i32.const 1024))
  (func (export "{_API}#random") (result i32) (i32.const 1024))
)
"""


def guest(folder: Path, wit: Path) -> bytes:
    """The component for the WIT file `wit`, made by the reference tool in a folder of its own."""
    tool = binary()
    assert tool is not None
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "core.wat").write_text(_CORE)
    for args in (
        ("embed", str(wit), "core.wat", "--world", "counters", "-o", "core.wasm"),
        ("new", "core.wasm", "-o", "guest.wasm"),
    ):
        subprocess.run([tool, "component", *args], cwd=folder, check=True)
    return (folder / "guest.wasm").read_bytes()
