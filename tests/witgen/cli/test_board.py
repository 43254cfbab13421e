"""The screen of `witgen dev`: what it shows, at any size, whatever is printed."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from runtime_shim.errors import StoreError
from witgen.cli.board import Board, Tail, drawn
from witgen.cli.common import Talk
from witgen.cli.developing import Part, State

ERROR = """\
failed  generate shop:cart
\x1b[1m\x1b[31merror[WIT0120]\x1b[0m: expected `func`, found `fun`
 --> cart/wit/cart.wit:2:20
  |
"""


def state() -> State:
    parts = {
        "shop:cart": Part("failed", 1.0, 4.25, 18_400_000, "new"),
        "shop:stock": Part("serving", 1.0, 0.0, 2_100, "new"),
    }
    kept = {f"shop:cart/{name}": "recorded was 3; this build returns 6" for name in "abcde"}
    return State("http://127.0.0.1:9006", parts, failed=True, kept=kept)


def screen(
    tail: Tail, *, width: int = 80, height: int = 30, shown: State | None = None
) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=False)
    board = Board(shown or state(), tail, "shop")
    with console.capture() as capture:
        console.print(board.drawn(console))
    return [line.rstrip() for line in capture.get().removesuffix("\n").split("\n")]


def test_everything_has_its_place() -> None:
    tail = Tail()
    tail.write(f"serving 2 components\n\nchanged: cart/wit/cart.wit\n{ERROR}")
    tail.write("[shop:cart/a] sel")
    tail.write("ling\n")
    lines = screen(tail)
    assert lines[0].split() == ["witgen", "dev", "shop", "http://127.0.0.1:9006", "failed"]
    words = [line.split() for line in lines]
    assert ["component", "state", "last", "build", "size", "workers"] in words
    assert next(w for w in words if "shop:cart" in w)[:3] == ["✗", "shop:cart", "failed"]
    assert next(w for w in words if "shop:cart" in w)[-4:] == ["4.2", "s", "18.4", "MB"]
    assert "error[WIT0120]: expected `func`, found `fun`" in lines
    assert lines.count(" --> cart/wit/cart.wit:2:20") == 2, "above, and below where it was said"
    assert "shop:cart/c keeps its earlier build: recorded was 3; this build returns 6" in lines
    assert "and 2 more" in lines
    assert lines.index("[shop:cart/a] selling") > next(
        at for at, line in enumerate(lines) if line.startswith("output ──")
    )


class _Unopened:
    """A host whose store cannot be read."""

    @property
    def engine(self) -> None:
        raise StoreError("it cannot be read")


@pytest.mark.parametrize(
    ("width", "said"), [(80, "failed; serving the earlier build"), (72, "failed")]
)
def test_the_first_line_is_never_folded(width: int, said: str) -> None:
    served = state()
    served.host = cast("Any", _Unopened())
    first, second, *_ = screen(Tail(), width=width, shown=served)
    assert (first.partition(":9006")[2].strip(), second) == (said, "")


def test_a_change_makes_errors_the_past() -> None:
    tail = Tail()
    tail.write(ERROR)
    assert len(tail.troubles) == 1
    tail.write("\nchanged: cart/wit/cart.wit\n")
    assert not tail.troubles


@pytest.mark.parametrize("shown", [State(), State("http://127.0.0.1:1", {"a": Part()})])
def test_before_anything_is_built(shown: State) -> None:
    assert screen(Tail(), shown=shown)[0].endswith("building")


@settings(max_examples=15)
@given(st.text(max_size=100), st.integers(1, 140), st.integers(1, 40))
def test_it_fits_whatever_is_printed(text: str, width: int, height: int) -> None:
    tail = Tail()
    tail.write(f"{text}\n" * 9)
    top = len(screen(Tail(), width=width, height=height))
    assert len(screen(tail, width=width, height=height)) <= max(height, top)


def test_what_was_said_last_stays(capsys: pytest.CaptureFixture[str]) -> None:
    said = io.StringIO()
    with redirect_stderr(said), drawn(state(), Talk("text", color=False)):

        sys.stderr.write("".join(f"line {at}\n" for at in range(100)))
    assert said.getvalue().splitlines()[-15:] == [f"line {at}" for at in range(85, 100)]
