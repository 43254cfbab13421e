"""Components in the shape that Golem's toolchain gives them: their imports pruned to what is used.

`wasm-tools component new`, the last step of that toolchain too, prunes them: a client without
constructor, futures and most members, `golem:rpc/types` of records and a resource that is an alias
elsewhere, `golem:api/host` of one function, interfaces of types only, a type imported by the root.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from oracle import binary, write_tree

import witgen
from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import InvocationFailed
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.values import Case
from witgen.client.caller import add_client
from witgen.emit import generate
from witgen.load import load_texts

CALC_WIT = """
package t:calc@1.2.3;
interface types {
  record point { x: u32, y: u32 }
  variant timeline-node { leaf }
}
interface api {
  use types.{point, timeline-node};
  resource counter { constructor(name: string); get-value: func() -> u64; }
  add: func(by: u32) -> u32;
  note: func(by: u32);
  shape: func(p: point, t: timeline-node) -> timeline-node;
}
world calc { export api; }
"""
OTHER_WIT = """
package t:other;
interface api { add: func(by: u32) -> u32; }
world other { export api; }
"""
CALLER_WIT = """
package t:caller;
world caller {
  use t:calc/types@1.2.3.{timeline-node};
  import golem:api/host@1.1.6;
  export by-id: func(copied: bool) -> u32;
  export leaf: func(t: timeline-node) -> u32;
  export scheduled: func() -> u32;
  export started: func() -> u32;
  export ephemeral: func() -> u32;
}
"""
ADDING = """
 (memory (export "memory") 1) (global $n (mut i32) (i32.const 0)) (global $top (mut i32) (i32.const 4096))
 (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local i32)
   (local.set 4 (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
   (global.set $top (i32.add (local.get 4) (local.get 3))) (local.get 4))
 (func $add (param i32) (result i32)
   (global.set $n (i32.add (global.get $n) (local.get 0))) (global.get $n))
"""
CALC = f"""(module
 (import "[export]t:calc/api@1.2.3" "[resource-new]counter" (func $new (param i32) (result i32)))
 {ADDING}
 (export "t:calc/api@1.2.3#add" (func $add))
 (func (export "t:calc/api@1.2.3#note") (param i32))
 (func (export "t:calc/api@1.2.3#[constructor]counter") (param i32 i32) (result i32)
   (call $new (local.get 1)))
 (func (export "t:calc/api@1.2.3#[method]counter.get-value") (param i32) (result i64) (i64.const 0))
 (func (export "t:calc/api@1.2.3#shape") (param i32 i32 i32) (result i32) (local.get 2)))"""
OTHER = f'(module {ADDING} (export "t:other/api#add" (func $add)))'
_CLIENT = '"t:calc-client/calc-client@1.2.3"'
CALLER = f"""(module
 (import "golem:api/host@1.1.6" "resolve-worker-id" (func $resolve (param i32 i32 i32 i32 i32)))
 (import {_CLIENT} "[static]api.custom" (func $custom (param i64 i64 i32 i32) (result i32)))
 (import {_CLIENT} "[method]api.blocking-add" (func $call (param i32 i32) (result i32)))
 (import {_CLIENT} "[method]api.add" (func $start (param i32 i32) (result i32)))
 (import {_CLIENT} "[method]future-add-result.get" (func $get (param i32 i32)))
 (import {_CLIENT} "[method]api.schedule-add"
   (func $schedule (param i32 i32 i64 i32) (result i32)))
 (import {_CLIENT} "[method]api.blocking-shape" (func $shape (param i32 i32 i32 i32) (result i32)))
 (import {_CLIENT} "[resource-drop]api" (func $drop (param i32)))
 (import "golem:rpc/types@0.2.0" "[resource-drop]cancellation-token" (func $forget (param i32)))
 (import "t:other-client/other-client" "[constructor]api" (func $other (result i32)))
 (import "t:other-client/other-client" "[method]api.blocking-add"
   (func $other-add (param i32 i32) (result i32)))
 {ADDING}
 (data (i32.const 16) "t:calc") (data (i32.const 32) "a copy") (data (i32.const 48) "w1")
 (func $client (param i32) (result i32)
   (call $resolve (local.get 0) (i32.const 6) (i32.const 48) (i32.const 2) (i32.const 256))
   (if (i32.eqz (i32.load8_u (i32.const 256))) (then unreachable))
   (call $custom (i64.load (i32.const 264)) (i64.load (i32.const 272))
     (i32.load (i32.const 280)) (i32.load (i32.const 284))))
 (func (export "by-id") (param i32) (result i32) (local i32)
   (local.set 1 (call $client (select (i32.const 32) (i32.const 16) (local.get 0))))
   (call $call (local.get 1) (i32.const 5))
   (call $drop (local.get 1)))
 (func (export "leaf") (param i32) (result i32)
   (call $shape (call $client (i32.const 16)) (i32.const 1) (i32.const 2) (local.get 0)))
 (func (export "scheduled") (result i32)
   (call $forget (call $schedule
     (call $client (i32.const 16)) (i32.const 100) (i64.const 0) (i32.const 0)))
   (i32.const 1))
 (func (export "started") (result i32)
   (call $get (call $start (call $client (i32.const 16)) (i32.const 1)) (i32.const 512))
   (i32.load (i32.const 516)))
 (func (export "ephemeral") (result i32) (local i32)
   (local.set 0 (call $other))
   (i32.add (i32.mul (i32.const 100) (call $other-add (local.get 0) (i32.const 1)))
     (call $other-add (local.get 0) (i32.const 2)))))"""


def built(folder: Path, core: str, wit: dict[str, bytes], world: str) -> bytes:
    """A component of the core module, its imports pruned by the reference tool."""
    tool = str(binary())
    write_tree(folder / "wit", wit)
    (folder / "core.wat").write_text(core)
    for command in (
        ["embed", "wit", "--world", world, "core.wat", "-o", "embedded.wasm"],
        ["new", "embedded.wasm", "-o", "component.wasm"],
    ):
        done = subprocess.run(
            [tool, "component", *command], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    return (folder / "component.wasm").read_bytes()


@pytest.fixture(scope="module")
def components(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Deployment]:
    calc = witgen.client(load_texts({"calc.wit": CALC_WIT}), types="use")
    other = witgen.client(load_texts({"other.wit": OTHER_WIT}), kind="ephemeral")
    api = "deps/golem-api-1.1.6/package.wit"
    wit = {
        "caller.wit": CALLER_WIT.encode(),
        "deps/calc.wit": CALC_WIT.encode(),
        api: generate(calc, emit=["python"])[f"python/wit/{api}"],
    }
    for client in (calc, other):
        wit = add_client(wit, client)

    def make(name: str, core: str, files: dict[str, bytes]) -> bytes:
        return built(tmp_path_factory.mktemp(name), core, files, name)

    target = make("calc", CALC, {"calc.wit": CALC_WIT.encode()})
    return {
        "t:calc": Deployment(target),
        "a copy": Deployment(target),
        "t:other": Deployment(
            make("other", OTHER, {"other.wit": OTHER_WIT.encode()}), durable=False
        ),
        "any name": Deployment(make("caller", CALLER, wit)),
    }


@pytest.mark.usefixtures("path")
def test_a_pruned_caller_runs_unmodified(components: dict[str, Deployment], tmp_path: Path) -> None:
    asked = [
        ("by-id", (False,)),
        ("by-id", (True,)),  # the id says whose component it is, not the name of the import
        ("leaf", (Case("leaf"),)),
        ("scheduled", ()),
        ("started", ()),
        ("ephemeral", ()),
    ]
    answers = []
    for _ in range(2):  # in the second process the worker is rebuilt first
        with Host(engine=SqliteEngine(tmp_path / "journal.db"), components=components) as host:
            answers.append([host.invoke("any name", "c", name, args) for name, args in asked])
            host.drain()
    assert answers == [[5, 5, 0, 1, 106, 102], [111, 10, 0, 1, 212, 102]]
    lonely = {"any name": components["any name"]}
    with (
        Host(engine=MemoryEngine(), components=lonely) as host,
        pytest.raises(
            InvocationFailed, match="Could not find any component with the given id: t:calc"
        ),
    ):
        host.invoke("any name", "c", "by-id", (False,))
