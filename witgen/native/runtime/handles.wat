;; Resources of workers. A client resource is represented by a block of the heap: the connection to
;; its worker, and the worker's address and the number there, which are what travels.

(import "heap" "new" (func $heap-new (param i32) (result i32)))

(import "heap" "free" (func $heap-free (param i32)))

(import "heap" "get" (func $heap-get (param i32) (result i64)))

(import "heap" "put" (func $heap-put (param i32 i64)))

;; Handles that a call gives away: a list of (the item before, the resource type, the handle).
(global $given (mut i32) (i32.const 0))

(func $take-given (result i32)
  (global.get $given)
  (global.set $given (i32.const 0)))

;; Drop what was given away, here only.
(func $drop-given (param $given i32)
  (local $type i32) (local $handle i32)
  (block $done
    (loop $items
      (br_if $done (i32.eqz (local.get $given)))
      (local.set $type (i32.load offset=4 (local.get $given)))
      (local.set $handle (i32.load offset=8 (local.get $given)))
      (call $heap-put
        (i32.add (i32.const 16) (call $representation (local.get $type) (local.get $handle)))
        (i64.const 1))
      (call_indirect $resources (param i32)
        (local.get $handle) (i32.add (local.get $type) (i32.const 2)))
      (local.set $given (i32.load (local.get $given)))
      (br $items))))

;; What an `own` of a resource type stands for; the type's three functions follow each other.
(func $representation (param $type i32) (param $handle i32) (result i32)
  (call_indirect $resources (param i32) (result i32)
    (local.get $handle) (i32.add (local.get $type) (i32.const 1))))

;; The connection of a resource.
(func $connection (param $resource i32) (result i32)
  (i32.wrap_i64 (call $heap-get (local.get $resource))))

