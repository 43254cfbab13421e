"""Productions of functions → syntax tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from witgen.diagnostics import did_you_mean
from witgen.syntax import ast
from witgen.syntax.build_types import span
from witgen.syntax.notes import Notes
from witgen.value import state

_ROLES = {"get": ast.Role.GETTER, "set": ast.Role.SETTER}


@state
class FunctionBuilder:
    """The actions for functions: of interfaces, of resources, and accessors."""

    notes: Notes

    def function(self, c: list[Any], start: int, end: int) -> object:
        """`name: func(…);`."""
        attributes, name, signature = c
        return ast.Func(
            name, signature, False, self.notes.docs_at(start), self.notes.attributes(attributes)
        )

    def func_signature(self, c: list[Any], start: int, end: int) -> object:
        """`async func(…) -> type`."""
        is_async = c[0] == "async"
        parameters, result = _parameters(c[1:] if is_async else c)
        return ast.Signature(ast.Role.FUNC, is_async, parameters, result, start, end)

    def accessor_signature(self, c: list[Any], start: int, end: int) -> object:
        """`get() -> type` or `set(value: type)`."""
        word: ast.Ident = c[0]
        parameters, result = _parameters(c[1:])
        lifted = word.end - word.start > len(word.name)
        role = ast.Role.FUNC if lifted else _ROLES.get(word.name, ast.Role.FUNC)
        if role is ast.Role.FUNC:
            self.notes.report.at(
                word,
                "WIT0120",
                f"expected `func`, `get` or `set`, found `{word.name}`",
                help=did_you_mean(word.name, ("func", "get", "set", "async")),
            )
        elif role is ast.Role.GETTER:
            self._check_getter(word, parameters, result)
        else:
            self._check_setter(word, parameters, result)
        return ast.Signature(role, False, parameters, result, start, end)

    def _check_getter(
        self, word: ast.Ident, parameters: Sequence[ast.Parameter], result: ast.TypeExpr | None
    ) -> None:
        if parameters:
            self.notes.report.at(parameters[0].name, "WIT0121", "a getter cannot have parameters")
        if result is None:
            self.notes.report.at(
                word,
                "WIT0122",
                "a getter must return a value",
                help=("write the type of the value: `get() -> u32`",),
            )

    def _check_setter(
        self, word: ast.Ident, parameters: Sequence[ast.Parameter], result: ast.TypeExpr | None
    ) -> None:
        if len(parameters) != 1:
            self.notes.report.at(word, "WIT0123", "a setter must have exactly one parameter")
        if result is None:
            return
        if not (
            isinstance(result, ast.Generic)
            and result.head is ast.Head.RESULT
            and result.args[0] is None
        ):
            start, end = span(result)
            self.notes.report.error(
                "WIT0124",
                "a setter may only return a `result` without an `ok` type",
                start,
                end,
                help=("write `result`, `result<_, error>` or nothing",),
            )

    def parameters(self, c: list[Any], start: int, end: int) -> object:
        """The parameters between the parentheses."""
        return tuple(c)

    def parameter(self, c: list[Any], start: int, end: int) -> object:
        """`name: type`."""
        return ast.Parameter(c[0], c[1])

    def result(self, c: list[Any], start: int, end: int) -> object:
        """`-> type`."""
        return c[0]

    def constructor(self, c: list[Any], start: int, end: int) -> object:
        """`constructor(…) -> result<…>;`."""
        attributes = self.notes.attributes(c[0])
        parameters, result = _parameters(c[2:])
        signature = ast.Signature(ast.Role.CONSTRUCTOR, False, parameters, result, start, end)
        return ast.Func(c[1], signature, False, self.notes.docs_at(start), attributes)

    def method(self, c: list[Any], start: int, end: int) -> object:
        """`name: static func(…);`."""
        attributes = self.notes.attributes(c[0])
        return ast.Func(c[1], c[-1], c[2] == "static", self.notes.docs_at(start), attributes)


def _parameters(
    c: Sequence[Any],
) -> tuple[tuple[ast.Parameter, ...], ast.TypeExpr | None]:
    return c[0], c[1] if len(c) > 1 else None
