"""Which code a mistake gets, and where it points."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from witgen.diagnostics import Diagnostic
from witgen.syntax import ast

Parse = Callable[[str], tuple[ast.Document, tuple[Diagnostic, ...]]]

IN_FILE = [
    ("package a;", "WIT0013", 10),
    ("package a:b/c;", "WIT0140", 12),
    ("package a:b:c;", "WIT0140", 12),
    ("use a:b/c/d;", "WIT0140", 10),
    ("interface a", "WIT0020", 12),
    ("interface a { f: func();", "WIT0020", 25),
    ("interface a;", "WIT0027", 12),
    ("interface a {};", "WIT0023", 15),
    ("interface a {} }", "WIT0024", 16),
    ("f: func();", "WIT0103", 1),
    ("type t = u8;", "WIT0103", 1),
    ("import a;", "WIT0103", 1),
    ("include a;", "WIT0103", 1),
    ("async func();", "WIT0103", 1),
    ("default world w {}", "WIT0148", 1),
    ("intreface a {}", "WIT0100", 1),
    ("world record {}", "WIT0011", 7),
    ("@since(version = 1.0.0) package a:b;", "WIT0130", 2),
    ("@since(version = 1.0.0) use a:b/c;", "WIT0130", 2),
    ("@since(version = 1.0.0) package a:b {}", "WIT0130", 2),
    ("@sincee(version = 1.0.0) interface a {}", "WIT0131", 2),
    ("@foo(x = 1) interface a {}", "WIT0131", 2),
    ("@since interface a {}", "WIT0132", 2),
    ("@since() interface a {}", "WIT0132", 2),
    ("@since(version = 1.0.0,) interface a {}", "WIT0132", 24),
    ("@since(feature = x) interface a {}", "WIT0132", 2),
    ('@since("1.0.0") interface a {}', "WIT0132", 2),
    ("@unstable(feature = 1.0.0) interface a {}", "WIT0132", 2),
    ("@unstable(feature = type) interface a {}", "WIT0132", 21),
    ("interface a {} package b:c;", "WIT0101", 24),
    ("package a:b { package c:d { } }", "WIT0102", 23),
    ("package a:b { package c:d; }", "WIT0101", 23),
]
IN_INTERFACE = [
    ("f: func()", "WIT0022"),
    ("import a;", "WIT0104"),
    ("f func();", "WIT0100"),
    ("f: fun();", "WIT0120"),
    ("async func();", "WIT0120"),
    ("f: static func();", "WIT0128"),
    ("f: func async();", "WIT0127"),
    ("f: async get() -> u8;", "WIT0127"),
    ("f: get(a: u8) -> u8;", "WIT0121"),
    ("f: get();", "WIT0122"),
    ("f: set();", "WIT0123"),
    ("f: set(a: u8, b: u8);", "WIT0123"),
    ("f: set(a: u8) -> u8;", "WIT0124"),
    ("f: set(a: u8) -> result<u8>;", "WIT0124"),
    ("f: func(u8);", "WIT0125"),
    ("f: func(list<u8>);", "WIT0125"),
    ("f: func(a);", "WIT0125"),
    ("f: func(a: u8 b: u8);", "WIT0025"),
    ("f: func(a: u8,, b: u8);", "WIT0026"),
    ("f: func(@since(version = 1.0.0) a: u8);", "WIT0130"),
    ("f: func() -> ();", "WIT0126"),
    ("f: func() -> (a: u8);", "WIT0126"),
    ("f: func() -> ;", "WIT0145"),
    ("f: func(a: world);", "WIT0145"),
    ("use a;", "WIT0029"),
    ("use a.{b c};", "WIT0025"),
    ("record r { a }", "WIT0028"),
    ("record r { a: u8; b: u8 }", "WIT0025"),
    ("record r { type: u8 }", "WIT0011"),
    ("record r { @since(version = 1.0.0) a: u8 }", "WIT0130"),
    ("record r {}", "WIT0110"),
    ("variant r {}", "WIT0111"),
    ("enum r {}", "WIT0112"),
    ("flags r {}", "WIT0113"),
    ("variant r { a(u8, u8) }", "WIT0143"),
    ("enum r { a b }", "WIT0025"),
    ("enum r { ,a }", "WIT0026"),
    ("type t = record { a: u8 };", "WIT0144"),
    ("type t = list;", "WIT0146"),
    ("type t = list<>;", "WIT0146"),
    ("type t = list<u8,>;", "WIT0115"),
    ("type t = list<u8; 4>;", "WIT0115"),
    ("type t = list<u8, n>;", "WIT0115"),
    ("type t = list<u8, 4294967296>;", "WIT0115"),
    ("type t = list<u8, 4, 4>;", "WIT0147"),
    ("type t = list<u8;", "WIT0030"),
    ("type t = option<u8, u8>;", "WIT0147"),
    ("type t = u8<u8>;", "WIT0147"),
    ("type t = tuple<>;", "WIT0119"),
    ("type t = result<>;", "WIT0146"),
    ("type t = result<_>;", "WIT0146"),
    ("type t = result<u8, _>;", "WIT0117"),
    ("type t = list<_>;", "WIT0117"),
    ("type t = map<u8>;", "WIT0146"),
    ("type t = map<f32, u8>;", "WIT0116"),
    ("type t = own;", "WIT0146"),
    ("type t = own<u8>;", "WIT0118"),
    ("type t = borrow<list<u8>>;", "WIT0118"),
    ("resource r { type t = u8; }", "WIT0105"),
    ("resource r { async constructor(); }", "WIT0127"),
    ("resource r { f: async static func(); }", "WIT0128"),
    ("@since(version = 1.0.0) @since(version = 1.0.0) f: func();", "WIT0133"),
    ("@since(version = 1.0.0) @unstable(feature = x) f: func();", "WIT0134"),
    ("@deprecated(version = 1.0.0) f: func();", "WIT0135"),
]
IN_WORLD = [
    ("f: func();", "WIT0106"),
    ("import f: u8;", "WIT0141"),
    ("export type t = u8;", "WIT0142"),
    ("import a:b/c/d;", "WIT0140"),
    ("import f: interface {};", "WIT0023"),
    ("import interface;", "WIT0011"),
    ("include a with { b };", "WIT0100"),
    ("include a with { b as c, d as e } f: func();", "WIT0106"),
]


@pytest.mark.parametrize(("text", "code", "column"), IN_FILE)
def test_in_a_file(parsed: Parse, text: str, code: str, column: int) -> None:
    first = parsed(text)[1][0]
    assert (first.code, first.column) == (code, column)


@pytest.mark.parametrize(("text", "code"), IN_INTERFACE)
def test_in_an_interface(parsed: Parse, text: str, code: str) -> None:
    errors = parsed(f"package a:b;\ninterface i {{\n{text}\n}}\n")[1]
    assert [error.code for error in errors] == [code]
    assert errors[0].line == 3


@pytest.mark.parametrize(("text", "code"), IN_WORLD)
def test_in_a_world(parsed: Parse, text: str, code: str) -> None:
    errors = parsed(f"package a:b;\nworld w {{\n{text}\n}}\n")[1]
    assert [error.code for error in errors] == [code]


def test_help_names_the_fix(parsed: Parse) -> None:
    def help(text: str) -> tuple[str, ...]:
        return parsed(text)[1][0].help

    assert help("intreface a {}") == ("did you mean `interface`?",)
    assert help("@sincee(version = 1.0.0) interface a {}") == ("did you mean `since`?",)
    assert help("interface a { f: fun(); }") == ("did you mean `func`?",)
    assert help("interface a { record r { type: u8 } }") == ("write `%type` to use it as a name",)
    assert help("interface getUser {}") == ("write `get-user`",)


def test_a_missing_semicolon_points_behind_the_line_and_at_what_came(parsed: Parse) -> None:
    (error,) = parsed("interface a {\n  f: func()\n  g: func();\n}")[1]
    assert (error.code, error.line, error.column) == ("WIT0022", 2, 12)
    (label,) = error.labels
    assert (label.place.line, label.place.column, label.message) == (3, 3, "found `g`")


def test_the_open_brace_is_shown(parsed: Parse) -> None:
    (error,) = parsed("interface a {\n  f: func();\n")[1]
    (label,) = error.labels
    assert (label.place.line, label.place.column) == (1, 13)
