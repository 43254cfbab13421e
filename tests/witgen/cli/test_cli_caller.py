"""`--caller`: what a client renames in the bindings of its caller is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Cli = Callable[..., Any]


def test_a_module_that_gets_another_name_is_told(cli: Cli, target: Path, tmp_path: Path) -> None:
    caller = tmp_path / "wit"
    caller.mkdir()
    (caller / "c.wit").write_text(
        "package my:caller; interface types { f: func(); } world c { import types; }"
    )

    done = cli("generate", target, "-o", tmp_path / "out", "--caller", caller)

    assert done.status == 0
    assert "warning[GEN2305]" in done.err
    assert "--import-interface-name my:caller/types=types" in done.err
    again = cli("generate", target, "-o", tmp_path / "out", "--caller", caller)
    assert "warning[GEN2305]" in again.err


def test_a_caller_that_imports_the_client_already(cli: Cli, target: Path, tmp_path: Path) -> None:
    caller = tmp_path / "wit"
    caller.mkdir()
    (caller / "c.wit").write_text(
        "package my:caller; world c { import test:target-client/target-client@1.0.0; }"
    )

    done = cli("generate", target, "-o", tmp_path / "out", "--caller", caller)

    assert done.status == 0
    assert "GEN2305" not in done.err
