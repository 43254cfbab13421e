"""A small component that counts, as text."""

from __future__ import annotations

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
