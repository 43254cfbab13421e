"""Productions → syntax tree, with the rules that a grammar cannot express.

The methods of the builders are the actions of `grammar/wit.lark`: each takes the values of its
symbols (without fixed tokens, lists flattened) and the span of what it reduces.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from witgen.syntax import ast
from witgen.syntax.build_definitions import DefinitionBuilder
from witgen.syntax.build_functions import FunctionBuilder
from witgen.syntax.build_types import TypeBuilder
from witgen.syntax.build_worlds import WorldBuilder
from witgen.syntax.notes import Notes
from witgen.syntax.report import Reporter
from witgen.value import state


@state
class Header:
    """A `package …;`, wherever it was found."""

    name: ast.PackageRef
    docs: str | None
    docs_start: int
    start: int


@state
class FileBuilder:
    """The actions for files, packages, attributes and interfaces."""

    notes: Notes

    def start(self, c: list[Any], start: int, end: int) -> object:
        """A whole file: its items."""
        return c

    def package_header(self, c: list[Any], start: int, end: int) -> object:
        """`package name;`."""
        self.notes.refuse_attributes(c[0], "a package declaration")
        return Header(c[1], self.notes.docs_at(start), start, start)

    def nested_package(self, c: list[Any], start: int, end: int) -> object:
        """`package name { … }`."""
        attributes, name, *items = c
        self.notes.refuse_attributes(attributes, "a nested package")
        kept: list[ast.Item] = []
        for item in items:
            if isinstance(item, Header):
                _misplaced_header(item, None, self.notes.report)
            else:
                kept.append(item)
        return ast.NestedPackage(name, tuple(kept), self.notes.docs_at(start))

    def package_name(self, c: list[Any], start: int, end: int) -> object:
        """`ns:name@version`."""
        return ast.PackageRef(c[0], c[1], c[2] if len(c) > 2 else None, start, end)

    def version(self, c: list[Any], start: int, end: int) -> object:
        """The text after the `@`."""
        return c[0]

    def top_use(self, c: list[Any], start: int, end: int) -> object:
        """`use path as name;` of a file."""
        self.notes.refuse_attributes(c[0], "a top-level `use`")
        return ast.TopUse(c[1], c[2] if len(c) > 2 else None)

    # --- attributes -----------------------------------------------------------------------------

    def attributes(self, c: list[Any], start: int, end: int) -> object:
        """The attributes before an item, as written."""
        return c

    def bare_attribute(self, c: list[Any], start: int, end: int) -> object:
        """`@name`."""
        return self.notes.rules.written(c[0], None, end)

    def attribute(self, c: list[Any], start: int, end: int) -> object:
        """`@name(…)`."""
        return self.notes.rules.written(c[0], c[1:], end)

    def version_value(self, c: list[Any], start: int, end: int) -> object:
        """`key = 1.0.0`."""
        return (c[0].name, "version", c[1])

    def name_value(self, c: list[Any], start: int, end: int) -> object:
        """`key = name`."""
        return (c[0].name, "name", c[1].name)

    def string_value(self, c: list[Any], start: int, end: int) -> object:
        """A string without a key."""
        return ("", "string", c[0])

    # --- interfaces -----------------------------------------------------------------------------

    def interface(self, c: list[Any], start: int, end: int) -> object:
        """`interface name { … }`."""
        attributes, name, *items = c
        gates = self.notes.attributes(attributes, external=False)
        return ast.InterfaceDef(name, tuple(items), self.notes.docs_at(start), gates)

    def use(self, c: list[Any], start: int, end: int) -> object:
        """`use path.{…};`."""
        attributes, path, *names = c
        return ast.Use(path, tuple(names), self.notes.attributes(attributes))

    def used_name(self, c: list[Any], start: int, end: int) -> object:
        """`name as alias`."""
        return ast.UsedName(c[0], c[1] if len(c) > 1 else None)


def builders(notes: Notes) -> tuple[object, ...]:
    """The objects whose methods are the actions of WIT."""
    return (
        FileBuilder(notes),
        WorldBuilder(notes),
        FunctionBuilder(notes),
        DefinitionBuilder(notes),
        TypeBuilder(notes.report),
    )


def document(file: str, base: int, items: Sequence[Any], report: Reporter) -> ast.Document:
    """The file with its items; a package header counts only if it comes first."""
    header: ast.PackageHeader | None = None
    kept: list[ast.Item] = []
    for index, item in enumerate(items):
        if isinstance(item, ast.NestedPackage):
            kept.append(_flat(item, report))
        elif not isinstance(item, Header):
            kept.append(item)
        elif index == 0:
            header = ast.PackageHeader(item.name, item.docs, item.docs_start)
        else:
            _misplaced_header(item, header, report)
            # Accept it late, so that the package is not also reported as missing.
            header = header or ast.PackageHeader(item.name, item.docs, item.docs_start)
    return ast.Document(file, base, header, tuple(kept))


def _flat(package: ast.NestedPackage, report: Reporter) -> ast.NestedPackage:
    """A nested package; packages inside it are reported and dropped."""
    inner = [item for item in package.items if isinstance(item, ast.NestedPackage)]
    for item in inner:
        report.at(
            item.name,
            "WIT0102",
            "nested packages must be placed at the top level of a file",
            labels=[(package.name, "inside this package")],
        )
    items = tuple(i for i in package.items if not isinstance(i, ast.NestedPackage))
    return ast.NestedPackage(package.name, items, package.docs)


def _misplaced_header(item: Header, first: ast.PackageHeader | None, report: Reporter) -> None:
    labels = [(first.name, "the package of the file")] if first is not None else []
    report.at(
        item.name,
        "WIT0101",
        "a `package` declaration must be the first item of its file",
        labels=labels,
        help=("for a package inside the file write `package … { … }`",),
    )
