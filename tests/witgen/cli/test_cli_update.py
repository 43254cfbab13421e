"""Edits of a component under a store: `run`, `worker update` and `--update`, with small components."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import wasmtime
from small_counter import COUNTER, ECHO, INC

Cli = Callable[..., Any]
NAME = "test:counter"

EDITS = {
    "body": ("(global.get $count))", "(drop (i32.const 7)) (global.get $count))"),
    "function": (
        '(export "quiet" (func $quiet)) (export "boom"',
        '(export "quiet" (func $quiet)) (export "calm" (func $quiet)) (export "boom"',
    ),
    "type": ('(func $inc (param "by" u32) (result u32)', '(func $inc (param "by" u8) (result u8)'),
    "less": ('(export "echo" (func $echo))', ""),
    "twice": ("(local.get 0)))", "(i32.mul (i32.const 2) (local.get 0))))"),
    "clock": (
        "(component\n",
        """(component
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock (export "now" (func (result u64)))))
  (core func $now (canon lower (func $clock "now")))
""",
    ),
}  # fmt: skip
CLOCK = (
    ("(core module $m\n", '(core module $m\n(import "h" "now" (func $now (result i64)))\n'),
    ('(func (export "inc") (param i32) (result i32)\n',
     '(func (export "inc") (param i32) (result i32)\n(drop (call $now))\n'),
    ("(core instance $i (instantiate $m))",
     '(core instance $i (instantiate $m (with "h" (instance (export "now" (func $now))))))'),
)  # fmt: skip


def edited(path: Path, *edits: str) -> Path:
    """The counter, edited, in a file."""
    text = COUNTER
    for edit in edits:
        for old, new in (EDITS[edit], *(CLOCK if edit == "clock" else ())):
            assert old in text, edit
            text = text.replace(old, new, 1)
    path.write_bytes(wasmtime.wat2wasm(text))
    return path


@pytest.fixture
def counter(tmp_path: Path) -> Path:
    return edited(tmp_path / "counter.wasm")


@pytest.fixture
def run(cli: Cli, counter: Path) -> Callable[..., Any]:
    def call(function: str, *args: str, worker: str = "old") -> Any:
        return cli("run", counter, function, *args, "--store", "s.db", "--worker", worker)

    assert call(INC, "3").out == "3\n"
    assert call(INC, "4").out == "7\n"
    return call


def update(cli: Cli, counter: Path, *more: str) -> Any:
    return cli("worker", "update", "s.db", NAME, "--deploy", f"{NAME}={counter}", *more)


@pytest.mark.parametrize("edit", EDITS)
def test_every_edit_leaves_old_workers_as_they_are(
    cli: Cli, run: Callable[..., Any], counter: Path, edit: str
) -> None:
    edited(counter, edit)
    assert run(INC, "2").out == "9\n"
    assert run(INC, "2", worker="new").out == ("4\n" if edit == "twice" else "2\n")
    assert cli("worker", "check", "s.db").status == 0


@pytest.mark.parametrize("edit", ["body", "function", "type", "less"])
def test_a_build_that_does_the_same_gets_the_workers(
    cli: Cli, run: Callable[..., Any], counter: Path, edit: str
) -> None:
    edited(counter, edit)
    looked = update(cli, counter, "--check")
    assert (looked.status, looked.out.splitlines()[1].split()) == (
        0,
        [f"{NAME}/old", "2", "same"],
    )
    done = update(cli, counter)
    assert (done.status, done.err) == (0, f"moved 1 worker of {NAME} to this build\n")
    assert update(cli, counter).err == f"all workers of {NAME} belong to this build\n"
    assert run(INC, "2").out == "9\n"
    if edit == "function":
        assert run("test:counter/api.{calm}").status == 0


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("twice", (r"call 1, test:counter/api.\{inc\} \(key .*\): recorded was the result 3; this "
         r"build returns 6")),
        ("clock", (r"step 0: recorded was the end of the call; this build makes the host call "
         r"wasi:clocks/monotonic-clock")),
    ],
)  # fmt: skip
def test_what_another_build_would_have_done_is_named(
    cli: Cli, run: Callable[..., Any], counter: Path, edit: str, said: str
) -> None:
    edited(counter, edit)
    for more in (("--check",), ("--worker", "old"), ("--worker", f"{NAME}/old"), ()):
        done = update(cli, counter, *more)
        assert done.status == 1
        assert re.search(said, done.err), done.err
        assert "nothing was changed" in done.err
        assert "error[RUN5013]" in done.err
    assert run(INC, "2").out == "9\n"


def test_a_function_that_was_called_is_gone(
    cli: Cli, run: Callable[..., Any], counter: Path
) -> None:
    assert run(ECHO, '"a"', worker="echo").out == '"a"\n'
    edited(counter, "less")
    done = update(cli, counter)
    assert done.status == 1
    assert "refuses the call: " in done.err
    assert "1 of 2 workers of test:counter cannot be moved" in done.err
    assert update(cli, counter, "--partial").status == 1
    assert update(cli, counter).out.splitlines()[1].split()[:2] == [f"{NAME}/echo", "1"]
    assert run(ECHO, '"b"', worker="echo").out == '"b"\n'
    assert run(ECHO, '"b"').status == 2  # it was moved


def test_run_moves_them_first(cli: Cli, run: Callable[..., Any], counter: Path) -> None:
    def again() -> Any:
        return cli("run", counter, INC, "2", "--store", "s.db", "--worker", "old", "--update")

    edited(counter, "twice")
    done = again()
    assert (done.status, done.out) == (1, "")
    assert "nothing was changed" in done.err
    edited(counter, "body")
    done = again()
    assert (done.status, done.out) == (0, "9\n")
    assert "moved 1 worker" in done.err
    assert again().out == "11\n"


def test_what_cannot_be_asked_for(cli: Cli, run: Callable[..., Any], counter: Path) -> None:
    assert "RUN5008" in update(cli, counter, "--worker", "nobody").err
    assert update(cli, counter, "--check", "--partial").status == 2
    done = cli("run", counter, INC, "2", "--update")
    assert (done.status, "--update needs --store" in done.err) == (2, True)
    done = cli("worker", "update", "s.db", "test:countr", "--deploy", f"{NAME}={counter}")
    assert (done.status, "did you mean" in done.err) == (2, True)
    assert cli("worker", "update", "none.db", NAME, "--deploy", f"{NAME}={counter}").status == 2
