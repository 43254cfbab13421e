"""The native client against the one by componentize-py, for an interface with all kinds of members.

Sizes and times of both in the same run; then the cost of a call inside the guest. A native guest runs
so fast that the host would hide it, so it is driven by core code that answers with a constant reply.
What the host takes is the rest of a call through it, and subtracted from a call of the Python client
through the same host. Last, encoding and decoding of lists up to 100,000 records.

    python bench/bench_native.py
"""

from __future__ import annotations

import gc
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import wasmtime
from wasmtime.component import Component

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from echo_host import Echo, echoing
from native_core import CoreGuest, CoreInstance
from native_host import Guest, Outside

from runtime_shim.golem import rpc as golem_rpc
from runtime_shim.values import Case, Ok
from witgen.app.componentize import client_source, componentize
from witgen.client import Client, client
from witgen.load import load_texts
from witgen.native import client_bytes

WIT = """package auction:service;
interface api {
  record lot { id: u64, title: string, reserve: option<u32>, tags: list<string> }
  enum status { open, sold, passed }
  flags rights { see, bid, close }
  record bid { bidder: string, amount: u32, limit: option<u32> }
  variant outcome { accepted(u32), outbid(bid), closed }
  add: func(a: u32, b: u32) -> u32;
  echo: func(text: string, times: u32) -> string;
  open: func(lot: lot, rights: rights) -> result<status, string>;
  place: func(lot: u64, bid: bid) -> outcome;
  search: func(lots: list<lot>) -> list<lot>;
  note: func(text: string);
}
world auction { export api; }
"""
ADD = "[method]api.blocking-add"
CALLS = 20_000
ROUNDS = 7

# Calls the client again and again; what it calls in turn answers with one number.
DRIVER = """(module
  (import "memory" "memory" (memory 0))
  (import "driven" "add" (func $add (param i32 i32 i32) (result i32)))
  (func (export "run") (param $left i32)
    (loop $again
      (drop (call $add (i32.const 1) (i32.const 2) (i32.const 3)))
      (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))"""
REPLY = """(module
  (import "memory" "memory" (memory 0))
  (global $page i32 (i32.const 65536))
  (func (export "answer") (param i32 i32 i32 i32 i32) (param $to i32)
    (i32.store8 offset=0 (global.get $page) (i32.const 4))
    (i32.store offset=8 (global.get $page) (i32.const 65600))
    (i32.store offset=12 (global.get $page) (i32.const 1))
    (i32.store offset=64 (global.get $page) (i32.const 1))
    (i32.store8 offset=24 (global.get $page) (i32.const 10))
    (i32.store offset=32 (global.get $page) (i32.const 5))
    (i32.store8 (local.get $to) (i32.const 0))
    (i32.store offset=4 (local.get $to) (global.get $page))
    (i32.store offset=8 (local.get $to) (i32.const 2))))"""


