"""The screen of `witgen dev`: what is served on top, what is said and printed below."""

from __future__ import annotations

import io
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from witgen.cli.common import Talk

if TYPE_CHECKING:
    from rich.console import RenderableType

    from witgen.cli.developing import Part, State

_KEPT = 2000  # lines
_SHOWN = 3  # errors, and workers that keep an earlier build
_LEFT = 15  # lines that stay when the screen is gone
_MARKS = {
    "serving": ("●", "green"),
    "built": ("●", "yellow"),
    "building": ("●", "yellow"),
    "starting": ("●", "yellow"),
    "failed": ("✗", "red"),
    "waiting": ("○", "dim"),
}


class Tail(io.TextIOBase):
    """A stream that keeps the last lines, and the errors since the last change.

    Attributes:
        lines: The lines, with their colours.
        troubles: Those that begin an error, each with its place.
    """

    def __init__(self) -> None:
        self.lines: deque[str] = deque(maxlen=_KEPT)
        self.troubles: deque[str] = deque(maxlen=_SHOWN)
        self._begun = ""
        self._lock = threading.Lock()

    def write(self, text: str) -> int:
        """Keep the lines of a text."""
        with self._lock:
            *whole, self._begun = (self._begun + text).split("\n")
            for line in whole:
                self._note(line)
            self.lines.extend(whole)
        return len(text)

    def _note(self, line: str) -> None:
        plain = Text.from_ansi(line).plain
        if plain.startswith("changed: "):
            self.troubles.clear()
        elif plain.startswith("error"):
            self.troubles.append(plain)
        elif plain.startswith(" --> ") and self.troubles and "\n" not in self.troubles[-1]:
            self.troubles[-1] += f"\n{plain}"


class Board:
    """Draws what is known.

    Args:
        state: What is known of the application.
        tail: What was said.
        name: The name of the application.
    """

    def __init__(self, state: State, tail: Tail, name: str) -> None:
        self._state = state
        self._tail = tail
        self._name = name
        self._workers: Mapping[tuple[str, str], int] = {}
        self._looked = 0.0

    def drawn(self, console: Console) -> RenderableType:
        """The whole screen."""
        width, height = console.size
        top = Group(self._title(width), Text(), self._components(), *self._troubles(), Text())
        used = len(console.render_lines(top, console.options.update(height=None), pad=False))
        return Group(
            top, Rule("output", style="dim", align="left"), *self._last(console, height - used - 1)
        )

    def _title(self, width: int) -> Text:
        state = self._state
        if state.failed:
            said, color = "failed", "red"
            if state.host is not None:
                said = "failed; serving the earlier build"
        elif any(part.state != "serving" for part in state.parts.values()) or not state.parts:
            said, color = "building", "yellow"
        else:
            said, color = "serving", "green"
        left = Text.assemble(("witgen dev", "bold"), f"  {self._name}  ", (state.address, "cyan"))
        if left.cell_len + 2 + len(said) > width:
            said = said.partition(";")[0]
        right = Text(said, color)
        gap = max(2, width - left.cell_len - right.cell_len)
        return Text.assemble(left, " " * gap, right, no_wrap=True, overflow="ellipsis")

    def _components(self) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for head in ("", "component", "state", "last build", "size", "workers"):
            table.add_column(head, justify="right" if head == "size" else "left", no_wrap=True)
        for name, part in sorted(self._state.parts.items()):
            mark, color = _MARKS[part.state]
            size = f"{part.size / 1e6:.1f} MB" if part.size >= 1e5 else f"{part.size / 1e3:.1f} kB"
            table.add_row(
                Text(mark, color),
                name,
                Text(part.state, color),
                _when(part),
                size if part.size else "",
                self._counted(name, part),
            )
        return table

    def _counted(self, name: str, part: Part) -> Text:
        """How many workers a component has, and how many of them keep an earlier build."""
        if time.monotonic() - self._looked > 1.0:
            self._workers = _workers(self._state)
            self._looked = time.monotonic()
        of = {
            build: count for (component, build), count in self._workers.items() if component == name
        }
        kept = sum(count for build, count in of.items() if build != part.digest)
        shown = Text(str(sum(of.values())) if of else "")
        return shown.append(f" ({kept} on earlier builds)", "yellow") if kept else shown

    def _troubles(self) -> Iterator[Text]:
        """The last errors, and the workers that keep an earlier build."""
        if errors := tuple(self._tail.troubles):
            yield Text()
        for error in errors:
            for line in error.split("\n"):
                yield Text(line, "red", no_wrap=True, overflow="ellipsis")
        if kept := tuple(self._state.kept.items()):
            yield Text()
        for name, problem in kept[:_SHOWN]:
            yield Text.assemble((f"{name} keeps its earlier build: ", "yellow"), problem)
        if len(kept) > _SHOWN:
            yield Text(f"and {len(kept) - _SHOWN} more", "yellow")

    def _last(self, console: Console, height: int) -> list[Text]:
        """The last lines that fit, folded."""
        found: list[Text] = []
        for line in reversed(tuple(self._tail.lines)):
            folded = Text.from_ansi(line).wrap(console, console.width) or [Text()]
            found[:0] = folded
            if len(found) >= height:
                return found[-height:] if height > 0 else []
        return found


def _when(part: Part) -> str:
    if part.built is None:
        return ""
    took = f", {part.took:.1f} s" if part.took else ""
    return time.strftime("%H:%M:%S", time.localtime(part.built)) + took


def _workers(state: State) -> Mapping[tuple[str, str], int]:
    """How many workers there are, by component and build."""
    from runtime_shim.engines.records import managed
    from runtime_shim.errors import StoreError

    host = state.host
    if host is not None:
        with suppress(StoreError), managed(host.engine).stored.looking() as records:
            return Counter((info.worker.component, info.build or "") for info in records.workers())
    return {}


@contextmanager
def drawn(state: State, talk: Talk) -> Iterator[None]:
    """Draw the screen until the block ends; what is written to stderr meanwhile is shown there."""
    tail = Tail()
    console = Console(file=sys.stderr, no_color=not talk.color, highlight=False)
    board = Board(state, tail, Path.cwd().name)
    live = Live(
        get_renderable=lambda: board.drawn(console),
        console=console,
        screen=True,
        refresh_per_second=5,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    try:
        with live, redirect_stderr(tail):
            yield
    finally:
        for line in [*tail.lines][-_LEFT:]:
            sys.stderr.write(f"{line}\n")
