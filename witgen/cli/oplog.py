"""The oplog of a worker as rows, and as it grows."""

from __future__ import annotations

import itertools
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from witgen.app.inspecting import UNFINISHED, as_text
from witgen.cli.table import printable
from witgen.cli.times import lasting, moment
from witgen.diagnostics import counted

if TYPE_CHECKING:
    from runtime_shim.engines.records import InvocationInfo, Records
    from runtime_shim.protocol.ids import WorkerId

_ALIKE = 3  # this many steps of the same kind in a row share a line
_CHECKSUM = re.compile(r"^((?:call|spawn|send) .*) [0-9a-f]{8}$")
_WIDTHS = (8, 9, 40)

Row = tuple[str, str, str, str]


def plan(one: InvocationInfo) -> str:
    """When a pending invocation may begin, its attempt number, and how long ago it was asked."""
    when = "now" if one.due is None else f"at {moment(one.due)}"
    crashes = "" if not one.crashes else f", the process ended {_times(one.crashes)} meanwhile"
    waits = 0 if one.since is None else int(time.time() - one.since)
    so_far = f", {lasting(waits)} so far" if waits > 0 else ""
    return f"{when}, attempt {one.attempt}{crashes}{so_far}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def lines_of(one: InvocationInfo, limit: int | None) -> Iterator[Row]:
    """The rows of an invocation: its request, steps and status."""
    number = "-" if one.seq is None else str(one.seq)
    yield number, "invoked", one.function, _shorten(as_text(one.args), limit)
    for row in _steps(one, limit):
        yield f"{number}.{row[0]}", "step", *row[1:]
    yield _end(one, limit)


def _end(one: InvocationInfo, limit: int | None) -> Row:
    """The last row: its status, its key, when it was over and how long it took, its result."""
    number = "-" if one.seq is None else str(one.seq)
    if one.state in UNFINISHED:
        value = plan(one)
    elif one.state == "done":
        value = as_text(one.result)
    else:
        value = str(one.result[1])
    when = "" if one.ended is None else f" at {moment(one.ended)}"
    when += f", took {lasting(one.took)}" if one.took else ""
    return number, one.state, f"{known_by(one)}{when}", _shorten(value, limit)


def known_by(one: InvocationInfo) -> str:
    """What an invocation is known by, with the word for it."""
    return f"{'key' if one.call is None else 'call'} {one.known_by}"


def _steps(one: InvocationInfo, limit: int | None) -> Iterator[tuple[str, str, str]]:
    """The place, kind and value of each step; unless in full, runs of WASI steps share a line."""
    if limit is None:
        for index, (kind, value) in enumerate(one.steps):
            yield str(index), kind, as_text(value)
        return
    at = 0
    for kind, group in itertools.groupby(one.steps, key=lambda step: step[0]):
        values = [value for _, value in group]
        if kind.startswith("wasi:") and len(values) >= _ALIKE:
            yield f"{at}…{at + len(values) - 1}", kind, f"{len(values)} times; --full shows each"
        else:
            short = _CHECKSUM.sub(r"\1", kind)
            for index, value in enumerate(values, at):
                yield str(index), short, _shorten(_brief(value), limit)
        at += len(values)


def _brief(value: Any) -> str:
    """Bytes as their number and hexadecimal digits, anything else in WAVE."""
    if isinstance(value, bytes) and not (value.isascii() and value.decode("ascii").isprintable()):
        head = value[:12].hex(" ", 4) + ("…" if len(value) > 12 else "")
        return f"{counted(len(value), 'byte')}: {head}"
    return as_text(value)


def _shorten(text: str, limit: int | None) -> str:
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def follow(
    look: Callable[[], AbstractContextManager[Records]],
    worker: WorkerId,
    limit: int | None,
    wanted: Callable[[InvocationInfo], bool],
    *,
    often: float = 0.25,
) -> None:
    """Print the oplog of a worker, and what is added to it, until interrupted.

    Args:
        look: Gives one view of the store.
        worker: Whose oplog.
        limit: The characters of a value that are shown.
        wanted: Which invocations.
        often: The seconds between two looks.
    """
    after = 0  # all up to this number are over and printed
    shown: dict[int, int] = {}  # of those beyond it, how many rows are printed
    while True:
        with look() as records:
            settled = True
            for one in records.log(worker, after=after):
                rows = [*lines_of(one, limit)] if wanted(one) else []
                over = one.state != "pending"
                # The last row of what is not over says what it waits for; a step before it may grow.
                before = shown.get(one.id, 0)
                until = max(
                    before, len(rows) if over else min(len(rows) - 1, max(1, len(rows) - 2))
                )
                for row in rows[before:until]:
                    _write(row)
                shown[one.id] = until
                settled = settled and over
                if settled:
                    after = one.id
                    del shown[one.id]
        sys.stdout.flush()
        time.sleep(often)


def _write(row: Row) -> None:
    *cells, last = map(printable, row)
    padded = (cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True))
    sys.stdout.write(" ".join((*padded, last)).rstrip() + "\n")
