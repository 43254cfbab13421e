"""Callers and callees of different builds: what does not fit is an error of the call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import wasmtime

from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.stored import SqliteFile
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.update import built, update

CALC = """
(component
  (component $inner
    (core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m))
    (func (export "FUNCTION") (param "by" PARAM) (result RESULT) (canon lift (core func $i "f"))))
  (instance $api (instantiate $inner))
  (export "test:calc/api" (instance $api)))
"""
CALLER = """
(component
  (import "test:calc-client/calc-client" (instance $client
    (type $cases (variant (case "protocol-error" string) (case "denied" string)
      (case "not-found" string) (case "remote-internal-error" string)))
    (export "golem-rpc-rpc-error" (type $error (eq $cases)))
    (export "api" (type $api (sub resource)))
    (export "[constructor]api" (func (param "worker" string) (result (own $api))))
    (export "[method]api.try-FUNCTION" (func (param "self" (borrow $api)) (param "by" PARAM)
      (result (result RESULT (error $error)))))))
  (core module $memory
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $mem (instantiate $memory))
  (core func $new (canon lower (func $client "[constructor]api") (memory (core memory $mem "memory"))))
  (core func $try (canon lower (func $client "[method]api.try-FUNCTION")
    (memory (core memory $mem "memory")) (realloc (core func $mem "realloc"))))
  (core module $m
    (import "h" "new" (func $new (param i32 i32) (result i32)))
    (import "h" "try" (func $try (param i32 i32 i32)))
    (import "m" "memory" (memory 1))
    (data (i32.const 0) "oldnew")
    (func (export "ask") (param $name i32) (result i32)
      (call $try (call $new (local.get $name) (i32.const 3)) (i32.const 65) (i32.const 512))
      (if (result i32) (i32.load8_u (i32.const 512))
        (then (i32.add (i32.const 1000) (i32.load8_u (i32.const 516))))
        (else (i32.load (i32.const 516))))))
  (core instance $i (instantiate $m
    (with "h" (instance (export "new" (func $new)) (export "try" (func $try))))
    (with "m" (instance $mem))))
  (func (export "ask") (param "at" u32) (result u32) (canon lift (core func $i "ask"))))
"""
OLD, NEW, PROTOCOL_ERROR = 0, 3, 1000  # the places of names, and what a caller gives for an error


def wasm(text: str, param: str, result: str, function: str) -> Deployment:
    for name, value in (("PARAM", param), ("RESULT", result), ("FUNCTION", function)):
        text = text.replace(name, value)
    return Deployment(bytes(wasmtime.wat2wasm(text)))


@contextmanager
def opened(store: Path, param: str, result: str, function: str = "add") -> Iterator[Host]:
    kinds = (param, result, function)
    components = {"test:calc": wasm(CALC, *kinds), "test:caller": wasm(CALLER, *kinds)}
    with Host(engine=SqliteEngine(store), components=components) as host:
        yield host


def ask(host: Host, worker: str, at: int) -> object:
    return host.invoke("test:caller", worker, "ask", (at,))


@pytest.mark.parametrize(
    ("param", "result", "function", "both"),
    [
        ("u32", "char", "add", PROTOCOL_ERROR),  # another result
        ("char", "u32", "add", PROTOCOL_ERROR),  # another parameter
        ("u32", "u32", "sum", PROTOCOL_ERROR),  # another name
        ("u8", "u8", "add", 65),  # the value fits both
    ],
)
def test_a_call_that_does_not_fit_is_an_error_of_the_call(
    tmp_path: Path, param: str, result: str, function: str, both: int
) -> None:
    store = tmp_path / "store.db"
    with opened(store, "u32", "u32") as host:
        assert ask(host, "before", OLD) == 65
    with opened(store, param, result, function) as host:
        assert ask(host, "after", NEW) == 65
        assert ask(host, "after", OLD) == both
        assert ask(host, "before", OLD) == 65
        assert ask(host, "before", NEW) == both
        assert ask(host, "after", NEW) == 65
    with opened(store, "u32", "u32") as host:  # rebuilds all of them
        assert ask(host, "before", OLD) == 65
        assert ask(host, "after", NEW) == 65


def test_what_a_caller_saw_has_to_stay_the_same(tmp_path: Path) -> None:
    store, calc = tmp_path / "store.db", "test:calc/api.{add}"
    with opened(store, "u32", "u32") as host:
        assert ask(host, "caller", OLD) == 65
        assert host.invoke("test:calc", "outside", calc, (65,)) == 65
    for kinds in (("u8", "u32"), ("u32", "u8")):
        program = built({"test:calc": wasm(CALC, *kinds, "add")}, "test:calc")
        found = update(SqliteFile(store), "test:calc", program, check=True)
        problems = {one.worker.name: one.problem for one in found}
        assert problems["outside"] is None
        assert "recorded was a call by a worker; this build" in str(problems["old"])
        assert "value of another type" in str(problems["old"])


def test_an_old_worker_whose_target_is_gone(tmp_path: Path) -> None:
    store, not_found = tmp_path / "store.db", 1002
    with opened(store, "u32", "u32") as host:
        assert ask(host, "before", OLD) == 65
    without = {"test:caller": wasm(CALC, "u32", "u32", "add")}  # imports nothing
    with Host(engine=SqliteEngine(store), components=without) as host:
        assert ask(host, "before", OLD) == not_found
        assert host.invoke("test:caller", "after", "test:calc/api.{add}", (7,)) == 7
    with opened(store, "u32", "u32") as host:
        assert ask(host, "before", OLD) == 65
