;; Values on the wire: between the canonical ABI's memory and the nodes of a `wit-value`.
;;
;; A type is described by words in the static data. The first is the case of `wit-node` that its
;; values have; then, at these offsets:
;;    4  size of a value in memory
;;    8  how many nodes a value has, 0 if that depends on the value
;;   12  record, tuple: fields; variant, enum, option, result: cases; flags: flags;
;;       list: description of an element; handle: the client resource
;;   16  record, tuple: of each field its offset and its description;
;;       variant, enum, option, result: bytes of the discriminant; handle: whether it is `own`
;;   20  variant, option, result: offset of the payload
;;   24  variant, option, result: core values of the flat form
;;   28  variant, option, result: description of each payload, 0 for none
;;
;; A node has 24 bytes: the case at 0, the payload at 8. A list of children is a pointer and a length.

;; The first node of the value at hand; and how many nodes there are.
(global $nodes (mut i32) (i32.const 0))

(global $length (mut i32) (i32.const 0))

;; Where the next list of children goes.
(global $children (mut i32) (i32.const 0))

;; Copy 1, 2, 4 or 8 bytes.
(func $move (param $from i32) (param $to i32) (param $size i32)
  (if (i32.eq (local.get $size) (i32.const 4))
    (then (i32.store (local.get $to) (i32.load (local.get $from))) (return)))
  (if (i32.eq (local.get $size) (i32.const 8))
    (then (i64.store (local.get $to) (i64.load (local.get $from))) (return)))
  (if (i32.eq (local.get $size) (i32.const 1))
    (then (i32.store8 (local.get $to) (i32.load8_u (local.get $from))) (return)))
  (i32.store16 (local.get $to) (i32.load16_u (local.get $from))))

;; Write a number of 1, 2 or 4 bytes.
(func $put (param $to i32) (param $size i32) (param $value i32)
  (if (i32.eq (local.get $size) (i32.const 1))
    (then (i32.store8 (local.get $to) (local.get $value)) (return)))
  (if (i32.eq (local.get $size) (i32.const 2))
    (then (i32.store16 (local.get $to) (local.get $value)) (return)))
  (i32.store (local.get $to) (local.get $value)))

;; The case of a value in memory.
(func $case (param $type i32) (param $at i32) (result i32)
  (if (i32.eq (i32.load offset=16 (local.get $type)) (i32.const 1))
    (then (return (i32.load8_u (local.get $at)))))
  (if (i32.eq (i32.load offset=16 (local.get $type)) (i32.const 2))
    (then (return (i32.load16_u (local.get $at)))))
  (i32.load (local.get $at)))

;; The description of the payload of a case, 0 for none.
(func $payload (param $type i32) (param $case i32) (result i32)
  (i32.load offset=28
    (i32.add (local.get $type) (i32.shl (local.get $case) (i32.const 2)))))

