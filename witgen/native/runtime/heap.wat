;; What outlives a call: handles of resources in workers, in a memory of their own.
;;
;; A block holds, at 0 the connection, at 4 the length of the address, at 8 the number of the
;; resource, at 16 whether it was given away, and at 24 the address. Blocks are powers of two; free
;; ones of a size are in a list whose head is at four times the exponent.
(module $heap
  (memory 1)
  (table (export "destructors") @RESOURCES@ funcref)
  (global $top (mut i32) (i32.const 128))

  (func $"witgen:trap/out-of-memory" unreachable)

  (func $class (param $length i32) (result i32)
    (i32.sub (i32.const 32) (i32.clz (i32.add (local.get $length) (i32.const 23)))))

  (func (export "new") (param $length i32) (result i32)
    (local $list i32) (local $at i32) (local $end i64)
    (if (i32.gt_u (local.get $length) (i32.const 0x3fffffff))
      (then (call $"witgen:trap/out-of-memory")))
    (local.set $list (i32.shl (call $class (local.get $length)) (i32.const 2)))
    (if (local.tee $at (i32.load (local.get $list)))
      (then (i32.store (local.get $list) (i32.load (local.get $at))))
      (else
        (local.set $at (global.get $top))
        (local.set $end (i64.add (i64.extend_i32_u (local.get $at))
          (i64.shl (i64.const 1) (i64.extend_i32_u (call $class (local.get $length))))))
        (if (i64.gt_u (local.get $end) (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16)))
          (then
            (if (i64.gt_u (local.get $end) (i64.const 0xffff0000))
              (then (call $"witgen:trap/out-of-memory")))
            (if (i32.eq (i32.const -1) (memory.grow (i32.wrap_i64 (i64.sub
                  (i64.shr_u (i64.add (local.get $end) (i64.const 65535)) (i64.const 16))
                  (i64.extend_i32_u (memory.size))))))
              (then (call $"witgen:trap/out-of-memory")))))
        (global.set $top (i32.wrap_i64 (local.get $end)))))
    (i32.store offset=4 (local.get $at) (local.get $length))
    (i32.store offset=16 (local.get $at) (i32.const 0))
    (local.get $at))

  (func (export "free") (param $at i32)
    (local $list i32)
    (local.set $list (i32.shl (call $class (i32.load offset=4 (local.get $at))) (i32.const 2)))
    (i32.store (local.get $at) (i32.load (local.get $list)))
    (i32.store (local.get $list) (local.get $at)))

  (func (export "get") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "put") (param i32 i64) (i64.store (local.get 0) (local.get 1)))
@DESTRUCTORS@)
