"""Bytes into a guest and out of it, beside stock wasmtime-py.

    python bench/bench_bytes.py [--rounds 5]

One function takes a `list<u8>`, another returns one. Both hosts are asked in turns, in the CPU time of the
process, and medians count. Memory is the growth of the most that a process ever had resident, the copy in
the guest included. Random bytes are the worst case: half of them take two bytes in UTF-8. Exit status 1 when
a goal is missed: 20 ms a megabyte each way.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import wasmtime
from wasmtime.component import Component, Linker

from runtime_shim import Instance

MB = 1_000_000
GOAL = 20.0  # ms a megabyte
WAT = """(component
  (core module $m (memory (export "memory") 200)
    (global $end (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "put") (param i32 i32) (global.set $end (local.get 1)))
    (func (export "get") (result i32)
      (i32.store (i32.const 16) (i32.const 1024)) (i32.store (i32.const 20) (global.get $end))
      (i32.const 16)))
  (core instance $i (instantiate $m))
  (func (export "put") (param "x" (list u8)) (canon lift (core func $i "put")
    (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (func (export "get") (result (list u8)) (canon lift (core func $i "get")
    (memory (core memory $i "memory")))))"""
Call = Callable[..., object]


def ours() -> Call:
    """A call of the guest in `runtime_shim`."""
    return Instance(bytes(wasmtime.wat2wasm(WAT))).call


def stock() -> Call:
    """A call of the guest in wasmtime-py."""
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    instance = Linker(engine).instantiate(store, Component(engine, wasmtime.wat2wasm(WAT)))

    def call(name: str, *args: object) -> object:
        function = instance.get_func(store, name)
        assert function is not None
        result = function(store, *args)
        function.post_return(store)
        return result

    return call


HOSTS = {"witgen": ours, "wasmtime-py": stock}


def spent(call: Call, *args: object) -> float:
    """Milliseconds of CPU."""
    begin = time.process_time()
    call(*args)
    return (time.process_time() - begin) * 1e3


def memory(host: str, size: int) -> float:
    """Bytes of memory for each byte that is put, measured in a process of its own."""
    command = [sys.executable, __file__, "--memory-of", host, str(size)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def grown(host: str, size: int) -> float:
    """The same, in this process; on Linux."""
    call, data = HOSTS[host](), os.urandom(size)
    call("put", b"x")
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # what was most so far does not count
    before = _most()
    call("put", data)
    return (_most() - before) / size


def _most() -> int:
    """The most bytes that were resident."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory-of", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory_of:
        print(grown(options.memory_of[0], int(options.memory_of[1])))
        return
    missed = 0
    calls = {name: make() for name, make in HOSTS.items()}
    print("| bytes | | witgen | wasmtime-py | ratio | goal |")
    print("|---|---|---|---|---|---|")
    for size in (100, 10_000, MB, 2 * MB):
        data = os.urandom(size)
        for way, args in (("in", ("put", data)), ("out", ("get",))):
            times: dict[str, list[float]] = {name: [] for name in HOSTS}
            for call in calls.values():
                call("put", data)
            for _ in range(options.rounds):
                for name, call in calls.items():
                    times[name].append(spent(call, *args))
            new, old = (statistics.median(times[name]) for name in HOSTS)
            goal = GOAL * size / MB if size >= MB else None
            missed += goal is not None and new > goal
            shown = "" if goal is None else f"{goal:.0f} ms"
            print(f"| {size:,} | {way} | {new:.2f} ms | {old:.2f} ms | {old / new:.1f} | {shown} |")
    for size in (MB, 10 * MB) if sys.platform == "linux" else ():
        mine = memory("witgen", size)
        others = f"{memory('wasmtime-py', size):.0f}" if size == MB else "refused"
        print(f"| {size:,} | memory a byte | {mine:.1f} | {others} | | |")
    sys.exit(int(missed > 0))


if __name__ == "__main__":
    main()
