"""`witgen generate` on a folder that is as it should be: quick, and never wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]

LOADED = (
    "lark",
    "jinja2",
    "witgen.resolve",
    "witgen.syntax",
    "witgen.client",
    "witgen.emit.host",
    "witgen.emit.python",
    "witgen.emit.environment",
)


@pytest.fixture
def generated(cli: Cli, target: Path, tmp_path: Path) -> Path:
    assert cli("generate", target, "-o", "out").status == 0
    return tmp_path / "out"


def test_a_second_run_changes_nothing_and_says_so(cli: Cli, target: Path, generated: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in generated.rglob("*")}

    done = cli("generate", target, "-o", "out")

    count = sum(path.is_file() for path in before) - 1
    assert (done.status, done.err) == (0, f"out: {count} files, 0 changed\n")
    assert {path: path.stat().st_mtime_ns for path in generated.rglob("*")} == before


def test_a_check_is_silent_and_loads_nothing(target: Path, generated: Path) -> None:
    script = (
        "import sys\n"
        f"sys.argv = ['witgen', 'generate', {str(target)!r}, '-o', 'out', '--check', '--diff']\n"
        "from witgen.cli import main\n"
        "try: main()\n"
        "except SystemExit as e: assert not e.code, e.code\n"
        f"print(*[m for m in {LOADED!r} if m in sys.modules])\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=generated.parent,
    )

    assert (done.stdout, done.stderr) == ("\n", "")


@pytest.mark.parametrize(
    "options",
    [
        ("--kind", "ephemeral"),
        ("--types", "inline"),
        ("--golem-rpc", "0.2.2"),
        ("--component-name", "else:where"),
        ("--emit", "wit"),
    ],
)
def test_another_option_is_seen(
    cli: Cli, target: Path, generated: Path, options: tuple[str, str]
) -> None:
    assert cli("generate", target, "-o", "out", "--check", *options).status == 1


def test_a_change_of_the_target_is_seen(cli: Cli, target: Path, generated: Path) -> None:
    file = next(target.glob("*.wit")) if target.is_dir() else target
    file.write_text(file.read_text().replace("b: u32", "b: u64"))

    assert cli("generate", target, "-o", "out", "--check").status == 1


def test_a_change_of_the_caller_is_seen(cli: Cli, target: Path, tmp_path: Path) -> None:
    caller = tmp_path / "caller"
    caller.mkdir()
    (caller / "a.wit").write_text("package my:caller;\nworld caller {}\n")
    arguments = ("generate", target, "-o", "out", "--caller", caller)
    assert cli(*arguments).status == 0
    assert cli(*arguments, "--check").status == 0

    (caller / "a.wit").write_text("package my:caller;\nworld other {}\n")

    assert cli(*arguments, "--check").status == 1


def test_an_edited_file_is_told_and_put_right(cli: Cli, target: Path, generated: Path) -> None:
    client = generated / "wit" / "client.wit"
    client.write_text("// mine\n")

    done = cli("generate", target, "-o", "out", "--check")
    cli("generate", target, "-o", "out")

    assert done.status == 1
    assert "was edited by hand" in done.err
    assert "// mine" not in client.read_text()


def test_what_was_warned_about_is_said_again(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.wit").write_text(
        "package a:b;\ninterface i { custom: func(); }\nworld w { export i; }\n"
    )
    first = cli("generate", "a.wit", "-o", "out")

    again = cli("generate", "a.wit", "-o", "out", "--check")

    assert first.status == again.status == 0
    assert "warning" in first.err
    assert again.err.splitlines()[0] == first.err.splitlines()[0]


def test_a_missing_target_is_told_all_the_same(cli: Cli, target: Path, generated: Path) -> None:
    done = cli("generate", "no/such", "-o", "out", "--check")

    assert done.status == 2
    assert "does not exist" in done.err


GATED = """\
package a:b@1.0.0;
interface i { f: func(); @unstable(feature = extra) g: func(); }
world w { export i; }
"""


@pytest.mark.parametrize(
    ("options", "present"),
    [
        ((), False),
        (("--features", "other"), False),
        (("--features", "other,extra"), True),
        (("--all-features",), True),
    ],
)
def test_features_are_switched_on_and_carried_over(
    cli: Cli, tmp_path: Path, options: tuple[str, ...], *, present: bool
) -> None:
    (tmp_path / "a.wit").write_text(GATED)
    assert cli("generate", "a.wit", "-o", "out").status == 0

    done = cli("generate", "a.wit", "-o", "out", *options)

    wit = (tmp_path / "out" / "wit" / "client.wit").read_text()
    assert done.status == 0
    assert ("    @unstable(feature = extra)\n    blocking-g: func();\n" in wit) is present


def test_garbage_is_not_looked_for_while_generating(target: Path, tmp_path: Path) -> None:
    script = (
        "import gc, sys\n"
        "from witgen.__main__ import main\n"
        f"sys.argv = ['witgen', 'generate', {str(target)!r}, '-o', 'out']\n"
        "gc.callbacks.append(lambda phase, info: print(phase))\n"
        "main()\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert done.stdout == ""
