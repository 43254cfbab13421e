"""A constructor that can fail, in the native client."""

from __future__ import annotations

from functools import cache

import pytest
from native_host import URI, Guest, Outside, node, record, reply
from wasmtime.component import ResourceAny, Variant

from witgen.client import client
from witgen.load import load_texts

WIT = """package shop:front@1.2.0;
interface api {
  resource guard {
    constructor(limit: u32) -> result<guard, string>;
    limit: func() -> u32;
  }
}
world shop { export api; }
"""


@cache
def guest() -> Guest:
    return Guest(client(load_texts({"shop.wit": WIT})))


def test_the_handle_that_comes_back_is_called_where_it_lives() -> None:
    handle = node("handle", (record(value=URI), 9))
    ok = node("result-value", Variant("ok", 2))
    outside = Outside(answer=reply(node("tuple-value", [1]), ok, handle))
    instance = guest().start(outside)

    made = instance.call("[constructor]guard", "w", 7)
    outside.answer = reply(node("tuple-value", [1]), node("prim-u32", 7))
    limit = instance.call("[method]guard.blocking-limit", made)

    assert isinstance(made, ResourceAny)
    assert limit == 7
    assert [function for function, _ in outside.calls] == [
        "shop:front/api@1.2.0.{guard.new}",
        "shop:front/api@1.2.0.{guard.limit}",
    ]
    assert outside.calls[0][1] == [[("prim-u32", 7)]]
    assert outside.calls[1][1] == [[("handle", [{"value": URI}, 9])]]


@pytest.mark.parametrize("maker", ["[constructor]guard", "[static]guard.custom"])
def test_an_error_is_the_callers(maker: str) -> None:
    err = node("result-value", Variant("err", 2))
    outside = Outside(answer=reply(node("tuple-value", [1]), err, node("prim-string", "too high")))
    component = record(uuid=record(high_bits=3, low_bits=4))
    first = "w" if "constructor" in maker else record(component_id=component, worker_name="w")

    assert guest().start(outside).call(maker, first, 101) == "too high"


def test_an_answer_of_another_shape_ends_the_caller() -> None:
    handle = node("handle", (record(value=URI), 9))
    outside = Outside(answer=reply(node("tuple-value", [1]), handle))

    with pytest.raises(Exception, match=r"witgen:trap/rpc/shop:front/api@1\.2\.0\.\{guard\.new\}"):
        guest().start(outside).call("[constructor]guard", "w", 7)