;; Put a value that was passed flat, each core value in a slot of 8 bytes, into memory; answers the
;; slot after it. All cases of a variant share its slots, each reading the low bytes of what it needs.
(func $spill (param $type i32) (param $slot i32) (param $to i32) (result i32)
  (local $kind i32) (local $left i32) (local $part i32)
  (local.set $kind (i32.shl (i32.const 1) (i32.load (local.get $type))))
  (if (i32.and (local.get $kind) (i32.const 0x11)) ;; record, tuple
    (then
      (local.set $left (i32.load offset=12 (local.get $type)))
      (local.set $part (local.get $type))
      (loop $fields
        (local.set $slot (call $spill
          (i32.load offset=20 (local.get $part))
          (local.get $slot)
          (i32.add (local.get $to) (i32.load offset=16 (local.get $part)))))
        (local.set $part (i32.add (local.get $part) (i32.const 8)))
        (br_if $fields (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (return (local.get $slot))))
  (if (i32.and (local.get $kind) (i32.const 0xc2)) ;; variant, option, result
    (then
      (call $move (local.get $slot) (local.get $to) (i32.load offset=16 (local.get $type)))
      (local.set $part (call $payload (local.get $type) (i32.load (local.get $slot))))
      (if (local.get $part)
        (then (drop (call $spill
          (local.get $part)
          (i32.add (local.get $slot) (i32.const 8))
          (i32.add (local.get $to) (i32.load offset=20 (local.get $type)))))))
      (return (i32.add (local.get $slot)
        (i32.shl (i32.load offset=24 (local.get $type)) (i32.const 3))))))
  (if (i32.and (local.get $kind) (i32.const 0x100020)) ;; list, string
    (then
      (i32.store (local.get $to) (i32.load (local.get $slot)))
      (i32.store offset=4 (local.get $to) (i32.load offset=8 (local.get $slot)))
      (return (i32.add (local.get $slot) (i32.const 16)))))
  (call $move (local.get $slot) (local.get $to) (i32.load offset=4 (local.get $type)))
  (i32.add (local.get $slot) (i32.const 8)))

;; How many nodes a value has, at most: flags, whose booleans lie among the children, count for more.
(func $count (param $type i32) (param $at i32) (result i64)
  (local $left i32) (local $part i32) (local $sum i64)
  (if (local.tee $left (i32.load offset=8 (local.get $type)))
    (then (return (i64.extend_i32_u (local.get $left)))))
  (local.set $sum (i64.const 1))
  (if (i32.eq (i32.load (local.get $type)) (i32.const 5)) ;; list
    (then
      (local.set $type (i32.load offset=12 (local.get $type)))
      (local.set $left (i32.load offset=4 (local.get $at)))
      (if (i32.load offset=8 (local.get $type))
        (then (return (i64.add (local.get $sum) (i64.mul
          (i64.extend_i32_u (local.get $left))
          (i64.load32_u offset=8 (local.get $type)))))))
      (local.set $at (i32.load (local.get $at)))
      (block $done
        (loop $elements
          (br_if $done (i32.eqz (local.get $left)))
          (local.set $sum
            (i64.add (local.get $sum) (call $count (local.get $type) (local.get $at))))
          (local.set $at (i32.add (local.get $at) (i32.load offset=4 (local.get $type))))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br $elements)))
      (return (local.get $sum))))
  (if (i32.and (i32.load (local.get $type)) (i32.const 3)) ;; variant, option, result
    (then
      (local.set $part
        (call $payload (local.get $type) (call $case (local.get $type) (local.get $at))))
      (if (local.get $part)
        (then (local.set $sum (i64.add (local.get $sum) (call $count
          (local.get $part)
          (i32.add (local.get $at) (i32.load offset=20 (local.get $type))))))))
      (return (local.get $sum))))
  (local.set $left (i32.load offset=12 (local.get $type)))
  (local.set $part (local.get $type))
  (loop $fields ;; record, tuple
    (local.set $sum (i64.add (local.get $sum) (call $count
      (i32.load offset=20 (local.get $part))
      (i32.add (local.get $at) (i32.load offset=16 (local.get $part))))))
    (local.set $part (i32.add (local.get $part) (i32.const 8)))
    (br_if $fields (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
  (local.get $sum))

;; Room for nodes and for their lists of children: each node but the first is in one list.
(func $room (param $count i64)
  (global.set $length (i32.const 0))
  (global.set $nodes (call $alloc (i64.mul (local.get $count) (i64.const 28))))
  (global.set $children (i32.add (global.get $nodes)
    (i32.wrap_i64 (i64.mul (local.get $count) (i64.const 24))))))

;; Append the next node.
(func $append (param $tag i32) (result i32)
  (local $node i32)
  (local.set $node
    (i32.add (global.get $nodes) (i32.mul (global.get $length) (i32.const 24))))
  (global.set $length (i32.add (global.get $length) (i32.const 1)))
  (i32.store8 (local.get $node) (local.get $tag))
  (local.get $node))

;; Append a value, children after their parent.
(func $encode (param $type i32) (param $at i32)
  (local $node i32) (local $kind i32) (local $left i32) (local $child i32) (local $part i32)
  (local.set $kind (i32.load (local.get $type)))
  (local.set $node (call $append (local.get $kind)))
  (if (i32.ge_u (local.get $kind) (i32.const 8)) ;; primitives, string, handle
    (then
      (if (i32.eq (local.get $kind) (i32.const 21))
        (then (call $encode-handle (local.get $type) (local.get $at) (local.get $node)))
        (else (call $move (local.get $at)
          (i32.add (local.get $node) (i32.const 8))
          (i32.load offset=4 (local.get $type)))))
      (return)))
  (local.set $kind (i32.shl (i32.const 1) (local.get $kind)))
  (if (i32.and (local.get $kind) (i32.const 0xc2)) ;; variant, option, result
    (then
      (i32.store offset=8 (local.get $node)
        (local.tee $left (call $case (local.get $type) (local.get $at))))
      (local.set $part (call $payload (local.get $type) (local.get $left)))
      ;; The case stands before the optional child, but for option, where it is the same.
      (if (i32.eqz (i32.and (local.get $kind) (i32.const 0x40)))
        (then (local.set $node (i32.add (local.get $node) (i32.const 4)))))
      (i32.store8 offset=8 (local.get $node) (i32.ne (local.get $part) (i32.const 0)))
      (if (local.get $part)
        (then
          (i32.store offset=12 (local.get $node) (global.get $length))
          (call $encode (local.get $part)
            (i32.add (local.get $at) (i32.load offset=20 (local.get $type))))))
      (return)))
  (if (i32.and (local.get $kind) (i32.const 4)) ;; enum
    (then
      (i32.store offset=8 (local.get $node) (call $case (local.get $type) (local.get $at)))
      (return)))
  (local.set $child (global.get $children))
  (i32.store offset=8 (local.get $node) (local.get $child))
  (if (i32.and (local.get $kind) (i32.const 0x20)) ;; list
    (then
      (local.set $left (i32.load offset=4 (local.get $at)))
      (local.set $at (i32.load (local.get $at)))
      (local.set $type (i32.load offset=12 (local.get $type)))
      (i32.store offset=12 (local.get $node) (local.get $left))
      (global.set $children
        (i32.add (local.get $child) (i32.shl (local.get $left) (i32.const 2))))
      (block $done
        (loop $elements
          (br_if $done (i32.eqz (local.get $left)))
          (i32.store (local.get $child) (global.get $length))
          (call $encode (local.get $type) (local.get $at))
          (local.set $child (i32.add (local.get $child) (i32.const 4)))
          (local.set $at (i32.add (local.get $at) (i32.load offset=4 (local.get $type))))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br $elements)))
      (return)))
  (local.set $left (i32.load offset=12 (local.get $type)))
  (i32.store offset=12 (local.get $node) (local.get $left))
  (if (i32.and (local.get $kind) (i32.const 8)) ;; flags
    (then
      (global.set $children (i32.and (i32.const -4)
        (i32.add (i32.add (local.get $child) (local.get $left)) (i32.const 3))))
      (loop $flags
        (i32.store8 (i32.add (local.get $child) (local.get $part)) (i32.and (i32.const 1)
          (i32.shr_u
            (i32.load8_u (i32.add (local.get $at) (i32.shr_u (local.get $part) (i32.const 3))))
            (i32.and (local.get $part) (i32.const 7)))))
        (local.set $part (i32.add (local.get $part) (i32.const 1)))
        (br_if $flags (i32.lt_u (local.get $part) (local.get $left))))
      (return)))
  (global.set $children (i32.add (local.get $child) (i32.shl (local.get $left) (i32.const 2))))
  (local.set $part (local.get $type))
  (loop $fields ;; record, tuple
    (i32.store (local.get $child) (global.get $length))
    (call $encode
      (i32.load offset=20 (local.get $part))
      (i32.add (local.get $at) (i32.load offset=16 (local.get $part))))
    (local.set $child (i32.add (local.get $child) (i32.const 4)))
    (local.set $part (i32.add (local.get $part) (i32.const 8)))
    (br_if $fields (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))

;; A node of a reply, which must be there, have this case, and not have been read yet: so whatever a
;; reply holds, reading it takes no longer than it is long. Answers 0 if it is not so.
(func $node (param $index i32) (param $kind i32) (result i32)
  (local $node i32)
  (if (i32.ge_u (local.get $index) (global.get $length))
    (then (return (i32.const 0))))
  (local.set $node
    (i32.add (global.get $nodes) (i32.mul (local.get $index) (i32.const 24))))
  (if (i32.ne (i32.load8_u (local.get $node)) (local.get $kind))
    (then (return (i32.const 0))))
  (i32.store8 (local.get $node) (i32.const 0xff))
  (local.get $node))

;; Read the value at a node into memory; answers whether it is of the type.
(func $decode (param $type i32) (param $index i32) (param $to i32) (result i32)
  (local $node i32) (local $kind i32) (local $left i32) (local $child i32) (local $part i32)
  (local.set $kind (i32.load (local.get $type)))
  (if (i32.eqz (local.tee $node (call $node (local.get $index) (local.get $kind))))
    (then (return (i32.const 0))))
  (if (i32.ge_u (local.get $kind) (i32.const 8)) ;; primitives, string, handle
    (then
      (if (i32.eq (local.get $kind) (i32.const 21))
        (then (return
          (call $decode-handle (local.get $type) (local.get $node) (local.get $to)))))
      (call $move
        (i32.add (local.get $node) (i32.const 8))
        (local.get $to)
        (i32.load offset=4 (local.get $type)))
      (return (i32.const 1))))
  (local.set $kind (i32.shl (i32.const 1) (local.get $kind)))
  (local.set $child (i32.load offset=8 (local.get $node)))
  (local.set $left (i32.load offset=12 (local.get $node)))
  (if (i32.and (local.get $kind) (i32.const 0x20)) ;; list
    (then
      (if (i32.gt_u (local.get $left) (global.get $length))
        (then (return (i32.const 0))))
      (local.set $type (i32.load offset=12 (local.get $type)))
      (i32.store offset=4 (local.get $to) (local.get $left))
      (i32.store (local.get $to) (local.tee $part (call $alloc (i64.mul
        (i64.extend_i32_u (local.get $left)) (i64.load32_u offset=4 (local.get $type))))))
      (block $done
        (loop $elements
          (br_if $done (i32.eqz (local.get $left)))
          (if (i32.eqz
                (call $decode (local.get $type) (i32.load (local.get $child)) (local.get $part)))
            (then (return (i32.const 0))))
          (local.set $child (i32.add (local.get $child) (i32.const 4)))
          (local.set $part (i32.add (local.get $part) (i32.load offset=4 (local.get $type))))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br $elements)))
      (return (i32.const 1))))
  (if (i32.and (local.get $kind) (i32.const 0xc6)) ;; variant, enum, option, result
    (then
      (if (i32.and (local.get $kind) (i32.const 0xc0)) ;; the case has one byte
        (then (local.set $child (i32.and (local.get $child) (i32.const 0xff)))))
      (if (i32.ge_u (local.get $child) (i32.load offset=12 (local.get $type)))
        (then (return (i32.const 0))))
      (call $put (local.get $to) (i32.load offset=16 (local.get $type)) (local.get $child))
      (if (i32.and (local.get $kind) (i32.const 4)) ;; enum
        (then (return (i32.const 1))))
      (local.set $part (call $payload (local.get $type) (local.get $child)))
      (if (i32.eqz (i32.and (local.get $kind) (i32.const 0x40)))
        (then (local.set $node (i32.add (local.get $node) (i32.const 4)))))
      (if (i32.ne
            (i32.load8_u offset=8 (local.get $node))
            (i32.ne (local.get $part) (i32.const 0)))
        (then (return (i32.const 0))))
      (if (i32.eqz (local.get $part))
        (then (return (i32.const 1))))
      (return (call $decode
        (local.get $part)
        (i32.load offset=12 (local.get $node))
        (i32.add (local.get $to) (i32.load offset=20 (local.get $type)))))))
  (if (i32.ne (local.get $left) (i32.load offset=12 (local.get $type)))
    (then (return (i32.const 0))))
  (if (i32.and (local.get $kind) (i32.const 8)) ;; flags, at most 32 of them
    (then
      (loop $flags
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (local.set $part (i32.or
          (i32.shl (local.get $part) (i32.const 1))
          (i32.load8_u (i32.add (local.get $child) (local.get $left)))))
        (br_if $flags (local.get $left)))
      (call $put (local.get $to) (i32.load offset=4 (local.get $type)) (local.get $part))
      (return (i32.const 1))))
  (local.set $part (local.get $type))
  (loop $fields ;; record, tuple
    (if (i32.eqz (call $decode
          (i32.load offset=20 (local.get $part))
          (i32.load (local.get $child))
          (i32.add (local.get $to) (i32.load offset=16 (local.get $part)))))
      (then (return (i32.const 0))))
    (local.set $child (i32.add (local.get $child) (i32.const 4)))
    (local.set $part (i32.add (local.get $part) (i32.const 8)))
    (br_if $fields (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
  (i32.const 1))
