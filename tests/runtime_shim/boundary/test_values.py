"""Values cross the boundary unchanged: host to guest to host function and all the way back.

One suite for both paths to wasmtime.
"""

from __future__ import annotations

import ctypes
import math
import struct
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Any

import public_path
import pytest
import wasmtime
from hypothesis import HealthCheck, Phase, find, given, settings
from typed_values import TYPED_VALUES, echo_component, values
from wasmtime import _ffi
from wasmtime.component import Component, Linker

from runtime_shim.boundary import ffi, probe
from runtime_shim.boundary.compile import NO_DEADLINE, EngineOptions, engine
from runtime_shim.boundary.context import Context, enter
from runtime_shim.boundary.lower import FAILURES
from runtime_shim.boundary.reflect import Shape, shape
from runtime_shim.errors import BadValue, UnsupportedWasmtime
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.values import Case, Err, Ok, Some, Value
from runtime_shim.values import types as t
from runtime_shim.values.check import check
from runtime_shim.values.fits import predicate

PATHS = [pytest.param(ffi, id="ffi"), pytest.param(public_path, id="public")]
HOST = "test:echo-host/host"


def test_the_private_layer_fits_this_release() -> None:
    assert probe.AVAILABLE
    assert version("wasmtime") in probe.KNOWN


def test_another_release_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_ffi, "WASMTIME_COMPONENT_S8", ctypes.c_uint8(99))
    assert not probe._fits()
    monkeypatch.setattr(probe, "AVAILABLE", False)
    with pytest.raises(UnsupportedWasmtime, match=r"known to work: 50\.0\.1"):
        engine.__wrapped__(EngineOptions())


@lru_cache(maxsize=64)
def compiled(ty: t.Type) -> tuple[wasmtime.Engine, Component, Shape]:
    """The echoing component of a type."""
    machine = engine(EngineOptions())
    component = Component(machine, echo_component(ty))
    return machine, component, shape(component, machine)


def echo(path: Any, ty: t.Type, answer: Callable[[Value], Value] = lambda value: value) -> Any:
    """A caller of the component that echoes `ty`; the host's own part gives `answer(value)`."""
    machine, component, reflected = compiled(ty)
    assert reflected.exports[""].functions["echo"].type == t.FunctionType((("value", ty),), ty)
    linker = Linker(machine)
    with linker.root() as root, root.add_instance(HOST) as instance:
        raw = reflected.imports[HOST].functions["echo"].raw
        assert raw is not None
        kept = path.define(
            instance, "echo", "echo", raw, [none], none, lambda context, value: answer(value)
        )
    context = Context(WorkerId("c", "w"), Environment(), machine)
    store = context.store
    store.set_epoch_deadline(NO_DEADLINE)
    path.attach(context)
    func = linker.instantiate(store, component).get_func(store, "echo")
    exported = reflected.exports[""].functions["echo"].raw
    assert func is not None
    assert exported is not None
    call = path.Callee(exported, none).bind(func)

    def run(value: Value) -> Value:
        stack = enter(context)
        try:
            return call(context, (value,))
        finally:
            stack.pop()

    run.context = context  # type: ignore[attr-defined]  # for the one test that looks inside
    run.kept = kept  # type: ignore[attr-defined]  # for as long as it is called
    return run


def none(ty: Any) -> None:
    """There are no resources here."""
    return


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(typed=TYPED_VALUES)
def test_round_trip(path: Any, typed: tuple[t.Type, Value]) -> None:
    ty, value = typed
    assert predicate(ty)(check(ty, value))  # whose fields are in the order of the type
    run = echo(path, ty)
    try:
        result = run(value)
    except (BadValue, wasmtime.WasmtimeError) as error:
        told = f"{error} {run.context.failure}"
        assert path is public_path, told
        assert "the public API of wasmtime-py cannot express" in told
        return
    assert result == value
    check(ty, result)


P = t.Prim
RESULT = t.Result(P.U32, P.BOOL)
POINT = t.Record((("x", P.S32), ("long-name", P.STRING)))
LEAF = t.Variant((("leaf", None),))
SHAPE = t.Variant((("dot", None), ("line", P.U32), ("text", P.STRING), ("many", t.List(P.U32))))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("ty", "value"),
    [
        (P.U8, 255),
        (t.Result(t.Option(P.BOOL), P.U8), Ok(None)),
        (t.Option(t.Option(t.Result(t.Option(P.BOOL), P.U8))), Some(Ok(None))),
        (P.S8, -128),
        (P.U64, 2**64 - 1),
        (P.S64, -(2**63)),
        (P.F32, math.inf),
        (P.F64, -0.0),
        (P.CHAR, "\U0010ffff"),
        (P.STRING, ""),
        (P.STRING, "\0ä𝄞"),
        (t.List(P.U8), b""),
        (t.List(P.U8), bytes(range(256)) * 64),
        (t.List(P.U32), []),
        (t.List(P.BOOL), [True, False]),
        (t.List(t.List(P.STRING)), [[], ["a", ""]]),
        (t.Option(P.U32), None),
        (t.Option(P.U32), 0),
        (t.Option(t.Option(P.U32)), None),
        (t.Option(t.Option(P.U32)), Some(None)),
        (t.Option(t.Option(P.U32)), Some(7)),
        (t.Option(t.Result(None, None)), Ok()),
        (RESULT, Ok(1)),
        (t.Result(P.STRING, P.STRING), Err("e")),
        (t.Result(None, P.STRING), Ok()),
        (t.Result(None, None), Err()),
        (POINT, {"x": -1, "long-name": "n"}),
        (LEAF, Case("leaf")),
        (SHAPE, Case("dot")),
        (SHAPE, Case("many", [1, 2])),
        (t.Enum(("a", "b")), "b"),
        (t.Flags(("a", "b", "c")), frozenset({"a", "c"})),
        (t.Flags(("a",)), frozenset()),
        (t.Tuple((P.U8, t.Tuple((P.STRING,)))), (1, ("x",))),
        (t.Record(tuple((f"f{i}", P.U64) for i in range(20))), {f"f{i}": i for i in range(20)}),
    ],
)
def test_each_shape(path: Any, ty: t.Type, value: Value) -> None:
    assert echo(path, ty)(value) == value


