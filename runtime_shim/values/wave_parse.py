"""WAVE text to values: lark makes a tree, which the type interprets."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import NoReturn, assert_never

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from runtime_shim.errors import WaveError
from runtime_shim.values import Case, Err, Handle, Ok, Some, Value
from runtime_shim.values import types as t
from runtime_shim.values.types import INTEGERS, Prim, Type
from runtime_shim.values.uris import split_handle
from runtime_shim.values.wave_format import describe, to_f32

_Tree = Tree[Token]

_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,8})\}|(.))", re.DOTALL)
_SIMPLE = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\", '"': '"', "'": "'"}
_INTEGER = re.compile(r"-?[0-9]{1,30}")
_TOKENS = {
    "NUMBER": "a number",
    "CHAR": "a character",
    "STRING": "a string",
    "LABEL": "a name",
    "LSQB": "'['",
    "RSQB": "']'",
    "LPAR": "'('",
    "RPAR": "')'",
    "LBRACE": "'{'",
    "RBRACE": "'}'",
    "COMMA": "','",
    "COLON": "':'",
    "$END": "the end",
}
_VALUE_STARTS = frozenset({"NUMBER", "CHAR", "STRING", "LABEL", "LSQB", "LPAR", "LBRACE"})


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of text whose meaning depends on the type.

    Attributes:
        kind: Its rule: number, char, string, label, case, list, tuple, record or flags.
        text: The text of a number, character, string or label.
        items: The items of a list or tuple, a case's payload, a record's values.
        names: The names of a record's fields or of flags.
        line: Where it begins, counting from 1.
        column: In that line, from 1.
    """

    kind: str
    text: str = ""
    items: tuple[_Tree, ...] = ()
    names: tuple[str, ...] = ()
    line: int = 1
    column: int = 1

    def fail(self, problem: str) -> NoReturn:
        """Raise a `WaveError` here."""
        raise WaveError(problem, self.line, self.column)

    def expected(self, type_: Type) -> NoReturn:
        """Raise a `WaveError` with what was expected and found."""
        found = repr(self.text) if self.kind in {"label", "number"} else f"a {self.kind}"
        self.fail(f"expected {describe(type_)}, found {found}")


def _node(tree: _Tree) -> Node:
    """One level of a tree; the rest is parsed when its type is known."""
    kind, meta, children = str(tree.data), tree.meta, tree.children
    texts = [str(child) for child in children if isinstance(child, Token)]
    items = [child for child in children if isinstance(child, Tree)]
    place = Node(kind, line=meta.line, column=meta.column)
    match kind:
        case "char" | "string":
            return replace(place, text=_unescape(texts[0][1:-1], place))
        case "multiline":
            return replace(place, kind="string", text=_multiline(texts[0], place))
        case "number" | "label" | "case":
            return replace(place, text=texts[0], items=tuple(items))
        case "list" | "tuple":
            return replace(place, items=tuple(items))
        case "flags":
            return replace(place, names=tuple(text.removeprefix("%") for text in texts))
        case _:
            names = tuple(str(item.children[0]).removeprefix("%") for item in items)
            values = [item.children[1] for item in items]
            trees = tuple(value for value in values if isinstance(value, Tree))
            return replace(place, items=trees, names=names)


