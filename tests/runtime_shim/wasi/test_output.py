"""What guests print, up to the end of the process."""

from __future__ import annotations

import subprocess
import sys

PRINTER = """
(component
  (import "wasi:io/error@0.2.0" (instance $er (export "error" (type (sub resource)))))
  (alias export $er "error" (type $error))
  (import "wasi:io/streams@0.2.0" (instance $s (alias outer 1 $error (type $e1)) (export "error" (type $e (eq $e1)))
   (export "output-stream" (type $o (sub resource)))
   (type $se' (variant (case "last-operation-failed" (own $e)) (case "closed")))
   (export "stream-error" (type $se (eq $se')))
   (export "[method]output-stream.blocking-write-and-flush" (func (param "self" (borrow $o)) (param "contents" (list u8)) (result (result (error $se)))))))
  (alias export $s "output-stream" (type $os))
  (import "wasi:cli/stdout@0.2.0" (instance $out (alias outer 1 $os (type $o1)) (export "output-stream" (type $o (eq $o1))) (export "get-stdout" (func (result (own $o))))))
  (core module $libc (memory (export "memory") 2)) (core instance $l (instantiate $libc))
  (core func $get (canon lower (func $out "get-stdout")))
  (core func $w (canon lower (func $s "[method]output-stream.blocking-write-and-flush") (memory (core memory $l "memory"))))
  (core module $m (import "" "get" (func $get (result i32))) (import "" "w" (func $w (param i32 i32 i32 i32)))
  (func (export "flood") (param i32) (local i32) (local.set 1 (call $get)) (loop $l (call $w (local.get 1) (i32.const 0) (i32.const 4096) (i32.const 65536)) (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $l (local.get 0)))))
  (core instance $i (instantiate $m (with "" (instance (export "get" (func $get)) (export "w" (func $w))))))
  (func (export "flood") (param "times" u32) (canon lift (core func $i "flood"))))
"""
PROGRAM = """
import atexit, sys, wasmtime

@atexit.register  # first, so it runs last
def count():
    from runtime_shim.wasi import cli
    print(len(cli._writers))

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment

printer = Deployment(bytes(wasmtime.wat2wasm(sys.stdin.read())))
printed = []
with Host(engine=MemoryEngine(), components={"t:f": printer}, output=lambda worker, line: printed.append(line)) as host:
    for number in range(40):
        host.invoke("t:f", f"w{number}", "flood", (3,))
print(sum(map(len, printed)))
"""


def test_a_process_ends_in_peace_after_its_guests_printed() -> None:
    """wasmtime lets go of outputs in threads of its own, which must not meet a dying interpreter."""
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            input=PRINTER,
            capture_output=True,
            text=True,
            check=False,
        )
        printed, left = done.stdout.splitlines()
        assert (done.returncode, int(printed), int(left)) == (0, 40 * 3 * 4096, 0), done.stderr
