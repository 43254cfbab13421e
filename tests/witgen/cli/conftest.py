"""The command line, called in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from witgen.cli import main


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str


Cli = Callable[..., Done]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    """Run `witgen ARGS…` in an empty folder; a traceback or another exception fails the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("WITGEN_DEBUG", "1")

    def run(*args: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["witgen", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        code = ended.value.code
        return Done(code if isinstance(code, int) else 0, out, err)

    return run


TARGET = """\
package test:target@1.0.0;

interface api {
  record point { x: s32, y: s32 }
  add: func(a: u32, b: u32) -> u32;
  move: func(p: point) -> result<point, string>;
  tell: func(text: string);
}

world target { export api; }
"""

CALLER = """\
package test:caller;

world caller { export run: func() -> u32; }
"""


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A target's WIT folder."""
    folder = tmp_path / "target"
    folder.mkdir()
    (folder / "target.wit").write_text(TARGET)
    return folder


@pytest.fixture
def caller(tmp_path: Path) -> Path:
    """A caller's WIT folder."""
    folder = tmp_path / "caller"
    folder.mkdir()
    (folder / "caller.wit").write_text(CALLER)
    return folder
