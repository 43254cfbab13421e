"""A caller that tells what its calls end with, and what it calls, in builds with other types."""

from __future__ import annotations

import wasmtime

import witgen
from runtime_shim.program.deployment import Deployment
from witgen.client import Client
from witgen.load import load_texts

WIT = """
package test:maps;
interface api {
  record point { x: X, y: u32 }
  put: func(at: point) -> u32;
  FIND: func(by: u32) -> point;
}
world maps { export api; }
"""
MAP = """
(component
  (component $inner
    (core module $m
      (memory (export "memory") 1)
      (func (export "put") (param i32 i32) (result i32) (local.get 1))
      (func (export "find") (param i32) (result i32)
        (i32.store (i32.const 64) (i32.const 7))
        (i32.store (i32.const 68) (local.get 0))
        (i32.const 64)))
    (core instance $i (instantiate $m))
    (type $fields (record (field "x" X) (field "y" u32)))
    (export $point "point" (type $fields))
    (func (export "put") (param "at" $point) (result u32) (canon lift (core func $i "put")))
    (func (export "FIND") (param "by" u32) (result $point)
      (canon lift (core func $i "find") (memory (core memory $i "memory")))))
  (instance $api (instantiate $inner))
  (export "test:maps/api" (instance $api)))
"""
CALLER = """
(component
  (import "test:maps-client/maps-client" (instance $client
    (type $cases (variant (case "protocol-error" string) (case "denied" string)
      (case "not-found" string) (case "remote-internal-error" string)))
    (export "golem-rpc-rpc-error" (type $error (eq $cases)))
    (type $fields (record (field "x" X) (field "y" u32)))
    (export "point" (type $point (eq $fields)))
    (export "api" (type $api (sub resource)))
    (export "[constructor]api" (func (param "worker-name" string) (result (own $api))))
    (export "[method]api.try-put" (func (param "self" (borrow $api)) (param "at" $point)
      (result (result u32 (error $error)))))
    (export "[method]api.try-FIND" (func (param "self" (borrow $api)) (param "by" u32)
      (result (result $point (error $error)))))))
  (core module $memory
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32) (param $size i32) (result i32)
      (global.set $free (i32.add (global.get $free) (local.get $size)))
      (i32.sub (global.get $free) (local.get $size))))
  (core instance $mem (instantiate $memory))
  (core func $new (canon lower (func $client "[constructor]api") (memory (core memory $mem "memory"))))
  (core func $put (canon lower (func $client "[method]api.try-put")
    (memory (core memory $mem "memory")) (realloc (core func $mem "realloc"))))
  (core func $find (canon lower (func $client "[method]api.try-FIND")
    (memory (core memory $mem "memory")) (realloc (core func $mem "realloc"))))
  (core module $m
    (import "h" "new" (func $new (param i32 i32) (result i32)))
    (import "h" "put" (func $put (param i32 i32 i32 i32)))
    (import "h" "find" (func $find (param i32 i32 i32)))
    (import "m" "memory" (memory 1))
    (data (i32.const 0) "oldnewit fits")
    (func $said (result i32)  ;; where the text of the error at 516 is
      (if (result i32) (i32.load8_u (i32.const 512))
        (then (i32.const 520))
        (else
          (i32.store (i32.const 600) (i32.const 6))  ;; "it fits"
          (i32.store (i32.const 604) (i32.const 7))
          (i32.const 600))))
    (func (export "put") (param $name i32) (param $x i32) (result i32)
      (call $put (call $new (local.get $name) (i32.const 3)) (local.get $x) (i32.const 2) (i32.const 512))
      (call $said))
    (func (export "find") (param $name i32) (result i32)
      (call $find (call $new (local.get $name) (i32.const 3)) (i32.const 1) (i32.const 512))
      (call $said)))
  (core instance $i (instantiate $m
    (with "h" (instance (export "new" (func $new)) (export "put" (func $put)) (export "find" (func $find))))
    (with "m" (instance $mem))))
  (func (export "put") (param "at" u32) (param "x" X) (result string)
    (canon lift (core func $i "put") (memory (core memory $mem "memory"))))
  (func (export "find") (param "at" u32) (result string)
    (canon lift (core func $i "find") (memory (core memory $mem "memory")))))
"""
OLD, NEW = 0, 3  # where the names of the workers are


def _made(text: str, x: str, find: str) -> str:
    return text.replace("X", x).replace("FIND", find)


def called(x: str, find: str = "find") -> Deployment:
    """What is called, with this type of `x` and this name of a function."""
    return Deployment(bytes(wasmtime.wat2wasm(_made(MAP, x, find))))


def client(x: str, find: str = "find") -> Client:
    """The client for the like."""
    target = load_texts({"maps.wit": _made(WIT, x, find)})
    return witgen.client(target, extras=("try",))


def calling(x: str, find: str = "find", *, static: bool) -> Deployment:
    """The caller for the like, with a client inside, or linked by the host."""
    caller = bytes(wasmtime.wat2wasm(_made(CALLER, x, find)))
    if static:
        caller = witgen.compose(caller, [witgen.native_client(client(x, find))])
    return Deployment(caller)
