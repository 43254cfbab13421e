"""Tables on stdout: drawn for a person, plain and stable for everything else."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence

Rows = Sequence[Sequence[str]]

# Words for a status; these colours are readable on dark and light backgrounds.
_STYLES = {"failed": "red", "pending": "yellow", "done": "green", "absent": "yellow", "ok": "green"}
_LEAST = 8  # columns for what is folded
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def show_table(heads: Sequence[str], rows: Rows, *, color: bool) -> None:
    """Print rows under their heads; control characters are escaped.

    Args:
        heads: The columns' names.
        rows: The cells, one per head in each row.
        color: Whether a terminal may get colours.
    """
    safe = [[printable(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _draw(heads, safe, color=color)
    else:
        sys.stdout.write(plain_table(heads, safe))


def plain_table(heads: Sequence[str], rows: Rows) -> str:
    """The table as text: columns two spaces apart, no trailing spaces."""
    lines = [list(heads), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in lines
    )


def printable(text: str) -> str:
    """`text` with everything invisible written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c if c == " " or unicodedata.category(c) not in _HIDDEN else ascii(c)[1:-1] for c in text
    )


def _draw(heads: Sequence[str], rows: Rows, *, color: bool) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    console = Console(no_color=not color, highlight=False)
    # Names and keys are copied from there: if there is room, only the last column is folded.
    widths = [max(map(len, column)) + 3 for column in zip(heads, *rows, strict=True)]
    whole = sum(widths[:-1]) + _LEAST <= console.width
    for head in heads:
        table.add_column(head, overflow="fold", no_wrap=whole and head is not heads[-1])
    for row in rows:
        table.add_row(*(Text(cell, _STYLES.get(cell, "")) for cell in row))
    console.print(table)
