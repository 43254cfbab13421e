"""The tutorial does what it says: its commands are run in order, and its outputs compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).parent.parent / "docs" / "tutorial.md"


def steps() -> Iterator[tuple[str, str]]:
    """(command, expected output) of all console blocks."""
    text = TUTORIAL.read_text("utf-8")
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def test_it_has_commands_and_outputs() -> None:
    found = list(steps())

    assert len(found) > 10
    assert sum(bool(output) for _, output in found) >= 6


@pytest.mark.long
def test_the_tutorial_works(tmp_path: Path) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    folder = tmp_path
    for command, output in steps():
        if command.startswith("cd "):
            folder /= command.removeprefix("cd ")
            continue
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert done.stdout == output, command
        if command == "witgen build --backend native" and "done" not in done.stderr:
            assert "everything is up to date" in done.stderr
