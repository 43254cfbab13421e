"""All texts of a run in one offset space."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import field

from witgen.diagnostics import Place, Source
from witgen.value import state


@state
class SourceMap:
    """Gives every text a slice of one offset space; a span is two integers."""

    _sources: list[Source] = field(default_factory=list)
    _bases: list[int] = field(default_factory=list)
    _end: int = 0

    def add(self, file: str, text: str) -> int:
        """Add a text and return the offset of its first character."""
        base = self._end
        self._sources.append(Source(file, text))
        self._bases.append(base)
        # One more than the text's length, so that its end is not the start of the next.
        self._end += len(text) + 1
        return base

    def place(self, start: int, end: int | None = None) -> Place:
        """The place of the characters from `start` up to `end` (exclusive)."""
        index = max(bisect_right(self._bases, start) - 1, 0)
        base = self._bases[index]
        return self._sources[index].place(start - base, None if end is None else end - base)
