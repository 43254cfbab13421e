"""Characters, tokens and comments."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from witgen.diagnostics import Diagnostic
from witgen.syntax import ast
from witgen.syntax.names import KEYWORDS
from witgen.syntax.parser import parse_bytes
from witgen.syntax.report import Reporter

Parse = Callable[[str], tuple[ast.Document, tuple[Diagnostic, ...]]]


@pytest.mark.parametrize(
    "text",
    [
        "interface\ti\r\n{ }\r\n",
        "interface i { } // end",
        "/* a /* b /* c */ */ */ interface i {}",
        "interface i { /**/ f: func(); /***/ }",
        "package a : b @ 1.0.0 ;",
        "interface i { f : func ( ) - > u8 ; }".replace("- >", "->"),
        "use a:b/c@1.0.0-rc.1 as d;",
        "interface i { use a:b/c@1.0.0.{d}; }",
        "package a:b@1.0.0-;",
        "package a:b@1.0.0+;",
        "// caf\u00e9 \U0001f600\ninterface i {}",
    ],
)
def test_accepted(parsed: Parse, text: str) -> None:
    assert parsed(text)[1] == ()


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("interface\ri {}", "WIT0009", 10),
        ("interface\u00a0i {}", "WIT0009", 10),
        ("interface\x0ci {}", "WIT0004", 10),
        ("interface i {} // \x00", "WIT0004", 19),
        ("interface i {} /* \u202e */", "WIT0003", 19),
        ("interface i {} // \u2066", "WIT0003", 19),
        ("interface i {} // \u17b4", "WIT0005", 19),
        ("interface i {} /* /* */", "WIT0007", 16),
        ("interface % i {}", "WIT0010", 11),
        ("interface %1i {}", "WIT0010", 11),
        ("interface i { f: func() - u8; }", "WIT0009", 25),
        ("package a:b@1.0.0-type;", "WIT0012", 13),
        ("package a:b@01.0.0;", "WIT0012", 13),
        ("package a:b@1.0;", "WIT0012", 13),
    ],
)
def test_refused(parsed: Parse, text: str, code: str, column: int) -> None:
    errors = parsed(text)[1]
    assert (errors[0].code, errors[0].column) == (code, column)


def test_every_keyword_is_reserved(parsed: Parse) -> None:
    for word in sorted(KEYWORDS):
        assert [e.code for e in parsed(f"interface i {{ {word}: func(); }}")[1]] == ["WIT0011"]
        assert parsed(f"interface i {{ %{word}: func(); }}")[1] == ()


def test_empty_release_parts_are_dropped(parsed: Parse) -> None:
    for text, version in (("1.0.0-", "1.0.0"), ("1.0.0-a+", "1.0.0-a"), ("1.0.0--", "1.0.0--")):
        document, errors = parsed(f"package a:b@{text};")
        assert errors == ()
        assert document.header
        assert document.header.name.version == version


def test_columns_count_characters(parsed: Parse) -> None:
    (error,) = parsed("// \U0001f600\n/* é */ interface Bad {}")[1]
    assert error.place
    assert (error.line, error.column, error.place.length) == (2, 20, 1)
    assert error.place.source == "/* é */ interface Bad {}"


def test_invalid_utf_8_shows_where() -> None:
    report = Reporter()
    parse_bytes(b"package a:b;\n// \xc3\xa9 \xff", "x.wit", report)
    (error,) = report.sink.errors
    assert (error.code, error.line, error.column) == ("WIT0002", 2, 6)


def test_a_byte_order_mark_is_eaten() -> None:
    report = Reporter()
    document = parse_bytes(b"\xef\xbb\xbfinterface i {}", "x.wit", report)
    assert report.sink.errors == ()
    assert len(document.items) == 1


@pytest.mark.parametrize(("levels", "accepted"), [(98, True), (99, True), (100, False)])
def test_types_nest_a_hundred_levels_with_the_innermost(
    parsed: Parse, levels: int, accepted: bool
) -> None:
    type = "list<" * (levels - 1) + "u8" + ">" * (levels - 1)
    errors = parsed(f"interface i {{ type t = list<{type}>; }}")[1]
    assert [e.code for e in errors] == ([] if accepted else ["WIT0006"])
