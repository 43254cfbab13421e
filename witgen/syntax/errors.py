"""What a token that fits nowhere means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from witgen.syntax.report import Reporter
from witgen.syntax.scanner import Token


@dataclass(frozen=True, slots=True)
class Stuck:
    """Where the parser stopped.

    Attributes:
        symbols: The symbols on the stack, the last read last.
        values: Their values.
        starts: Their offsets.
        token: What came.
        expected: The terminals that could have come.
        last_end: Where the last good token ends.
    """

    report: Reporter
    symbols: list[str]
    values: list[Any]
    starts: list[int]
    token: Token
    expected: frozenset[str]
    last_end: int


def describe(stuck: Stuck) -> None:
    """Report the error."""
    kind, value, at, end = stuck.token
    stuck.report.error("WIT0100", f"unexpected {kind}; expected {sorted(stuck.expected)}", at, end)
