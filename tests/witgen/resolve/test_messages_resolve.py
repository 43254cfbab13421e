"""What is said about names that do not fit: codes, places, hints, and nothing that follows."""

from __future__ import annotations

import pytest

from witgen.diagnostics import Diagnostic, WitError
from witgen.load import load_texts
from witgen.resolve.select import select_world


def errors(text: str, **files: str) -> tuple[Diagnostic, ...]:
    texts = {"x.wit": text} | {f"deps/{name}.wit": content for name, content in files.items()}
    with pytest.raises(WitError) as caught:
        load_texts(texts)
    return caught.value.diagnostics


def codes(text: str, **files: str) -> list[str]:
    return [error.code for error in errors(text, **files)]


P = "package a:b@1.0.0;\n"
CASES = [
    ("interface i {} world i {}", ["RES1001"]),
    ("interface i {} use i;", ["RES1002"]),
    ("use nope as x;", ["RES1003"]),
    ("world w { import nope; export nope2; }", ["RES1003", "RES1003"]),
    ("interface i { use nope.{t}; f: func() -> t; }", ["RES1003"]),
    ("world w { import v; } world v {}", ["RES1004"]),
    ("world w { use v.{t}; } world v {}", ["RES1004"]),
    ("world w { include i; } interface i {}", ["RES1005"]),
    ("interface i { use j.{}; } interface j { use i.{}; }", ["RES1010"]),
    ("world w { include w; }", ["RES1010"]),
    ("interface i { type t = list<t>; }", ["RES1011"]),
    ("interface i { record r { s: option<s> } record s { r: r } f: func() -> r; }", ["RES1011"]),
    ("interface i { type t = u8; type t = u8; }", ["RES1020"]),
    ("interface j { type t = u8; } interface i { use j.{t, t}; }", ["RES1020"]),
    ("interface i { type t = u; type v = t; f: func(a: v) -> list<t>; }", ["RES1021"]),
    ("interface i { f: func(a: x, b: y) -> z; }", ["RES1021"] * 3),
    ("interface i { f: func(); type t = f; }", ["RES1021"]),
    ("interface i { type t = u8; f: func(a: borrow<t>, b: own<t>); }", ["RES1022"] * 2),
    ("interface i { type t = nope; f: func(a: borrow<t>); }", ["RES1021"]),
    ("interface i { resource r; type h = own<r>; f: func(a: own<h>); }", ["RES1022"]),
    ("interface j { type t = u8; } interface i { use j.{t}; type h = own<t>; }", ["RES1022"]),
    ("interface i { resource r { constructor() -> r; } }", ["RES1023"]),
    ("interface i { resource r { constructor() -> result<_, string>; } }", ["RES1023"]),
    ("interface j { f: func(); } interface i { use j.{f}; }", ["RES1024"]),
    ("interface j { type t = u8; } interface i { use j.{u}; g: func(a: u); }", ["RES1025"]),
    ("interface i { resource r; f: func() -> borrow<r>; }", ["RES1026"]),
    ("interface i { resource r; record s { r: list<borrow<r>> } f: func() -> s; }", ["RES1026"]),
    ("interface i { f: func(); f: func(); f: func(); }", ["RES1030"] * 2),
    ("interface i { f: func(a: u8, a: u8); }", ["RES1030"]),
    ("interface i { resource r { m: func(self: u8); } }", ["RES1030"]),
    ("interface i { resource r { constructor(); constructor(); } }", ["RES1030"]),
    ("world w { import f: func(); import f: interface {} }", ["RES1031"]),
    ("world w { type f = u8; import f: func(); }", ["RES1031"]),
    ("interface i {} world w { export i; export i; }", ["RES1032"]),
    ("interface i { a-b: func(); A-B: func(); ab: func(); }", ["RES1033"] * 2),
    ("interface i { resource r { m: func(); m: static func(); r: func(); } }", ["RES1033"] * 2),
    ("interface i { x: get() -> u8; x: func(); }", ["RES1033"]),
    ("interface i { type t = u8; T: func(); }", ["RES1033"]),
    ("world w { include v; import ab: func(); } world v { import a-b: func(); }", ["RES1033"]),
    ("interface i { x: get() -> u8; X: set(v: u8); }", ["RES1035"]),
    ("world w { import x: get() -> u8; export x: set(v: u8); }", ["RES1035"]),
    ("interface i { @since(version = 1.0.1) f: func(); }", ["RES1041"]),
    ("interface i { @since(version = 1.0.0+b) f: func(); }", ["RES1041"]),
    ("@unstable(feature = x) interface i {} world w { import i; }", ["RES1042"]),
    ("interface i { @unstable(feature = x) type t = u8; f: func(a: t); }", ["RES1042"]),
    ("@unstable(feature = x) world v {} world w { include v; }", ["RES1042"]),
    ("@unstable(feature = x) interface i { type t = u8; f: func(); }", ["RES1043"]),
    ("world v {} world w { include v with { f as g } }", ["RES1060"]),
    ("interface i {} world v { import i; } world w { include v with { i as g } }", ["RES1060"]),
    ("world v { import f: func(); } world w { include v; include v; }", ["RES1061"]),
    ("package c:d {} package c:d {}", ["RES1015"]),
    ("interface i { use a:b/j@1.0.0.{t}; } interface j { type t = u8; }", ["RES1016"]),
    (
        "package c:d { world w { import e:f/i; } } package e:f { world w { import c:d/i; } }",
        ["RES1016"],
    ),
    ("use c:d/e;", ["RES1017"]),
    ("package c:d { interface i {} } world w { import c:d/j; import c:d/k; }", ["RES1006"] * 2),
    (
        "package c:d { interface i {} } use c:d/i; interface j { use i.{t}; type u = t; }",
        ["RES1025"],
    ),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_codes(text: str, expected: list[str]) -> None:
    assert codes(P + text) == expected


def test_errors_of_all_packages_are_told() -> None:
    found = codes(
        P + "interface i { f: func(a: x); }",
        c="package c:d;\ninterface i { f: func(a: y); }",
        e="package e:f;\ninterface i { f: func( ; }",
        g="interface i {}",
    )
    assert sorted(found) == ["RES1012", "RES1021", "RES1021", "WIT0030"]


def test_what_depends_on_a_broken_package_is_not_judged() -> None:
    found = codes(
        P + "interface i { use c:d/i.{gone}; use c:d/lost.{t}; f: func(a: x); }",
        c="package c:d;\ninterface i { f: func(a: y); }\ninterface lost { oops }",
    )
    assert sorted(found) == ["RES1021", "RES1021", "WIT0100"]


def test_an_item_that_cannot_be_parsed_is_not_missing() -> None:
    assert codes(P + "interface i { oops }\nworld w { import i; export j; }") == [
        "WIT0100",
        "RES1003",
    ]


def test_an_unknown_item_that_cannot_be_parsed_may_be_any() -> None:
    assert codes(P + "oops i { }\nworld w { import i; import c:d/e; }") == ["WIT0100"]


def hint(text: str) -> tuple[str, ...]:
    return errors(P + text)[0].help


def test_hints() -> None:
    assert hint("interface types {} world w { import type-s; }") == ("did you mean `types`?",)
    assert hint("interface i { record point { x: u8 } f: func(a: piont); }") == (
        "did you mean `point`?",
    )
    assert hint("interface i { f: func(a: float32); }") == ("the type is named `f32`",)
    assert hint("interface i { f: func(a: i64); }") == ("the type is named `s64`",)
    assert hint("package c:d { interface types {} } world w { import c:d/typos; }") == (
        "did you mean `types`?",
    )
    assert hint("package c:d { world types {} } world w { import c:d/types; }") == (
        "`types` is a world",
    )
    assert hint("world v { import log: func(); } world w { include v with { lgo as x } }") == (
        "did you mean `log`?",
    )


def test_a_package_with_another_version_is_named() -> None:
    for reference in ("c:d/i", "c:d/i@1.0.0"):
        text = f"package c:d@1.0.1 {{ interface i {{}} }} world w {{ import {reference}; }}"
        assert hint(text) == (
            "found `c:d@1.0.1`: versions must be equal, and are written after the name",
        )


def test_a_missing_package_says_where_it_belongs_and_what_is_near() -> None:
    help = hint("package wasi:clocks {} package x:y {} world w { import wasi:clock/i; }")
    assert help[0] == "did you mean `wasi:clocks`?"
    assert "`deps/clock/`" in help[1]
    assert "`wasi:clocks`" in help[2]


def test_second_places() -> None:
    text = P + "interface i {\n  type t = u8;\n  type t = u16;\n}\n"
    (error,) = errors(text)
    (label,) = error.labels
    assert (error.line, label.place.line, label.message) == (4, 3, "first defined here")


def test_the_limit_of_growth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("witgen.resolve.arena._MOST", 10)
    many = "".join(f"import f{n}: func(); " for n in range(11))
    assert codes(f"{P}world w {{ {many} }}") == ["RES1070"]
    types = "".join(f"type t{n} = u8; " for n in range(11))
    assert codes(f"{P}interface i {{ {types} }}") == ["RES1070"]


PROXY = "package wasi:http@0.2.0 { world proxy {} } package wasi:cli@0.2.0 { world proxy {} world x {} }"


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("proxy", "did you mean `wasi:cli/proxy@0.2.0` or `wasi:http/proxy@0.2.0`?"),
        ("%x", "did you mean `wasi:cli/x@0.2.0`?"),
        ("x@0.2.0", "did you mean `wasi:cli/x@0.2.0`?"),
        ("nothing", "worlds of `a:b`: `mine`"),
    ],
)
def test_a_world_of_another_package_is_offered_by_its_full_name(name: str, advice: str) -> None:
    resolve = load_texts({"a.wit": f"package a:b; world mine {{}} {PROXY}"})
    with pytest.raises(WitError) as caught:
        select_world(resolve, name)

    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.help) == ("RES1083", (advice,))
