"""The cases of `golden/` that are trees of generated files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from witgen.client import Client, client
from witgen.load import load

GOLDEN = Path(__file__).parents[2] / "golden"
# Trees of other tests.
_ELSEWHERE = {"diagnostics", "worlds"}
CASES = sorted(p.name for p in GOLDEN.iterdir() if p.is_dir() and p.name not in _ELSEWHERE)


def golden_client(name: str) -> Client:
    """The client of a case, with the options that stand beside its input."""
    options: dict[str, Any] = {}
    written = GOLDEN / name / "options.json"
    if written.is_file():
        options = json.loads(written.read_text("utf-8"))
    return client(load(GOLDEN / name / "input"), **options)
