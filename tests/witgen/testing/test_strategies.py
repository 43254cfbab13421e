"""The strategies for WIT types: what they make fits, and what they reach."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from runtime_shim.values import Case, Err, Handle, Ok, Some, witvalue
from runtime_shim.values import types as t
from runtime_shim.values.check import check
from witgen.diagnostics import WitError
from witgen.load import load_texts
from witgen.resolve import model as m
from witgen.testing import arguments, boundaries, named, same, strategy

WIT = """
package t:t;
interface types {
  record point { x: s8, y: option<f32>, label: string }
  variant shape { dot(point), line(tuple<point, point>), many(list<shapeless>), nothing }
  enum shapeless { a, b, c }
  flags bits { one, two, three }
  resource cell { get: func(at: u32, by: s64) -> u8; }
  record all {
    a: bool, b: u8, c: u16, d: u32, e: u64, f: s8, g: s16, h: s32, i: s64, j: f32, k: f64,
    l: char, m: string, n: list<u8>, o: list<shape>, p: option<option<option<u8>>>,
    q: result<option<u8>, shapeless>, r: result, s: result<u8>, u: result<_, bits>,
    v: tuple<bits, shapeless>, w: cell, x: list<list<string>>,
  }
  type ints = list<s32>;
  type chars = list<char>;
  type deep = option<option<bool>>;
  type b-u8 = u8; type b-s8 = s8; type b-u64 = u64; type b-s64 = s64;
  type b-f32 = f32; type b-f64 = f64; type b-char = char; type b-string = string;
  type borrowing = list<u8>;
  peek: func(cell: borrow<cell>, all: all);
  nothing: func();
}
interface other { use types.{point}; record shapeless { a: u8 } }
"""
RESOLVE = load_texts({"t.wit": WIT})
NAMES = [
    "types.all",
    "types.shape",
    "types.bits",
    "types.point",
    "types.ints",
    "types.chars",
    "types.deep",
    "other.point",
]


def of(name: str) -> m.TypeId:
    interface, _, plain = name.rpartition(".")
    return named(RESOLVE, f"t:t/{interface}.{plain}" if interface else plain)


def shim(type: m.Type | None) -> Any:
    """The type as the host knows it."""
    if type is None:
        return None
    type = RESOLVE.dealias(type)
    if isinstance(type, m.Prim):
        return t.Prim(type.value)
    match RESOLVE.types[type].kind:
        case m.Record(fields):
            return t.Record(tuple((f.name, shim(f.type)) for f in fields))
        case m.Variant(cases):
            return t.Variant(tuple((c.name, shim(c.type)) for c in cases))
        case m.Enum(labels):
            return t.Enum(tuple(label.name for label in labels))
        case m.Flags(labels):
            return t.Flags(tuple(label.name for label in labels))
        case m.Tuple(types):
            return t.Tuple(tuple(map(shim, types)))
        case m.Option(item):
            return t.Option(shim(item))
        case m.List(item):
            return t.List(shim(item))
        case m.Result(ok, err):
            return t.Result(shim(ok), shim(err))
        case _:
            return t.Own("cell")


@pytest.mark.parametrize("name", NAMES)
def test_values_fit_and_travel(name: str) -> None:
    ty = shim(of(name))

    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(strategy(RESOLVE, of(name)))
    def every(value: Any) -> None:
        check(ty, value)
        assert same(witvalue.decode(ty, witvalue.encode(ty, value)), value)

    every()
    for value in boundaries(RESOLVE, of(name)):
        every.hypothesis.inner_test(value)  # type: ignore[attr-defined]  # hypothesis puts it there


@pytest.mark.parametrize(
    ("name", "reached"),
    [
        ("b-u8", lambda v: v == 255),
        ("b-s8", lambda v: v == -128),
        ("b-u64", lambda v: v == 2**64 - 1),
        ("b-s64", lambda v: v == -(2**63)),
        ("b-s64", lambda v: v not in (-(2**63), 2**63 - 1) and abs(v) > 2**32),
        ("b-f32", math.isnan),
        ("b-f32", lambda v: v == -math.inf),
        ("b-f64", lambda v: v == 0 and math.copysign(1, v) < 0),
        ("b-char", lambda v: v == "\U0010ffff"),
        ("b-char", lambda v: v == "\ud7ff"),
        ("b-string", lambda v: any(ord(c) > 0xFFFF for c in v)),
        ("b-string", lambda v: len(v) > 1000),
        ("deep", lambda v: v == Some(None)),
        ("deep", lambda v: v is None),
        ("deep", lambda v: v == Some(True)),
        ("ints", lambda v: len(v) > 3),
        ("ints", lambda v: v == []),
        ("bits", lambda v: len(v) == 3),
        ("bits", lambda v: v == frozenset()),
        ("shape", lambda v: v == Case("nothing")),
        ("shape", lambda v: v.name == "many" and len(v.value) > 1),
    ],
)
def test_edges_are_reached(name: str, reached: Any) -> None:
    # Whether there is one counts, not how small it is.
    quick = settings(max_examples=2000, phases=[Phase.generate])
    assert reached(find(strategy(RESOLVE, of(name)), reached, settings=quick))


class TestBoundaries:
    @pytest.mark.parametrize(
        ("name", "wanted"),
        [
            ("b-u8", [0, 1, 127, 128, 254, 255]),
            ("b-s8", [-128, -127, 0, 1, 63, 64, 126, 127]),
            ("deep", [None, Some(None), Some(False), Some(True)]),
            ("bits", [frozenset(), frozenset(("one", "two", "three")), frozenset(("two",))]),
            ("shapeless", ["a", "b", "c"]),
        ],
    )
    def test_of_small_types(self, name: str, wanted: list[Any]) -> None:
        found = boundaries(RESOLVE, of(f"types.{name}"))
        assert [value for value in wanted if value not in found] == []

    def test_every_case_and_every_side(self) -> None:
        shapes = boundaries(RESOLVE, of("shape"))
        assert {case.name for case in shapes} == {"dot", "line", "many", "nothing"}
        everything = boundaries(RESOLVE, of("all"))
        assert {type(value["q"]) for value in everything} == {Ok, Err}
        assert {b"", bytes(range(256))} <= {value["n"] for value in everything}
        assert len(boundaries(RESOLVE, of("borrowing"))[-1]) > 65536
        assert len(everything) <= 300

    def test_a_cut_keeps_every_case(self) -> None:
        cases = ", ".join(f"c{n}(string)" for n in range(290))
        many = load_texts({"m.wit": f"package m:m; interface i {{ variant v {{ {cases} }} }}"})
        found = boundaries(many, named(many, "v"))
        assert len(found) == 300
        assert len({case.name for case in found}) == 290

    def test_types_that_share_parts_do_not_multiply(self) -> None:
        steps = [f"variant v{n} {{ a(v{n - 1}), b(v{n - 1}) }}" for n in range(1, 40)]
        text = f"package d:d; interface i {{ enum v0 {{ x, y }} {' '.join(steps)} }}"
        deep = load_texts({"d.wit": text})
        assert len(boundaries(deep, named(deep, "v39"))) == 300
        strategy(deep, named(deep, "v39")).validate()

    def test_a_handle_is_given(self) -> None:
        handle = Handle("urn:worker:x/y", 7)
        assert boundaries(RESOLVE, of("cell"), handle=handle) == (handle,)


def test_arguments_of_functions() -> None:
    (types,) = (i for i in RESOLVE.interfaces if i.name == "types")
    handle = Handle("urn:worker:x/y", 7)

    @settings(max_examples=20)
    @given(arguments(RESOLVE, types.functions["[method]cell.get"], handles=st.just(handle)))
    def every(args: tuple[Any, ...]) -> None:
        first, at, by = args
        assert first is handle
        check(t.Prim.U32, at)
        check(t.Prim.S64, by)

    every()
    assert find(arguments(RESOLVE, types.functions["nothing"]), lambda _: True) == ()


@pytest.mark.parametrize(
    ("left", "right", "wanted"),
    [
        (math.nan, -math.nan, True),
        (math.nan, 0.0, False),
        (0.0, -0.0, False),
        (1, True, False),
        (1, 1.0, False),
        ([math.nan], [math.nan], True),
        ([1], (1,), False),
        ([1], [1, 2], False),
        ({"a": math.nan}, {"a": math.nan}, True),
        ({"a": 1}, {"b": 1}, False),
        (Case("a", math.nan), Case("a", math.nan), True),
        (Case("a"), Case("b"), False),
        (Some(None), None, False),
        (Some(math.nan), Some(math.nan), True),
        (Ok(1), Err(1), False),
        (Ok(0.0), Ok(-0.0), False),
        (frozenset("a"), frozenset("b"), False),
        (b"a", b"a", True),
    ],
)
def test_sameness(left: Any, right: Any, wanted: bool) -> None:
    assert same(left, right) is wanted
    assert same(right, left) is wanted


class TestRefused:
    @pytest.mark.parametrize(
        "kind",
        ["stream<u8>", "future<u8>", "list<u8, 4>", "error-context", "map<string, u8>"],
    )
    def test_what_cannot_travel(self, kind: str) -> None:
        text = f"package n:n; interface i {{ type x = option<{kind}>; }}"
        resolve = load_texts({"n.wit": text}, all_features=True)
        for make in (strategy, boundaries):
            with pytest.raises(WitError, match="cannot be sent"):
                make(resolve, named(resolve, "x"))

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("pointt", "no type `pointt`"),
            ("shapeless", "several interfaces have a type `shapeless`"),
            ("t:t/other.bits", "no type `t:t/other.bits`"),
            ("t:t/nothing.bits", "no type"),
            ("", "no type ``"),
        ],
    )
    def test_names(self, name: str, message: str) -> None:
        with pytest.raises(WitError, match=message):
            named(RESOLVE, name)

    def test_a_name_that_is_nearly_right(self) -> None:
        with pytest.raises(WitError) as error:
            named(RESOLVE, "pointt")
        assert any("point" in hint for hint in error.value.diagnostics[0].help)


def test_nothing_else_needs_hypothesis() -> None:
    code = (
        "import sys, witgen.cli, witgen.client, witgen.emit, runtime_shim.host;"
        "sys.exit('hypothesis' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
