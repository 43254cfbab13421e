"""The cases of `golden/` that are trees of generated files.

A case has the options of its client in `options.json`. With `of` among them its target is that of
another case; with `features`, these are switched on.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from witgen.client import Client, client
from witgen.client.caller import add_client
from witgen.load import load

GOLDEN = Path(__file__).parents[2] / "golden"
# Trees of other tests.
_ELSEWHERE = {"diagnostics", "worlds", "callers-circle"}
CASES = sorted(p.name for p in GOLDEN.iterdir() if p.is_dir() and p.name not in _ELSEWHERE)


def golden_options(name: str) -> dict[str, Any]:
    """The options of a case."""
    written = GOLDEN / name / "options.json"
    found: dict[str, Any] = json.loads(written.read_text("utf-8")) if written.is_file() else {}
    return found


def golden_client(name: str) -> Client:
    """The client of a case, with the options that stand beside its input."""
    options = golden_options(name)
    target = GOLDEN / options.pop("of", name) / "input"
    return client(load(target, features=options.pop("features", ())), **options)


def golden_callers(name: str) -> dict[str, bytes]:
    """The WIT of components that call each other, all clients added: `wit/<component>/…`.

    `options.json` has for each component what it calls, with the options of these clients.
    """
    folders = {p.name: p for p in sorted((GOLDEN / name / "input").iterdir())}
    made: dict[str, bytes] = {}
    for caller, calls in golden_options(name).items():
        files = {p.name: p.read_bytes() for p in sorted(folders[caller].iterdir())}
        for target, options in calls.items():
            files = dict(add_client(files, client(load(folders[target]), **options)))
        made |= {f"wit/{caller}/{path}": data for path, data in files.items()}
    return dict(sorted(made.items()))


def golden_warnings(name: str) -> str:
    """What is warned about."""
    for written in (GOLDEN / name / "warnings.txt", GOLDEN / name / "input" / "warnings.txt"):
        if written.is_file():
            return written.read_text("utf-8")
    return ""
