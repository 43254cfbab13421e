"""A guest that asks to be called again, so many seconds after the time that it sees."""

CRON, SET = "t:cron", "t:cron/api.{set}"
ALARM = """
(component
  (import "wasi:clocks/wall-clock@0.2.0" (instance $clock
    (type $fields (record (field "seconds" u64) (field "nanoseconds" u32)))
    (export "datetime" (type $datetime (eq $fields)))
    (export "now" (func (result $datetime)))))
  (import "t:cron/alarm" (instance $alarm (export "at"
    (func (param "seconds" u64) (param "after" u64)))))
  (core module $memory (memory (export "memory") 1))
  (core instance $memory (instantiate $memory))
  (core func $now (canon lower (func $clock "now") (memory (core memory $memory "memory"))))
  (core func $at (canon lower (func $alarm "at")))
  (core module $m
    (import "" "memory" (memory 1))
    (import "" "now" (func $now (param i32)))
    (import "" "at" (func $at (param i64 i64)))
    (func (export "set") (param $after i64) (result i64)
      (call $now (i32.const 0))
      (call $at (i64.add (i64.load (i32.const 0)) (local.get $after)) (local.get $after))
      (i64.load (i32.const 0))))
  (core instance $i (instantiate $m (with "" (instance
    (export "memory" (memory $memory "memory")) (export "now" (func $now)) (export "at" (func $at))))))
  (func $set (param "after" u64) (result u64) (canon lift (core func $i "set")))
  (instance $api (export "set" (func $set)))
  (export "t:cron/api" (instance $api)))
"""
