"""What a guest does under `persist-nothing`: done again on recovery, calls of workers excepted."""

from __future__ import annotations

from pathlib import Path

import pytest
from soak_guests import COUNTER, counter, imports
from wasmtime import wat2wasm

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.seams import Engine
from runtime_shim.values import Case

_CALLER = f"""
(component
  (import "golem:api/host@1.1.7" (instance $host
    (type $l (variant (case "persist-nothing") (case "persist-remote-side-effects") (case "smart")))
    (export "persistence-level" (type $level (eq $l)))
    (export "set-oplog-persistence-level" (func (param "level" $level)))))
  (import "wasi:io/poll@0.2.3" (instance $poll (export "pollable" (type (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow 0))))))
  (alias export $poll "pollable" (type $pollable))
  (import "{COUNTER}-client/counter-client" (instance $client
    (alias outer 1 $pollable (type $outer))
    (export "future-add-result" (type $future (sub resource)))
    (export "api" (type $api (sub resource)))
    (export "[constructor]api" (func (param "worker-name" string) (result (own $api))))
    (export "[method]api.add"
      (func (param "self" (borrow $api)) (param "by" u32) (result (own $future))))
    (export "[method]future-add-result.subscribe"
      (func (param "self" (borrow $future)) (result (own $outer))))
    (export "[method]future-add-result.get"
      (func (param "self" (borrow $future)) (result (option u32))))))
  (core module $memory
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $memory))
  (core func $level (canon lower (func $host "set-oplog-persistence-level")))
  (core func $make (canon lower (func $client "[constructor]api") (memory $memory)))
  (core func $add (canon lower (func $client "[method]api.add")))
  (core func $subscribe (canon lower (func $client "[method]future-add-result.subscribe")))
  (core func $get (canon lower (func $client "[method]future-add-result.get") (memory $memory)))
  (core func $block (canon lower (func $poll "[method]pollable.block")))
  (core module $m
    (import "" "memory" (memory 1))
    (import "" "level" (func $level (param i32)))
    (import "" "make" (func $make (param i32 i32) (result i32)))
    (import "" "add" (func $add (param i32 i32) (result i32)))
    (import "" "subscribe" (func $subscribe (param i32) (result i32)))
    (import "" "get" (func $get (param i32 i32)))
    (import "" "block" (func $block (param i32)))
    (func (export "go") (param $level i32) (param $to i32) (param $length i32) (result i32)
      (local $future i32)
      (call $level (local.get $level))
      (local.set $future
        (call $add (call $make (local.get $to) (local.get $length)) (i32.const 1)))
      (call $block (call $subscribe (local.get $future)))
      (call $get (local.get $future) (i32.const 0))
      (call $level (i32.const 2))
      (i32.load (i32.const 4))))
  (core instance $i (instantiate $m (with "" (instance
    (export "memory" (memory $memory))
    (export "level" (func $level)) (export "make" (func $make)) (export "add" (func $add))
    (export "subscribe" (func $subscribe)) (export "get" (func $get))
    (export "block" (func $block))))))
  (alias export $host "persistence-level" (type $l))
  (export $exported "level" (type $l))
  (func $go (param "level" $exported) (param "to" string) (result u32)
    (canon lift (core func $i "go") (memory $memory) (realloc (core func $memory "realloc"))))
  (export "go" (func $go)))
"""


def _host(engine: Engine) -> Host:
    return Host(
        engine=engine,
        components={
            COUNTER: Deployment(counter(), imports=imports(lambda ticket: None)),
            "test:caller": Deployment(bytes(wat2wasm(_CALLER))),
        },
    )


@pytest.mark.parametrize("level", ["persist-nothing", "persist-remote-side-effects", "smart"])
def test_an_asynchronous_call_is_awaited(level: str, tmp_path: Path) -> None:
    def call(host: Host) -> object:
        return host.invoke("test:caller", "w", "go", (Case(level), "counted"))

    with _host(SqliteEngine(tmp_path / "store")) as host:
        assert [call(host), call(host)] == [1, 2]
    with _host(SqliteEngine(tmp_path / "store")) as host:
        assert call(host) == 3, "rebuilt, and the calls of the worker happened once"


def test_in_memory() -> None:
    with _host(MemoryEngine()) as host:
        assert host.invoke("test:caller", "w", "go", (Case("persist-nothing"), "counted")) == 1
