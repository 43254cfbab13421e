"""What a guest says of its failure in what it prints: Python's traceback, or a panic of Rust."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

_TRACEBACK = "Traceback (most recent call last):"
_PANIC = re.compile(r"thread '.*' (?:\(\d+\) )?(panicked at .*)")
# What componentize-py's runtime says of an exception that it did not expect: Rust's form of it.
_PY_ERR = re.compile(r"PyErr \{ type: <class '(.+?)'>, value: (.*), traceback: .* \}$")
_GROUPED = re.compile(r" *\| (\S.*)")


def raised_in(lines: Sequence[str]) -> str | None:
    """The exception that ended a guest, in one line; None if it printed nothing of that kind.

    Args:
        lines: What it printed last, without trailing spaces and blank lines.
    """
    panic = next((at for at, line in enumerate(lines) if _PANIC.match(line)), len(lines))
    starts = [at for at, line in enumerate(lines[:panic]) if line.endswith(_TRACEBACK)]
    if starts:
        for line in lines[starts[-1] + 1 : panic]:
            grouped = _GROUPED.match(line)
            if grouped or not line.startswith(" "):
                return grouped[1] if grouped else line
    if panic == len(lines):
        return None
    said = next(iter(lines[panic + 1 : panic + 2]), "")
    if (found := _PY_ERR.search(said)) is not None:
        return _exception(found[1], found[2])
    start = _PANIC.match(lines[panic])
    return " ".join(filter(None, [start[1] if start else "", said]))


def _exception(kind: str, shown: str) -> str:
    """An exception as a traceback ends with it, from its type and its `repr`."""
    name = kind.rpartition(".")[2]
    if shown == f"{name}()":
        return kind
    try:
        said = ast.literal_eval(shown.removeprefix(f"{name}(").removesuffix(")"))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return shown
    return f"{kind}: {said}"


def last_line(lines: Sequence[str]) -> str:
    """The last line, without the space around it."""
    return lines[-1].strip() if lines else ""
