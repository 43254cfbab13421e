"""Replies of every wrong kind: an answer of the type, or a trap that has a name, and nothing else."""

from __future__ import annotations

import random
import struct
from functools import cache
from typing import Any

import pytest
import wasmtime
from native_core import KINDS, CoreGuest, CoreInstance, Node
from native_host import URI, Guest, Outside, end_of, node, plain, record, reply
from wasmtime.component import Variant

from witgen.client import client
from witgen.component.abi import Abi
from witgen.load import load_texts

WIT = """package x:hostile;
interface api {
  enum color { red, green, blue }
  flags rights { see, bid, close, mine, a, b, c, d, e }
  record point { x: s32, y: f64 }
  variant shape { dot(point), named(string), points(list<point>), nothing }
  resource cell { constructor(); }
  record all {
    color: color, rights: rights, shape: shape, maybe: option<option<u8>>,
    outcome: result<list<string>, color>, pair: tuple<u8, bool, char>, deep: list<list<list<u16>>>,
  }
  get: func() -> all;
  cells: func() -> list<tuple<cell, u8>>;
  nothing: func();
}
world hostile { export api; }
"""
FUNCTIONS = ["get", "cells", "nothing"]


CLIENT = client(load_texts({"hostile.wit": WIT}))


@cache
def core() -> CoreGuest:
    return CoreGuest(CLIENT)


@cache
def guest() -> Guest:
    return Guest(CLIENT)


GOOD: list[Node] = [
    ("tuple-value", [1]),
    ("record-value", [2, 3, 4, 7, 9, 12, 16]),
    ("enum-value", 1),
    ("flags-value", [True, False] * 4 + [True]),
    ("variant-value", (0, 5)),  # dot
    ("record-value", [6, 20]),
    ("prim-s32", -1),
    ("option-value", 8),
    ("option-value", None),
    ("result-value", ("ok", 10)),
    ("list-value", [11]),
    ("prim-string", "text"),
    ("tuple-value", [13, 14, 15]),
    ("prim-u8", 255),
    ("prim-bool", True),
    ("prim-char", "é"),
    ("list-value", [17]),
    ("list-value", [18]),
    ("list-value", [19]),
    ("prim-u16", 65535),
    ("prim-float64", 0.5),
]
CELLS: list[Node] = [
    ("tuple-value", [1]),
    ("list-value", [2]),
    ("tuple-value", [3, 4]),
    ("handle", (URI, 7)),
    ("prim-u8", 1),
]
PAYLOADS: dict[str, Any] = {
    "record-value": [[], [1], [-1], [2**31 - 1], [0] * 7, list(range(2, 9)), [1] * 5_000],
    "list-value": [[], [0], [-1], [-(2**31)], [5] * 3, [1, 2, 3], [3] * 5_000],
    "tuple-value": [[], [1], [0], [1, 1], [9, 9, 9], [2] * 5_000],
    "variant-value": [(0, None), (0, 3), (3, None), (3, 3), (4, None), (2**32 - 1, 1), (2, -1)],
    "enum-value": [0, 3, 2**32 - 1],
    "flags-value": [[], [True] * 8, [False] * 9, [True] * 10, [True] * 5_000],
    "option-value": [None, 0, 7, -1, 2**31 - 1],
    "result-value": [("ok", None), ("err", None), ("ok", 10), ("err", 2), ("err", 2**31 - 1)],
    "handle": [(URI, 0), ("", 1), (URI[:-2], 2), ("x" * 6_000, 3)],
    "prim-string": ["", "x" * 6_000],
    "prim-bool": [True],
    "prim-char": ["\U0010ffff"],
    "prim-float32": [1.5],
    "prim-float64": [float("nan")],
}


def mutated(chance: random.Random, nodes: list[Node]) -> list[Node]:
    """Nodes with one thing or several wrong."""
    made = list(nodes)
    for _ in range(chance.choice([1, 1, 1, 2, 5])):
        at = chance.randrange(len(made)) if made else 0
        match chance.randrange(5):
            case 0 if made:  # another kind
                kind = chance.choice(KINDS)
                made[at] = (kind, chance.choice(PAYLOADS.get(kind, [0, 100])))
            case 1 if made:  # another payload
                kind = made[at][0]
                made[at] = (kind, chance.choice(PAYLOADS.get(kind, [0, 100])))
            case 2:  # shorter
                made = made[:at]
            case 3 if made and isinstance(made[at][1], list) and made[at][1]:  # another child
                children = [*made[at][1]]
                if isinstance(children[0], int) and not isinstance(children[0], bool):
                    children[chance.randrange(len(children))] = chance.randrange(-2, len(made) + 2)
                    made[at] = (made[at][0], children)
            case _:
                chance.shuffle(made)
    return made


class Trial:
    """Instances one after the other: one that trapped is of no use any more."""

    def __init__(self) -> None:
        self.ends: dict[str, int] = {}
        self.instance: CoreInstance | None = None

    def attempt(self, function: str, nodes: list[Node]) -> None:
        if self.instance is None:
            self.instance = core().start()
        self.instance.reply(nodes)
        name = f"[method]api.blocking-{function}"
        try:
            self.instance.call(name, 1)
            end = "an answer"
            if core().code.lifted[name].releases:
                self.instance.release()
        except wasmtime.Trap as error:
            end = end_of(error)
            self.instance.close()
            self.instance = None
        self.ends[end] = self.ends.get(end, 0) + 1


