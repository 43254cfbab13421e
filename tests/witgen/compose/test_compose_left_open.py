"""Imports that a caller leaves open, although a plug offers them."""

from __future__ import annotations

import re

import pytest
from component_parts import adder, caller, check_valid, part, run
from refusals import only, refused

from witgen.component.body import read_component
from witgen.compose import Connection, LeftOpen, Part, compose, composition, plan
from witgen.compose.connections import parse_connections, parse_left_open
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


@pytest.mark.parametrize("links", [1, 2, 4])
def test_a_chain_is_made_as_the_message_says(links: int) -> None:
    top = Part("top", caller(X))
    plugs = [
        Part("end.wasm", adder(X, 100)),
        *(Part(f"{number}.wasm", adder(X, 10, X)) for number in range(links)),
    ]

    with pytest.raises(ComposeError) as caught:
        compose(top, plugs)

    assert {found.code for found in caught.value.diagnostics} == {"CMP3012"}
    advice = [line for each in caught.value.diagnostics for line in each.help if "chain" in line]
    (wires,) = (re.findall("--wire '([^']*)'", line) for line in advice)
    out = compose(top, plugs, connections=parse_connections(wires, [top, *plugs]))
    assert run(out) == 1 + 100 + 10 * links


def test_a_chain_below_a_plug_begins_with_its_name() -> None:
    plugs = [
        Part("y.wasm", adder(Y, 1, X)),
        Part("a.wasm", adder(X, 10, X)),
        Part("b.wasm", adder(X, 100)),
    ]

    with pytest.raises(ComposeError) as caught:
        compose(caller(Y), plugs)

    (found,) = caught.value.diagnostics
    assert found.help[1].endswith(f"--wire 'y.wasm:{X}=a.wasm.{X}' --wire 'a.wasm:{X}=b.wasm.{X}'")


def test_a_plug_that_is_unused_because_of_what_is_left_open() -> None:
    with pytest.raises(ComposeError) as caught:
        compose(caller(X), [Part("x.wasm", adder(X, 1))], leave_open=[LeftOpen(X)])

    (found,) = caught.value.diagnostics
    assert found.code == "CMP3011"
    assert found.help == (f"`--leave-open {X}` leaves nothing for it: leave it out",)


def test_the_one_export_that_fits_is_wired_as_the_message_says() -> None:
    other = part("""(core module $m (func (export "f")))
      (core instance $i (instantiate $m)) (func $f (canon lift (core func $i "f")))
      (instance $kv (export "add" (func $f))) (export "a:b/kv" (instance $kv))""")
    parts = [Part("two.wasm", adder("a:b/kv2", 10))]

    with pytest.raises(ComposeError) as caught:
        compose(caller("a:b/kw"), parts)
    with pytest.raises(ComposeError) as misfit:
        compose(caller("a:b/kw"), [Part("one.wasm", other)])

    (hint,) = caught.value.diagnostics[0].help[2:]
    (wire,) = re.findall("--wire '([^']*)'", hint)
    top = Part("top", caller("a:b/kw"))
    out = compose(top, parts, connections=parse_connections([wire], [top, *parts]))
    assert run(out) == 1 + 10
    assert misfit.value.diagnostics[0].help[2:] == ("did you mean `a:b/kw`?",)


def test_a_part_that_is_not_there() -> None:
    with pytest.raises(ComposeError) as caught:
        parse_left_open([f"nobody:{X}"], [Part("top", b"")])

    message = caught.value.diagnostics[0].message
    assert message == f"`--leave-open nobody:{X}` names `nobody`, which is not a part"


def test_what_componentize_py_leaves_is_listed() -> None:
    socket = part("""
     (import "i" (func $f
       (param "app-name" string) (param "symbols" u32) (param "stub-wasi" bool)))
     (instance $e (export "init" (func $f)))
     (export "exports" (instance $e))""")

    shown = plan(socket, [])

    assert shown.exports == ()
    assert shown.left_out == (("socket", "exports"),)
