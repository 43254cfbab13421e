"""Comments → docs, following the reference implementation.

WIT.md does not say how documentation is taken from comments; the rules are those of wit-parser:
every comment directly before an item counts, not only `///` and `/** */`.
"""

from __future__ import annotations

from collections.abc import Iterable


def docs_text(comments: Iterable[str]) -> str:
    """The documentation in a run of comments (with their delimiters)."""
    lines = [_strip(comment) for comment in comments]
    indent = min((_leading(line) for line in lines if line), default=0)
    prefix = " " * indent
    text = "\n".join(line.removeprefix(prefix) for line in lines)
    return text.replace("\r\n", "\n").rstrip("\n")


def _strip(comment: str) -> str:
    if comment.startswith("/**"):
        # `/**/` is too short to be a documentation comment.
        return comment[3:-2].rstrip() if len(comment) > 4 else ""
    return comment.lstrip("/").rstrip()


def _leading(line: str) -> int:
    return len(line) - len(line.lstrip())
