"""Trees, and how parsing goes on after errors."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from witgen.diagnostics import Diagnostic
from witgen.syntax import ast

Parse = Callable[[str], tuple[ast.Document, tuple[Diagnostic, ...]]]


def good(parsed: Parse, text: str) -> ast.Document:
    document, errors = parsed(text)
    assert errors == ()
    return document


def test_a_file_has_a_header_and_items(parsed: Parse) -> None:
    text = (
        "/// Docs.\npackage a:b@1.0.0;\nuse c:d/e as f;\ninterface i {}\nworld w {}\npackage x:y {}"
    )
    document = good(parsed, text)
    assert document.header
    assert str(document.header.name) == "a:b@1.0.0"
    assert document.header.docs == "Docs."
    assert [type(item).__name__ for item in document.items] == [
        "TopUse",
        "InterfaceDef",
        "WorldDef",
        "NestedPackage",
    ]


def test_names_know_where_they_stand(parsed: Parse) -> None:
    document = good(parsed, "interface %use {}")
    (item,) = document.items
    assert isinstance(item, ast.InterfaceDef)
    assert item.name == ast.Ident("use", 10, 14)


@pytest.mark.parametrize(
    ("text", "head", "args"),
    [
        ("list<u8>", ast.Head.LIST, 1),
        ("list<u8, 04>", ast.Head.FIXED_LIST, 1),
        ("option<t>", ast.Head.OPTION, 1),
        ("result", ast.Head.RESULT, 2),
        ("result<_, t>", ast.Head.RESULT, 2),
        ("tuple<u8, u8, u8,>", ast.Head.TUPLE, 3),
        ("map<string, u8>", ast.Head.MAP, 2),
        ("future", ast.Head.FUTURE, 1),
        ("stream<u8>", ast.Head.STREAM, 1),
    ],
)
def test_types(parsed: Parse, text: str, head: ast.Head, args: int) -> None:
    document = good(parsed, f"interface i {{ type x = {text}; }}")
    (item,) = document.items
    assert isinstance(item, ast.InterfaceDef)
    (alias,) = item.items
    assert isinstance(alias, ast.AliasDef)
    assert isinstance(alias.type, ast.Generic)
    assert (alias.type.head, len(alias.type.args)) == (head, args)
    assert alias.type.length == (4 if "04" in text else 0)


@pytest.mark.parametrize(
    ("text", "name", "body"),
    [
        ("import a;", None, "Path"),
        ("import a:b/c;", None, "Path"),
        ("export a:b/c@1.0.0-x;", None, "Path"),
        ("import a: b;", "a", "Path"),
        ("import a: b:c/d@1.0.0;", "a", "Path"),
        ("import a: func();", "a", "Func"),
        ("import a: async func();", "a", "Func"),
        ("import a: get() -> u8;", "a", "Func"),
        ("import a: interface {}", "a", "InterfaceDef"),
    ],
)
def test_imports_and_exports(parsed: Parse, text: str, name: str | None, body: str) -> None:
    document = good(parsed, f"world w {{ {text} }}")
    (world,) = document.items
    assert isinstance(world, ast.WorldDef)
    (extern,) = world.items
    assert isinstance(extern, ast.Extern)
    assert (extern.name and extern.name.name) == name
    assert type(extern.body).__name__ == body


def test_a_trailing_comment_documents_the_next_member(parsed: Parse) -> None:
    document = good(parsed, "interface i { record r { a: u8, // of b\n b: u8 } }")
    (item,) = document.items
    assert isinstance(item, ast.InterfaceDef)
    (record,) = item.items
    assert isinstance(record, ast.MembersDef)
    assert [member.docs for member in record.members] == [None, "of b"]


def test_docs_stand_before_attributes(parsed: Parse) -> None:
    document = good(parsed, "/// yes\n@since(version = 1.0.0)\n/// no\ninterface i {}")
    (item,) = document.items
    assert isinstance(item, ast.InterfaceDef)
    assert item.docs == "yes"
    assert item.attributes.since
    assert item.attributes.since.value == "1.0.0"


# --- after errors -------------------------------------------------------------------------------


def codes(errors: tuple[Diagnostic, ...]) -> list[tuple[str, int | None]]:
    return [(error.code, error.line) for error in errors]


def test_every_broken_item_is_reported_and_the_others_are_kept(parsed: Parse) -> None:
    document, errors = parsed(
        "package a:b;\n"
        "interface one { f: func( }\n"
        "interface two { g: func(); }\n"
        "world three { import; }\n"
        "interface four { type = u8; }\n"
        "world five {}\n"
    )
    assert codes(errors) == [("WIT0025", 2), ("WIT0100", 4), ("WIT0100", 5)] or [
        line for _, line in codes(errors)
    ] == [2, 4, 5]
    kept = [i.name.name for i in document.items if isinstance(i, ast.InterfaceDef | ast.WorldDef)]
    broken = [i.name for i in document.items if isinstance(i, ast.Broken)]
    assert kept == ["two", "five"]
    assert broken == ["one", "three", "four"]


def test_a_missing_brace_does_not_swallow_the_next_item(parsed: Parse) -> None:
    document, errors = parsed("interface a { f: func();\n\ninterface b { g: func(); }\n")
    assert codes(errors) == [("WIT0021", 3)]
    assert [type(item).__name__ for item in document.items] == ["Broken", "InterfaceDef"]


def test_an_item_inside_of_another_costs_one_message(parsed: Parse) -> None:
    _, errors = parsed("interface a { resource r { interface b {} } }\nworld w {}\n")
    assert codes(errors) == [("WIT0021", 1)]


def test_a_bad_character_is_not_blamed_twice(parsed: Parse) -> None:
    _, errors = parsed("interface a { f: $func(); g: func() }\ninterface b { h: func() }\n")
    assert codes(errors) == [("WIT0009", 1), ("WIT0022", 2)]


def test_errors_inside_a_nested_package_stay_there(parsed: Parse) -> None:
    document, errors = parsed(
        "package a:b;\npackage c:d { interface x { } interface y { bad } interface z {} }\nworld w {}\n"
    )
    assert [line for _, line in codes(errors)] == [2]
    nested = document.items[0]
    assert isinstance(nested, ast.NestedPackage)
    assert [type(item).__name__ for item in nested.items] == [
        "InterfaceDef",
        "Broken",
        "InterfaceDef",
    ]
    assert isinstance(document.items[1], ast.WorldDef)


def test_an_open_nested_package_at_the_end(parsed: Parse) -> None:
    document, errors = parsed("package a:b;\npackage c:d { interface x {}\n")
    assert codes(errors) == [("WIT0020", 3)]
    assert document.items == (ast.Broken(None),)


def test_what_is_skipped_is_not_mistaken_for_an_item(parsed: Parse) -> None:
    document, errors = parsed(
        "interface a { bad; use-interface: func(); %world: func(); /* world x {} */ // world y {\n"
        '@external-id("world z {") f: func(); x: interface; } interface b {}\n'
    )
    assert len(errors) == 1
    assert [type(item).__name__ for item in document.items] == ["Broken", "InterfaceDef"]


def test_a_missing_brace_after_an_error_does_not_swallow_the_next_item(parsed: Parse) -> None:
    document, errors = parsed("interface a { bad; f: func();\n\ninterface b { g: func(); }\n")
    assert len(errors) == 1
    assert [type(item).__name__ for item in document.items] == ["Broken", "InterfaceDef"]


def test_findings_are_limited(parsed: Parse) -> None:
    _, errors = parsed("interface i { x y; }\n" * 1000)
    assert len(errors) == 200
