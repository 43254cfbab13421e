"""The first hour of a newcomer: what the documentation says, in its order, from the wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from doc_pages import Command, follow, steps

ROOT = Path(__file__).parents[1]
PAGES = ("tutorial.md", "first-hour.md")


def test_it_has_all_that_a_first_hour_has() -> None:
    lines = [step.line for page in PAGES for step in steps(page) if isinstance(step, Command)]

    for part in ("init", "build", "run", "worker update", "serve"):
        assert any(line.startswith(f"witgen {part} ") or line == f"witgen {part}" for line in lines)
    for program in ("sed -i", "timeout --signal KILL", "python -m pytest", "curl"):
        assert any(line.startswith(program) for line in lines)


@pytest.mark.long
def test_the_first_hour(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Outside the checkout, in a fresh environment with the built wheel and empty caches."""
    table: list[tuple[str, float]] = []
    environment = {
        "HOME": str(tmp_path),
        "PATH": os.pathsep.join([str(tmp_path / "venv" / "bin"), os.environ["PATH"]]),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }

    def run(*words: str) -> None:
        begin = time.perf_counter()
        subprocess.run(words, cwd=tmp_path, env=environment, check=True, capture_output=True)
        shown = " ".join(Path(word).name if word.startswith("/") else word for word in words)
        table.append((shown, time.perf_counter() - begin))

    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", "dist", str(ROOT))
    [wheel] = (tmp_path / "dist").glob("*.whl")
    run(sys.executable, "-m", "venv", "venv")
    run(str(tmp_path / "venv" / "bin" / "pip"), "install", "-q", str(wheel), "pytest")
    run("witgen", "doctor")
    for page in PAGES:
        place = tmp_path if page == PAGES[0] else tmp_path / "shop"
        follow(page, place, environment=environment, took=lambda *row: table.append(row))
    with capsys.disabled():
        rows = [*table, ("in all", sum(seconds for _, seconds in table))]
        for line, seconds in rows:
            sys.stdout.write(f"{seconds:7.1f} s  {line.splitlines()[0][:100]}\n")
    assert shutil.which("witgen", path=environment["PATH"]) == str(tmp_path / "venv/bin/witgen")
