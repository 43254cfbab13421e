"""A caller that does not fit its target is told where."""

from __future__ import annotations

import pytest

from runtime_shim.clients.differences import difference
from runtime_shim.values import types as t
from runtime_shim.values.types import Prim

U8, U32, TEXT = Prim.U8, Prim.U32, Prim.STRING
ITEM = t.Record((("name", TEXT), ("count", U32)))


@pytest.mark.parametrize(
    ("own", "theirs", "said"),
    [
        (U8, U32, "parameter `p`: the caller has u8, the target u32"),
        (t.List(U8), U32, "parameter `p`: the caller has list<u8>, the target u32"),
        (t.List(U8), t.List(U32), "parameter `p`, item: the caller has u8, the target u32"),
        (t.Option(U8), t.Option(TEXT), "parameter `p`, item: the caller has u8, the target string"),
        (
            t.Result(U8, TEXT),
            t.Result(U8, None),
            "parameter `p`, err: the caller has string, the target nothing",
        ),
        (
            t.Tuple((U8, U8)),
            t.Tuple((U8, U32)),
            "parameter `p`, item 1: the caller has u8, the target u32",
        ),
        (
            t.Tuple((U8,)),
            t.Tuple((U8, U8)),
            "parameter `p`: the caller has tuple<u8>, the target tuple<u8, u8>",
        ),
        (
            t.List(t.Record((("name", TEXT), ("count", U8)))),
            t.List(ITEM),
            "parameter `p`, item, field `count`: the caller has u8, the target u32",
        ),
        (
            t.Record((("name", TEXT),)),
            ITEM,
            "parameter `p`: the field of the caller is none, that of the target `count`",
        ),
        (
            t.Variant((("a", None), ("b", U8))),
            t.Variant((("a", None), ("c", U8))),
            "parameter `p`: the case of the caller is `b`, that of the target `c`",
        ),
        (
            t.Enum(("a", "b")),
            t.Enum(("a",)),
            "parameter `p`: the case of the caller is `b`, that of the target none",
        ),
        (
            t.Flags(("a",)),
            t.Flags(("b",)),
            "parameter `p`: the case of the caller is `a`, that of the target `b`",
        ),
        (t.Own("x"), t.Borrow("x"), "parameter `p`: the caller has own<x>, the target borrow<x>"),
    ],
)
def test_parameters(own: t.Type, theirs: t.Type, said: str) -> None:
    assert difference((U8, own), (("q", U8), ("p", theirs)), (None, None)) == said


def test_their_number() -> None:
    said = "the caller's parameters are 1, the target's 2 (a, b)"
    assert difference((U8,), (("a", U8), ("b", U8)), (None, None)) == said
    assert difference((U8,), (), (None, None)).endswith("the target's 0 (none)")


def test_the_result() -> None:
    assert difference((), (), (U8, None)) == "the result: the caller has u8, the target nothing"
    assert difference((t.Own("a"),), (("p", t.Own("b")),), (U8, U32)).startswith("the result")
