"""Guests that do not come to an end by themselves: they compute, or they sleep."""

TIMERS = """
  (import "wasi:io/poll@0.2.0" (instance $poll (export "pollable" (type $p (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow $p))))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
    (alias outer 1 $pollable (type $outer)) (export "pollable" (type $p (eq $outer)))
    (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
  (core func $subscribe (canon lower (func $clock "subscribe-duration")))
  (core func $block (canon lower (func $poll "[method]pollable.block")))
  (core func $drop (canon resource.drop $pollable))
"""
SLEEPER = f"""
(component {TIMERS}
  (core module $m
    (import "" "subscribe" (func $subscribe (param i64) (result i32)))
    (import "" "block" (func $block (param i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "sleep") (param i64) (local i32)
      (local.set 1 (call $subscribe (local.get 0)))
      (call $block (local.get 1))
      (call $drop (local.get 1))))
  (core instance $i (instantiate $m (with "" (instance (export "subscribe" (func $subscribe))
    (export "block" (func $block)) (export "drop" (func $drop))))))
  (func (export "sleep") (param "nanoseconds" u64) (canon lift (core func $i "sleep"))))
"""
# Counts, and computes as often as it is told to; 0 is for ever.
SPINNER = """
(component
  (core module $m
    (global $count (mut i32) (i32.const 0))
    (func (export "inc") (param i32) (result i32)
      (global.set $count (i32.add (global.get $count) (local.get 0)))
      (global.get $count))
    (func (export "spin") (param i32) (loop $next
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (br_if $next (local.get 0)))))
  (core instance $i (instantiate $m))
  (func (export "inc") (param "by" u32) (result u32) (canon lift (core func $i "inc")))
  (func (export "spin") (param "times" u32) (canon lift (core func $i "spin"))))
"""
