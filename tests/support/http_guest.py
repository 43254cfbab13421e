"""A component that makes HTTP requests through `wasi:http`, written by hand."""

from __future__ import annotations

import subprocess
from pathlib import Path

from oracle import binary

WIT = """
package test:fetcher;

world fetcher {
  import wasi:http/types@0.2.0;
  import wasi:http/outgoing-handler@0.2.0;
  import wasi:cli/stdout@0.2.0;
  import wasi:filesystem/preopens@0.2.0;

  /// The status and the body, or the number of the error code.
  export fetch: func(authority: string, path: string, body: list<u8>)
    -> result<tuple<u16, list<u8>>, u8>;
  /// Two requests side by side; the bodies of both.
  export both: func(authority: string, one: string, two: string) -> list<u8>;
  /// A request whose response nobody wants.
  export forget: func(authority: string, path: string);
  /// Begin a request, and get its response in another invocation.
  export begin: func(authority: string, path: string);
  export end: func() -> result<tuple<u16, list<u8>>, u8>;
  /// A field that may not be set; the case of the error.
  export odd-field: func(name: string) -> option<u8>;
  export say: func(text: string);
}

package wasi:io@0.2.0 {
  interface error { resource error { to-debug-string: func() -> string; } }
  interface poll {
    resource pollable { ready: func() -> bool; block: func(); }
    poll: func(in: list<borrow<pollable>>) -> list<u32>;
  }
  interface streams {
    use error.{error};
    use poll.{pollable};
    variant stream-error { last-operation-failed(error), closed }
    resource input-stream {
      blocking-read: func(len: u64) -> result<list<u8>, stream-error>;
      subscribe: func() -> pollable;
    }
    resource output-stream {
      check-write: func() -> result<u64, stream-error>;
      blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
    }
  }
}

package wasi:cli@0.2.0 {
  interface stdout {
    use wasi:io/streams@0.2.0.{output-stream};
    get-stdout: func() -> output-stream;
  }
}

package wasi:filesystem@0.2.0 {
  interface types {
    use wasi:io/streams@0.2.0.{input-stream};
    enum error-code { access, would-block }
    resource descriptor { read-via-stream: func(offset: u64) -> result<input-stream, error-code>; }
  }
  interface preopens {
    use types.{descriptor};
    get-directories: func() -> list<tuple<descriptor, string>>;
  }
}

package wasi:http@0.2.0 {
  interface types {
    use wasi:io/streams@0.2.0.{input-stream, output-stream};
    use wasi:io/poll@0.2.0.{pollable};
    variant method {
      get, head, post, put, delete, connect, options, trace, patch, other(string)
    }
    variant scheme { HTTP, HTTPS, other(string) }
    record DNS-error-payload { rcode: option<string>, info-code: option<u16> }
    record TLS-alert-received-payload { alert-id: option<u8>, alert-message: option<string> }
    record field-size-payload { field-name: option<string>, field-size: option<u32> }
    variant error-code {
      DNS-timeout, DNS-error(DNS-error-payload), destination-not-found, destination-unavailable,
      destination-IP-prohibited, destination-IP-unroutable, connection-refused,
      connection-terminated, connection-timeout, connection-read-timeout,
      connection-write-timeout, connection-limit-reached, TLS-protocol-error,
      TLS-certificate-error, TLS-alert-received(TLS-alert-received-payload),
      HTTP-request-denied, HTTP-request-length-required, HTTP-request-body-size(option<u64>),
      HTTP-request-method-invalid, HTTP-request-URI-invalid, HTTP-request-URI-too-long,
      HTTP-request-header-section-size(option<u32>),
      HTTP-request-header-size(option<field-size-payload>),
      HTTP-request-trailer-section-size(option<u32>), HTTP-request-trailer-size(field-size-payload),
      HTTP-response-incomplete, HTTP-response-header-section-size(option<u32>),
      HTTP-response-header-size(field-size-payload), HTTP-response-body-size(option<u64>),
      HTTP-response-trailer-section-size(option<u32>),
      HTTP-response-trailer-size(field-size-payload), HTTP-response-transfer-coding(option<string>),
      HTTP-response-content-coding(option<string>), HTTP-response-timeout, HTTP-upgrade-failed,
      HTTP-protocol-error, loop-detected, configuration-error, internal-error(option<string>),
    }
    variant header-error { invalid-syntax, forbidden, immutable }
    resource fields {
      constructor();
      append: func(name: string, value: list<u8>) -> result<_, header-error>;
    }
    type headers = fields;
    type trailers = fields;
    resource outgoing-request {
      constructor(headers: headers);
      body: func() -> result<outgoing-body>;
      set-method: func(method: method) -> result;
      set-path-with-query: func(path-with-query: option<string>) -> result;
      set-scheme: func(scheme: option<scheme>) -> result;
      set-authority: func(authority: option<string>) -> result;
    }
    resource request-options { constructor(); }
    resource incoming-response {
      status: func() -> u16;
      consume: func() -> result<incoming-body>;
    }
    resource incoming-body { %stream: func() -> result<input-stream>; }
    resource outgoing-body {
      write: func() -> result<output-stream>;
      finish: static func(this: outgoing-body, trailers: option<trailers>) -> result<_, error-code>;
    }
    resource future-incoming-response {
      subscribe: func() -> pollable;
      get: func() -> option<result<result<incoming-response, error-code>>>;
    }
  }
  interface outgoing-handler {
    use types.{outgoing-request, request-options, future-incoming-response, error-code};
    handle: func(request: outgoing-request, options: option<request-options>)
      -> result<future-incoming-response, error-code>;
  }
}
"""
_HTTP, _STREAMS = "wasi:http/types@0.2.0", "wasi:io/streams@0.2.0"
_CORE = f"""
(module
  (import "{_HTTP}" "[constructor]fields" (func $fields (result i32)))
  (import "{_HTTP}" "[method]fields.append"
    (func $append (param i32 i32 i32 i32 i32 i32)))
  (import "{_HTTP}" "[resource-drop]fields" (func $drop-fields (param i32)))
  (import "{_HTTP}" "[constructor]outgoing-request" (func $request (param i32) (result i32)))
  (import "{_HTTP}" "[method]outgoing-request.set-method"
    (func $set-method (param i32 i32 i32 i32) (result i32)))
  (import "{_HTTP}" "[method]outgoing-request.set-scheme"
    (func $set-scheme (param i32 i32 i32 i32 i32) (result i32)))
  (import "{_HTTP}" "[method]outgoing-request.set-authority"
    (func $set-authority (param i32 i32 i32 i32) (result i32)))
  (import "{_HTTP}" "[method]outgoing-request.set-path-with-query"
    (func $set-path (param i32 i32 i32 i32) (result i32)))
  (import "{_HTTP}" "[method]outgoing-request.body" (func $body (param i32 i32)))
  (import "{_HTTP}" "[method]outgoing-body.write" (func $write (param i32 i32)))
  (import "{_HTTP}" "[static]outgoing-body.finish" (func $finish (param i32 i32 i32 i32)))
  (import "{_HTTP}" "[method]future-incoming-response.subscribe"
    (func $subscribe (param i32) (result i32)))
  (import "{_HTTP}" "[method]future-incoming-response.get" (func $get (param i32 i32)))
  (import "{_HTTP}" "[resource-drop]future-incoming-response" (func $drop-future (param i32)))
  (import "{_HTTP}" "[method]incoming-response.status" (func $status (param i32) (result i32)))
  (import "{_HTTP}" "[method]incoming-response.consume" (func $consume (param i32 i32)))
  (import "{_HTTP}" "[method]incoming-body.stream" (func $stream (param i32 i32)))
  (import "{_STREAMS}" "[method]input-stream.blocking-read" (func $read (param i32 i64 i32)))
  (import "{_STREAMS}" "[method]output-stream.blocking-write-and-flush"
    (func $put (param i32 i32 i32 i32)))
  (import "{_STREAMS}" "[resource-drop]output-stream" (func $drop-output (param i32)))
  (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:io/poll@0.2.0" "[resource-drop]pollable" (func $drop-pollable (param i32)))
  (import "wasi:http/outgoing-handler@0.2.0" "handle" (func $handle (param i32 i32 i32 i32)))
  (import "wasi:cli/stdout@0.2.0" "get-stdout" (func $stdout (result i32)))
  (memory (export "memory") 4)
  (global $free (mut i32) (i32.const 4096))
  (global $kept (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param $old i32) (param $had i32) (param $align i32)
    (param $size i32) (result i32) (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (local.get $at))
  ;; Send a request; its future, or 0 with the number of the error code at 512.
  (func $send (param $a i32) (param $al i32) (param $p i32) (param $pl i32) (param $b i32)
    (param $bl i32) (result i32) (local $r i32) (local $body i32) (local $out i32)
    (local.set $r (call $request (call $fields)))
    (drop (call $set-scheme (local.get $r) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
    (drop (call $set-authority (local.get $r) (i32.const 1) (local.get $a) (local.get $al)))
    (drop (call $set-path (local.get $r) (i32.const 1) (local.get $p) (local.get $pl)))
    (if (local.get $bl) (then
      (drop (call $set-method (local.get $r) (i32.const 2) (i32.const 0) (i32.const 0)))
      (call $body (local.get $r) (i32.const 16))
      (local.set $body (i32.load (i32.const 20)))
      (call $write (local.get $body) (i32.const 16))
      (local.set $out (i32.load (i32.const 20)))))
    (call $handle (local.get $r) (i32.const 0) (i32.const 0) (i32.const 64))
    (if (i32.load8_u (i32.const 64)) (then
      (i32.store (i32.const 512) (i32.load8_u (i32.const 72)))
      (return (i32.const 0))))
    (if (local.get $bl) (then
      (call $put (local.get $out) (local.get $b) (local.get $bl) (i32.const 16))
      (call $drop-output (local.get $out))
      (call $finish (local.get $body) (i32.const 0) (i32.const 0) (i32.const 128))))
    (i32.load (i32.const 72)))
  ;; Wait for a response; a result<tuple<u16, list<u8>>, u8> at the returned place.
  (func $receive (param $f i32) (result i32) (local $p i32) (local $r i32) (local $at i32)
    (local $end i32)
    (if (i32.eqz (local.get $f)) (then (return (call $failed (i32.load (i32.const 512))))))
    (loop $again
      (local.set $p (call $subscribe (local.get $f)))
      (call $block (local.get $p))
      (call $drop-pollable (local.get $p))
      (call $get (local.get $f) (i32.const 256))
      (br_if $again (i32.eqz (i32.load8_u (i32.const 256)))))
    (call $drop-future (local.get $f))
    (if (i32.load8_u (i32.const 264)) (then (return (call $failed (i32.const 254)))))
    (if (i32.load8_u (i32.const 272))
      (then (return (call $failed (i32.load8_u (i32.const 280))))))
    (local.set $r (i32.load (i32.const 280)))
    (call $consume (local.get $r) (i32.const 16))
    (call $stream (i32.load (i32.const 20)) (i32.const 24))
    (local.set $at (global.get $free))
    (local.set $end (local.get $at))
    (block $done (loop $more
      (call $read (i32.load (i32.const 28)) (i64.const 7) (i32.const 32))
      (br_if $done (i32.load8_u (i32.const 32)))
      (memory.copy (local.get $end) (i32.load (i32.const 36)) (i32.load (i32.const 40)))
      (local.set $end (i32.add (local.get $end) (i32.load (i32.const 40))))
      (br $more)))
    (i32.store8 (i32.const 1024) (i32.const 0))
    (i32.store16 (i32.const 1028) (call $status (local.get $r)))
    (i32.store (i32.const 1032) (local.get $at))
    (i32.store (i32.const 1036) (i32.sub (local.get $end) (local.get $at)))
    (i32.const 1024))
  (func $failed (param i32) (result i32)
    (i32.store8 (i32.const 1024) (i32.const 1))
    (i32.store8 (i32.const 1028) (local.get 0))
    (i32.const 1024))
  (func (export "fetch") (param i32 i32 i32 i32 i32 i32) (result i32)
    (call $receive (call $send (local.get 0) (local.get 1) (local.get 2) (local.get 3)
      (local.get 4) (local.get 5))))
  (func (export "both") (param i32 i32 i32 i32 i32 i32) (result i32) (local $f i32) (local $g i32)
    (local $at i32)
    (local.set $f (call $send (local.get 0) (local.get 1) (local.get 2) (local.get 3)
      (i32.const 0) (i32.const 0)))
    (local.set $g (call $send (local.get 0) (local.get 1) (local.get 4) (local.get 5)
      (i32.const 0) (i32.const 0)))
    (drop (call $receive (local.get $f)))
    (local.set $at (i32.load (i32.const 1032)))
    (i32.store (i32.const 2048) (local.get $at))
    (i32.store (i32.const 2052) (i32.load (i32.const 1036)))
    (global.set $free (i32.add (i32.const 64) (i32.add (local.get $at) (i32.load (i32.const 1036)))))
    (drop (call $receive (local.get $g)))
    (memory.copy (i32.add (local.get $at) (i32.load (i32.const 2052)))
      (i32.load (i32.const 1032)) (i32.load (i32.const 1036)))
    (i32.store (i32.const 2052) (i32.add (i32.load (i32.const 2052)) (i32.load (i32.const 1036))))
    (i32.const 2048))
  (func (export "forget") (param i32 i32 i32 i32)
    (call $drop-future (call $send (local.get 0) (local.get 1) (local.get 2) (local.get 3)
      (i32.const 0) (i32.const 0))))
  (func (export "begin") (param i32 i32 i32 i32)
    (global.set $kept (call $send (local.get 0) (local.get 1) (local.get 2) (local.get 3)
      (i32.const 0) (i32.const 0))))
  (func (export "end") (result i32) (call $receive (global.get $kept)))
  (func (export "odd-field") (param i32 i32) (result i32) (local $f i32)
    (local.set $f (call $fields))
    (call $append (local.get $f) (local.get 0) (local.get 1) (i32.const 0) (i32.const 0)
      (i32.const 16))
    (call $drop-fields (local.get $f))
    (i32.store8 (i32.const 24) (i32.load8_u (i32.const 16)))
    (i32.store8 (i32.const 25) (i32.load8_u (i32.const 17)))
    (i32.const 24))
  (func (export "say") (param i32 i32) (local $out i32)
    (local.set $out (call $stdout))
    (call $put (local.get $out) (local.get 0) (local.get 1) (i32.const 16))
    (call $drop-output (local.get $out)))
)
"""


