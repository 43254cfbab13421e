;; What clients without remote resources have in place of `handles.wat`.

(func $encode-self (param $resource i32)
  (unreachable))

(func $encode-handle (param $type i32) (param $at i32) (param $node i32)
  (unreachable))

(func $decode-handle (param $type i32) (param $node i32) (param $to i32) (result i32)
  (unreachable))

(func $take-given (result i32)
  (i32.const 0))

(func $drop-given (param $given i32))