def best(run: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Seconds, the best of several."""
    found = []
    for _ in range(rounds):
        gc.collect()
        started = time.perf_counter()
        run()
        found.append(time.perf_counter() - started)
    return min(found)


def python_client(made: Client) -> bytes:
    return componentize(client_source(made)).data


def in_core(guest: CoreGuest) -> float:
    """Seconds of a call inside the native guest."""
    instance = CoreInstance(guest)
    store = instance.store
    memory = instance.arena["memory"]
    memory.grow(store, 1)  # the second page, which the arena does not reach
    answer = wasmtime.Instance(store, wasmtime.Module(store.engine, REPLY), [memory])
    exports = answer.exports(store)
    short = {item.name: item.short for item in guest.code.imports}["invoke-and-await"]
    main: list[Any] = []
    for wanted in guest.modules[1].imports:
        name = wanted.name or ""
        if wanted.module == "memory":
            main.append(instance.arena[name])
        elif name == short:
            main.append(exports["answer"])
        else:
            type: Any = wanted.type
            main.append(wasmtime.Func(store, type, _constant(len(type.results))))
    code: Any = wasmtime.Instance(store, guest.modules[1], main).exports(store)
    driver = wasmtime.Module(store.engine, DRIVER)
    add = code[guest.code.lifted[ADD].core]
    run: Any = wasmtime.Instance(store, driver, [memory, add]).exports(store)["run"]
    return best(lambda: run(store, 1_000_000)) / 1_000_000


def _constant(results: int) -> Callable[..., int | None]:
    return lambda *_: 7 if results else None


def through_host(made: Echo) -> float:
    """Seconds of a call through the host."""

    def run() -> None:
        for _ in range(CALLS // 10):
            made.call("api", "blocking-add", 2, 3)

    run()
    return best(run) / (CALLS // 10)


def instantiated(guest: Guest) -> float:
    linker = guest.linked(Outside())
    found = []
    for _ in range(500):
        store = wasmtime.Store(guest.component_engine)
        started = time.perf_counter()
        linker.instantiate(store, guest.component)
        found.append(time.perf_counter() - started)
        store.close()
    return min(found)


def sizes(made: Client, native: bytes, python: bytes) -> None:
    stripped = client_bytes(made, strip=True)
    members = sum(len(r.members) + 2 for r in made.resources) + 2 * len(made.futures)
    guest = Guest(made)
    engine = wasmtime.Engine()
    heavy = Component(engine, python)
    rows = [
        ("size, bytes", len(native), len(python)),
        ("size stripped, bytes", len(stripped), 0),
        (f"bytes a function ({members})", len(stripped) / members, 0),
        ("made, ms", best(lambda: client_bytes(made)) * 1e3, 0),
        ("compiled, ms", best(lambda: Component(engine, native)) * 1e3, 0),
        ("instantiated, ms", instantiated(guest) * 1e3, 0),
    ]
    del heavy
    print("| | native | componentize-py |")
    print("|---|---|---|")
    for label, ours, theirs in rows:
        peer = f"{theirs:,.0f}" if theirs else ""
        print(f"| {label} | {ours:,.2f} | {peer} |")


def calls(made: Client, native: bytes, python: bytes) -> None:
    guest = CoreGuest(made)
    inside = in_core(guest)
    with echoing(made, {"native": native, "python": python}) as found:
        reply = Ok({"nodes": [Case("tuple-value", [1]), Case("prim-u32", 5)]})
        # The class that serves `wasm-rpc`: a constant takes the place of the target.
        golem_rpc._Rpc.invoke_and_await = lambda *_: reply  # type: ignore[method-assign]  # noqa: SLF001
        whole = {name: through_host(echo) for name, echo in found.items()}
    host = whole["native"] - inside
    theirs = whole["python"] - host
    print("\n| a call of add | native | componentize-py | ratio |")
    print("|---|---|---|---|")
    ours, peer = whole["native"] * 1e6, whole["python"] * 1e6
    print(f"| through the host, µs | {ours:.1f} | {peer:.1f} | {peer / ours:.1f} |")
    print(f"| in the guest, µs | {inside * 1e6:.2f} | {theirs * 1e6:.1f} | {theirs / inside:.0f} |")


def lists(made: Client) -> None:
    """Encode and decode lists of lots in core code."""
    guest = CoreGuest(made)
    print("\n| records | encoded, ms | ns a record | decoded, ms | ns a record |")
    print("|---|---|---|---|---|")
    for count in (100, 1_000, 10_000, 100_000):
        took_out, took_in = _list(guest, count)
        print(
            f"| {count:,} | {took_out * 1e3:.2f} | {took_out / count * 1e9:.0f} "
            f"| {took_in * 1e3:.2f} | {took_in / count * 1e9:.0f} |"
        )


def _list(guest: CoreGuest, count: int) -> tuple[float, float]:
    instance = CoreInstance(guest)
    title, tag = instance.write(b"a lamp".ljust(8)), instance.write(b"oak".ljust(8))
    tags = instance.write(struct.pack("<II", tag, 3) * 2)
    lot = struct.pack("<QIIIIII", 7, title, 6, 1, 40, tags, 2)
    parts = [0.0, 0.0]
    started = 0.0

    def answer(at: int) -> None:
        parts[0] = time.perf_counter() - started
        nodes = b"".join(_lot_nodes(instance, number, title, tag) for number in range(count))
        head = _list_node(4, instance.write(struct.pack("<i", 1)), 1)
        children = instance.write(b"".join(struct.pack("<i", 2 + 8 * n) for n in range(count)))
        head += _list_node(5, children, count)
        address = instance.write(head + nodes)
        instance.arena["memory"].write(
            instance.store, struct.pack("<BxxxII", 0, address, 2 + 8 * count), at
        )
        parts[1] = time.perf_counter()

    instance.answer = answer
    lots = instance.write(lot * count)
    found = []
    for _ in range(3):
        started = time.perf_counter()
        instance.call("[method]api.blocking-search", 1, lots, count)
        found.append((parts[0], time.perf_counter() - parts[1]))
        instance.arena["enter"](instance.store, 0)  # the arguments stay where they are
    instance.close()
    return min(out for out, _ in found), min(back for _, back in found)


def _list_node(tag: int, address: int, length: int) -> bytes:
    return struct.pack("<BxxxxxxxIIxxxxxxxx", tag, address, length)


def _lot_nodes(instance: CoreInstance, number: int, title: int, tag: int) -> bytes:
    """A lot: record, id, title, reserve with its number, tags with two of them."""
    first = 2 + 8 * number
    fields = instance.write(struct.pack("<4i", *(first + n for n in (1, 2, 3, 5))))
    tags = instance.write(struct.pack("<2i", first + 6, first + 7))
    return (
        _list_node(0, fields, 4)
        + struct.pack("<BxxxxxxxQxxxxxxxx", 11, 7)
        + _list_node(20, title, 6)
        + struct.pack("<BxxxxxxxBxxxixxxxxxxx", 6, 1, first + 4)
        + struct.pack("<BxxxxxxxIxxxxxxxxxxxx", 10, 40)
        + _list_node(5, tags, 2)
        + _list_node(20, tag, 3) * 2
    )


def main() -> None:
    made = client(load_texts({"auction.wit": WIT}))
    native, python = client_bytes(made), python_client(made)
    sizes(made, native, python)
    calls(made, native, python)
    lists(made)


if __name__ == "__main__":
    main()
