"""Texts that are resolved more than once, with others or changed, and parsed once."""

from __future__ import annotations

from dataclasses import field

from witgen.syntax import ast
from witgen.syntax.parser import parse_bytes
from witgen.syntax.report import Reporter
from witgen.syntax.sources import SourceMap
from witgen.value import state


@state
class Trees:
    """The syntax trees of texts, by name and content.

    Attributes:
        sources: The texts.
    """

    sources: SourceMap = field(default_factory=SourceMap)
    _parsed: dict[tuple[str, bytes], ast.Document] = field(default_factory=dict)

    def reporter(self) -> Reporter:
        """A reporter without findings that can point into these texts."""
        return Reporter(self.sources)

    def parse(self, data: bytes, file: str, report: Reporter) -> ast.Document:
        """The syntax tree of an encoded text; findings go to `report`, a reporter of these trees.

        A text with findings is parsed each time, so that each report has them.
        """
        found = self._parsed.get((file, data))
        if found is None:
            before = report.count
            found = parse_bytes(data, file, report)
            if report.count == before and not report.full:
                self._parsed[file, data] = found
        return found