WRONG = [
    (P.U8, 256, "256 is out of the range of u8"),
    (P.U8, -1, "-1 is out of the range"),
    (P.U32, True, "an integer is expected, not True"),
    (P.U32, 1.0, "an integer is expected"),
    (P.S64, 2**63, "out of the range"),
    (P.BOOL, 1, "a bool is expected"),
    (P.F32, 1e300, "out of the range of f32"),
    (P.F64, 1, "a float is expected"),
    (P.CHAR, "ab", "one character"),
    (P.CHAR, "", "one character"),
    (P.CHAR, "\ud800", "surrogate"),
    (P.STRING, "\udfff", "surrogate"),
    (P.STRING, b"x", "a string is expected"),
    (t.List(P.U8), [1], "bytes is expected"),
    (t.List(P.U8), "x", "bytes is expected"),
    (t.List(P.U32), (1,), "a list is expected"),
    (t.List(P.U32), [1, "x"], r"value\[1\]: an integer"),
    (t.Tuple((P.U8,)), [1], "a tuple is expected"),
    (t.Tuple((P.U8,)), (1, 2), "a tuple of 1"),
    (POINT, {"x": 1}, "the field `long-name` is missing"),
    (POINT, {"x": 1, "long-name": "", "z": 1}, "no field `z`"),
    (POINT, {"x": 1, "long_name": ""}, "no field `long_name`"),
    (POINT, {"x": 2**31, "long-name": ""}, r"value\.x: 2147483648 is out"),
    (t.Option(t.Option(P.U8)), 1, "None or Some"),
    (t.Option(t.Option(P.U8)), Some("x"), "value.some: an integer"),
    (RESULT, 1, "Ok or Err"),
    (RESULT, Ok(True), "value.ok: an integer"),
    (t.Result(None, P.U8), Ok(1), "no payload"),
    (t.Result(None, P.U8), Err(), "value.err: an integer"),
    (SHAPE, Case("circle"), "no case `circle`"),
    (SHAPE, Case("dot", 1), "no payload"),
    (SHAPE, Case("line"), "value.line: an integer"),
    (SHAPE, "dot", "a Case is expected"),
    (t.Enum(("a",)), "b", "no case `b`"),
    (t.Enum(("a",)), 0, "a string is expected"),
    (t.Flags(("a",)), frozenset({"b"}), "no flag `b`"),
    (t.Flags(("a",)), {"a"}, "a frozenset is expected"),
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("ty", "value", "message"), WRONG)
def test_a_wrong_argument_is_refused_before_anything_runs(
    path: Any, ty: t.Type, value: Value, message: str
) -> None:
    def never(value: Value) -> Value:
        raise AssertionError("the guest ran")

    with pytest.raises(FAILURES):
        echo(path, ty, never)(value)
    with pytest.raises(BadValue, match=message):
        check(ty, value)
    assert not predicate(ty)(value)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("ty", "value"), [(ty, value) for ty, value, _ in WRONG])
def test_a_wrong_answer_of_the_host_is_a_trap(path: Any, ty: t.Type, value: Value) -> None:
    run = echo(path, ty, lambda _: value)
    with pytest.raises(wasmtime.WasmtimeError, match="echo returned"):
        run(_any(ty))
    assert isinstance(run.context.failure, BadValue)


@cache
def _any(ty: t.Type) -> Value:
    first = settings(max_examples=1, phases=[Phase.generate], database=None)
    return find(values(ty), lambda value: True, settings=first)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("bits", [0x7FF8000000001234, 0xFFF8000000000000, 0x7FF0000000000001])
def test_guests_get_one_nan(path: Any, bits: int) -> None:
    """What the journal keeps of another one is another value: a replay would not be the same."""
    (odd,) = struct.unpack("<d", struct.pack("<Q", bits))
    for kind, code in ((P.F64, "<d"), (P.F32, "<f")):
        seen: list[Value] = []

        def answer(value: Value, seen: list[Value] = seen) -> Value:
            seen.append(value)
            return odd

        seen.append(echo(path, kind, answer)(odd))
        assert [struct.pack(code, value) for value in seen] == [struct.pack(code, math.nan)] * 2


@pytest.mark.parametrize("path", PATHS)
def test_an_exception_of_the_host_stays_with_its_instance(path: Any) -> None:
    def fail(value: Value) -> Value:
        raise ZeroDivisionError("by the host")

    failing, good = echo(path, P.U32, fail), echo(path, P.U32)
    with pytest.raises(wasmtime.WasmtimeError, match="by the host"):
        failing(1)
    assert isinstance(failing.context.failure, ZeroDivisionError)
    assert good(1) == 1
    assert good.context.failure is None


def test_memory_is_given_back() -> None:
    run = echo(ffi, t.List(t.Record((("s", P.STRING), ("o", t.Option(P.U64))))))
    value = [{"s": "x" * 100, "o": 1}] * 20
    before = run.context.arena.mark()
    for _ in range(3):
        assert run(value) == value
    assert run.context.arena.mark() == before
    assert run.context.temporaries == []
