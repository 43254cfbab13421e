"""Components with streams, futures and asynchronous functions, as text."""

from __future__ import annotations

API = "t:flow/api"
IO = "t:flow/io"
CARRYING = {
    "takes-stream": ("a stream", '(param "s" (stream u8)) (result u32)', 1),
    "gives-stream": ("a stream", "(result (stream u8))", 0),
    "takes-future": ("a future", '(param "s" (future string)) (result u32)', 1),
    "gives-future": ("a future", "(result (future))", 0),
    "in-list": ("a stream", '(param "s" (list (stream u8))) (result u32)', 2),
    "in-option": ("a future", '(param "s" (option (future u8))) (result u32)', 2),
    "in-result": ("a stream", '(param "s" (result $str (error u32))) (result u32)', 2),
    "in-tuple": ("a stream", '(param "s" (tuple u8 (stream u8))) (result u32)', 2),
    "in-record": ("a stream", '(param "s" $rec) (result u32)', 2),
    "in-variant": ("a future", '(param "s" $var) (result u32)', 2),
    "is-async": ("asynchronous", 'async (param "s" u32) (result u32)', 1),
}
"""Functions that no host can call: what is said of them, their types, and the number of their parts."""

_TYPES = """
 (type $rec' (record (field "n" u8) (field "s" (stream u8)))) (export $rec "rec" (type $rec'))
 (type $fut (future u8)) (type $str (stream u8))
 (type $var' (variant (case "none") (case "later" $fut))) (export $var "var" (type $var'))
"""
_LIFTED = "\n".join(
    f""" (func (export "{name}") {ty}
      (canon lift (core func $i "take{count}") (memory $memory) (realloc $realloc)))"""
    for name, (_, ty, count) in CARRYING.items()
)
_CORE = """
 (core module $m (memory (export "memory") 1) (global $n (mut i32) (i32.const 0))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
  (func (export "add") (param i32) (result i32)
   (global.set $n (i32.add (global.get $n) (local.get 0))) (global.get $n))
  (func (export "take0") (result i32) unreachable)
  (func (export "take1") (param i32) (result i32) unreachable)
  (func (export "take2") (param i32 i32) (result i32) unreachable))
 (core instance $i (instantiate $m))
 (alias core export $i "memory" (core memory $memory))
 (alias core export $i "realloc" (core func $realloc))
"""
INNER = f"""(component $inner {_CORE} {_TYPES}
 (func (export "add") (param "by" u32) (result u32) (canon lift (core func $i "add")))
{_LIFTED})"""
EXPORTS = f"""(component {INNER}
 (instance $api (instantiate $inner))
 (export "{API}" (instance $api)))"""
"""An interface of these functions, with `add`, which anybody can call."""

IMPORTS = f"""(component
 (import "{IO}" (instance $io
  (type $rec' (record (field "s" (stream u8)))) (export "rec" (type $rec (eq $rec')))
  (export "pass" (func (param "s" (stream u8)) (result u32)))
  (export "give" (func (result (future u8))))
  (export "wrap" (func (param "r" $rec)))
  (export "twice" (func (param "n" u32) (result u32)))))
 (import "bare" (func $bare (result (stream u8))))
 (type $s (stream u8))
 (core func $new (canon stream.new $s))
 (core func $pass (canon lower (func $io "pass")))
 (core func $give (canon lower (func $io "give")))
 (core func $wrap (canon lower (func $io "wrap")))
 (core func $twice (canon lower (func $io "twice")))
 (core func $bare (canon lower (func $bare)))
 (core module $m
  (import "" "new" (func $new (result i64)))
  (import "" "pass" (func $pass (param i32) (result i32)))
  (import "" "give" (func $give (result i32)))
  (import "" "wrap" (func $wrap (param i32)))
  (import "" "twice" (func $twice (param i32) (result i32)))
  (import "" "bare" (func $bare (result i32)))
  (func (export "pass") (result i32) (call $pass (i32.wrap_i64 (call $new))))
  (func (export "give") (result i32) (call $give))
  (func (export "wrap") (call $wrap (i32.wrap_i64 (call $new))))
  (func (export "bare") (result i32) (call $bare))
  (func (export "twice") (param i32) (result i32) (call $twice (local.get 0))))
 (core instance $i (instantiate $m (with "" (instance
  (export "new" (func $new)) (export "pass" (func $pass)) (export "give" (func $give))
  (export "wrap" (func $wrap)) (export "twice" (func $twice)) (export "bare" (func $bare))))))
 (func (export "pass") (result u32) (canon lift (core func $i "pass")))
 (func (export "give") (result u32) (canon lift (core func $i "give")))
 (func (export "wrap") (canon lift (core func $i "wrap")))
 (func (export "bare") (result u32) (canon lift (core func $i "bare")))
 (func (export "twice") (param "n" u32) (result u32) (canon lift (core func $i "twice"))))"""
"""Functions that call an import each; only `twice` has types that a host can pass."""