;; A new block.
(func $remember (param $rpc i32) (param $uri i32) (param $length i32) (param $id i64) (result i32)
  (local $resource i32) (local $at i32)
  (local.set $resource (call $heap-new (local.get $length)))
  (call $heap-put (local.get $resource) (i64.or
    (i64.extend_i32_u (local.get $rpc))
    (i64.shl (i64.extend_i32_u (local.get $length)) (i64.const 32))))
  (call $heap-put (i32.add (local.get $resource) (i32.const 8)) (local.get $id))
  (block $done
    (loop $words ;; blocks of both memories are multiples of 8
      (br_if $done (i32.ge_u (local.get $at) (local.get $length)))
      (call $heap-put
        (i32.add (i32.add (local.get $resource) (i32.const 24)) (local.get $at))
        (i64.load (i32.add (local.get $uri) (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br $words)))
  (local.get $resource))

;; Write what travels of a resource into its node.
(func $recall (param $resource i32) (param $node i32)
  (local $length i32) (local $at i32)
  (local.set $length
    (i32.wrap_i64 (i64.shr_u (call $heap-get (local.get $resource)) (i64.const 32))))
  (i32.store offset=8 (local.get $node)
    (call $alloc (i64.extend_i32_u (local.get $length))))
  (i32.store offset=12 (local.get $node) (local.get $length))
  (i64.store offset=16 (local.get $node)
    (call $heap-get (i32.add (local.get $resource) (i32.const 8))))
  (block $done
    (loop $words
      (br_if $done (i32.ge_u (local.get $at) (local.get $length)))
      (i64.store
        (i32.add (i32.load offset=8 (local.get $node)) (local.get $at))
        (call $heap-get
          (i32.add (i32.add (local.get $resource) (i32.const 24)) (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br $words))))

(func $encode-self (param $resource i32)
  (call $recall (local.get $resource) (call $append (i32.const 21))))

;; A `borrow` is what it stands for; an `own` is looked up, and dropped after the call.
(func $encode-handle (param $type i32) (param $at i32) (param $node i32)
  (local $handle i32) (local $item i32)
  (local.set $handle (i32.load (local.get $at)))
  (if (i32.load offset=16 (local.get $type))
    (then
      (local.set $type (i32.load offset=12 (local.get $type)))
      (i32.store (local.tee $item (call $alloc (i64.const 12))) (global.get $given))
      (i32.store offset=4 (local.get $item) (local.get $type))
      (i32.store offset=8 (local.get $item) (local.get $handle))
      (global.set $given (local.get $item))
      (local.set $handle (call $representation (local.get $type) (local.get $handle)))))
  (call $recall (local.get $handle) (local.get $node)))

;; A client resource for a handle in a reply; answers whether its address is one.
(func $decode-handle (param $type i32) (param $node i32) (param $to i32) (result i32)
  (local $uri i32) (local $length i32) (local $rpc i32)
  (local.set $uri (i32.load offset=8 (local.get $node)))
  (local.set $length (i32.load offset=12 (local.get $node)))
  (if (local.tee $rpc (call $connect-uri (local.get $uri) (local.get $length)))
    (then (i32.store (local.get $to) (call_indirect $resources (param i32) (result i32)
      (call $remember
        (local.get $rpc)
        (local.get $uri)
        (local.get $length)
        (i64.load offset=16 (local.get $node)))
      (i32.load offset=12 (local.get $type))))))
  (local.get $rpc))

;; Call a remote constructor; answers what the client resource stands for.
(func $construct (param $function i32) (param $rpc i32) (param $frame i32) (result i32)
  (local $reply i32) (local $node i32)
  (local.set $reply
    (call $request (local.get $function) (local.get $rpc) (i32.const 0) (local.get $frame)))
  (if (i32.load8_u (local.get $reply))
    (then (call $fail (local.get $function))))
  (if (local.tee $node (call $open (local.get $reply) (i32.const 1)))
    (then (local.set $node (call $node
      (i32.load (i32.load offset=8 (local.get $node))) (i32.const 21)))))
  (if (i32.eqz (local.get $node))
    (then (call $"witgen:trap/malformed-reply" (local.get $function))))
  (call $remember
    (local.get $rpc)
    (i32.load offset=8 (local.get $node))
    (i32.load offset=12 (local.get $node))
    (i64.load offset=16 (local.get $node))))

;; The destructor of a client resource: drops the remote one too, unless it was given away.
(func $destroy (param $function i32) (param $resource i32)
  (local $rpc i32)
  (drop (call $enter (i32.const 0)))
  (local.set $rpc (call $connection (local.get $resource)))
  (if (i64.eqz (call $heap-get (i32.add (local.get $resource) (i32.const 16))))
    (then (drop (call $call
      (local.get $function) (local.get $rpc) (local.get $resource) (i32.const 0) (i32.const 0)))))
  (call $heap-free (local.get $resource))
  (call $disconnect (local.get $rpc))
  (call $leave))

;; A connection to the worker with the address `urn:worker:<component id>[/<worker name>]`, 0 if
;; it is none.
(func $connect-uri (param $uri i32) (param $length i32) (result i32)
  (local $at i32) (local $digit i32) (local $high i64) (local $low i64)
  (if (i32.lt_u (local.get $length) (i32.const 47))
    (then (return (i32.const 0))))
  (if (i64.ne (i64.load (local.get $uri)) (i64.const 0x6b726f773a6e7275)) ;; "urn:work"
    (then (return (i32.const 0))))
  (if (i32.ne (i32.load offset=7 (local.get $uri)) (i32.const 0x3a72656b)) ;; "ker:"
    (then (return (i32.const 0))))
  (loop $digits
    (local.set $digit
      (i32.load8_u offset=11 (i32.add (local.get $uri) (local.get $at))))
    (if (i64.ne (i64.const 0) (i64.and (i64.const 0x842100) ;; dashes after 8, 4, 4 and 4 digits
          (i64.shl (i64.const 1) (i64.extend_i32_u (local.get $at)))))
      (then
        (if (i32.ne (local.get $digit) (i32.const 45))
          (then (return (i32.const 0)))))
      (else
        (if (i32.ge_u
              (local.tee $digit (i32.sub (local.get $digit) (i32.const 48))) (i32.const 10))
          (then
            (local.set $digit (i32.sub ;; a letter, large or small
              (i32.or (i32.add (local.get $digit) (i32.const 48)) (i32.const 32))
              (i32.const 97)))
            (if (i32.ge_u (local.get $digit) (i32.const 6))
              (then (return (i32.const 0))))
            (local.set $digit (i32.add (local.get $digit) (i32.const 10)))))
        (local.set $high (i64.or
          (i64.shl (local.get $high) (i64.const 4))
          (i64.shr_u (local.get $low) (i64.const 60))))
        (local.set $low (i64.or
          (i64.shl (local.get $low) (i64.const 4))
          (i64.extend_i32_u (local.get $digit))))))
    (br_if $digits (i32.lt_u
      (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 36))))
  (if (i32.eq (local.get $length) (i32.const 47))
    (then (return (call $connect-ephemeral (local.get $high) (local.get $low)))))
  (if (i32.ne (i32.load8_u offset=47 (local.get $uri)) (i32.const 47)) ;; "/"
    (then (return (i32.const 0))))
  (call $connect
    (local.get $high)
    (local.get $low)
    (i32.add (local.get $uri) (i32.const 48))
    (i32.sub (local.get $length) (i32.const 48))))
