"""Productions of types → syntax tree."""

from __future__ import annotations

from typing import Any

from witgen.syntax import ast
from witgen.syntax.report import Reporter
from witgen.value import state

_MAP_KEYS = frozenset(
    ("bool", "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "char", "string")
)
_MOST_ITEMS = 2**32 - 1


@state
class TypeBuilder:
    """The actions for types; the others are in `Builder`.

    Attributes:
        report: Where findings go.
    """

    report: Reporter

    def primitive(self, c: list[Any], start: int, end: int) -> object:
        """A built-in type."""
        return ast.Primitive(c[0], start, end)

    def named(self, c: list[Any], start: int, end: int) -> object:
        """A type referred to by name."""
        return ast.Named(c[0])

    def list_type(self, c: list[Any], start: int, end: int) -> object:
        """`list<t>`."""
        return ast.Generic(ast.Head.LIST, (c[0],), start, end)

    def fixed_list(self, c: list[Any], start: int, end: int) -> object:
        """`list<t, 4>`."""
        digits = c[1].lstrip("0")
        length = int(digits[:11] or "0")
        if length > _MOST_ITEMS:
            self.report.error(
                "WIT0115", f"length {c[1][:40]} of a list does not fit in 32 bits", start, end
            )
        return ast.Generic(ast.Head.FIXED_LIST, (c[0],), start, end, length)

    def option(self, c: list[Any], start: int, end: int) -> object:
        """`option<t>`."""
        return ast.Generic(ast.Head.OPTION, (c[0],), start, end)

    def result_empty(self, c: list[Any], start: int, end: int) -> object:
        """`result`."""
        return ast.Generic(ast.Head.RESULT, (None, None), start, end)

    def result_ok(self, c: list[Any], start: int, end: int) -> object:
        """`result<t>`."""
        return ast.Generic(ast.Head.RESULT, (c[0], None), start, end)

    def result_err(self, c: list[Any], start: int, end: int) -> object:
        """`result<_, e>`."""
        return ast.Generic(ast.Head.RESULT, (None, c[0]), start, end)

    def result_both(self, c: list[Any], start: int, end: int) -> object:
        """`result<t, e>`."""
        return ast.Generic(ast.Head.RESULT, (c[0], c[1]), start, end)

    def tuple_type(self, c: list[Any], start: int, end: int) -> object:
        """`tuple<a, b>`."""
        return ast.Generic(ast.Head.TUPLE, (*c,), start, end)

    def map_type(self, c: list[Any], start: int, end: int) -> object:
        """`map<k, v>`."""
        if not (isinstance(c[0], ast.Primitive) and c[0].name in _MAP_KEYS):
            first, last = span(c[0])
            self.report.error(
                "WIT0116",
                "a map's key must be `bool`, `char`, `string` or an integer type",
                first,
                last,
                help=("it must be written directly: a named type is not accepted",),
            )
        return ast.Generic(ast.Head.MAP, (c[0], c[1]), start, end)

    def future_empty(self, c: list[Any], start: int, end: int) -> object:
        """`future`."""
        return ast.Generic(ast.Head.FUTURE, (None,), start, end)

    def future(self, c: list[Any], start: int, end: int) -> object:
        """`future<t>`."""
        return ast.Generic(ast.Head.FUTURE, (c[0],), start, end)

    def stream_empty(self, c: list[Any], start: int, end: int) -> object:
        """`stream`."""
        return ast.Generic(ast.Head.STREAM, (None,), start, end)

    def stream(self, c: list[Any], start: int, end: int) -> object:
        """`stream<t>`."""
        return ast.Generic(ast.Head.STREAM, (c[0],), start, end)

    def own(self, c: list[Any], start: int, end: int) -> object:
        """`own<r>`."""
        return ast.Handle(False, c[0], start, end)

    def borrow(self, c: list[Any], start: int, end: int) -> object:
        """`borrow<r>`."""
        return ast.Handle(True, c[0], start, end)


def span(type: ast.TypeExpr) -> tuple[int, int]:
    """The span of a type."""
    if isinstance(type, ast.Named):
        return type.ident.start, type.ident.end
    return type.start, type.end