METHODS = f"""(component
 (import "{IO}" (instance $io
  (export "pipe" (type $pipe (sub resource)))
  (export "[constructor]pipe" (func (param "s" (stream u8)) (result (own $pipe))))
  (export "[static]pipe.open" (func (result (own $pipe))))
  (export "[static]pipe.of" (func (param "s" (stream u8)) (result (own $pipe))))
  (export "[method]pipe.read" (func (param "self" (borrow $pipe)) (result (stream u8))))
  (export "[method]pipe.size" (func (param "self" (borrow $pipe)) (result u32)))))
 (core func $open (canon lower (func $io "[static]pipe.open")))
 (core func $read (canon lower (func $io "[method]pipe.read")))
 (core func $size (canon lower (func $io "[method]pipe.size")))
 (core module $m
  (import "" "open" (func $open (result i32)))
  (import "" "read" (func $read (param i32) (result i32)))
  (import "" "size" (func $size (param i32) (result i32)))
  (func (export "size") (result i32) (call $size (call $open)))
  (func (export "read") (result i32) (call $read (call $open))))
 (core instance $i (instantiate $m (with "" (instance
  (export "open" (func $open)) (export "read" (func $read)) (export "size" (func $size))))))
 (func (export "size") (result u32) (canon lift (core func $i "size")))
 (func (export "read") (result u32) (canon lift (core func $i "read"))))"""
"""A resource with a constructor and members with streams, and others without."""

WASI = """(component
 (type (stream u8))
 (import "wasi:io/poll@0.2.0" (instance $p
  (export "pollable" (type $pollable (sub resource)))
  (export "poll" (func (param "in" (list (borrow $pollable))) (result (list u32))))))
 (alias export $p "pollable" (type $pollable))
 (import "wasi:clocks/monotonic-clock@0.2.0" (instance $c
  (alias outer 1 $pollable (type $o)) (export "pollable" (type $q (eq $o)))
  (export "subscribe-duration" (func (param "when" u64) (result (own $q))))))
 (core module $l (memory (export "memory") 1)
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024))
 (core instance $l (instantiate $l))
 (core func $sub (canon lower (func $c "subscribe-duration")))
 (core func $poll (canon lower (func $p "poll")
  (memory (core memory $l "memory")) (realloc (core func $l "realloc"))))
 (core module $m
  (import "" "sub" (func $sub (param i64) (result i32)))
  (import "" "poll" (func $poll (param i32 i32 i32)))
  (import "l" "memory" (memory 1))
  (func (export "first") (result i32)
   (i32.store (i32.const 0) (call $sub (i64.const 100000000000)))
   (i32.store (i32.const 4) (call $sub (i64.const 1000)))
   (call $poll (i32.const 0) (i32.const 2) (i32.const 16))
   (i32.load (i32.load (i32.const 16)))))
 (core instance $i (instantiate $m (with "l" (instance $l)) (with "" (instance
  (export "sub" (func $sub)) (export "poll" (func $poll))))))
 (func (export "first") (result u32) (canon lift (core func $i "first"))))"""
"""Which of two pollables is ready first: of a version of WASI that the host has under another name."""

ASYNC_IMPORTS = f"""(component
 (import "{IO}" (instance
  (export "later" (func async (param "n" u32) (result u32)))
  (export "twice" (func (param "n" u32) (result u32)))))
 (import "soon" (func async)))"""

CALLER = """(component
 (import "t:flow-client/flow-client" (instance $c
  (export "api" (type $api (sub resource)))
  (export "[constructor]api" (func (param "worker-name" string) (result (own $api))))
  (export "[method]api.blocking-gives-stream"
   (func (param "self" (borrow $api)) (result (stream u8))))
  (export "[method]api.blocking-add"
   (func (param "self" (borrow $api)) (param "by" u32) (result u32)))))
 (core module $l (memory (export "memory") 1) (data (i32.const 0) "w"))
 (core instance $l (instantiate $l))
 (core func $new (canon lower (func $c "[constructor]api") (memory (core memory $l "memory"))))
 (core func $add (canon lower (func $c "[method]api.blocking-add")))
 (core func $give (canon lower (func $c "[method]api.blocking-gives-stream")))
 (core module $m
  (import "" "new" (func $new (param i32 i32) (result i32)))
  (import "" "add" (func $add (param i32 i32) (result i32)))
  (import "" "give" (func $give (param i32) (result i32)))
  (func $client (result i32) (call $new (i32.const 0) (i32.const 1)))
  (func (export "add") (param i32) (result i32) (call $add (call $client) (local.get 0)))
  (func (export "give") (result i32) (call $give (call $client))))
 (core instance $i (instantiate $m (with "" (instance
  (export "new" (func $new)) (export "add" (func $add)) (export "give" (func $give))))))
 (func (export "add") (param "by" u32) (result u32) (canon lift (core func $i "add")))
 (func (export "give") (result u32) (canon lift (core func $i "give"))))"""
"""A caller with a client of `EXPORTS` that has a method with a stream."""

STATIC_CALLER = (
    CALLER.replace(
        """  (export "[method]api.blocking-gives-stream"
   (func (param "self" (borrow $api)) (result (stream u8))))
""",
        "",
    )
    .replace(' (core func $give (canon lower (func $c "[method]api.blocking-gives-stream")))\n', "")
    .replace('  (import "" "give" (func $give (param i32) (result i32)))\n', "")
    .replace("(call $give (call $client))", "unreachable")
    .replace(' (export "give" (func $give))', "")
    .replace('"give") (result u32)', '"own-stream") (result (stream u8))')
    .replace('(core func $i "own-stream")', '(core func $i "give")')
)
"""The same without that method, for a client that is composed in; its own export gives a stream."""
