"""Who implements what where names do not say it, and how strictly names are taken."""

from __future__ import annotations

import pytest
from component_parts import API_PLUG, SOCKET, TYPES_PLUG, adder, caller, check_valid, part, run
from refusals import only, refused

from witgen.component.body import read_component
from witgen.compose import Connection, Part, compose
from witgen.compose.connections import parse_connection
from witgen.diagnostics import ComposeError

PLUGS = {"a": "a.wasm", "a.b": "other", "store.v1": "store"}


# --- exact and compatible names -----------------------------------------------------------------


def test_exact_names_fit_only_themselves() -> None:
    socket = caller("a:b/add@1.0.0")

    assert run(compose(socket, [adder("a:b/add@1.0.0", 10)], semver="exact")) == 11
    message = only(refused(socket, [adder("a:b/add@1.0.1", 10)], semver="exact"), "CMP3011")
    assert message == "nothing imports what `a.wasm` exports"


def test_exact_names_are_not_merged_either() -> None:
    parts = (caller("a:b/add@1.0.0", "a:b/out@0.2.1"), [adder("a:b/add@1.0.0", 1, "a:b/out@0.2.3")])

    exact, compatible = compose(*parts, semver="exact"), compose(*parts)

    assert list(read_component(exact).type.imports) == ["a:b/out@0.2.1", "a:b/out@0.2.3"]
    assert list(read_component(compatible).type.imports) == ["a:b/out@0.2.3"]
    assert run(exact, {"a:b/out@0.2.1": lambda _, x: x, "a:b/out@0.2.3": lambda _, x: 2 * x}) == 4


# --- wires --------------------------------------------------------------------------------------


def test_a_wire_joins_what_has_other_names() -> None:
    socket, plug = caller("a:b/add@1.0.0"), Part("store", adder("c:d/plus@7.0.0", 10))

    out = compose(
        socket, [plug], connections=[Connection("a:b/add@1.0.0", "store", "c:d/plus@7.0.0")]
    )

    assert run(out) == 11


def test_a_wire_chooses_among_several_suppliers() -> None:
    plugs = [Part(name, adder("a:b/add@1.0.0", plus)) for name, plus in (("one", 10), ("two", 20))]
    socket = caller("a:b/add@1.0.0", "a:b/add@1.0.1")

    out = compose(
        socket,
        plugs,
        connections=[
            Connection("a:b/add@1.0.0", "one", "a:b/add@1.0.0"),
            Connection("a:b/add@1.0.1", "two", "a:b/add@1.0.0"),
        ],
    )

    assert run(out) == 11 + 21


def test_a_wire_for_one_part_leaves_the_others_alone() -> None:
    plugs = [
        Part("middle", adder("a:b/mid@1.0.0", 100, "a:b/add@1.0.0")),
        Part("one", adder("a:b/add@1.0.0", 1)),
        Part("two", adder("c:d/add@1.0.0", 2)),
    ]
    socket = Part("top", caller("a:b/mid@1.0.0", "a:b/add@1.0.0"))

    out = compose(
        socket, plugs, connections=[Connection("a:b/add@1.0.0", "two", "c:d/add@1.0.0", "middle")]
    )

    assert run(out) == (1 + 2 + 100) + (1 + 1)


def test_a_wire_for_all_parts_makes_a_chain() -> None:
    # The filter wants the interface that it offers; only the socket's import is its own.
    plugs = [
        Part("filter", adder("a:b/add@1.0.0", 10, "a:b/add@1.0.0")),
        Part("end", adder("a:b/add@1.0.0", 1)),
    ]
    connections = [Connection("a:b/add@1.0.0", "filter", "a:b/add@1.0.0", "top")]

    out = compose(Part("top", caller("a:b/add@1.0.0")), plugs, connections=connections)

    assert run(out) == 1 + 1 + 10


def test_resources_cross_a_wire_of_other_names() -> None:
    plugs = [
        Part("api", part(API_PLUG)),
        Part("types", part(TYPES_PLUG.replace("a:b/types@1.0.0", "x:y/things"))),
    ]

    out = compose(
        part(SOCKET), plugs, connections=[Connection("a:b/types@1.0.0", "types", "x:y/things")]
    )

    check_valid(out)
    assert run(out) == 107


