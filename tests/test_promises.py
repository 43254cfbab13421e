"""Each promise of the documentation names a test that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "workers.md").read_text("utf-8")
_, _, TABLE = PAGE.partition("## What is promised")
ROWS = [row for row in TABLE.partition("\n## ")[0].splitlines() if row.startswith("| ")][1:]
NAMED = re.findall(r"`(\w+\.py)`: `(\w+)…?` \|", "\n".join(ROWS))


def test_every_promise_names_its_test() -> None:
    unnamed = [row for row in ROWS if "| not promised |" not in row and ".py`: `" not in row]
    assert unnamed == []
    assert len(NAMED) > 30


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_its_test_is_there(file: str, name: str) -> None:
    found = "".join(path.read_text("utf-8") for path in TESTS.rglob(file))
    assert re.search(rf"(?:def|class) {name}", found)