@pytest.mark.parametrize(
    "count",
    [pytest.param(500, id="few"), pytest.param(10_000, id="many", marks=pytest.mark.long)],
)
def test_wrong_replies_end_with_a_name(count: int) -> None:
    chance = random.Random(7)  # noqa: S311  # the same replies each time
    trial = Trial()

    for number in range(count):
        function = FUNCTIONS[number % 8 % 3] if number % 8 > 5 else "get"
        nodes = CELLS if function == "cells" else GOOD
        trial.attempt(function, mutated(chance, nodes))

    names = {f"witgen:trap/rpc/x:hostile/api.{{{function}}}" for function in FUNCTIONS}
    assert set(trial.ends) <= names | {"an answer"}
    assert sum(trial.ends.values()) == count
    assert trial.ends["witgen:trap/rpc/x:hostile/api.{get}"] > count // 4
    assert trial.ends["an answer"] > count // 50  # some changes change nothing that matters


def test_the_replies_are_good_before_they_are_changed() -> None:
    trial = Trial()
    for function, nodes in (("get", GOOD), ("cells", CELLS), ("nothing", [("tuple-value", [])])):
        trial.attempt(function, nodes)

    assert trial.ends == {"an answer": 3}


@pytest.mark.parametrize(
    "nodes",
    [
        [],
        [("tuple-value", [0])],
        [("tuple-value", [1]), ("list-value", [1])],
        [("tuple-value", [1]), ("list-value", [2] * 40_000), *CELLS[2:]],
        [("tuple-value", [1]), ("list-value", [2]), ("tuple-value", [3, 3]), CELLS[3]],
    ],
    ids=["nothing", "itself", "a circle", "one child many times", "a child of both"],
)
def test_graphs_that_are_no_trees(nodes: list[Node]) -> None:
    trial = Trial()

    trial.attempt("cells", nodes)

    assert trial.ends == {"witgen:trap/rpc/x:hostile/api.{cells}": 1}


def test_sharing_costs_no_more_than_reading() -> None:
    # 100,000 times 100,000 elements, if children could be shared.
    inner: list[Node] = [
        ("list-value", [18] * 100_000),
        ("list-value", [19] * 100_000),
        ("prim-u16", 1),
    ]
    trial = Trial()

    trial.attempt("get", [*GOOD[:17], *inner, *GOOD[20:]])

    assert trial.ends == {"witgen:trap/rpc/x:hostile/api.{get}": 1}


def test_a_reply_larger_than_memory_has_a_name() -> None:
    outside = Outside()
    instance = guest().start(outside, memory=1 << 16)
    api = instance.call("[constructor]api", "w")
    outside.answer = reply(node("tuple-value", [1]), node("prim-string", "x" * 100_000))

    with pytest.raises(wasmtime.WasmtimeError) as caught:
        instance.call("[method]api.blocking-nothing", api)

    assert end_of(caught.value) == "witgen:trap/out-of-memory"


@pytest.mark.parametrize("nodes", [GOOD, CELLS], ids=["get", "cells"])
def test_replies_through_the_component(nodes: list[Node]) -> None:
    """The same replies by wasmtime's canonical ABI."""
    outside = Outside(answer=reply(*(value(*item) for item in nodes)))
    instance = guest().start(outside)
    api = instance.call("[constructor]api", "w")
    function = "get" if nodes is GOOD else "cells"

    got = plain(instance.call(f"[method]api.blocking-{function}", api))

    if nodes is GOOD:
        assert got["shape"] == {"x": -1, "y": 0.5}
        assert got["maybe"] == ("some", None)
        assert got["rights"] == {"see", "close", "a", "c", "e"}
        assert got["pair"] == [255, True, "é"]
        assert got["deep"] == [[[65535]]]
    else:
        assert got[0][1] == 1


def value(kind: str, payload: Any) -> Any:
    """A node as wasmtime takes it."""
    if kind == "handle":
        return node(kind, (record(value=payload[0]), payload[1]))
    if kind == "result-value":
        return node(kind, Variant(*payload))
    return node(kind, payload)


class TestReentry:
    """A host may let a guest call the client again while a call is outstanding."""

    def text(self, instance: CoreInstance, at: int) -> str:
        """The text in `outcome` of a result."""
        layout = Abi(CLIENT.resolve)
        (get,) = (m for m in CLIENT.resources[0].members if m.function.item_name == "blocking-get")
        assert isinstance(get.function.result, int)
        offset = layout.layout(get.function.result).offsets[4]
        (strings,) = struct.unpack("<4xI", instance.read(at + offset, 8))
        address, length = struct.unpack("<II", instance.read(strings, 8))
        return instance.read(address, length).decode()

    def test_a_call_within_a_call_leaves_the_outer_one_its_memory(self) -> None:
        instance = core().start()
        seen: list[str] = []

        def outer(at: int) -> None:
            name = instance.write(b"outer")
            instance.reply(GOOD)
            seen.append(self.text(instance, instance.call("[method]api.blocking-get", 1)))
            instance.release()
            assert instance.read(name, 5) == b"outer"
            long = [(k, "outer" * 9 if k == "prim-string" else p) for k, p in GOOD]
            instance.reply(long)
            instance.answer(at)

        instance.answer = outer
        seen.append(self.text(instance, instance.call("[method]api.blocking-get", 1)))
        instance.release()

        assert seen == ["text", "outer" * 9]

    def test_memory_is_empty_after_the_outermost_call(self) -> None:
        instance = core().start()
        before = instance.write(b"")
        instance.reply(GOOD)

        for _ in range(1000):
            instance.call("[method]api.blocking-get", 1)
            instance.release()

        assert instance.write(b"") == before
