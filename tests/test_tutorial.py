"""The tutorial does what it says: its commands are run in order, and its outputs compared."""

from __future__ import annotations

from pathlib import Path

import pytest
from doc_pages import Command, follow, steps

PAGE = "tutorial.md"


def test_it_has_commands_and_outputs() -> None:
    found = [step for step in steps(PAGE) if isinstance(step, Command)]

    assert len(found) > 10
    assert sum(bool(step.output) for step in found) >= 6


@pytest.mark.long
def test_the_tutorial_works(tmp_path: Path) -> None:
    said = follow(PAGE, tmp_path)

    builds = [text for line, text in said if line == "witgen build --backend native"]
    assert "done" in builds[0]
    assert "everything is up to date" in builds[1]
