"""Where the parser stopped: the token found, what was expected, and the context."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from witgen.syntax.ast import Ident
from witgen.syntax.parser_table import Table
from witgen.syntax.report import Reporter
from witgen.syntax.scanner import END, Token

_OPENERS = frozenset(("LBRACE", "LPAR", "LESSTHAN"))
_CLOSERS = frozenset(("RBRACE", "RPAR", "MORETHAN"))
# Keyword before a name and a brace → the context between the braces.
_BODIES = {
    "INTERFACE": "interface",
    "WORLD": "world",
    "RESOURCE": "resource",
    "RECORD": "record",
    "VARIANT": "variant",
    "ENUM": "enum",
    "FLAGS": "flags",
}
_NAMES = {
    "ID": "a name",
    "VERSION": "a version",
    "INTEGER": "a number",
    "STRING": "a string",
    "DIRECTION": "`import`",
    END: "the end of the file",
}


class Stuck(NamedTuple):
    """A syntax error.

    Attributes:
        symbols: The symbols on the stack, the most recent last.
        values: Their values.
        starts: Their offsets.
        token: The token found.
        following: The token after it.
        expected: The terminals that were expected.
        last_end: Where the last good token ends.
        words: Terminal → its text, for terminals with fixed text.
    """

    report: Reporter
    symbols: Sequence[str]
    values: Sequence[Any]
    starts: Sequence[int]
    token: Token
    following: Token
    expected: frozenset[str]
    last_end: int
    words: dict[str, str]

    @property
    def found(self) -> str:
        """The kind of the token found."""
        return self.token[0]

    @property
    def text(self) -> str:
        """The token as written."""
        value = self.token[1]
        return value.name if isinstance(value, Ident) else str(value)

    @property
    def last(self) -> str:
        """The symbol before the token."""
        return self.symbols[-1] if self.symbols else ""

    def ends_with(self, *symbols: str) -> bool:
        """Whether the stack ends with these symbols."""
        return tuple(self.symbols[-len(symbols) :]) == symbols

    @property
    def opener(self) -> int:
        """The index of the innermost open bracket, or -1."""
        closed = 0
        for index in range(len(self.symbols) - 1, -1, -1):
            if self.symbols[index] in _CLOSERS:
                closed += 1
            elif self.symbols[index] in _OPENERS and closed:
                closed -= 1
            elif self.symbols[index] in _OPENERS:
                return index
        return -1

    @property
    def context(self) -> str:
        """What the innermost open bracket belongs to, such as `record`, `parameters` or `file`."""
        index = self.opener
        if index < 0:
            return "file"
        before = self.symbols[index - 1] if index else ""
        second = self.symbols[index - 2] if index > 1 else ""
        match self.symbols[index]:
            case "LESSTHAN":
                return self.words.get(before, "type").lower()
            case "LBRACE":
                named = {"DOT": "use", "WITH": "with", "package_name": "file"}
                return named.get(before) or _BODIES.get(second) or _BODIES.get(before, "")
            case _ if second == "AT":
                return "attribute"
            case _ if before == "ID" and self._in_variant(index):
                return "payload"
            case _:
                return "parameters"

    def _in_variant(self, index: int) -> bool:
        inner = [i for i in range(index) if self.symbols[i] == "LBRACE"]
        return bool(inner) and self.symbols[max(inner[-1] - 2, 0)] == "VARIANT"

    def describe_found(self) -> str:
        """The token as shown to people."""
        if self.found == END:
            return "the end of the file"
        if self.found == "STRING":
            return "a string"
        return f"`{self.text}`"

    def describe_expected(self) -> str:
        """What was expected, as shown to people."""
        shown = sorted(
            {_NAMES.get(t) or f"`{self.words.get(t, t.lower())}`" for t in self.expected}
        )
        if "PRIMITIVE" in self.expected:
            shown = ["a type"]
        if len(shown) > 5:
            shown = [*shown[:4], "…"]
        if not shown:
            return "nothing more"
        return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def acceptable(table: Table, states: Sequence[int]) -> frozenset[str]:
    """The terminals that can actually be shifted, whatever the tables' lookahead says."""
    row = table.states[states[-1]]
    return frozenset(
        symbol
        for symbol in row
        if (symbol.isupper() or symbol[0] == "$" or symbol.startswith("__ANON"))
        and _shifts(table, list(states), symbol)
    )


def _shifts(table: Table, states: list[int], symbol: str) -> bool:
    while True:
        action = table.states[states[-1]].get(symbol)
        if action is None:
            return False
        if action >= 0:
            return True
        rule = table.rules[~action]
        if rule.size:
            del states[-rule.size :]
        states.append(table.states[states[-1]][rule.origin])
        if states[-1] == table.end:
            return True
