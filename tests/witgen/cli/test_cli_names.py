"""Components that are called otherwise in golem.yaml than their WIT packages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from application import App, wit
from component_parts import adder, part

# Calls `add` of the worker `w1`.
CALLER = """
 (import "t:calc-client/calc-client" (instance $c
   (export "api" (type $api (sub resource)))
   (export "[constructor]api" (func (param "worker-name" string) (result (own $api))))
   (export "[method]api.blocking-add"
     (func (param "self" (borrow $api)) (param "x" u32) (result u32)))))
 (alias export $c "api" (type $api))
 (core module $m (memory (export "m") 1) (data (i32.const 8) "w1"))
 (core instance $mem (instantiate $m))
 (core func $new (canon lower (func $c "[constructor]api") (memory (core memory $mem "m"))))
 (core func $add (canon lower (func $c "[method]api.blocking-add")))
 (core func $drop (canon resource.drop $api))
 (core module $r
   (import "c" "new" (func $new (param i32 i32) (result i32)))
   (import "c" "add" (func $add (param i32 i32) (result i32)))
   (import "c" "drop" (func $drop (param i32)))
   (func (export "go") (param i32) (result i32) (local $h i32) (local $s i32)
     (local.set $h (call $new (i32.const 8) (i32.const 2)))
     (local.set $s (call $add (local.get $h) (local.get 0)))
     (call $drop (local.get $h))
     (local.get $s)))
 (core instance $i (instantiate $r (with "c" (instance
   (export "new" (func $new)) (export "add" (func $add)) (export "drop" (func $drop))))))
 (func $go (param "x" u32) (result u32) (canon lift (core func $i "go")))
 (instance $front (export "go" (func $go)))
 (export "t:front/api" (instance $front))
"""


@pytest.mark.parametrize("kind", ["wasm-rpc", "static-wasm-rpc"])
@pytest.mark.parametrize(
    ("target", "caller"), [("shop:calculator", "shop:till"), ("t:calc@2.0.0", "t:front@1.0.0")]
)
def test_a_client_calls_what_is_deployed(
    cli: Callable[..., Any], tmp_path: Path, kind: str, target: str, caller: str
) -> None:
    app = App(tmp_path)
    app.write("calc.wasm", adder("t:calc/api", 5))
    app.write("front.wasm", part(CALLER))
    app.write("calc.wit", wit("calc", "add: func(x: u32) -> u32;"))
    app.write("front.wit", wit("front", "go: func(x: u32) -> u32;"))
    components = {
        name: {"sourceWit": f"{file}.wit", "componentWasm": f"{file}.wasm"}
        for name, file in ((target, "calc"), (caller, "front"))
    }
    needs = {caller: [{"type": kind, "target": target}]}
    app.write("golem.yaml", json.dumps({"components": components, "dependencies": needs}))

    built = cli("build", "--backend", "native")
    done = cli("run", caller, "t:front/api.{go}", "7", "--store", "store.db")
    listed = cli("worker", "list", "store.db", "--json")

    assert (built.status, done.status) == (0, 0), built.err + done.err
    assert done.out == "12\n"
    assert target in listed.out


@pytest.mark.parametrize(
    "args",
    [
        ("run", "--error-format", "json"),
        ("build", "--nonsense", "--error-format=json"),
        ("build", "--jobs", "0", "--error-format", "text", "--error-format=json"),
        ("worker", "lst", "--error-format", "json"),
        ("biuld", "--error-format", "json"),
    ],
)
def test_errors_of_usage_obey_the_format(cli: Callable[..., Any], args: tuple[str, ...]) -> None:
    done = cli(*args)

    [found] = json.loads(done.err)["diagnostics"]
    assert (done.status, found["code"]) == (2, "APP4003")


@pytest.mark.parametrize("more", [(), ("--error-format", "xml"), ("--error-format",)])
def test_errors_of_usage_are_text_otherwise(cli: Callable[..., Any], more: tuple[str, ...]) -> None:
    done = cli("build", "--nonsense", *more)

    assert done.status == 2
    assert "Usage: witgen build" in done.err
