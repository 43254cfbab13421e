"""Where findings about texts are collected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import Protocol

from witgen.diagnostics import Diagnostic, Label, Place, Sink
from witgen.syntax.sources import SourceMap
from witgen.value import state

# Nobody needs more findings than this, and a hostile input could have millions.
LIMIT = 200


class Spanned(Protocol):
    """A node of the syntax tree with its position."""

    @property
    def start(self) -> int:
        """Offset of its first character."""

    @property
    def end(self) -> int:
        """Offset after its last character."""


@state
class Reporter:
    """Turns offsets into diagnostics and keeps them."""

    sources: SourceMap = field(default_factory=SourceMap)
    sink: Sink = field(default_factory=Sink)

    @property
    def count(self) -> int:
        """How many findings there are."""
        return len(self.sink.diagnostics)

    @property
    def full(self) -> bool:
        """Whether further findings are dropped."""
        return self.count >= LIMIT

    def place(self, node: Spanned) -> Place:
        """Where a node of the tree stands."""
        return self.sources.place(node.start, node.end)

    def error(
        self,
        code: str,
        message: str,
        start: int,
        end: int | None = None,
        *,
        label: str = "",
        labels: Iterable[tuple[Spanned, str]] = (),
        help: Iterable[str] = (),
    ) -> None:
        """Record an error at the characters from `start` up to `end`."""
        if self.full:
            return
        place = self.sources.place
        self.sink.add(
            Diagnostic(
                code,
                message,
                place(start, end),
                label,
                tuple(Label(place(node.start, node.end), text) for node, text in labels),
                tuple(help),
            )
        )

    def at(
        self,
        node: Spanned,
        code: str,
        message: str,
        *,
        label: str = "",
        labels: Iterable[tuple[Spanned, str]] = (),
        help: Iterable[str] = (),
    ) -> None:
        """Record an error at a node."""
        self.error(code, message, node.start, node.end, label=label, labels=labels, help=help)

    def whole(self, code: str, message: str, file: str, *, help: Iterable[str] = ()) -> None:
        """Record an error about a file or folder as a whole."""
        if not self.full:
            self.sink.add(Diagnostic(code, message, Place(file), help=tuple(help)))
