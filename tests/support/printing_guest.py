"""A guest that prints what it is told to, and one that traps after it has."""

from __future__ import annotations

import wasmtime

NAME = "test:printer"
SAY, CRY = f"{NAME}/api.{{say}}", f"{NAME}/api.{{cry}}"
_WRITE = "[method]output-stream.blocking-write-and-flush"
TEXT = f"""
(component
  (import "wasi:io/error@0.2.0" (instance $er (export "error" (type (sub resource)))))
  (alias export $er "error" (type $error))
  (import "wasi:io/streams@0.2.0" (instance $s (alias outer 1 $error (type $e1)) (export "error" (type $e (eq $e1)))
   (export "output-stream" (type $o (sub resource)))
   (type $se' (variant (case "last-operation-failed" (own $e)) (case "closed")))
   (export "stream-error" (type $se (eq $se')))
   (export "{_WRITE}" (func (param "self" (borrow $o)) (param "contents" (list u8)) (result (result (error $se)))))))
  (alias export $s "output-stream" (type $os))
  (import "wasi:cli/stdout@0.2.0" (instance $out (alias outer 1 $os (type $o1)) (export "output-stream" (type $o (eq $o1))) (export "get-stdout" (func (result (own $o))))))
  (import "wasi:cli/stderr@0.2.0" (instance $err (alias outer 1 $os (type $o1)) (export "output-stream" (type $o (eq $o1))) (export "get-stderr" (func (result (own $o))))))
  (core module $libc
    (memory (export "memory") 2)
    (global $top (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $found i32)
      (local.set $found (global.get $top))
      (global.set $top (i32.add (global.get $top) (local.get 3)))
      (local.get $found)))
  (core instance $l (instantiate $libc))
  (core func $out (canon lower (func $out "get-stdout")))
  (core func $err (canon lower (func $err "get-stderr")))
  (core func $w (canon lower (func $s "{_WRITE}") (memory (core memory $l "memory"))))
  (core module $m
    (import "" "out" (func $out (result i32))) (import "" "err" (func $err (result i32)))
    (import "" "w" (func $w (param i32 i32 i32 i32)))
    (func (export "say") (param i32 i32)
      (call $w (call $out) (local.get 0) (local.get 1) (i32.const 0)))
    (func (export "cry") (param i32 i32)
      (call $w (call $err) (local.get 0) (local.get 1) (i32.const 0))
      unreachable))
  (core instance $i (instantiate $m (with "" (instance
    (export "out" (func $out)) (export "err" (func $err)) (export "w" (func $w))))))
  (func $say (param "text" string) (canon lift (core func $i "say") (memory (core memory $l "memory")) (realloc (core func $l "realloc"))))
  (func $cry (param "text" string) (canon lift (core func $i "cry") (memory (core memory $l "memory")) (realloc (core func $l "realloc"))))
  (instance $api (export "say" (func $say)) (export "cry" (func $cry)))
  (export "{NAME}/api" (instance $api)))
"""


def printer() -> bytes:
    """The component."""
    return bytes(wasmtime.wat2wasm(TEXT))
