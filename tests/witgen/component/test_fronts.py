"""Functions in front of those of a core module, run by wasmtime."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import wasmtime

from witgen.component.cursor import Malformed
from witgen.component.fronts import read_module, with_fronts
from witgen.component.wasmtime_tools import wat2wasm
from witgen.diagnostics import WitError

TEXT = """(module
  (import "" "tag" (global i32))
  (import "" "outside" (func $outside (param i32) (result i32)))
  (table 8 funcref)
  (global $seven i32 (i32.const 7))
  (func $double (export "double") (export "again") (param i32) (result i32)
    (i32.mul (local.get 0) (i32.const 2)))
  (func (export "inside") (param i32) (result i32) (call $double (local.get 0)))
  (func (export "seven") (result i32) (global.get $seven))
  (func (export "at") (param i32 i32) (result i32)
    (call_indirect (param i32) (result i32) (local.get 0) (local.get 1)))
  (elem (i32.const 1) $double $outside)
  (elem (table 0) (i32.const 4) func $outside $double)
  (@custom "mine" "kept"))
"""
ADD = "(func (param i32) (result i32) (i32.add (call $old (local.get 0)) (i32.const 100)))"


class Running:
    """An instance of a module whose outside adds one."""

    def __init__(self, data: bytes) -> None:
        self.store = wasmtime.Store()
        module = wasmtime.Module(self.store.engine, data)
        i32 = wasmtime.ValType.i32()
        imports: list[wasmtime.Func | wasmtime.Global] = []
        for item in module.imports:
            if isinstance(item.type, wasmtime.GlobalType):
                value = wasmtime.Val.i32(1)
                imports.append(wasmtime.Global(self.store, item.type, value))
            else:
                ty = wasmtime.FuncType([i32], [i32])
                imports.append(wasmtime.Func(self.store, ty, lambda x: x + 1))
        self.exports = wasmtime.Instance(self.store, module, imports).exports(self.store)

    def call(self, name: str, *args: int) -> int:
        function = self.exports[name]
        assert isinstance(function, wasmtime.Func)
        found: int = function(self.store, *args)
        return found


def fronted(old: str, text: str, variables: Sequence[str] = ()) -> Running:
    module = read_module(wat2wasm(TEXT))
    index = {**module.exports, "outside": module.imports["", "outside"]}[old]
    return Running(with_fronts(module, {index: text}, {"old": index}, variables))


def test_a_front_takes_the_place_in_exports_and_tables() -> None:
    running = fronted("double", ADD)

    assert (running.call("double", 5), running.call("again", 5)) == (110, 110)
    assert [running.call("at", 5, place) for place in (1, 2, 4, 5)] == [110, 6, 6, 110]


def test_calls_within_the_module_reach_the_function_itself() -> None:
    running = fronted("double", ADD)

    assert (running.call("inside", 5), running.call("seven")) == (10, 7)


def test_an_imported_function_has_a_front_in_tables() -> None:
    running = fronted("outside", ADD)

    assert [running.call("at", 5, place) for place in (1, 2, 4, 5)] == [10, 106, 106, 10]


def test_variables_keep_what_was_put_there() -> None:
    count = """(func (param i32) (result i32)
      (global.set $count (i32.add (global.get $count) (call $old (local.get 0))))
      (global.get $count))"""
    running = fronted("double", count, ["unused", "count"])

    assert [running.call("double", n) for n in (1, 2, 3)] == [2, 6, 12]
    assert running.call("seven") == 7


def test_what_is_missing_is_added_in_its_place() -> None:
    data = wat2wasm("""(module (import "" "f" (func $f (param i32) (result i32)))
      (export "f" (func $f)))""")
    module = read_module(data)
    count = """(func (param i32) (result i32)
      (global.set $last (call $f (local.get 0)))
      (global.get $last))"""

    running = Running(with_fronts(module, {0: count}, {"f": 0}, ["last"]))

    assert running.call("f", 5) == 6


def test_nothing_else_changes() -> None:
    data = wat2wasm(TEXT)

    assert with_fronts(read_module(data), {}, {}) == data
    module = read_module(data)
    changed = read_module(with_fronts(module, {module.exports["double"]: ADD}, {"old": 1}))
    assert [kind for kind, _ in changed.sections] == [kind for kind, _ in module.sections]
    assert changed.functions[:-1] == module.functions


@pytest.mark.parametrize(
    "elements",
    [
        "(elem (i32.const 0) funcref (ref.func $f))",
        "(elem declare func $f)",
        "(elem func $f)",
        "(elem (i32.add (i32.const 0) (i32.const 0)) $f)",
    ],
)
def test_rare_forms_of_elements_are_refused(elements: str) -> None:
    module = read_module(wat2wasm(f"(module (table 1 funcref) (func $f) {elements})"))

    with pytest.raises(Malformed, match="not supported"):
        with_fronts(module, {0: "(func)"}, {})


@pytest.mark.parametrize("text", ["(func", "(func (call $unknown))"])
def test_a_text_that_is_none_is_refused(text: str) -> None:
    module = read_module(wat2wasm(TEXT))

    with pytest.raises(WitError):
        with_fronts(module, {0: text}, {})


@pytest.mark.parametrize("end", range(8, len(wat2wasm(TEXT))))
def test_a_module_that_is_cut_off(end: int) -> None:
    data = wat2wasm(TEXT)[:end]

    try:
        module = read_module(data)
        with_fronts(module, dict.fromkeys(module.exports.values(), ADD), {"old": 0})
    except Malformed:
        pass


def test_an_export_of_what_there_is_not_is_refused() -> None:
    data = wat2wasm('(module (func) (export "f" (func 1)))')

    with pytest.raises(Malformed, match="exports function 1"):
        read_module(data)
