"""`witgen wit` with its transforms and the binary form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


def test_the_binary_form_prints_as_the_text_does(cli: Cli, target: Path, tmp_path: Path) -> None:
    assert cli("wit", target, "--wasm", "-o", "t.wasm").status == 0

    assert (tmp_path / "t.wasm").read_bytes().startswith(b"\0asm")
    assert cli("wit", "t.wasm").out == cli("wit", target).out
    assert cli("wit", "t.wasm", "--json").out == cli("wit", target, "--json").out


def test_a_world_is_turned_round(cli: Cli, target: Path) -> None:
    done = cli("wit", target, "--importize-world", "target")

    assert "world target-importized {\n  import api;\n}" in done.out
    assert cli("wit", target, "--importize").out == done.out


def test_a_world_is_cut_out(cli: Cli, target: Path) -> None:
    (target / "more.wit").write_text("interface unused {}\nworld other {}\n")

    assert "unused" in cli("wit", target).out
    assert "unused" not in cli("wit", target, "--world", "target").out


@pytest.mark.parametrize(
    ("args", "status", "hint"),
    [
        (["--world", "tarket"], 1, "did you mean `target`?"),
        (["--importize-world", "nothing"], 1, "worlds of"),
        (["--wasm"], 2, "-o"),
        (["--wasm", "--json", "-o", "x"], 2, "exclude each other"),
        (["--importize", "--importize-world", "target"], 2, "exclude each other"),
        (["-w", "--world", "target"], 2, "no other option"),
    ],
)
def test_mistakes(cli: Cli, target: Path, args: list[str], status: int, hint: str) -> None:
    done = cli("wit", target, *args)

    assert (done.status, done.out) == (status, "")
    assert hint in done.err


def test_what_has_no_binary_form_is_1_and_writes_nothing(
    cli: Cli, target: Path, tmp_path: Path
) -> None:
    (target / "target.wit").write_text("package a:b; interface i { f: func() -> stream<char>; }")

    done = cli("wit", target, "--wasm", "-o", "t.wasm")

    assert done.status == 1
    assert "CMP3035" in done.err
    assert not (tmp_path / "t.wasm").exists()
