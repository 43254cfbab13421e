"""Destructors in a component that is built like one of componentize-py, but in a few lines.

Its CPython counts the references of one object, whose address is its representation, and notes what
is done with it; its runtime forgets handles, as that of componentize-py does.
"""

from __future__ import annotations

from typing import Any

import pytest
import wasmtime
from wasmtime.component import Component, Linker

from witgen.app.destructors import with_destructors
from witgen.component.wasmtime_tools import wat2wasm
from witgen.diagnostics import WitError

CPYTHON = """
  (core module $python
    (global $references (mut i32) (i32.const 0))
    (global $calls (mut i32) (i32.const 0))
    (global $attached (mut i32) (i32.const 0))
    (global $printed (mut i32) (i32.const 0))
    (global $answer (mut i32) (i32.const 8))
    (func (export "PyGILState_Ensure") (result i32)
      (global.set $attached (i32.add (global.get $attached) (i32.const 1)))
      (i32.const 5))
    (func (export "PyGILState_Release") (param i32)
      (if (i32.ne (local.get 0) (i32.const 5)) (then (unreachable)))
      (global.set $attached (i32.sub (global.get $attached) (i32.const 1))))
    (func (export "PyObject_CallNoArgs") (param i32) (result i32)
      (if (i32.ne (local.get 0) (i32.const 64)) (then (unreachable)))
      (if (i32.eqz (global.get $attached)) (then (unreachable)))
      (if (i32.eqz (global.get $references)) (then (unreachable)))
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (global.get $answer))
    (func (export "_Py_DecRef") (param i32)
      (if (i32.eq (local.get 0) (i32.const 64))
        (then (global.set $references (i32.sub (global.get $references) (i32.const 1)))))
      (if (i32.lt_s (global.get $references) (i32.const 0)) (then (unreachable))))
    (func (export "PyErr_PrintEx") (param i32) (global.set $printed (i32.const 1)))
    (func (export "refer")
      (global.set $references (i32.add (global.get $references) (i32.const 1))))
    (func (export "spoil") (global.set $answer (i32.const 0)))
    (func (export "state") (result i32)
      (i32.add (i32.mul (i32.const 100) (global.get $attached))
        (i32.add (i32.mul (i32.const 10) (global.get $calls)) (global.get $references)))))
"""
RUNTIME = """
  (core module $runtime
    (import "env" "PyGILState_Ensure" (func (result i32)))
    (import "env" "PyGILState_Release" (func (param i32)))
    (import "env" "PyObject_CallNoArgs" (func (param i32) (result i32)))
    (import "env" "_Py_DecRef" (func $decrease (param i32)))
    (import "env" "PyErr_PrintEx" (func (param i32)))
    (import "env" "refer" (func $refer))
    (import "env" "table" (table 8 funcref))
    (func (export "wit_dylib_resource_dtor") (param i32 i32))
    (func (export "wit_dylib_push_own") (param $call i32) (param $type i32) (param $handle i32)
      (drop (call_indirect (param i32) (result i32) (local.get $handle) (i32.const 2)))
      (call $refer)))
"""
BINDINGS = """
  (core module $bindings
    (import "env" "wit_dylib_resource_dtor" (func $dtor (param i32 i32)))
    (import "env" "wit_dylib_push_own" (func $push (param i32 i32 i32)))
    (import "[export]test:it/api" "[resource-drop]thing" (func $drop (param i32)))
    (import "[export]test:it/api" "[resource-new]thing" (func $new (param i32) (result i32)))
    (import "[export]test:it/api" "[resource-rep]thing" (func $rep (param i32) (result i32)))
    (import "env" "refer" (func $refer))
    (import "env" "decrease" (func $decrease (param i32)))
    (import "env" "table" (table 8 funcref))
    (func (export "dtor") (param i32) (call $dtor (i32.const 0) (local.get 0)))
    (func (export "make") (result i32) (call $refer) (call $new (i32.const 64)))
    (func (export "take") (param i32)
      (call $push (i32.const 0) (i32.const 0) (local.get 0))
      (call $decrease (i32.const 64))) ;; what Python had of its own
    (elem (i32.const 1) $drop $rep $new))
"""
COMPONENT = f"""(component
  {CPYTHON} {RUNTIME} {BINDINGS}
  (core module $shim
    (table (export "table") 8 funcref)
    (func (export "dtor") (param i32) (call_indirect (param i32) (local.get 0) (i32.const 0))))
  (core module $fixup
    (import "" "table" (table 8 funcref))
    (import "" "dtor" (func $dtor (param i32)))
    (elem (i32.const 0) $dtor))
  (core instance $python (instantiate $python))
  (core instance $shim (instantiate $shim))
  (alias core export $python "refer" (core func $refer))
  (alias core export $python "_Py_DecRef" (core func $decrease))
  (alias core export $shim "table" (core table $table))
  (type $thing (resource (rep i32) (dtor (core func $shim "dtor"))))
  (core func $drop (canon resource.drop $thing))
  (core func $new (canon resource.new $thing))
  (core func $rep (canon resource.rep $thing))
  (core instance $env (export "PyGILState_Ensure" (func $python "PyGILState_Ensure"))
    (export "PyGILState_Release" (func $python "PyGILState_Release"))
    (export "PyObject_CallNoArgs" (func $python "PyObject_CallNoArgs"))
    (export "PyErr_PrintEx" (func $python "PyErr_PrintEx"))
    (export "_Py_DecRef" (func $decrease))
    (export "refer" (func $refer)) (export "table" (table $table)))
  (core instance $runtime (instantiate $runtime (with "env" (instance $env))))
  (core instance $known
    (export "wit_dylib_resource_dtor" (func $runtime "wit_dylib_resource_dtor"))
    (export "wit_dylib_push_own" (func $runtime "wit_dylib_push_own"))
    (export "decrease" (func $decrease))
    (export "refer" (func $refer)) (export "table" (table $table)))
  (core instance $own (export "[resource-drop]thing" (func $drop))
    (export "[resource-new]thing" (func $new)) (export "[resource-rep]thing" (func $rep)))
  (core instance $bindings (instantiate $bindings
    (with "env" (instance $known)) (with "[export]test:it/api" (instance $own))))
  (core instance (instantiate $fixup (with "" (instance
    (export "table" (table $table)) (export "dtor" (func $bindings "dtor"))))))
  (export $public "thing" (type $thing))
  (func (export "make") (result (own $public)) (canon lift (core func $bindings "make")))
  (func (export "take") (param "thing" (own $public)) (canon lift (core func $bindings "take")))
  (func (export "spoil") (canon lift (core func $python "spoil")))
  (func (export "state") (result u32) (canon lift (core func $python "state"))))
"""


