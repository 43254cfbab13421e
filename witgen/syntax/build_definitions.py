"""Productions of type definitions → syntax tree."""

from __future__ import annotations

from typing import Any

from witgen.syntax import ast
from witgen.syntax.notes import Notes
from witgen.value import state

_MOST_FLAGS = 32
_SHAPES = {
    ast.Shape.RECORD: ("WIT0110", "field"),
    ast.Shape.VARIANT: ("WIT0111", "case"),
    ast.Shape.ENUM: ("WIT0112", "case"),
    ast.Shape.FLAGS: ("WIT0113", "flag"),
}


@state
class DefinitionBuilder:
    """The actions for the types that an interface or a world defines."""

    notes: Notes

    def alias(self, c: list[Any], start: int, end: int) -> object:
        """`type name = type;`."""
        return ast.AliasDef(c[1], c[2], self.notes.docs_at(start), self.notes.attributes(c[0]))

    def _members(self, shape: ast.Shape, c: list[Any], start: int) -> object:
        attributes, name, *members = c
        if not members:
            code, member = _SHAPES[shape]
            self.notes.report.at(
                name,
                code,
                f"empty {shape.value} `{name.name}`",
                help=(f"declare at least one {member}",),
            )
        return ast.MembersDef(
            shape,
            name,
            tuple(members),
            self.notes.docs_at(start),
            self.notes.attributes(attributes),
        )

    def record(self, c: list[Any], start: int, end: int) -> object:
        """`record name { … }`."""
        return self._members(ast.Shape.RECORD, c, start)

    def variant(self, c: list[Any], start: int, end: int) -> object:
        """`variant name { … }`."""
        return self._members(ast.Shape.VARIANT, c, start)

    def enum(self, c: list[Any], start: int, end: int) -> object:
        """`enum name { … }`."""
        return self._members(ast.Shape.ENUM, c, start)

    def flags(self, c: list[Any], start: int, end: int) -> object:
        """`flags name { … }`."""
        if len(c) - 2 > _MOST_FLAGS:
            self.notes.report.at(
                c[1],
                "WIT0114",
                f"flags `{c[1].name}` has {len(c) - 2} flags, more than {_MOST_FLAGS}",
                labels=[(c[2 + _MOST_FLAGS].name, "the first beyond the limit")],
                help=("divide them among several flags types",),
            )
        return self._members(ast.Shape.FLAGS, c, start)

    def field(self, c: list[Any], start: int, end: int) -> object:
        """`name: type` of a record."""
        return ast.Member(c[0], c[1], self.notes.docs_at(start))

    def case(self, c: list[Any], start: int, end: int) -> object:
        """`name(type)` of a variant."""
        return ast.Member(c[0], c[1], self.notes.docs_at(start))

    def label(self, c: list[Any], start: int, end: int) -> object:
        """`name` of a variant, enum or flags."""
        return ast.Member(c[0], None, self.notes.docs_at(start))

    def bare_resource(self, c: list[Any], start: int, end: int) -> object:
        """`resource name;`."""
        return ast.ResourceDef(c[1], (), self.notes.docs_at(start), self.notes.attributes(c[0]))

    def resource(self, c: list[Any], start: int, end: int) -> object:
        """`resource name { … }`."""
        attributes, name, *functions = c
        return ast.ResourceDef(
            name, tuple(functions), self.notes.docs_at(start), self.notes.attributes(attributes)
        )
