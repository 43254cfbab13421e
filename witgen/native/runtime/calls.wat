;; Remote calls. A remote function is described by words in the static data:
;;    0  its invocation name, 4 the name's length
;;    8  which function to fail with
;;   12  description of the result, 0 for none
;;   16  description of the parameters, as a record that lies where the caller put it

(import "memory" "memory" (memory $memory 0))

(import "memory" "alloc" (func $alloc (param i64) (result i32)))

(import "memory" "enter" (func $enter (param i32) (result i32)))

(import "memory" "leave" (func $leave))

(import "host" "invoke-and-await"
  (func $invoke-and-await (param i32 i32 i32 i32 i32 i32)))

(import "host" "invoke" (func $invoke (param i32 i32 i32 i32 i32 i32)))

(import "host" "async-invoke-and-await"
  (func $async-invoke-and-await (param i32 i32 i32 i32 i32) (result i32)))

(import "host" "schedule-cancelable-invocation"
  (func $schedule-cancelable-invocation (param i32 i64 i32 i32 i32 i32 i32) (result i32)))

(import "host" "connect" (func $connect (param i64 i64 i32 i32) (result i32)))

(import "host" "connect-ephemeral" (func $connect-ephemeral (param i64 i64) (result i32)))

(import "host" "disconnect" (func $disconnect (param i32)))

(import "host" "resolve-worker-id" (func $resolve-worker-id (param i32 i32 i32 i32 i32)))

(import "host" "resolve-component-id" (func $resolve-component-id (param i32 i32 i32)))

(import "host" "get" (func $future-get (param i32 i32)))

;; End with the name of a remote function in the backtrace.
(func $fail (param $function i32)
  (call_indirect $failures (i32.load offset=8 (local.get $function))))

;; The same for a reply of another type: the name of this frame tells hosts the difference.
(func $"witgen:trap/malformed-reply" (param $function i32)
  (call_indirect $failures (i32.load offset=8 (local.get $function))))

