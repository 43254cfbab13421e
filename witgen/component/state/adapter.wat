;; Reads and writes the memories and globals of the core instances beside it, and shows which places of
;; the component instance's table of handles are free. It keeps nothing between two calls.
(module
{imports}
  (import "" "new" (func $new (param i32) (result i32)))
  (import "" "drop" (func $drop (param i32)))
  (type $size (func (result i64)))
  (type $hash (func (param i32) (result i64)))
  (type $move (func (param i32 i32)))
  (type $grow (func (param i32)))
  (type $do (func (param i32 i32 i32 i32)))
  (memory $own (export "memory") 1)
  (global $result (mut i32) (i32.const 0))
  (global $length (mut i32) (i32.const 0))
  (table $sizes funcref (elem {sizes}))
  (table $hashes funcref (elem {hashes}))
  (table $reads funcref (elem {reads}))
  (table $xors funcref (elem {xors}))
  (table $grows funcref (elem {grows}))
  (table $operations funcref (elem
    $tell $hash $read $xor $grow $set $probe $take $give))

  ;; What comes in and what goes out begins at the second page of 64 KiB.
  (func $room (param $end i32)
    (local $lacking i32)
    (local.set $lacking (i32.sub
      (i32.shr_u (i32.add (local.get $end) (i32.const 0xffff)) (i32.const 16)) (memory.size $own)))
    (if (i32.gt_s (local.get $lacking) (i32.const 0)) (then
      (if (i32.eq (memory.grow $own (local.get $lacking)) (i32.const -1)) (then unreachable)))))
  (func (export "realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (call $room (i32.add (i32.const 0x10000) (local.get $size)))
    (i32.const 0x10000))
  (func (export "same") (param i32) (result i32) (local.get 0))
  (func $mix (param $a i64) (param $b i64) (result i64)
    (local.set $a (i64.mul
      (i64.xor (local.get $a) (i64.rotl (local.get $b) (i64.const 23)))
      (i64.const 0x9fb21c651e98df25)))
    (i64.xor (local.get $a) (i64.shr_u (local.get $a) (i64.const 32))))

{memories}

  ;; The operations: $a and $b are numbers, $in and $size the bytes that came.
  ;; How many memories there are, the size of each in pages of 64 KiB, and the globals.
  (func $tell (type $do)
    (local $i i32)
    (call $answer (i32.const 0x10000) (i32.const {told}))
    (i64.store $own (i32.const 0x10000) (i64.const {count}))
    (block $done (loop $next
      (br_if $done (i32.eq (local.get $i) (i32.const {count})))
      (i64.store $own
        (i32.add (i32.const 0x10008) (i32.shl (local.get $i) (i32.const 3)))
        (call_indirect $sizes (type $size) (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next)))
{tell})
  ;; The hashes of as many pages as came, from number $a on, of the memory $b.
  (func $hash (type $do)
    (local $count i32) (local $i i32)
    (local.set $count (i32.load $own (local.get 2)))
    (call $answer (i32.const 0x10000) (i32.shl (local.get $count) (i32.const 3)))
    (block $done (loop $next
      (br_if $done (i32.eq (local.get $i) (local.get $count)))
      (i64.store $own
        (i32.add (i32.const 0x10000) (i32.shl (local.get $i) (i32.const 3)))
        (call_indirect $hashes (type $hash) (i32.add (local.get 0) (local.get $i)) (local.get 1)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next))))
  ;; The contents of those pages of the memory $b whose numbers came.
  (func $read (type $do)
    (local $from i32) (local $to i32)
    (local.set $from (local.get 2))
    (local.set $to (i32.and
      (i32.add (i32.add (local.get 2) (local.get 3)) (i32.const 4095)) (i32.const -4096)))
    (call $answer (local.get $to) (i32.shl (local.get 3) (i32.const 10)))
    (block $done (loop $next
      (br_if $done (i32.eq (local.get $from) (i32.add (local.get 2) (local.get 3))))
      (call_indirect $reads (type $move)
        (i32.load $own (local.get $from)) (local.get $to) (local.get 1))
      (local.set $from (i32.add (local.get $from) (i32.const 4)))
      (local.set $to (i32.add (local.get $to) (i32.const 4096)))
      (br $next))))
  ;; The numbers of lines of the memory $b came, then what the bytes of each are combined with.
  (func $xor (type $do)
    (local $number i32) (local $line i32) (local $end i32)
    (call $answer (i32.const 0x10000) (i32.const 0))
    (local.set $number (local.get 2))
    (local.set $line (i32.add (local.get 2)
      (i32.shl (i32.div_u (local.get 3) (i32.const 68)) (i32.const 2))))
    (local.set $end (local.get $line))
    (block $done (loop $next
      (br_if $done (i32.eq (local.get $number) (local.get $end)))
      (call_indirect $xors (type $move)
        (i32.load $own (local.get $number)) (local.get $line) (local.get 1))
      (local.set $number (i32.add (local.get $number) (i32.const 4)))
      (local.set $line (i32.add (local.get $line) (i32.const 64)))
      (br $next))))
  ;; The memory $b gets $a more pages of 64 KiB.
  (func $grow (type $do)
    (call $answer (i32.const 0x10000) (i32.const 0))
    (call_indirect $grows (type $grow) (local.get 0) (local.get 1)))
  ;; The globals that came.
  (func $set (type $do)
    (call $answer (i32.const 0x10000) (i32.const 0))
    (if (i32.ne (local.get 3) (i32.const {globals})) (then unreachable))
{set})
  ;; The $a places that would be taken next, in order; taken and given back.
  (func $probe (type $do)
    (local $i i32)
    (call $answer (i32.const 0x10000) (i32.shl (local.get 0) (i32.const 2)))
    (block $done (loop $next
      (br_if $done (i32.eq (local.get $i) (local.get 0)))
      (i32.store $own
        (i32.add (i32.const 0x10000) (i32.shl (local.get $i) (i32.const 2)))
        (call $new (i32.const 0)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next)))
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $i)))
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (call $drop (i32.load $own
        (i32.add (i32.const 0x10000) (i32.shl (local.get $i) (i32.const 2)))))
      (br $next))))
  ;; One place, taken.
  (func $take (type $do)
    (call $answer (i32.const 0x10000) (i32.const 4))
    (i32.store $own (i32.const 0x10000) (call $new (i32.const 0))))
  ;; The places that came, given back in their order.
  (func $give (type $do)
    (local $at i32)
    (local.set $at (local.get 2))
    (call $answer (i32.const 0x10000) (i32.const 0))
    (block $done (loop $next
      (br_if $done (i32.eq (local.get $at) (i32.add (local.get 2) (local.get 3))))
      (call $drop (i32.load $own (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br $next))))
  (func $answer (param $at i32) (param $size i32)
    (call $room (i32.add (local.get $at) (local.get $size)))
    (global.set $result (local.get $at))
    (global.set $length (local.get $size)))

  (func (export "do") (param $what i32) (param $a i32) (param $b i32) (param $in i32) (param $size i32)
    (result i32)
    (call_indirect $operations (type $do)
      (local.get $a) (local.get $b) (local.get $in) (local.get $size) (local.get $what))
    (i32.store $own (i32.const 0) (global.get $result))
    (i32.store $own (i32.const 4) (global.get $length))
    (i32.const 0)))
