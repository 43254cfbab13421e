"""Texts and the places in them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import field

from witgen.diagnostics.model import Place
from witgen.value import state

_LONGEST_LINE = 1000


@state
class Source:
    """One text with a name; turns character offsets into places.

    Attributes:
        file: The name shown to people, a path as the user gave it.
        text: The whole text, newlines as they are.
    """

    file: str
    text: str
    _starts: list[int] = field(default_factory=list, repr=False)

    def place(self, start: int, end: int | None = None) -> Place:
        """The place of the characters from `start` up to `end` (exclusive)."""
        if not self._starts:
            self._starts.append(0)
            position = self.text.find("\n")
            while position >= 0:
                self._starts.append(position + 1)
                position = self.text.find("\n", position + 1)
        row = bisect_right(self._starts, start) - 1
        line_start = self._starts[row]
        line_end = self.text.find("\n", line_start)
        if line_end < 0:
            line_end = len(self.text)
        stop = min(max(start + 1, end if end is not None else start + 1), max(line_end, start + 1))
        # A line may be the whole of a large file, and many findings may lie on it.
        source = self.text[line_start : min(line_end, line_start + _LONGEST_LINE)].rstrip("\r")
        return Place(self.file, row + 1, start - line_start + 1, stop - start, source)
