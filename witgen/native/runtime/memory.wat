;; The memory of a client component: an arena that is empty between calls.
;;
;; Everything that a call needs is allocated upwards from the static data, and given back when the
;; outermost call returns. Calls may be nested, as a host may let a guest re-enter the client while
;; a call is outstanding, so they are counted.
(module $memory
  (memory (export "memory") @PAGES@)
  (global $top (mut i32) (i32.const @BASE@))
  (global $depth (mut i32) (i32.const 0))

  (func $"witgen:trap/out-of-memory" unreachable)

  ;; Room for $size bytes at a multiple of 8, rounded up to one, so that whole words can be copied.
  (func $alloc (export "alloc") (param $size i64) (result i32)
    (local $at i32) (local $end i64)
    (local.set $end (i64.add
      (i64.extend_i32_u (local.tee $at (global.get $top)))
      (i64.and (i64.add (local.get $size) (i64.const 7)) (i64.const -8))))
    (if (i64.gt_u (local.get $end) (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16)))
      (then
        ;; The very last page is left alone: the end of it would be address 0.
        (if (i64.gt_u (local.get $end) (i64.const 0xffff0000))
          (then (call $"witgen:trap/out-of-memory")))
        (if (i32.eq (i32.const -1) (memory.grow (i32.wrap_i64 (i64.sub
              (i64.shr_u (i64.add (local.get $end) (i64.const 65535)) (i64.const 16))
              (i64.extend_i32_u (memory.size))))))
          (then (call $"witgen:trap/out-of-memory")))))
    (global.set $top (i32.wrap_i64 (local.get $end)))
    (local.get $at))

  ;; What the canonical ABI allocates with. The last block grows where it is.
  (func $realloc (export "realloc")
    (param $old i32) (param $length i32) (param $align i32) (param $size i32) (result i32)
    (local $new i32)
    (if (i32.le_u (local.get $size) (local.get $length))
      (then (return (local.get $old))))
    (if (i32.eq (global.get $top) (i32.and
          (i32.add (i32.add (local.get $old) (local.get $length)) (i32.const 7)) (i32.const -8)))
      (then (global.set $top (local.get $old))))
    (local.set $new (call $alloc (i64.extend_i32_u (local.get $size))))
    (if (i32.ne (local.get $new) (local.get $old))
      (then (memory.copy (local.get $new) (local.get $old) (local.get $length))))
    (local.get $new))

  ;; Begin a call, with room for $size bytes.
  (func $enter (export "enter") (param $size i32) (result i32)
    (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
    (call $alloc (i64.extend_i32_u (local.get $size))))

  ;; End a call.
  (func $leave (export "leave")
    (global.set $depth (i32.sub (global.get $depth) (i32.const 1)))
    (if (i32.eqz (global.get $depth))
      (then (global.set $top (i32.const @BASE@)))))

  ;; End a call whose result lies in memory, after it was read.
  (func $release (export "release") (param i32) (call $leave)))
