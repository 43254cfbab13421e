"""Productions of `grammar/wac.lark` → syntax tree, with the rules that a grammar cannot say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from witgen.syntax import ast as wit
from witgen.syntax.notes import Notes
from witgen.syntax.report import Reporter
from witgen.value import state
from witgen.wac import ast


@state
class WacBuilder:
    """The actions of the rules that WIT does not have or that have another meaning here."""

    notes: Notes

    # --- package, names -------------------------------------------------------------------------

    def directive(self, c: list[Any], start: int, end: int) -> object:
        """`package name targets world;`."""
        return ast.Directive(c[0], c[1] if len(c) > 1 else None, start, end)

    def package_name(self, c: list[Any], start: int, end: int) -> object:
        """`ns:name@version`."""
        version = c.pop() if isinstance(c[-1], str) else None
        return ast.PackageName(tuple(c), version, start, end)

    def package_path(self, c: list[Any], start: int, end: int) -> object:
        """`ns:name/item@version`; the last name before a slash ends the package."""
        version = c.pop() if isinstance(c[-1], str) else None
        names, segments = c[0], tuple(c[1:])
        package = ast.PackageName(names, version, names[0].start, names[-1].end)
        return ast.PackagePath(package, segments, start, end)

    def package_head(self, c: list[Any], start: int, end: int) -> object:
        """`ns:name` of a path."""
        return tuple(c)

    def plain_name(self, c: list[Any], start: int, end: int) -> object:
        """A name."""
        return ast.ExternName(c[0].name, False, start, end)

    def quoted_name(self, c: list[Any], start: int, end: int) -> object:
        """A name as a string."""
        return ast.ExternName(c[0], True, start, end)

    # --- statements -----------------------------------------------------------------------------

    def import_statement(self, c: list[Any], start: int, end: int) -> object:
        """`import ident as name: type;`."""
        return ast.Import(c[0], c[1] if len(c) > 2 else None, c[-1])

    def by_path(self, c: list[Any], start: int, end: int) -> object:
        """The type of an import by its path."""
        return c[0]

    def by_name(self, c: list[Any], start: int, end: int) -> object:
        """The type of an import by its local name."""
        return c[0]

    def by_function(self, c: list[Any], start: int, end: int) -> object:
        """A function type in place."""
        return ast.FuncType(c[0])

    def by_interface(self, c: list[Any], start: int, end: int) -> object:
        """An interface in place."""
        return ast.InlineInterface(tuple(c), start, end)

    def func_type(self, c: list[Any], start: int, end: int) -> object:
        """`async func(…) -> …`."""
        is_async = c[0] == "async"
        parameters, *result = c[1:] if is_async else c
        return wit.Signature(
            wit.Role.FUNC, is_async, parameters, result[0] if result else None, start, end
        )

    def let_statement(self, c: list[Any], start: int, end: int) -> object:
        """`let ident = value;`."""
        return ast.Let(c[0], c[1])

    def export_inferred(self, c: list[Any], start: int, end: int) -> object:
        """`export value;`."""
        return ast.Export(c[0], None, False, start, end)

    def export_named(self, c: list[Any], start: int, end: int) -> object:
        """`export value as name;`."""
        return ast.Export(c[0], c[1], False, start, end)

    def export_spread(self, c: list[Any], start: int, end: int) -> object:
        """`export value...;`."""
        return ast.Export(c[0], None, True, start, end)

    def func_alias(self, c: list[Any], start: int, end: int) -> object:
        """`type name = func(…);`."""
        self.notes.attributes(c[0])
        return ast.FuncAlias(c[1], c[2])

    def func_by_name(self, c: list[Any], start: int, end: int) -> object:
        """`name: type;` in an interface."""
        return ast.FuncByName(c[1], c[2], self.notes.docs_at(start), self.notes.attributes(c[0]))

    # --- expressions ----------------------------------------------------------------------------

    def name_expression(self, c: list[Any], start: int, end: int) -> object:
        """A local name."""
        return ast.Name(c[0], start, end)

    def nested_expression(self, c: list[Any], start: int, end: int) -> object:
        """`(value)`."""
        return c[0]

    def new_expression(self, c: list[Any], start: int, end: int) -> object:
        """`new ns:name { … }`."""
        package, arguments = c
        for argument in arguments[:-1]:
            if isinstance(argument, ast.Fill):
                self.notes.report.at(
                    argument,
                    "CMP3104",
                    "`...` must be the last argument",
                    help=("it stands for all arguments that are not given", "move it to the end"),
                )
        return ast.New(package, arguments, start, end)

    def access(self, c: list[Any], start: int, end: int) -> object:
        """`base.name`."""
        name: wit.Ident = c[1]
        return ast.Access(c[0], ast.ExternName(name.name, False, name.start, name.end), start, end)

    def named_access(self, c: list[Any], start: int, end: int) -> object:
        """`base["name"]`; the string ends before the bracket."""
        # A bracket and two quotes surround the text, unless it contains blanks.
        at = max(end - 3 - len(c[1]), c[0].end)
        return ast.Access(c[0], ast.ExternName(c[1], True, at, end - 1), start, end)

    def arguments(self, c: list[Any], start: int, end: int) -> object:
        """What stands between the braces of `new`."""
        return tuple(c)

    def inferred_argument(self, c: list[Any], start: int, end: int) -> object:
        """`name`."""
        return ast.Inferred(c[0])

    def named_argument(self, c: list[Any], start: int, end: int) -> object:
        """`name: value`."""
        name: wit.Ident = c[0]
        return ast.Named(ast.ExternName(name.name, False, name.start, name.end), c[1])

    def quoted_argument(self, c: list[Any], start: int, end: int) -> object:
        """`"name": value`."""
        return ast.Named(ast.ExternName(c[0], True, start, start + len(c[0]) + 2), c[1])

    def spread_argument(self, c: list[Any], start: int, end: int) -> object:
        """`...name`."""
        return ast.Spread(c[-1])

    def fill_argument(self, c: list[Any], start: int, end: int) -> object:
        """`...`."""
        return ast.Fill(start, end)


def document(file: str, base: int, items: Sequence[Any], report: Reporter) -> ast.Document:
    """The text, given its items; a package directive counts only as the first."""
    directive: ast.Directive | None = None
    statements: list[ast.Statement] = []
    for index, item in enumerate(items):
        if isinstance(item, ast.Directive):
            if index and directive is None:
                report.at(item, "CMP3102", "the package directive must come first")
            elif index:
                report.at(
                    item,
                    "CMP3102",
                    "duplicate package directive",
                    labels=[(directive, "first given here")] if directive else (),
                )
            directive = directive or item
        elif isinstance(item, wit.ResourceDef):
            report.at(
                item.name,
                "CMP3103",
                f"resource `{item.name.name}` is declared outside an interface",
                help=("declare resources in an interface or a world",),
            )
        elif not isinstance(item, wit.Broken):
            statements.append(item)
    broken = any(isinstance(item, wit.Broken) for item in items[:1])
    if directive is None and not broken:
        report.error(
            "CMP3102",
            "the text does not begin with a package directive",
            base,
            help=("write `package namespace:name;` at the top",),
        )
    return ast.Document(file, directive, tuple(statements))
