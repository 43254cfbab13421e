"""The table of promises in `docs/workers.md`: each names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
PAGE = (ROOT.parent / "docs" / "workers.md").read_text("utf-8")
TABLE = PAGE.partition("## What is promised")[2].partition("\n## ")[0]
ROWS = [
    cells
    for line in TABLE.splitlines()
    if len(cells := [cell.strip() for cell in line.strip("|").split(" | ")]) == 4
][1:]
FILES = {path.name: path.read_text("utf-8") for path in ROOT.rglob("test_*.py")}


def test_the_table_is_found() -> None:
    assert len(ROWS) > 30


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_promise_names_its_tests(row: list[str]) -> None:
    _, kind, _, named = row
    assert kind in {"survived", "detected", "not promised"}
    file, *names = re.findall(r"`([^`]+)`", named) or [""]
    if file or kind != "not promised":
        assert names
        for name in names:
            assert re.search(rf"^ *(def|class) {name}\b", FILES[file], re.MULTILINE), name