@pytest.mark.parametrize(
    ("connection", "message", "hint"),
    [
        (
            Connection("a:b/add@1.0.0", "a.wsm", "a:b/plus"),
            "the wire of `a:b/add@1.0.0` names `a.wsm`, which is not a plug",
            "did you mean `a.wasm`?",
        ),
        (
            Connection("a:b/add@1.0.0", "socket.wasm", "go"),
            "the wire of `a:b/add@1.0.0` names `socket.wasm`, which is not a plug",
            "known plugs: `a.wasm`",
        ),
        (
            Connection("a:b/add@1.0.0", "a.wasm", "a:b/plu"),
            "`a.wasm` does not export `a:b/plu`",
            "did you mean `a:b/plus`?",
        ),
        (
            Connection("a:b/ad@1.0.0", "a.wasm", "a:b/plus"),
            "nothing imports `a:b/ad@1.0.0`",
            "did you mean `a:b/add@1.0.0`?",
        ),
        (
            Connection("a:b/add@1.0.0", "a.wasm", "a:b/plus", "b"),
            "the wire of `a:b/add@1.0.0` names `b`, which is not a part",
            "known parts: `socket.wasm`, `a.wasm`",
        ),
        (
            Connection("x:y/z", "a.wasm", "a:b/plus", "a.wasm"),
            "`a.wasm` does not import `x:y/z`",
            "there are the imports nothing",
        ),
    ],
)
def test_wires_of_what_does_not_exist(connection: Connection, message: str, hint: str) -> None:
    found = refused(caller("a:b/add@1.0.0"), [adder("a:b/plus", 1)], connections=[connection])

    assert only(found, "CMP3021") == message
    assert found[0].help == (hint,)


def test_an_import_is_wired_once() -> None:
    connections = [Connection("a:b/add", name, "a:b/plus") for name in ("a.wasm", "b.wasm")]

    found = refused(
        caller("a:b/add"), [adder("a:b/plus", 1), adder("a:b/plus", 2)], connections=connections
    )

    assert only(found, "CMP3021") == (
        "import `a:b/add` of `socket.wasm` is wired twice: "
        "to `a:b/plus` of `a.wasm` and to `a:b/plus` of `b.wasm`"
    )


def test_a_wire_into_oneself_is_a_circle() -> None:
    plug = adder("a:b/add", 1, "a:b/add")

    found = refused(
        caller("a:b/add"),
        [plug],
        connections=[Connection("a:b/add", "a.wasm", "a:b/add", "a.wasm")],
    )

    assert only(found, "CMP3013").endswith("`a.wasm` needs `a:b/add` of `a.wasm`")


def test_a_wire_does_not_make_types_fit() -> None:
    socket = part('(import "a:b/i" (instance (export "f" (func (result u8)))))')

    found = refused(
        socket, [adder("c:d/add", 1)], connections=[Connection("a:b/i", "a.wasm", "c:d/add")]
    )

    assert only(found, "CMP3014") == (
        "export `c:d/add` of `a.wasm` does not fit import `a:b/i` of `socket.wasm`: "
        "func f: it is missing"
    )


def test_parts_of_one_name_are_told_apart() -> None:
    plugs = [Part("p.wasm", adder("a:b/add", 1)), Part("p.wasm", adder("a:b/add", 2))]

    with pytest.raises(ComposeError, match=r"`a:b/add` of `p\.wasm \(2\)`"):
        compose(caller("a:b/add"), plugs)


# --- wires as text ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:b/c=a.d:e/f", Connection("a:b/c", "a.wasm", "d:e/f")),
        ("a:b/c@1.0.0=a.d:e/f@2.0.0", Connection("a:b/c@1.0.0", "a.wasm", "d:e/f@2.0.0")),
        ("a:b/c=a.b.d:e/f", Connection("a:b/c", "other", "d:e/f")),
        ("a:b/c=store.v1.run", Connection("a:b/c", "store", "run")),
        ("run=a.run", Connection("run", "a.wasm", "run")),
        ("a.b:run=a.run", Connection("run", "a.wasm", "run", "other")),
        ("a:x:y/z@0.1.0=a.run", Connection("x:y/z@0.1.0", "a.wasm", "run", "a.wasm")),
        (" run = a.run ", Connection("run", "a.wasm", "run")),
    ],
)
def test_wires_are_read(text: str, expected: Connection) -> None:
    assert parse_connection(text, PLUGS, PLUGS) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the wire `` does not have the form"),
        ("run", "does not have the form"),
        ("run=", "does not have the form"),
        ("=a.run", "does not have the form"),
        ("run=arun", "does not have the form"),
        ("b/c=a.run", "does not have the form"),
        ("run=b.run", "the wire of `run` names `b`, which is not a plug"),
        ("run=a.", "names `a`, which is not a plug"),
        ("b:run=a.run", "the wire of `run` names `b`, which is not a part"),
    ],
)
def test_other_texts_are_no_wires(text: str, message: str) -> None:
    with pytest.raises(ComposeError) as caught:
        parse_connection(text, PLUGS, PLUGS)

    assert message in only(caught.value.diagnostics, "CMP3021")
