"""What guests print, in whole lines: nothing is lost, nothing mixes, nothing harms a terminal."""

from __future__ import annotations

import threading
import time
import uuid
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime_shim.protocol.ids import WorkerId
from runtime_shim.wasi.lines import LONGEST, Lines, label, labelled, readable

WORKER = WorkerId("shop:cart", "ann")


def context(*, called: bool = True) -> Any:
    return SimpleNamespace(worker=WORKER, invocation=object() if called else None)


class Printing:
    """An instance that prints, and what came of it."""

    def __init__(self) -> None:
        self.given: list[bytes] = []
        self.lines = Lines()

    def print(self, data: bytes, stream: int = 1, *, called: bool = True) -> None:
        self.lines.give(
            context(called=called), lambda worker, line: self.given.append(line), data, stream
        )

    def end(self) -> list[bytes]:
        self.print(b"")
        return self.given


@pytest.fixture
def printing() -> Printing:
    return Printing()


def test_a_line_is_given_when_it_is_whole(printing: Printing) -> None:
    for part in (b"add", b"ing", b" 3\nste"):
        printing.print(part)
    assert printing.given == [b"adding 3\n"]
    assert printing.end() == [b"adding 3\n", b"ste", b""], "the call is over, and with it the line"


def test_output_and_errors_share_no_line(printing: Printing) -> None:
    printing.print(b"step 1 ")
    printing.print(b"note", 2)
    printing.print(b" 1\n", 2)
    printing.print(b"step 2\n")
    assert printing.given == [b"step 1 ", b"note 1\n", b"step 2\n"]


def test_nothing_waits_outside_a_call(printing: Printing) -> None:
    printing.print(b"gone", called=False)
    assert printing.given == [b"gone", b""]


def test_a_long_line_comes_in_pieces(printing: Printing) -> None:
    printing.print(b"x" * (2 * LONGEST + 5))
    assert [len(piece) for piece in printing.given] == [LONGEST, LONGEST]
    assert printing.end()[2:] == [b"x" * 5, b""]


def test_pieces_end_between_characters(printing: Printing) -> None:
    printing.print(b"a" + "€".encode() * LONGEST)
    assert all(piece.decode() for piece in printing.end() if piece)


@given(
    st.lists(
        st.tuples(
            st.one_of(
                st.binary(min_size=1, max_size=40),
                st.sampled_from([b"\n", b"\r\n", b"z" * (LONGEST + 3), b"\x80" * (LONGEST + 9)]),
            ),
            st.sampled_from([1, 1, 1, 2]),
        )
    )
)
def test_nothing_is_lost(parts: list[tuple[bytes, int]]) -> None:
    printing = Printing()
    for data, stream in parts:
        printing.print(data, stream)
    *lines, end = printing.end()
    assert (b"".join(lines), end) == (b"".join(data for data, _ in parts), b"")
    assert all(0 < len(line) <= LONGEST + 1 and line.count(b"\n") <= 1 for line in lines)
    assert not any(b"\n" in line[:-1] for line in lines)


def test_an_instance_gives_one_line_at_a_time() -> None:
    """wasmtime prints in threads of its own."""
    lines, busy, most = Lines(), [0], [0]

    def slow(worker: WorkerId, line: bytes) -> None:
        busy[0] += 1
        most[0] = max(most[0], busy[0])
        time.sleep(0.001)
        busy[0] -= 1

    def work() -> None:
        for _ in range(5):
            lines.give(context(), slow, b"a line\n", 1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_a_broken_output_is_told_and_the_guest_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def broken(worker: WorkerId, line: bytes) -> None:
        raise OSError("no space")

    Lines().give(cast("Any", context()), broken, b"a\n", 1)
    assert caplog.messages == [f"what {WORKER.uri} printed is lost: no space"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b"plain\n", ["plain"]),
        (b"windows\r\n", ["windows"]),
        (b"no end", ["no end"]),
        (b"\n", [""]),
        (b" 10%\r 20%\n", [" 10%", " 20%"]),
        (b"tab\there\n", ["tab\there"]),
        (b"\xff\xfe\n", ["\ufffd\ufffd"]),
        (b"\x1b[31mred\n", ["\x1b[31mred\x1b[0m"]),
        (b"\x1b[2J\x1b]0;title\x07\n", ["\\x1b[2J\\x1b]0;title\\x07"]),
        (b"nul\0 bell\x07 \xc2\x9b\n", ["nul\\x00 bell\\x07 \\x9b"]),
        ("über €\n".encode(), ["über €"]),
    ],
)
def test_what_is_shown_of_a_line(line: bytes, shown: list[str]) -> None:
    assert readable(line) == shown


@given(st.binary())
def test_a_terminal_gets_text_and_colours_only(line: bytes) -> None:
    for part in readable(line):
        rest = part.replace("\t", "")
        assert all(c.isprintable() or ord(c) >= 160 or c == "\x1b" for c in rest)
        assert all(piece.startswith("[") for piece in rest.split("\x1b")[1:])


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ann", "shop:cart/ann"),
        ("a b", "shop:cart/a b"),
        ("", "shop:cart/"),
        (str(uuid.UUID(int=0x0A30_0000 << 96)), "shop:cart/0a300000"),
        ("x" * 41, f"shop:cart/{'x' * 20}…{'x' * 10}"),
        ("two\nlines\x1b[2J", "shop:cart/two\\nlines\\x1b[2J"),
    ],
)
def test_the_label_of_a_worker_is_short_and_one_line(name: str, shown: str) -> None:
    assert label(WorkerId("shop:cart", name)) == shown


def test_each_line_that_is_shown_has_the_label() -> None:
    assert labelled(WORKER, b"1\r2\n") == "[shop:cart/ann] 1\n[shop:cart/ann] 2\n"
    assert not labelled(WORKER, b"")