class Running:
    """An instance."""

    def __init__(self, data: bytes) -> None:
        self.store = wasmtime.Store()
        component = Component(self.store.engine, data)
        self.instance = Linker(self.store.engine).instantiate(self.store, component)

    def call(self, name: str, *args: Any) -> Any:
        function = self.instance.get_func(self.store, name)
        assert function is not None
        return function(self.store, *args)

    @property
    def state(self) -> tuple[int, int, int]:
        """How often Python is entered, calls of the object, references of it."""
        state: int = self.call("state")
        return state // 100, state // 10 % 10, state % 10


def test_without_destructors_objects_stay() -> None:
    running = Running(wat2wasm(COMPONENT))

    running.call("make").drop(running.store)
    running.call("take", running.call("make"))

    assert running.state == (0, 0, 2)


@pytest.fixture
def running() -> Running:
    return Running(with_destructors(wat2wasm(COMPONENT)))


def test_a_dropped_object_is_called_and_let_go(running: Running) -> None:
    first, second = running.call("make"), running.call("make")

    first.drop(running.store)
    assert running.state == (0, 1, 1)
    second.drop(running.store)
    assert running.state == (0, 2, 0)


def test_an_object_that_is_given_away_is_let_go_without_a_call(running: Running) -> None:
    kept = running.call("make")

    for _ in range(3):
        running.call("take", running.call("make"))

    assert running.state == (0, 0, 1)
    kept.drop(running.store)
    assert running.state == (0, 1, 0)


def test_an_error_of_the_object_is_a_trap(running: Running) -> None:
    made = running.call("make")
    running.call("spoil")

    with pytest.raises(wasmtime.WasmtimeError, match="unreachable"):
        made.drop(running.store)


def test_the_same_bytes_every_time() -> None:
    data = wat2wasm(COMPONENT)

    assert with_destructors(data) == with_destructors(data)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('(export "wit_dylib_resource_dtor")', '(export "wit_dylib_resource_destructor")'),
        ('(func (export "wit_dylib_push_own")', '(func (export "wit_dylib_push_owned")'),
        ('"_Py_DecRef" (func $decrease (param i32))', '"Py_DecRef" (func $decrease (param i32))'),
        ('"[resource-drop]thing" (func', '"[resource-drop]things" (func'),
        ("(elem (i32.const 1) $drop", "(elem (i32.const 1) func $drop $drop) (elem func $drop"),
        (BINDINGS, "(core module $bindings)"),
        (RUNTIME, "(core module $runtime)"),
    ],
)
def test_another_layout_is_refused(old: str, new: str) -> None:
    modules = f"{CPYTHON}{RUNTIME}{BINDINGS}"
    assert old in modules

    with pytest.raises(WitError) as caught:
        with_destructors(wat2wasm(f"(component {modules.replace(old, new, 1)})"))

    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "APP4105"
    assert diagnostic.help == ("`pip install componentize-py==0.25.1`",)


@pytest.mark.parametrize("end", range(8, 700, 7))
def test_a_component_that_is_cut_off_is_refused(end: int) -> None:
    with pytest.raises(WitError):
        with_destructors(wat2wasm(f"(component {RUNTIME} {BINDINGS})")[:end])
