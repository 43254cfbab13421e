"""The grammar: valid for lark, built on that of WIT, each part pointing at the reference."""

from __future__ import annotations

import re

import pytest
from lark import Lark

from witgen.syntax import parser_table
from witgen.syntax.build import builders
from witgen.syntax.notes import Notes
from witgen.syntax.report import Reporter
from witgen.wac import ast
from witgen.wac.build import WacBuilder
from witgen.wac.parser import parse


def test_lark_reads_the_grammar_and_the_language_is_a_superset() -> None:
    wac, wit = parser_table.load("wac"), parser_table.load()

    def productions(table: parser_table.Table) -> set[tuple[str, int]]:
        return {(rule.action, rule.size) for rule in table.rules if rule.action}

    # What WIT has at the top of files is different: packages, uses and nested packages.
    top = {"package_header", "nested_package", "top_use", "start", "item", "package_name"}
    assert {p for p in productions(wit) if p[0] not in top} <= productions(wac)
    assert set(wit.literals) <= set(wac.literals)


def test_the_tables_do_not_depend_on_the_run() -> None:
    text = parser_table.grammar_text("wac")

    assert parser_table.build(text) == parser_table.build(text)


def test_lark_parses_with_the_grammar_itself() -> None:
    text = parser_table.grammar_text("wac")
    lark = Lark(text, parser="lalr", import_paths=[str(parser_table.folder())])

    tree = lark.parse(
        'package a:b; let x = new c:d { ...e, "f": (g).h["i"], ... }; record r { a: u8 }'
    )

    assert [child.data for child in tree.children][:2] == ["directive", "let_statement"]  # type: ignore[union-attr]


def test_every_action_of_the_grammar_is_built() -> None:
    actions = {rule.action for rule in parser_table.load("wac").rules if rule.action}

    notes = Notes(Reporter(), {})
    made = (WacBuilder(notes), *builders(notes))
    missing = {name for name in actions if not any(hasattr(b, name) for b in made)}

    # Rules with alternatives that have names of their own.
    assert missing <= {
        "item",
        "statement",
        "typedef",
        "interface_item",
        "world_item",
        "resource_item",
    }


def test_rules_stand_under_sections_of_the_reference() -> None:
    sections = re.findall(r"^// --- (.*?) -+$", parser_table.grammar_text("wac"), re.MULTILINE)

    assert [re.findall(r'"([^"]+)"', line) for line in sections] == [
        ["Package Directive", "Statements"],
        ["Import Statements"],
        ["Let Statements"],
        ["New Expressions"],
        [],
        [],
    ]


@pytest.mark.parametrize(
    "word", ["package", "let", "new", "targets", "as", "import", "export", "func"]
)
def test_keywords_are_names_behind_a_percent_sign(word: str) -> None:
    report = Reporter()

    document = parse(f"package a:b; let %{word} = x.%{word};".encode(), "a.wac", report)

    assert report.sink.diagnostics == []
    (statement,) = document.statements
    assert isinstance(statement, ast.Let)
    assert statement.ident.name == word
    assert isinstance(statement.value, ast.Access)
    assert statement.value.name.text == word


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import x: func();", "import x as None: FuncType"),
        ("import x as y: a:b/c@1.0.0;", "import x as y: PackagePath a:b/c@1.0.0"),
        ('import x as "y:z/w": interface { };', "import x as y:z/w: InlineInterface"),
        ("import x: a:b:c/d/e;", "import x as None: PackagePath a:b:c/d/e"),
        ("import x: y;", "import x as None: Ident"),
        ("let x = ((y));", "let x = Name"),
        ("let x = new a:b@1.0.0 {};", "let x = New a:b@1.0.0 []"),
        (
            'let x = new a:b { c, ...d, e: f, "g": h, ... };',
            "let x = New a:b ['Inferred', 'Spread', 'Named', 'Named', 'Fill']",
        ),
        ("let x = new a:b { c, };", "let x = New a:b ['Inferred']"),
        ("export x;", "export None False"),
        ("export x as y;", "export y False"),
        ("export x.y...;", "export None True"),
    ],
)
def test_statements(text: str, expected: str) -> None:
    report = Reporter()

    (statement,) = parse(f"package a:b;\n// words\n{text}".encode(), "a.wac", report).statements

    assert report.sink.diagnostics == []
    assert _shown(statement) == expected


def _shown(statement: ast.Statement) -> str:
    match statement:
        case ast.Import(ident, name, type):
            path = f" {type}" if isinstance(type, ast.PackagePath) else ""
            text = name.text if name else None
            return f"import {ident.name} as {text}: {type.__class__.__name__}{path}"
        case ast.Let(ident, ast.New(package, arguments)):
            kinds = [argument.__class__.__name__ for argument in arguments]
            return f"let {ident.name} = New {package} {kinds}"
        case ast.Let(ident, value):
            return f"let {ident.name} = {value.__class__.__name__}"
        case ast.Export(_, name, spread):
            return f"export {name.text if name else None} {spread}"
        case _:
            return statement.__class__.__name__


def tree(text: str) -> ast.Document:
    report = Reporter()
    found = parse(text.encode(), "app.wac", report)
    assert [d.message for d in report.sink.errors] == []
    return found


@pytest.mark.parametrize(
    ("bare", "escaped"),
    [
        ("let x = new d:use {};", "let x = new d:%use {};"),
        ("let x = new import:list {};", "let x = new %import:%list {};"),
        ("import x: a:func/export@1.0.0;", "import x: a:%func/%export@1.0.0;"),
        ("interface i { use a:type/record.{x}; }", "interface i { use a:%type/%record.{x}; }"),
        ("world w { import a:func/enum; }", "world w { import a:%func/%enum; }"),
        ("world w { export x:u8/y; }", "world w { export x:%u8/y; }"),
        ("world w { include a:import/world; }", "world w { include a:%import/%world; }"),
    ],
)
def test_keywords_in_packages_and_paths_need_no_escape(bare: str, escaped: str) -> None:
    def names(text: str) -> str:
        found = repr(tree(f"package a:let targets b:new/world; {text}".replace(":let", ":use")))
        return re.sub(r"(start|end)=\d+", "", found)

    assert names(bare) == names(escaped)


def test_what_follows_a_colon_without_a_blank_is_a_keyword_elsewhere() -> None:
    text = "package a:b; interface i { f:func(a:list<u8>, b:bool)->u8; /* c */use j.{x}; }"

    assert tree(text) is not None


@pytest.mark.parametrize("end", ["", ";"])
def test_items_of_a_world_may_end_with_a_semicolon_behind_their_braces(end: str) -> None:
    (world,) = tree(
        f"package a:b; world w {{ import i: interface {{ f: func(); }}{end} "
        f"include v with {{ x as y }}{end} export g: func(); }}"
    ).statements

    assert len(world.items) == 3  # type: ignore[union-attr]
