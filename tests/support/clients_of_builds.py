"""A caller and what it calls, in builds with other types."""

from __future__ import annotations

import wasmtime

from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment

CALC = """
(component
  (component $inner
    (core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m))
    (func (export "FUNCTION") (param "by" PARAM) (result RESULT) (canon lift (core func $i "f"))))
  (instance $api (instantiate $inner))
  (export "test:calc/api" (instance $api)))
"""
CALLER = """
(component
  (import "test:calc-client/calc-client" (instance $client
    (type $cases (variant (case "protocol-error" string) (case "denied" string)
      (case "not-found" string) (case "remote-internal-error" string)))
    (export "golem-rpc-rpc-error" (type $error (eq $cases)))
    (export "api" (type $api (sub resource)))
    (export "[constructor]api" (func (param "worker" string) (result (own $api))))
    (export "[method]api.try-FUNCTION" (func (param "self" (borrow $api)) (param "by" PARAM)
      (result (result RESULT (error $error)))))))
  (core module $memory
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $mem (instantiate $memory))
  (core func $new (canon lower (func $client "[constructor]api") (memory (core memory $mem "memory"))))
  (core func $try (canon lower (func $client "[method]api.try-FUNCTION")
    (memory (core memory $mem "memory")) (realloc (core func $mem "realloc"))))
  (core module $m
    (import "h" "new" (func $new (param i32 i32) (result i32)))
    (import "h" "try" (func $try (param i32 i32 i32)))
    (import "m" "memory" (memory 1))
    (data (i32.const 0) "oldnew")
    (func (export "ask") (param $name i32) (result i32)
      (call $try (call $new (local.get $name) (i32.const 3)) (i32.const 65) (i32.const 512))
      (if (result i32) (i32.load8_u (i32.const 512))
        (then (i32.add (i32.const 1000) (i32.load8_u (i32.const 516))))
        (else (i32.load (i32.const 516))))))
  (core instance $i (instantiate $m
    (with "h" (instance (export "new" (func $new)) (export "try" (func $try))))
    (with "m" (instance $mem))))
  (func (export "ask") (param "at" u32) (result u32) (canon lift (core func $i "ask"))))
"""
OLD, NEW, PROTOCOL_ERROR = 0, 3, 1000  # the places of names, and what a caller gives for an error


def wasm(text: str, param: str, result: str, function: str) -> Deployment:
    for name, value in (("PARAM", param), ("RESULT", result), ("FUNCTION", function)):
        text = text.replace(name, value)
    return Deployment(bytes(wasmtime.wat2wasm(text)))


def ask(host: Host, worker: str, at: int) -> object:
    return host.invoke("test:caller", worker, "ask", (at,))
