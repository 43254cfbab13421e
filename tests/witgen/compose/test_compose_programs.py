"""Compositions as programs: graphs of parts that count, resources that cross them, stable bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from component_parts import (
    API_PLUG,
    SOCKET,
    TYPES_PLUG,
    adder,
    caller,
    check_valid,
    part,
    run,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from witgen.component.body import read_component
from witgen.compose import Part, compose, plan
from witgen.diagnostics import ComposeError

VERSIONS = ("1.0.0", "1.0.3", "1.2.0")


@st.composite
def programs(
    draw: st.DrawFn,
) -> tuple[bytes, list[bytes], int, int]:
    """A socket, plugs in any order, and what `go` answers without and with what stays open.

    Part n adds 2**n and may ask any part after it, or the interface that stays open.
    """
    count = draw(st.integers(1, 6))
    answers: dict[int, int] = {}
    opens: dict[int, int] = {}
    plugs: list[bytes] = []
    asked: set[int] = set()
    for index in reversed(range(count)):
        later = draw(st.sampled_from([None, -1, *answers]))
        version = draw(st.sampled_from(VERSIONS))
        name = "" if later is None else "a:b/open" if later < 0 else f"a:b/p{later}@{version}"
        if later is not None:
            asked.add(later)
        answers[index] = 2**index + (answers.get(later, 0) if later is not None else 0)
        opens[index] = opens.get(later, int(later == -1)) if later is not None else 0
        plugs.append(adder(f"a:b/p{index}@{draw(st.sampled_from(VERSIONS))}", 2**index, name))
    # Nothing may be left over, and some are asked by others and by the socket.
    roots = [n for n in answers if n not in asked or draw(st.booleans())]
    socket = caller(*[f"a:b/p{n}@{draw(st.sampled_from(VERSIONS))}" for n in roots])
    expected = sum(1 + answers[n] for n in roots)
    return socket, draw(st.permutations(plugs)), expected, sum(opens[n] for n in roots)


@settings(max_examples=40, deadline=None)
@given(program=programs())
def test_any_graph_of_parts_runs(program: tuple[bytes, list[bytes], int, int]) -> None:
    socket, plugs, expected, opens = program

    out = compose(socket, plugs)

    imports = list(read_component(out).type.imports)
    assert imports == (["a:b/open"] if opens else [])
    define = {"a:b/open": lambda _, x: x + 1000} if opens else {}
    assert run(out, define) == expected + 1000 * opens
    assert all(out.count(plug) >= 1 for plug in plugs)


COUNTER = """
 (core module $m (global $n (mut i32) (i32.const 0))
   (func (export "add") (param i32) (result i32)
     (global.set $n (i32.add (global.get $n) (i32.const 1)))
     (i32.add (local.get 0) (i32.mul (global.get $n) (i32.const 100)))))
 (core instance $i (instantiate $m))
 (func $f (param "x" u32) (result u32) (canon lift (core func $i "add")))
 (instance $e (export "add" (func $f)))
 (export "a:b/counter@1.0.0" (instance $e))
