;; The memory in which `octets` puts values between the host and a guest. A call from outside keeps its
;; parameters and result at the bottom; while it runs, each call of an import begins above them and
;; leaves nothing. No call of the host can overlap with another: a component is not entered twice.
(module
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 16))
  (global $floor (mut i32) (i32.const 16))
  (func $"witgen:trap/out-of-memory" unreachable)
  (func $reserve (param $end i32) (local $missing i32)
    (local.set $missing
      (i32.sub
        (i32.shr_u (i32.add (local.get $end) (i32.const 65535)) (i32.const 16))
        (memory.size)))
    (if (i32.gt_s (local.get $missing) (i32.const 0))
      (then
        (if (i32.eq (memory.grow (local.get $missing)) (i32.const -1))
          (then (call $"witgen:trap/out-of-memory"))))))
  (func $allocate (param $size i32) (result i32) (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 15)) (i32.const -16)))
    ;; Less than 2 GiB in all, so that no sum overflows.
    (if (i32.gt_u (local.get $size) (i32.sub (i32.const 0x7fff0000) (local.get $at)))
      (then (call $"witgen:trap/out-of-memory")))
    (global.set $top (i32.add (local.get $at) (local.get $size)))
    (call $reserve (global.get $top))
    (local.get $at))
  (func (export "realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32)
    (result i32) (local $at i32)
    (if (i32.ge_u (local.get $had) (local.get $size))
      (then
        ;; What is given back of the last block is free again.
        (if (i32.eq (i32.add (local.get $old) (local.get $had)) (global.get $top))
          (then (global.set $top (i32.add (local.get $old) (local.get $size)))))
        (return (select (local.get $old) (i32.const 16) (local.get $had)))))
    (local.set $at (call $allocate (local.get $size)))
    (memory.copy (local.get $at) (local.get $old) (local.get $had))
    (local.get $at))
  (func (export "area") (param i32) (result i32) (call $allocate (local.get 0)))
  (func (export "keep") (global.set $floor (global.get $top)))
  (func (export "free") (global.set $floor (i32.const 16)))
  (func (export "post") (global.set $top (global.get $floor)))
  (func (export "post-i32") (param i32) (global.set $top (global.get $floor)))
  (func (export "post-i64") (param i64) (global.set $top (global.get $floor)))
  (func (export "post-f32") (param f32) (global.set $top (global.get $floor)))
  (func (export "post-f64") (param f64) (global.set $top (global.get $floor))))