FOLDERS = """
(component
  (import "wasi:filesystem/types@0.2.0" (instance $types
    (export "descriptor" (type $descriptor (sub resource)))))
  (alias export $types "descriptor" (type $descriptor))
  (import "wasi:filesystem/preopens@0.2.0" (instance $preopens
    (alias outer 1 $descriptor (type $outer))
    (export "descriptor" (type $d (eq $outer)))
    (export "get-directories" (func (result (list (tuple (own $d) string)))))))
  (core module $libc (memory (export "memory") 1) (global $top (mut i32) (i32.const 64))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local i32)
      (local.set 4 (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.set $top (i32.add (local.get 4) (local.get 3))) (local.get 4)))
  (core instance $l (instantiate $libc))
  (core func $get (canon lower (func $preopens "get-directories")
    (memory (core memory $l "memory")) (realloc (core func $l "realloc"))))
  (core module $m (import "l" "memory" (memory 1)) (import "f" "get" (func $get (param i32)))
    (func (export "count") (result i32) (call $get (i32.const 8)) (i32.load (i32.const 12))))
  (core instance $i (instantiate $m (with "l" (instance $l))
    (with "f" (instance (export "get" (func $get))))))
  (func (export "count") (result u32) (canon lift (core func $i "count"))))
"""
"""A component that counts the folders that it sees."""


def guest(folder: Path) -> bytes:
    """The component, made by the reference tool in a folder of its own."""
    tool = binary()
    assert tool is not None
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fetcher.wit").write_text(WIT)
    (folder / "core.wat").write_text(_CORE)
    for args in (
        ("embed", "fetcher.wit", "core.wat", "--world", "fetcher", "-o", "core.wasm"),
        ("new", "core.wasm", "-o", "guest.wasm"),
    ):
        subprocess.run([tool, "component", *args], cwd=folder, check=True)
    return (folder / "guest.wasm").read_bytes()