"""


def test_a_plug_has_one_state_for_all_who_ask_it() -> None:
    left = adder("a:b/left@1.0.0", 10, "a:b/counter@1.0.0")
    right = adder("a:b/right@1.0.0", 20, "a:b/counter@1.0.0")
    names = ("a:b/left@1.0.0", "a:b/right@1.0.0", "a:b/counter@1.0.0")

    out = compose(caller(*names), [left, right, part(COUNTER)])

    assert run(out) == (1 + 100 + 10) + (1 + 200 + 20) + (1 + 300)
    check_valid(out)


def test_parts_that_were_composed_apart_have_a_state_each() -> None:
    plugs = [
        compose(adder(f"a:b/{name}@1.0.0", 0, "a:b/counter@1.0.0"), [part(COUNTER)])
        for name in ("left", "right")
    ]

    assert run(compose(caller("a:b/left@1.0.0", "a:b/right@1.0.0"), plugs)) == 101 + 101


def types_at(text: str, version: str) -> bytes:
    return part(text.replace("a:b/types@1.0.0", f"a:b/types@{version}"))


@pytest.mark.parametrize(
    ("socket", "api", "types"),
    [("1.0.0", "1.0.1", "1.0.2"), ("1.3.0", "1.0.1", "1.0.2"), ("1.0.0", "1.2.0", "1.0.0")],
)
def test_a_resource_is_one_on_its_whole_track(socket: str, api: str, types: str) -> None:
    out = compose(types_at(SOCKET, socket), [types_at(API_PLUG, api), types_at(TYPES_PLUG, types)])

    assert run(out) == 107
    check_valid(out)


def test_a_resource_of_another_track_is_another_one() -> None:
    with pytest.raises(ComposeError) as caught:
        compose(types_at(SOCKET, "1.0.0"), [types_at(API_PLUG, "2.0.0")])

    found, *_ = caught.value.diagnostics
    assert found.code == "CMP3014"
    assert "the resource `thing` of the import `a:b/types@2.0.0`" in found.message


@pytest.mark.parametrize(("socket", "api"), [("1.0.0", "1.0.0"), ("1.0.0", "1.4.0")])
def test_a_resource_of_the_world_outside_crosses_all_parts(socket: str, api: str) -> None:
    import wasmtime
    from wasmtime.component import Component, Linker, ResourceHost, ResourceType

    out = compose(types_at(SOCKET, socket), [types_at(API_PLUG, api)])
    check_valid(out)
    name = f"a:b/types@{max(socket, api)}"
    assert list(read_component(out).type.imports) == [name]
    kind = ResourceType.host(1)
    engine = wasmtime.Engine()
    store, linker = wasmtime.Store(engine), Linker(engine)
    with linker.root() as root, root.add_instance(name) as types:
        types.add_resource("thing", kind, lambda _, rep: None)
        types.add_func(
            "[constructor]thing", lambda _, pair: ResourceHost.own(pair.x * 10 + pair.y, 1)
        )
        types.add_func("[method]thing.get", lambda store, it: it.to_host(store).rep + 1000)
    go = linker.instantiate(store, Component(engine, out)).get_func(store, "go")

    assert go is not None
    assert go(store) == 34 + 1000 + 100


def test_a_plug_that_asks_for_what_the_socket_exports_gets_it_from_outside() -> None:
    socket = adder("a:b/front@1.0.0", 1, "a:b/back@1.0.0")
    plug = adder("a:b/back@1.0.0", 2, "a:b/front@1.0.0")

    out = read_component(compose(socket, [plug])).type

    assert list(out.imports) == list(out.exports) == ["a:b/front@1.0.0"]


def test_a_longer_circle_is_named_from_part_to_part() -> None:
    names = ["a:b/x@1.0.0", "a:b/y@1.0.0", "a:b/z@1.0.0"]
    plugs = [
        Part(f"{name[4]}.wasm", adder(name, 1, names[(index + 1) % 3]))
        for index, name in enumerate(names)
    ]

    with pytest.raises(ComposeError) as caught:
        compose(caller(names[0]), plugs)

    (found,) = caught.value.diagnostics
    assert found.code == "CMP3013"
    assert found.message == (
        "the plugs need each other in a cycle: `x.wasm` needs `a:b/y@1.0.0` of `y.wasm`, which "
        "needs `a:b/z@1.0.0` of `z.wasm`, which needs `a:b/x@1.0.0` of `x.wasm`"
    )


RESOURCE = '(export "r" (type $r (sub resource)))'
TWO = f'{RESOURCE} (export "s" (type $s (sub resource)))'


def nested(leaf: str) -> str:
    return f"""(type $a (record (field "in" (list (option {leaf})))))
     (export "a" (type $ea (eq $a))) (export "f" (func (result $ea)))"""


@pytest.mark.parametrize(
    ("wanted", "found", "message"),
    [
        (
            f'{RESOURCE} (export "f" (func (param "x" (borrow $r))))',
            f'{RESOURCE} (export "f" (func (param "x" (own $r))))',
            'func f, param 1 "x": expected borrow<`r`>, found own<`r`>',
        ),
        (
            f'{RESOURCE} (export "[method]r.m" (func (param "self" (borrow $r)) (result u8)))',
            f'{RESOURCE} (export "[method]r.m" (func (param "self" (borrow $r)) (result s8)))',
            "func [method]r.m, result: expected u8, found s8",
        ),
        (
            f'{RESOURCE} (export "[constructor]r" (func (result (own $r))))',
            RESOURCE,
            "func [constructor]r: it is missing",
        ),
        (
            f'{TWO} (export "f" (func (param "x" (own $r))))',
            f'{TWO} (export "f" (func (param "x" (own $s))))',
            'func f, param 1 "x": expected the resource `r` of the import `q`, found the resource `s` of the import `q`',
        ),
        (
            '(export "f" (func async))',
            '(export "f" (func))',
            "func f: expected an async function, found a function that is not async",
        ),
        (
            '(export "f" (func (param "x" (stream u8))))',
            '(export "f" (func (param "x" (stream s8))))',
            'func f, param 1 "x", payload: expected u8, found s8',
        ),
        (
            '(export "f" (func (param "x" (future))))',
            '(export "f" (func (param "x" (future u8))))',
            'func f, param 1 "x", payload: expected no type, found u8',
        ),
        (
            nested("u8"),
            nested("u16"),
            'func f, result, field "in", element, some: expected u8, found u16',
        ),
    ],
)
def test_the_way_to_what_differs_is_told(wanted: str, found: str, message: str) -> None:
    socket = part(f'(import "a:b/i" (instance {wanted}))')
    plug = part(f'(import "q" (instance $q {found})) (export "a:b/i" (instance $q))')

    with pytest.raises(ComposeError) as caught:
        compose(Part("socket.wasm", socket), [Part("plug.wasm", plug)])

    (problem,) = caught.value.diagnostics
    assert problem.code == "CMP3014"
    assert problem.message == (
        "export `a:b/i` of `plug.wasm` does not fit import `a:b/i` of `socket.wasm`: " + message
    )
    assert compose(
        socket, [part(f'(import "q" (instance $q {wanted})) (export "a:b/i" (instance $q))')]
    )


def test_the_same_bytes_in_any_folder_under_any_hash_seed(tmp_path: Path) -> None:
    parts = {
        "socket.wasm": caller("a:b/left@1.0.0", "a:b/right@1.0.0"),
        "left.wasm": adder("a:b/left@1.0.1", 1, "x:y/open@0.2.0"),
        "right.wasm": adder("a:b/right@1.0.0", 2, "x:y/open@0.2.7"),
    }
    plugs = ["--plug", "left.wasm", "--plug", "right.wasm"]
    made: set[bytes] = set()
    for folder, seed in (("one", "1"), ("another/deeper", "2")):
        here = tmp_path / folder
        here.mkdir(parents=True)
        for name, data in parts.items():
            (here / name).write_bytes(data)
        subprocess.run(
            [sys.executable, "-m", "witgen", "compose", "socket.wasm", *plugs, "-o", "out.wasm"],
            cwd=here,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path.cwd())},
            check=True,
            capture_output=True,
        )
        made.add((here / "out.wasm").read_bytes())

    (out,) = made
    assert run(out, {"x:y/open@0.2.7": lambda _, x: x}) == 2 + 3
    assert made == {compose(parts["socket.wasm"], [parts["left.wasm"], parts["right.wasm"]])}


def test_a_plan_and_a_composition_agree() -> None:
    parts = [adder("a:b/left@1.0.0", 10, "a:b/counter@1.0.0"), part(COUNTER)]
    socket = caller("a:b/left@1.0.0", "x:y/open")

    shown, out = plan(socket, parts), read_component(compose(socket, parts)).type

    assert [item.name for item in shown.imports] == list(out.imports) == ["x:y/open"]
    assert list(shown.exports) == list(out.exports) == ["go"]
    assert len(shown.wires) == 2
    assert shown.unused == ()
