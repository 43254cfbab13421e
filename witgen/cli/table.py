"""Tables on stdout: drawn for a person, plain and stable for everything else."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence

Rows = Sequence[Sequence[str]]

# Words for a status; these colours are readable on dark and light backgrounds.
_STYLES = {"failed": "red", "pending": "yellow", "done": "green", "absent": "yellow", "ok": "green"}
_LEAST, _WIDE = 8, 32  # columns for what is folded: at least, and where lines are too long anyway
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

    kept = [at for at in range(len(heads)) if not rows or any(row[at] for row in rows)]
    heads, rows = [heads[at] for at in kept], [[row[at] for at in kept] for row in rows]
    console = Console(no_color=not color, highlight=False)
    columns = [(head, *(row[at] for row in rows)) for at, head in enumerate(heads)]
    padding, widths = _widths(columns, console.width)
    console.width = max(console.width, sum(widths) + (1 + padding) * len(widths))
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, padding, 0, 0))
    for head, width in zip(heads, widths, strict=True):
        table.add_column(head, overflow="fold", width=width)
    for row in rows:
        table.add_row(*(Text(cell, _STYLES.get(cell, "")) for cell in row))
    console.print(table)


def _widths(columns: Sequence[Sequence[str]], most: int) -> tuple[int, list[int]]:
    """The spaces beside each column and its width; all of them may be wider than the terminal.

    Names and keys are copied from tables, so they are kept whole: cells but those of the last column
    are folded only if there is no room, and then between words. Where that does not suffice, the
    terminal folds the lines, and copies them whole.
    """
    *before, last = columns
    whole = [max(map(len, column)) for column in before]
    words = [
        max(len(word) for cell in column for word in cell.split() or [""]) for column in before
    ]
    for padding, widths in ((1, whole), (0, words)):
        rest = most - sum(widths) - len(widths) * (1 + padding)
        if rest >= _LEAST:
            return padding, [*widths, min(rest, max(map(len, last)))]
    return 0, [*words, min(_WIDE, max(map(len, last)))]
