"""The model of diagnostics.

A `Diagnostic` is self-contained: its places carry file, position and source line, so that a
renderer needs no other input and a diagnostic outlives its sources.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from enum import StrEnum

from witgen.value import state, value


class Severity(StrEnum):
    """An error stops the run; a warning is reported beside the result."""

    ERROR = "error"
    WARNING = "warning"


@value
class Place:
    """A place in a file.

    Attributes:
        file: The path as the user gave it or found below it.
        line: 1-based line; 0 for a place in a binary file or a whole file.
        column: 1-based column in characters; 0 like `line`.
        length: Characters of the marked span within the first line, at least 1 for text.
        source: The text of the line without its newline; empty for a binary file.
        offset: Byte offset in a binary file, else None.
    """

    file: str
    line: int = 0
    column: int = 0
    length: int = 0
    source: str = ""
    offset: int | None = None

    def __str__(self) -> str:
        """`file:line:column`, `file (at offset 0x1f)` or `file`."""
        if self.line:
            return f"{self.file}:{self.line}:{self.column}"
        if self.offset is not None:
            return f"{self.file} (at offset 0x{self.offset:x})"
        return self.file


@value
class Label:
    """A second place that belongs to the message, such as the first definition of a duplicate."""

    place: Place
    message: str


@value
class Diagnostic:
    """One finding.

    Attributes:
        code: A code of the registry in `witgen.diagnostics.codes`, such as `WIT0103`.
        message: One sentence without a full stop, names in backquotes.
        place: The primary place, None if no file is at fault.
        label: The note at the primary place, printed after the carets.
        labels: Second places.
        help: What to do about it, one sentence each.
        severity: Error or warning.
    """

    code: str
    message: str
    place: Place | None = None
    label: str = ""
    labels: tuple[Label, ...] = ()
    help: tuple[str, ...] = ()
    severity: Severity = Severity.ERROR

    @property
    def file(self) -> str | None:
        """The file of the primary place."""
        return self.place.file if self.place else None

    @property
    def line(self) -> int | None:
        """The 1-based line of the primary place, None for binary files."""
        return self.place.line or None if self.place else None

    @property
    def column(self) -> int | None:
        """The 1-based column of the primary place, None for binary files."""
        return self.place.column or None if self.place else None


class DiagnosticError(ValueError):
    """An input was rejected; `diagnostics` holds all findings of the run.

    Attributes:
        diagnostics: At least one error, in source order; warnings may be among them.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(_line(diagnostic) for diagnostic in self.diagnostics))


class WitError(DiagnosticError):
    """WIT, a component's types or a client interface could not be read or derived."""


class ComposeError(DiagnosticError):
    """Components could not be composed."""


def _line(diagnostic: Diagnostic) -> str:
    where = f"{diagnostic.place}: " if diagnostic.place else ""
    return f"{where}{diagnostic.message} [{diagnostic.code}]"


@state
class Sink:
    """Collects the diagnostics of one run; the only mutable object of this room."""

    diagnostics: list[Diagnostic] = field(default_factory=list)

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a finding; an exact repetition is dropped."""
        if diagnostic not in self.diagnostics:
            self.diagnostics.append(diagnostic)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The findings that stop the run."""
        return tuple(d for d in self.diagnostics if d.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """The findings that do not."""
        return tuple(d for d in self.diagnostics if d.severity is Severity.WARNING)