@cache
def _parser() -> Lark:
    """The parser; in a checkout the grammar is beside the package, in a wheel inside it."""
    package = Path(__file__).parent.parent
    folder = package if (package / "grammar").is_dir() else package.parent
    grammar = (folder / "grammar" / "wave.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def parse_value(text: str, type_: Type) -> Value:
    """The value of a type in `text`.

    Raises:
        WaveError: It is not a value of the type.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise WaveError("not a Unicode character", 1, error.start + 1) from None
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise _syntax(error, text) from None
    [value] = (child for child in tree.children if isinstance(child, Tree))
    return _value(value, type_)


def _syntax(error: UnexpectedInput, text: str) -> WaveError:
    expected: set[str] = set()
    match error:
        case UnexpectedToken(token=token, accepts=accepts, expected=known):
            expected = set(accepts or known)
            found = "the end" if token.type == "$END" else repr(str(token))
        case UnexpectedCharacters(allowed=allowed, char=char):
            expected = set(allowed or ())
            found = f"{char!r} that is never closed" if char in "'\"" else repr(char)
        case _:
            found = "the end"
    line, column = error.line, error.column
    if found == "the end" or line < 1:
        lines = text.split("\n")
        line, column = len(lines), len(lines[-1]) + 1
    if expected >= _VALUE_STARTS:
        expected = (expected - _VALUE_STARTS - {"MULTILINE"}) | {"a value"}
    words = sorted(_TOKENS.get(name, name) for name in expected - {"MULTILINE", "COMMENT", "SPACE"})
    wanted = " or ".join(words) or "a value"
    return WaveError(f"expected {wanted}, found {found}", line, column)


def _unescape(text: str, node: Node) -> str:
    def character(match: re.Match[str]) -> str:
        if match[1] is not None:
            code = int(match[1], 16)
            if code > 0x10FFFF or 0xD800 <= code < 0xE000:
                node.fail(f"{match[0]} is not a character")
            return chr(code)
        if match[2] not in _SIMPLE:
            node.fail(f"unknown escape {match[0]}")
        return _SIMPLE[match[2]]

    return _ESCAPE.sub(character, text) if "\\" in text else text


def _multiline(text: str, node: Node) -> str:
    """The content of a multiline string: without the indentation of its closing quotes."""
    lines = [line.removesuffix("\r") for line in text[3:-3].split("\n")[1:]]
    *lines, indent = lines
    if indent.strip(" "):
        node.fail("a multiline string must end with a line of spaces before its quotes")
    for line in lines:
        if not line.startswith(indent):
            node.fail("a line of the multiline string is indented less than its closing quotes")
    return _unescape("\n".join(line[len(indent) :] for line in lines), node)


def _value(tree: _Tree, type_: Type) -> Value:
    node = _node(tree)
    match type_:
        case Prim():
            return _primitive(node, type_)
        case t.List(item):
            if node.kind != "list":
                node.expected(type_)
            items = [_value(child, item) for child in node.items]
            return bytes(items) if item is Prim.U8 else items
        case t.Option(item):
            return _option(tree, node, type_, item)
        case t.Result(ok, err):
            return _result(tree, node, type_, ok, err)
        case t.Tuple(types):
            if node.kind != "tuple":
                node.expected(type_)
            if len(node.items) != len(types):
                node.fail(f"expected {len(types)} items, found {len(node.items)}")
            return tuple(map(_value, node.items, types))
        case t.Record(fields):
            return _record(node, type_, fields)
        case t.Variant(cases):
            return _variant(node, type_, dict(cases))
        case t.Enum(cases):
            if node.kind != "label":
                node.expected(type_)
            return _known(node, node.text, cases)
        case t.Flags(names):
            return _flags(node, type_, names)
        case t.Own() | t.Borrow():
            return _handle(node, type_)
        case _:
            assert_never(type_)


def _primitive(node: Node, type_: Prim) -> Value:
    match type_:
        case Prim.BOOL:
            if node.kind == "label" and node.text in {"true", "false"}:
                return node.text == "true"
        case Prim.STRING:
            if node.kind == "string":
                return node.text
        case Prim.CHAR:
            if node.kind == "char":
                if len(node.text) != 1:
                    node.fail(f"expected one character, found {len(node.text)}")
                return node.text
        case Prim.F32 | Prim.F64:
            if node.kind == "number" or (node.kind == "label" and node.text in {"inf", "nan"}):
                return _float(node, type_)
        case _:
            if node.kind == "number":
                return _integer(node, type_)
    return node.expected(type_)


def _integer(node: Node, type_: Prim) -> int:
    low, high = INTEGERS[type_]
    if not node.text.lstrip("-").isdigit():
        node.expected(type_)
    if not _INTEGER.fullmatch(node.text) or not low <= int(node.text) <= high:
        node.fail(f"expected {type_} ({low} to {high}), found {node.text:.40}")
    return int(node.text)


def _float(node: Node, type_: Prim) -> float:
    value = float(node.text)
    try:
        if type_ is Prim.F32:
            value = to_f32(value)
    except OverflowError:
        value = math.inf
    if math.isinf(value) and not node.text.endswith("inf"):
        node.fail(f"{node.text:.40} is too large for {type_}")
    return value


def _option(tree: _Tree, node: Node, type_: Type, item: Type) -> Value:
    if node.kind == "label" and node.text == "none":
        return None
    if node.kind == "case" and node.text == "some":
        value = _value(node.items[0], item)
        return Some(value) if isinstance(item, t.Option) else value
    if isinstance(item, (t.Option, t.Result)):
        node.fail(f"expected none or some(…) of {describe(type_)}")
    return _value(tree, item)


def _result(tree: _Tree, node: Node, type_: Type, ok: Type | None, err: Type | None) -> Value:
    for name, of, make in (("ok", ok, Ok), ("err", err, Err)):
        if node.kind == "label" and node.text == name:
            if of is not None:
                node.fail(f"expected {name}({describe(of)}), found {name}")
            return make()
        if node.kind == "case" and node.text == name:
            if of is None:
                node.fail(f"{name} of {describe(type_)} has no payload")
            return make(_value(node.items[0], of))
    if ok is None or isinstance(ok, (t.Option, t.Result)):
        node.fail(f"expected ok or err of {describe(type_)}")
    return Ok(_value(tree, ok))


def _record(node: Node, type_: Type, fields: tuple[tuple[str, Type], ...]) -> Value:
    if node.kind != "record":
        node.expected(type_)
    given: dict[str, _Tree] = {}
    for name, child in zip(node.names, node.items, strict=True):
        if name in given:
            node.fail(f"field {name} is given twice")
        _known(node, name, [field for field, _ in fields], "field")
        given[name] = child
    missing = [name for name, of in fields if name not in given and not isinstance(of, t.Option)]
    if missing:
        node.fail(f"field {missing[0]} is missing")
    return {name: _value(given[name], of) if name in given else None for name, of in fields}


def _variant(node: Node, type_: Type, cases: dict[str, Type | None]) -> Value:
    if node.kind not in {"label", "case"}:
        node.expected(type_)
    name = _known(node, node.text, list(cases))
    of = cases[name]
    if of is None:
        if node.kind == "case":
            node.fail(f"case {name} has no payload")
        return Case(name)
    if node.kind == "label":
        node.fail(f"case {name} needs a payload: {name}({describe(of)})")
    return Case(name, _value(node.items[0], of))


def _flags(node: Node, type_: Type, names: tuple[str, ...]) -> Value:
    if node.kind != "flags":
        node.expected(type_)
    for number, name in enumerate(node.names):
        _known(node, name, names, "flag")
        if name in node.names[:number]:
            node.fail(f"flag {name} is given twice")
    return frozenset(node.names)


def _known(node: Node, name: str, known: Sequence[str], what: str = "case") -> str:
    """`name` without its escape, if it is one of `known`."""
    name = name.removeprefix("%")
    if name not in known:
        import difflib

        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known[:8])}"
        node.fail(f"no {what} {name}; {hint}")
    return name


def _handle(node: Node, type_: Type) -> Value:
    if node.kind != "string":
        node.expected(type_)
    uri, number = split_handle(node.text) or ("", "")
    if not _INTEGER.fullmatch(number):
        node.fail("expected a handle: urn:worker:{component id}/{worker name}/{number}")
    if not 0 <= int(number) < 2**64:
        node.fail(f"expected a handle's number (0 to {2**64 - 1}), found {number}")
    return Handle(uri, int(number))
