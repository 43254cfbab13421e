"""Docstrings, literals, names and layout: anything goes in, valid black-clean Python comes out."""

from __future__ import annotations

import ast
import inspect
import keyword

import black
from hypothesis import given, settings
from hypothesis import strategies as st

from witgen.emit.pycode.docstrings import docstring, inline
from witgen.emit.pycode.environment import string
from witgen.emit.pycode.names import ImportSet, NameAllocator, camel, modules, shouting, snake
from witgen.emit.pycode.pretty import Expr, call, layout, subscript, tall
from witgen.emit.pycode.pretty import keyword as named
from witgen.resolve import model as m

ANYTHING = st.text(
    st.one_of(st.sampled_from("\"'\\\n\t\r \x00ab"), st.characters(exclude_categories=["Cs"]))
)


def value_of(lines: list[str]) -> str:
    module = ast.parse("class A:\n" + "\n".join(lines))
    body = module.body[0]
    assert isinstance(body, ast.ClassDef)
    return ast.get_docstring(body, clean=False) or ""


@given(ANYTHING)
def test_a_docstring_says_what_the_text_says(text: str) -> None:
    lines = docstring(text, 4)
    if not lines:
        assert not text.strip()
        return

    said = inspect.cleandoc(value_of(lines)).split("\n")
    wanted = inspect.cleandoc(text.strip().expandtabs()).split("\n")
    assert [line.rstrip() for line in said] == [line.rstrip() for line in wanted]


@given(ANYTHING)
@settings(max_examples=50, deadline=None)
def test_black_leaves_docstrings_alone(text: str) -> None:
    lines = docstring(text, 4)
    source = "class A:\n" + "\n".join(lines or ["    pass"]) + "\n"

    assert source == black.format_str(source, mode=black.Mode())


@given(ANYTHING)
def test_text_inside_a_docstring_stays_inside(text: str) -> None:
    source = f'"""before {inline(text)} after"""'

    assert len(ast.parse(source).body) == 1


@given(ANYTHING)
def test_a_string_literal_is_its_text(text: str) -> None:
    assert ast.literal_eval(string(text)) == text


@given(ANYTHING)
@settings(max_examples=50, deadline=None)
def test_black_leaves_string_literals_alone(text: str) -> None:
    source = f"x = {string(text)}\n"

    assert source == black.format_str(source, mode=black.Mode())


WORD = st.from_regex(r"([a-z][a-z0-9]{0,3}|[A-Z][A-Z0-9]{0,3})", fullmatch=True)
NAME = st.lists(WORD, min_size=1, max_size=3).map("-".join)


@given(NAME)
def test_wit_names_are_identifiers(name: str) -> None:
    for spelled in (snake(name), camel(name), shouting(name)):
        assert spelled.isidentifier()
    assert not keyword.iskeyword(snake(name))
    assert not keyword.iskeyword(camel(name))


def test_keywords_and_only_keywords_are_escaped() -> None:
    assert [snake(n) for n in ("from", "int", "a-B-1", "self")] == ["from_", "int", "a_b_1", "self"]
    assert [camel(n) for n in ("none", "true", "a-1-BC")] == ["None_", "True_", "A1Bc"]


@given(st.lists(st.text(max_size=6), max_size=20))
def test_allocated_names_are_distinct_identifiers(wanted: list[str]) -> None:
    names = NameAllocator()
    names.reserve(["taken"])
    taken = [names.take(name) for name in [*wanted, "taken", "class", "int"]]

    assert len(set(taken)) == len(taken)
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in taken)
    assert not set(taken) & {"taken", "class", "int"}


def test_imports_are_recorded_once_and_renamed_where_they_clash() -> None:
    names = NameAllocator()
    names.reserve(["Item"])
    imports = ImportSet(names)

    assert imports.name("b.things", "Item") == "Item_"
    assert imports.name("b.things", "Item") == "Item_"
    assert imports.name("a.things", "Item") == "Item__"
    assert imports.name("b.things", "Lot") == "Lot"
    assert imports.name("typing", "List") == "List"
    assert imports.name("", "builtins") == "builtins"
    assert imports.lines() == [
        "import builtins",
        "from typing import List",
        "",
        "from a.things import Item as Item__",
        "from b.things import (",
        "    Item as Item_,",
        "    Lot,",
        ")",
    ]


def test_modules_are_named_as_componentize_py_names_them() -> None:
    names = [
        ("x", "root", None, "types"),
        ("p", "one", None, "types"),
        ("p", "two", "1.0.0", "types"),
        ("p", "two", "2.0.0-rc.1", "types"),
        ("p", "two", "1.0.0", "other"),
        ("p", "two", "2.0.0-rc.1", "import"),
    ]
    packages = tuple(m.Package(m.PackageName(ns, n, v), {}, {}) for ns, n, v, _ in names)
    interfaces = tuple(
        m.Interface(iface, {}, {}, m.PackageId(i)) for i, (_, _, _, iface) in enumerate(names)
    )
    resolve = m.Resolve(interfaces=interfaces, packages=packages)

    found = modules(resolve, [m.InterfaceId(i) for i in range(len(names))])

    assert list(found.values()) == [
        "x_root_types",
        "p_one_types",
        "p_two_types_1_0_0",
        "p_two_types_2_0_0_rc_1",
        "other",
        "import_",
    ]


ATOM = st.from_regex(r"[A-Z][a-z]{0,25}", fullmatch=True).map(Expr)
SUBSCRIPT = st.recursive(
    ATOM,
    lambda inner: st.builds(
        lambda head, items: subscript(head, *items),
        st.sampled_from(["Optional", "List", "Tuple", "Result"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=12,
)
CALL = st.recursive(
    ATOM,
    lambda inner: st.builds(
        lambda make, items: make("Codec", *items),
        st.sampled_from([call, tall]),
        st.lists(inner, min_size=1, max_size=4),
    ),
    max_leaves=15,
)


@given(CALL)
@settings(max_examples=100, deadline=None)
def test_calls_are_laid_out_as_black_lays_them_out(expr: Expr) -> None:
    source = "\n".join(layout(expr, 0, "name = ")) + "\n"

    assert source == black.format_str(source, mode=black.Mode())


@given(SUBSCRIPT, SUBSCRIPT)
@settings(max_examples=100, deadline=None)
def test_annotations_are_laid_out_as_black_lays_them_out(param: Expr, result: Expr) -> None:
    lines = ["def f(", "    self,", *layout(param, 4, "x: ", ",")]
    lines += [*layout(result, 0, ") -> ", ":"), "    return x"]
    source = "\n".join(lines) + "\n"

    assert source == black.format_str(source, mode=black.Mode())


def test_a_tuple_of_one_keeps_its_comma() -> None:
    assert named("x", Expr("", (Expr("1"),))).flat() == "x=(1,)"
    assert Expr("", ()).flat() == "()"
    assert call("f", Expr("1")).flat() == "f(1)"
