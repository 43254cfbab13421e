"""Imports that a caller leaves open, although a plug offers them."""

from __future__ import annotations

import pytest
from component_parts import adder, caller, check_valid, part, run
from refusals import only, refused

from witgen.component.body import read_component
from witgen.compose import Connection, LeftOpen, Part, compose, composition, plan
from witgen.diagnostics import ComposeError

X, Y, Z = "a:b/x@1.0.0", "a:b/y@1.0.0", "a:b/z@1.0.0"


def circle() -> tuple[Part, list[Part]]:
    """A socket of `x`, and three plugs that need each other round."""
    plugs = [("x", X, Y), ("y", Y, Z), ("z", Z, X)]
    return Part("socket", caller(X)), [
        Part(f"{name}.wasm", adder(export, 10, wanted)) for name, export, wanted in plugs
    ]


def test_an_import_stays_open_although_a_plug_offers_it() -> None:
    socket = caller(X, Y)
    plugs = [adder(X, 10, Y), adder(Y, 100)]

    out = compose(socket, plugs, leave_open=[LeftOpen(Y, "socket")])
    both = compose(socket, plugs[:1], leave_open=[LeftOpen(Y)])

    check_valid(out)
    assert list(read_component(out).type.imports) == [Y]
    assert run(out, {Y: lambda _, x: x + 1000}) == (1 + 100 + 10) + 1001
    assert run(both, {Y: lambda _, x: x + 1000}) == (1001 + 10) + 1001


@pytest.mark.parametrize(
    ("name", "import_", "expected"),
    [("z.wasm", X, 1001 + 30), ("y.wasm", Z, 1001 + 20), ("x.wasm", Y, 1001 + 10)],
)
def test_a_circle_is_broken_at_an_import(name: str, import_: str, expected: int) -> None:
    socket, plugs = circle()
    made = composition(socket, plugs, leave_open=[LeftOpen(import_, name)], refuse_unused=False)

    out = b"".join(made.pieces())

    check_valid(out)
    assert list(read_component(out).type.imports) == [import_]
    assert run(out, {import_: lambda _, x: x + 1000}) == expected


def test_the_message_of_a_circle_says_how() -> None:
    with pytest.raises(ComposeError) as caught:
        compose(*circle())

    (found,) = caught.value.diagnostics
    assert found.help[1] == f"break the circle at one import: --leave-open 'z.wasm:{X}'"


@pytest.mark.parametrize(
    ("left", "message"),
    [
        (LeftOpen("a:b/q@1.0.0"), "nothing imports `a:b/q@1.0.0`, which is left open"),
        (LeftOpen(X, "a.wasm"), f"`a.wasm` does not import `{X}`, which is left open"),
        (LeftOpen(X, "gone"), f"`gone` does not import `{X}`, which is left open"),
    ],
)
def test_what_nobody_imports_cannot_be_left_open(left: LeftOpen, message: str) -> None:
    assert only(refused(caller(X), [adder(X, 1)], leave_open=[left]), "CMP3021") == message


def test_an_import_is_wired_or_left_open() -> None:
    found = refused(
        caller(X),
        [adder(X, 1)],
        leave_open=[LeftOpen(X)],
        connections=[Connection(X, "a.wasm", X)],
    )

    assert only(found, "CMP3021") == f"import `{X}` of `socket.wasm` is wired and left open"


def test_a_chain_is_made_by_one_wire() -> None:
    socket, plugs = caller(X), [adder(X, 10, X), adder(X, 100)]

    found, *_ = refused(socket, plugs)

    assert found.code == "CMP3012"
    assert found.help[1].endswith(f"--wire 'socket:{X}=a.wasm.{X}'")
    parts = [Part("a.wasm", plugs[0]), Part("b.wasm", plugs[1])]
    out = compose(socket, parts, connections=[Connection(X, "a.wasm", X, "socket")])
    assert run(out) == 111


def test_what_componentize_py_leaves_is_listed() -> None:
    socket = part("""
     (import "i" (func $f
       (param "app-name" string) (param "symbols" u32) (param "stub-wasi" bool)))
     (instance $e (export "init" (func $f)))
     (export "exports" (instance $e))""")

    shown = plan(socket, [])

    assert shown.exports == ()
    assert shown.left_out == (("socket", "exports"),)
