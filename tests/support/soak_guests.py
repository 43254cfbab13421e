"""The guests of the soak, written by hand: a counter, and a relay that calls counters.

Both ask the host for luck: it may trap, so an attempt fails after the guest has changed its state.
"""

from __future__ import annotations

from collections.abc import Callable

from wasmtime import wat2wasm

from runtime_shim.typed import HostImports

COUNTER, ONCE, RELAY = "soak:counter", "soak:once", "soak:relay"
ADD, CHANCY, FAIL = (f"{COUNTER}/api.{{{name}}}" for name in ("add", "chancy", "fail"))
PASS = f"{RELAY}/api.{{pass}}"
_LUCK = "soak:host/luck"

_COUNTER = f"""
(component
  (import "{_LUCK}" (instance $luck (export "draw" (func (param "ticket" u32)))))
  (core func $draw (canon lower (func $luck "draw")))
  (core module $m
    (import "" "draw" (func $draw (param i32)))
    (memory 1)
    (global $n (mut i32) (i32.const 0))
    (func $add (export "add") (param $by i32) (result i32)
      (global.set $n (i32.add (global.get $n) (local.get $by)))
      (i32.store (i32.const 0) (global.get $n))
      (i32.load (i32.const 0)))
    (func (export "chancy") (param $by i32) (param $ticket i32) (result i32) (local $n i32)
      (local.set $n (call $add (local.get $by)))
      (call $draw (local.get $ticket))
      (local.get $n))
    (func (export "fail") unreachable))
  (core instance $i (instantiate $m (with "" (instance (export "draw" (func $draw))))))
  (func $add (param "by" u32) (result u32) (canon lift (core func $i "add")))
  (func $chancy (param "by" u32) (param "ticket" u32) (result u32)
    (canon lift (core func $i "chancy")))
  (func $fail (canon lift (core func $i "fail")))
  (instance $api
    (export "add" (func $add)) (export "chancy" (func $chancy)) (export "fail" (func $fail)))
  (export "{COUNTER}/api" (instance $api)))
"""

_RELAY = f"""
(component
  (import "{_LUCK}" (instance $luck (export "draw" (func (param "ticket" u32)))))
  (import "{COUNTER}-client/counter-client" (instance $client
    (export "api" (type $api (sub resource)))
    (export "[constructor]api" (func (param "worker-name" string) (result (own $api))))
    (export "[method]api.blocking-add"
      (func (param "self" (borrow $api)) (param "by" u32) (result u32)))
    (export "[method]api.blocking-chancy" (func (param "self" (borrow $api))
      (param "by" u32) (param "ticket" u32) (result u32)))))
  (alias export $client "api" (type $api))
  (core module $memory
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $memory))
  (core func $draw (canon lower (func $luck "draw")))
  (core func $make (canon lower (func $client "[constructor]api") (memory $memory)))
  (core func $add (canon lower (func $client "[method]api.blocking-add")))
  (core func $chancy (canon lower (func $client "[method]api.blocking-chancy")))
  (core func $drop (canon resource.drop $api))
  (core module $m
    (import "" "draw" (func $draw (param i32)))
    (import "" "make" (func $make (param i32 i32) (result i32)))
    (import "" "add" (func $add (param i32 i32) (result i32)))
    (import "" "chancy" (func $chancy (param i32 i32 i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "pass") (param $to i32) (param $length i32) (param $by i32)
      (param $theirs i32) (param $mine i32) (result i32) (local $api i32) (local $n i32)
      (local.set $api (call $make (local.get $to) (local.get $length)))
      (local.set $n (if (result i32) (local.get $theirs)
        (then (call $chancy (local.get $api) (local.get $by) (local.get $theirs)))
        (else (call $add (local.get $api) (local.get $by)))))
      (if (local.get $mine) (then (call $draw (local.get $mine))))
      (call $drop (local.get $api))
      (local.get $n)))
  (core instance $i (instantiate $m (with "" (instance
    (export "draw" (func $draw)) (export "make" (func $make)) (export "add" (func $add))
    (export "chancy" (func $chancy)) (export "drop" (func $drop))))))
  (func $pass (param "to" string) (param "by" u32) (param "theirs" u32) (param "mine" u32)
    (result u32)
    (canon lift (core func $i "pass") (memory $memory) (realloc (core func $memory "realloc"))))
  (instance $api (export "pass" (func $pass)))
  (export "{RELAY}/api" (instance $api)))
"""


def counter() -> bytes:
    """A component that adds up: `add`, `chancy` with luck, and `fail`."""
    return bytes(wat2wasm(_COUNTER))


def relay() -> bytes:
    """A component whose `pass` has a counter add; tickets that are not 0 are drawn."""
    return bytes(wat2wasm(_RELAY))


def imports(draw: Callable[[int], None]) -> HostImports:
    """What implements the imports of both: `draw` takes a ticket, and traps or does not."""
    return {_LUCK: {"draw": draw}}