;; The parameters on the wire, a list of values: `self` first, unless it is 0.
(func $arguments (param $function i32) (param $frame i32) (param $self i32) (result i32 i32)
  (local $list i32) (local $at i32) (local $left i32) (local $part i32)
  (local.set $part (i32.load offset=16 (local.get $function)))
  (call $room (i64.add (i64.const 1) (call $count (local.get $part) (local.get $frame))))
  (local.set $left (i32.load offset=12 (local.get $part)))
  (local.set $list (call $alloc (i64.extend_i32_u
    (i32.shl (i32.add (local.get $left) (i32.const 1)) (i32.const 3)))))
  (local.set $at (local.get $list))
  (if (local.get $self)
    (then
      (call $encode-self (local.get $self))
      (local.set $at (call $finish (local.get $at)))))
  (block $done
    (loop $parameters
      (br_if $done (i32.eqz (local.get $left)))
      (call $encode
        (i32.load offset=20 (local.get $part))
        (i32.add (local.get $frame) (i32.load offset=16 (local.get $part))))
      (local.set $at (call $finish (local.get $at)))
      (local.set $part (i32.add (local.get $part) (i32.const 8)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br $parameters)))
  (local.get $list)
  (i32.shr_u (i32.sub (local.get $at) (local.get $list)) (i32.const 3)))

;; Enter the value that was encoded into a list of values, and begin the next one.
(func $finish (param $at i32) (result i32)
  (i32.store (local.get $at) (global.get $nodes))
  (i32.store offset=4 (local.get $at) (global.get $length))
  (global.set $nodes
    (i32.add (global.get $nodes) (i32.mul (global.get $length) (i32.const 24))))
  (global.set $length (i32.const 0))
  (i32.add (local.get $at) (i32.const 8)))

;; Begin to read a reply, `result<wit-value, rpc-error>` in the host's layout, that is not an error:
;; a tuple of this many elements. Answers its node, 0 if it is something else.
(func $open (param $reply i32) (param $count i32) (result i32)
  (local $root i32)
  (global.set $nodes (i32.load offset=4 (local.get $reply)))
  (global.set $length (i32.load offset=8 (local.get $reply)))
  (if (local.tee $root (call $node (i32.const 0) (i32.const 4)))
    (then
      (if (i32.ne (i32.load offset=12 (local.get $root)) (local.get $count))
        (then (return (i32.const 0))))))
  (local.get $root))

;; Read the result, if there is one; answers whether the reply is of the type.
(func $read (param $function i32) (param $reply i32) (param $to i32) (result i32)
  (local $type i32) (local $root i32)
  (local.set $type (i32.load offset=12 (local.get $function)))
  (local.set $root
    (call $open (local.get $reply) (i32.ne (local.get $type) (i32.const 0))))
  (if (i32.eqz (i32.and (i32.ne (local.get $root) (i32.const 0))
        (i32.ne (local.get $type) (i32.const 0))))
    (then (return (local.get $root))))
  (call $decode
    (local.get $type) (i32.load (i32.load offset=8 (local.get $root))) (local.get $to)))

;; Read the result of a call, or end.
(func $expect (param $function i32) (param $reply i32) (param $to i32)
  (if (i32.load8_u (local.get $reply))
    (then (call $fail (local.get $function))))
  (if (i32.eqz (call $read (local.get $function) (local.get $reply) (local.get $to)))
    (then (call $"witgen:trap/malformed-reply" (local.get $function)))))

;; Read the result of a call, or its error, into a `result` whose payload lies there. A reply of
;; another type is an error of the call, too.
(func $outcome (param $function i32) (param $reply i32) (param $to i32) (param $payload i32)
  (local $error i32) (local $length i32)
  (local.set $payload (i32.add (local.get $to) (local.get $payload)))
  (i32.store8 (local.get $to) (i32.const 1))
  (if (i32.load8_u (local.get $reply))
    (then
      (i64.store align=4 (local.get $payload) (i64.load offset=4 align=4 (local.get $reply)))
      (i32.store offset=8 (local.get $payload) (i32.load offset=12 (local.get $reply)))
      (return)))
  (if (call $read (local.get $function) (local.get $reply) (local.get $payload))
    (then (i32.store8 (local.get $to) (i32.const 0)) (return)))
  (local.set $length (i32.load offset=4 (local.get $function)))
  (local.set $error (call $alloc (i64.add
    (i64.extend_i32_u (local.get $length)) (i64.const 32))))
  (memory.copy (local.get $error) (i32.load (local.get $function)) (local.get $length))
  (memory.copy
    (i32.add (local.get $error) (local.get $length))
    (global.get $complaint)
    (global.get $complaint-length))
  (i32.store8 (local.get $payload) (i32.const 0)) ;; protocol-error
  (i32.store offset=4 (local.get $payload) (local.get $error))
  (i32.store offset=8 (local.get $payload)
    (i32.add (local.get $length) (global.get $complaint-length))))

;; Call and wait; answers the reply in the host's layout.
(func $request (param $function i32) (param $rpc i32) (param $self i32) (param $frame i32)
  (result i32)
  (local $list i32) (local $count i32) (local $reply i32) (local $given i32)
  (call $arguments (local.get $function) (local.get $frame) (local.get $self))
  (local.set $count)
  (local.set $list)
  (local.set $given (call $take-given))
  (call $invoke-and-await
    (local.get $rpc)
    (i32.load (local.get $function))
    (i32.load offset=4 (local.get $function))
    (local.get $list)
    (local.get $count)
    (local.tee $reply (call $alloc (i64.const 16))))
  (call $drop-given (local.get $given))
  (local.get $reply))

;; Call, wait, and read a result of this size; answers where it lies.
(func $call (param $function i32) (param $rpc i32) (param $self i32) (param $frame i32)
  (param $size i32) (result i32)
  (local $to i32)
  (call $expect
    (local.get $function)
    (call $request
      (local.get $function) (local.get $rpc) (local.get $self) (local.get $frame))
    (local.tee $to (call $alloc (i64.extend_i32_u (local.get $size)))))
  (local.get $to))

;; Call, wait, and read the result or the error into a `result` of this size, with its payload there;
;; answers where it lies.
(func $try (param $function i32) (param $rpc i32) (param $self i32) (param $frame i32)
  (param $size i32) (param $payload i32) (result i32)
  (local $to i32)
  (call $outcome
    (local.get $function)
    (call $request
      (local.get $function) (local.get $rpc) (local.get $self) (local.get $frame))
    (local.tee $to (call $alloc (i64.extend_i32_u (local.get $size))))
    (local.get $payload))
  (local.get $to))

;; Call and forget.
(func $trigger (param $function i32) (param $rpc i32) (param $self i32) (param $frame i32)
  (local $list i32) (local $count i32) (local $reply i32) (local $given i32)
  (call $arguments (local.get $function) (local.get $frame) (local.get $self))
  (local.set $count)
  (local.set $list)
  (local.set $given (call $take-given))
  (call $invoke
    (local.get $rpc)
    (i32.load (local.get $function))
    (i32.load offset=4 (local.get $function))
    (local.get $list)
    (local.get $count)
    (local.tee $reply (call $alloc (i64.const 16))))
  (if (i32.load8_u (local.get $reply))
    (then (call $fail (local.get $function))))
  (call $drop-given (local.get $given)))

;; Call and wait later; answers the host's future.
(func $start (param $function i32) (param $rpc i32) (param $self i32) (param $frame i32)
  (result i32)
  (local $list i32) (local $count i32) (local $given i32)
  (call $arguments (local.get $function) (local.get $frame) (local.get $self))
  (local.set $count)
  (local.set $list)
  (local.set $given (call $take-given))
  (call $async-invoke-and-await
    (local.get $rpc)
    (i32.load (local.get $function))
    (i32.load offset=4 (local.get $function))
    (local.get $list)
    (local.get $count))
  (call $drop-given (local.get $given)))

;; Call at a time; answers the host's token.
(func $schedule (param $function i32) (param $rpc i32) (param $self i32) (param $frame i32)
  (param $seconds i64) (param $nanoseconds i32) (result i32)
  (local $list i32) (local $count i32) (local $given i32)
  (call $arguments (local.get $function) (local.get $frame) (local.get $self))
  (local.set $count)
  (local.set $list)
  (local.set $given (call $take-given))
  (call $schedule-cancelable-invocation
    (local.get $rpc)
    (local.get $seconds)
    (local.get $nanoseconds)
    (i32.load (local.get $function))
    (i32.load offset=4 (local.get $function))
    (local.get $list)
    (local.get $count))
  (call $drop-given (local.get $given)))

;; The result of a future as an option of this size, with its payload there; answers where it lies.
(func $get (param $function i32) (param $future i32) (param $size i32) (param $payload i32)
  (result i32)
  (local $reply i32) (local $to i32)
  (local.set $to (call $alloc (i64.extend_i32_u (local.get $size))))
  (call $future-get
    (local.get $future) (local.tee $reply (call $alloc (i64.const 20))))
  (i32.store8 (local.get $to) (i32.load8_u (local.get $reply)))
  (if (i32.load8_u (local.get $reply))
    (then (call $expect
      (local.get $function)
      (i32.add (local.get $reply) (i32.const 4))
      (i32.add (local.get $to) (local.get $payload)))))
  (local.get $to))

;; The same with the result or the error, whose payload in turn lies $inner bytes after that.
(func $try-get (param $function i32) (param $future i32) (param $size i32) (param $payload i32)
  (param $inner i32) (result i32)
  (local $reply i32) (local $to i32)
  (local.set $to (call $alloc (i64.extend_i32_u (local.get $size))))
  (call $future-get
    (local.get $future) (local.tee $reply (call $alloc (i64.const 20))))
  (i32.store8 (local.get $to) (i32.load8_u (local.get $reply)))
  (if (i32.load8_u (local.get $reply))
    (then (call $outcome
      (local.get $function)
      (i32.add (local.get $reply) (i32.const 4))
      (i32.add (local.get $to) (local.get $payload))
      (local.get $inner))))
  (local.get $to))

;; A connection to the worker of that name.
(func $worker (param $name i32) (param $length i32) (result i32)
  (local $found i32)
  (call $resolve-worker-id
    (global.get $component)
    (global.get $component-length)
    (local.get $name)
    (local.get $length)
    (local.tee $found (call $alloc (i64.const 32))))
  (if (i32.eqz (i32.load8_u (local.get $found)))
    (then (return (call $unknown-worker (local.get $name) (local.get $length)))))
  (call $connect
    (i64.load offset=8 (local.get $found))
    (i64.load offset=16 (local.get $found))
    (i32.load offset=24 (local.get $found))
    (i32.load offset=28 (local.get $found))))

;; A connection to a new worker of an ephemeral component.
(func $ephemeral (result i32)
  (local $found i32)
  (call $resolve-component-id
    (global.get $component)
    (global.get $component-length)
    (local.tee $found (call $alloc (i64.const 24))))
  (if (i32.eqz (i32.load8_u (local.get $found)))
    (then (return (call $unknown-component))))
  (call $connect-ephemeral
    (i64.load offset=8 (local.get $found))
    (i64.load offset=16 (local.get $found))))
