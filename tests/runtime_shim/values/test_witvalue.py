"""`wit-value` nodes: everything comes back, nothing hostile gets through."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typed_values import TYPED_VALUES, TYPES

from runtime_shim.values import Case, Err, Handle, Ok, Value
from runtime_shim.values import types as t
from runtime_shim.values.check import check
from runtime_shim.values.witvalue import WitValueError, decode, encode, encode_result

P = t.Prim


@given(TYPED_VALUES)
def test_round_trip(typed: tuple[t.Type, Value]) -> None:
    ty, value = typed
    encoded = encode(ty, value)
    assert decode(ty, encoded) == value
    assert decode(t.Tuple((ty,)), encode_result(ty, value)) == (value,)


@given(TYPED_VALUES)
def test_children_come_after_their_parent_and_have_one(typed: tuple[t.Type, Value]) -> None:
    nodes = encode(*typed)["nodes"]
    children = [child for node in nodes for child in children_of(node)]
    assert sorted(children) == list(range(1, len(nodes)))
    assert all(child > at for at, node in enumerate(nodes) for child in children_of(node))


def children_of(node: Case) -> list[int]:
    match node.name, node.value:
        case ("record-value" | "tuple-value" | "list-value"), indices:
            return list(indices)
        case "variant-value", (_, child):
            return [] if child is None else [child]
        case "option-value", child:
            return [] if child is None else [child]
        case "result-value", (Ok(child) | Err(child)):
            return [] if child is None else [child]
    return []


@pytest.mark.parametrize(
    ("ty", "value", "nodes"),
    [
        (P.U8, 7, [Case("prim-u8", 7)]),
        (P.F32, 1.5, [Case("prim-float32", 1.5)]),
        (
            t.List(P.U8),
            b"\1\2",
            [Case("list-value", [1, 2]), *(Case("prim-u8", n) for n in (1, 2))],
        ),
        (t.Enum(("a", "b")), "b", [Case("enum-value", 1)]),
        (t.Flags(("a", "b")), frozenset("b"), [Case("flags-value", [False, True])]),
        (t.Option(P.BOOL), None, [Case("option-value", None)]),
        (t.Result(None, P.U8), Ok(), [Case("result-value", Ok(None))]),
        (t.Result(None, P.U8), Err(3), [Case("result-value", Err(1)), Case("prim-u8", 3)]),
        (t.Variant((("x", None), ("y", P.U8))), Case("x"), [Case("variant-value", (0, None))]),
        (
            t.Record((("a", P.U8), ("b", t.Tuple((P.S8,))))),
            {"a": 1, "b": (-1,)},
            [
                Case("record-value", [1, 2]),
                Case("prim-u8", 1),
                Case("tuple-value", [3]),
                Case("prim-s8", -1),
            ],
        ),
        (
            t.Own("r"),
            Handle("urn:worker:x/y", 3),
            [Case("handle", ({"value": "urn:worker:x/y"}, 3))],
        ),
    ],
)
def test_nodes_as_golem_writes_them(ty: t.Type, value: Value, nodes: list[Case]) -> None:
    assert encode(ty, value) == {"nodes": nodes}
    assert decode(ty, {"nodes": nodes}) == value


def test_results_are_tuples() -> None:
    assert encode_result(None, None) == {"nodes": [Case("tuple-value", [])]}
    assert encode_result(P.U8, 1) == {"nodes": [Case("tuple-value", [1]), Case("prim-u8", 1)]}
    with pytest.raises(WitValueError, match="0 fields are expected, not 1"):
        decode(t.Tuple(()), encode_result(P.U8, 1))
    with pytest.raises(WitValueError, match="1 fields are expected, not 0"):
        decode(t.Tuple((P.U8,)), encode_result(None, None))


VARIANT = t.Variant((("x", None), ("y", P.U8)))


@pytest.mark.parametrize(
    ("ty", "nodes", "message"),
    [
        (P.U8, [], "there is no node 0"),
        (P.U8, [Case("prim-u16", 1)], "u8 is expected, not u16"),
        (t.List(P.U8), [Case("tuple-value", [])], "list is expected"),
        (t.List(P.U8), [Case("list-value", [1])], r"value\[0\]: there is no node 1"),
        (t.List(P.U8), [Case("list-value", [-1])], "there is no node -1"),
        (t.List(t.List(P.U8)), [Case("list-value", [0])], "node 0 has two parents"),
        (
            t.List(P.U8),
            [Case("list-value", [1, 1]), Case("prim-u8", 1)],
            r"value\[1\]: node 1 has two parents",
        ),
        (t.Tuple((P.U8,)), [Case("tuple-value", [])], "1 fields are expected, not 0"),
        (t.Record((("a", P.U8),)), [Case("record-value", [1, 1])], "1 fields are expected, not 2"),
        (t.Enum(("a",)), [Case("enum-value", 1)], "there is no case 1"),
        (t.Flags(("a",)), [Case("flags-value", [])], "1 flags are expected, not 0"),
        (VARIANT, [Case("variant-value", (2, None))], "there is no case 2"),
        (VARIANT, [Case("variant-value", (0, 1)), Case("prim-u8", 1)], "a payload too many"),
        (VARIANT, [Case("variant-value", (1, None))], "a payload is missing"),
        (
            t.Result(None, P.U8),
            [Case("result-value", Err(None))],
            "value.err: a payload is missing",
        ),
        (t.Result(None, P.U8), [Case("result-value", Ok(1))], "value.ok: a payload too many"),
        (t.Option(P.U8), [Case("option-value", 5)], "value.some: there is no node 5"),
        (t.Own("r"), [Case("prim-u8", 1)], "handle is expected"),
    ],
)
def test_what_does_not_fit(ty: t.Type, nodes: list[Case], message: str) -> None:
    with pytest.raises(WitValueError, match=message):
        decode(ty, {"nodes": nodes})


INDEX = st.integers(-2, 8)
NODE: st.SearchStrategy[Case] = st.one_of(
    st.builds(
        Case, st.sampled_from(["record-value", "tuple-value", "list-value"]), st.lists(INDEX)
    ),
    st.builds(Case, st.just("variant-value"), st.tuples(st.integers(0, 5), st.none() | INDEX)),
    st.builds(Case, st.just("enum-value"), st.integers(0, 2**32 - 1)),
    st.builds(Case, st.just("flags-value"), st.lists(st.booleans(), max_size=5)),
    st.builds(Case, st.just("option-value"), st.none() | INDEX),
    st.builds(
        Case, st.just("result-value"), st.builds(Ok, st.none() | INDEX) | st.builds(Err, INDEX)
    ),
    st.builds(Case, st.just("prim-u8"), st.integers(0, 255)),
    st.builds(Case, st.just("prim-string"), st.just("s")),
)


@given(TYPES, st.lists(NODE, max_size=8))
def test_any_nodes_give_a_value_of_the_type_or_the_error(ty: t.Type, nodes: list[Case]) -> None:
    try:
        value = decode(ty, {"nodes": nodes})
    except WitValueError:
        return
    check(ty, value)


def test_shared_nodes_do_not_multiply() -> None:
    """Thirty lists, each holding the next one twice, would be 2³⁰ values."""
    ty: Any = P.U8
    for _ in range(30):
        ty = t.List(ty)
    nodes = [Case("list-value", [at + 1, at + 1]) for at in range(30)]
    begin = time.perf_counter()
    with pytest.raises(WitValueError, match="two parents"):
        decode(ty, {"nodes": [*nodes, Case("prim-u8", 1)]})
    assert time.perf_counter() - begin < 1
