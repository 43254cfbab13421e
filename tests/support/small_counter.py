"""A small component that counts, as text, and other builds of it."""

from __future__ import annotations

from runtime_shim.engines.records import managed
from runtime_shim.host import Host

COUNTER = """
(component
  (core module $m
    (memory (export "memory") 1)
    (global $count (mut i32) (i32.const 0))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "inc") (param i32) (result i32)
      (global.set $count (i32.add (global.get $count) (local.get 0)))
      (global.get $count))
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 8) (local.get 0))
      (i32.store (i32.const 12) (local.get 1))
      (i32.const 8))
    (func (export "quiet"))
    (func (export "boom") unreachable))
  (core instance $i (instantiate $m))
  (func $inc (param "by" u32) (result u32) (canon lift (core func $i "inc")))
  (func $echo (param "text" string) (result string)
    (canon lift (core func $i "echo") (memory (core memory $i "memory"))
      (realloc (core func $i "realloc"))))
  (func $quiet (canon lift (core func $i "quiet")))
  (func $boom (canon lift (core func $i "boom")))
  (instance $api
    (export "inc" (func $inc)) (export "echo" (func $echo))
    (export "quiet" (func $quiet)) (export "boom" (func $boom)))
  (export "test:counter/api" (instance $api)))
"""
INC, ECHO = "test:counter/api.{inc}", "test:counter/api.{echo}"
NAME = "test:counter"
NEWER = COUNTER.replace("i32.const 1024", "i32.const 2048").replace(
    '(export "quiet" (func $quiet)) (export "boom"',
    '(export "quiet" (func $quiet)) (export "calm" (func $quiet)) (export "boom"',
)
TWICE = COUNTER.replace("(local.get 0)))", "(i32.mul (i32.const 2) (local.get 0))))", 1)
CALM = "test:counter/api.{calm}"


def builds(host: Host) -> dict[str, str]:
    """The beginnings of the digests of the builds that workers have, by worker."""
    with managed(host.engine).stored.looking() as records:
        return {info.worker.name: info.build[:6] for info in records.workers()}
