"""`--with`: what a client has beyond Golem's rules is asked for, and asked for rightly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


def client_wit(folder: Path) -> str:
    return (folder / "wit" / "client.wit").read_text("utf-8")


@pytest.mark.parametrize(
    "options", [["--with", "try,trigger"], ["--with", "trigger", "--with", "try"]], ids=str
)
def test_members_beyond_the_rules(
    cli: Cli, target: Path, tmp_path: Path, options: list[str]
) -> None:
    assert cli("generate", target, "-o", tmp_path / "out", *options).status == 0

    text = client_wit(tmp_path / "out")
    assert "-> result<u32, golem-rpc-rpc-error>;" in text
    assert "    trigger-" in text
    assert "cancel: func();" in text


def test_none_unless_asked_for(cli: Cli, target: Path, tmp_path: Path) -> None:
    cli("generate", target, "-o", tmp_path / "out")

    text = client_wit(tmp_path / "out")
    assert not any(word in text for word in ("try-", "trigger-", "cancel:", "rpc-error"))


def test_asking_for_more_is_a_change(cli: Cli, target: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    cli("generate", target, "-o", out)

    assert cli("generate", target, "-o", out, "--with", "try", "--check").status == 1
    assert cli("generate", target, "-o", out, "--with", "try").status == 0
    assert cli("generate", target, "-o", out, "--with", "try", "--check").status == 0


@pytest.mark.parametrize(
    ("given", "told"),
    [("tri", "did you mean `try`?"), ("try,nothing", "use try, trigger, or both")],
)
def test_something_else_is_2_and_writes_nothing(
    cli: Cli, target: Path, tmp_path: Path, given: str, told: str
) -> None:
    done = cli("generate", target, "-o", tmp_path / "out", "--with", given)

    assert done.status == 2
    assert "--with does not know `" in done.err
    assert told in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("with=trigge", "did you mean `trigger`?"),
        ("with=try+cancel", "--with does not know `cancel`"),
        ("wit=try", "did you mean `with`?"),
        ("with=", "does not understand `with=`"),
    ],
)
def test_composing_with_something_else_is_2(
    cli: Cli, target: Path, tmp_path: Path, settings: str, told: str
) -> None:
    done = cli("compose", "x.wasm", "--client", f"{target},{settings}", "-o", tmp_path / "o.wasm")

    assert done.status == 2
    assert told in done.err
