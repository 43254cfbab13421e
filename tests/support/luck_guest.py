"""A guest that asks the host for luck, as often as it is told to, and drops a resource of the host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wasmtime import wat2wasm

from runtime_shim.instance import Instance
from runtime_shim.typed import Members

GUEST = """
(component
  (import "x:y/luck" (instance $luck
    (export "thing" (type $thing (sub resource)))
    (export "[constructor]thing" (func (result (own $thing))))
    (export "draw" (func (param "ticket" u32) (result string)))))
  (alias export $luck "thing" (type $thing))
  (core module $memory (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $memory (instantiate $memory))
  (core func $draw (canon lower (func $luck "draw")
    (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
  (core func $make (canon lower (func $luck "[constructor]thing")))
  (core func $drop (canon resource.drop $thing))
  (core module $m
    (import "" "draw" (func $draw (param i32 i32)))
    (import "" "make" (func $make (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "drop") (call $drop (call $make)))
    (func (export "go") (param $times i32) (loop $next
      (call $draw (local.get $times) (i32.const 0))
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br_if $next (local.get $times)))))
  (core instance $i (instantiate $m (with "" (instance (export "draw" (func $draw))
    (export "make" (func $make)) (export "drop" (func $drop))))))
  (func (export "drop") (canon lift (core func $i "drop")))
  (func (export "go") (param "times" u32) (canon lift (core func $i "go"))))
"""


def instance(
    draw: Callable[[int], Any], drop: Callable[[Any], Any] = lambda thing: None
) -> Instance:
    """The guest with `draw` and the destructor `drop`."""
    members: Members = {"draw": draw, "[constructor]thing": object, "[drop]thing": drop}
    return Instance(bytes(wat2wasm(GUEST)), imports={"x:y/luck": members})
