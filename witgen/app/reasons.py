"""Why a task has to run: what differs from the last time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from witgen.app.ledger import ABSENT, Digests, Entry
from witgen.app.listing import Listing, files
from witgen.app.plan import Task

_MOST = 3


def contents(listings: Iterable[Listing], digests: Digests) -> dict[str, str]:
    """Path → digest of everything that listings find, including paths they name that are absent."""
    return {path: digests.of(path) for listing in listings for path in files(listing)}


def reasons(task: Task, entry: Entry | None, digests: Digests) -> tuple[str, ...]:
    """Why a task has to run, for people; empty if nothing differs."""
    if entry is None:
        return ("not built yet",)
    found: list[str] = []
    if entry.params != task.params:
        found.append("the manifest or an option changed")
    root = digests.root
    found += _differences(entry.inputs, contents(task.reads, digests), root, ("is new", "is gone"))
    made = contents(task.makes, digests)
    found += _differences(entry.outputs, made, root, ("was added", "is missing"))
    if task.always:
        found.append("its command has no `sources`")
    return tuple(found)


def _differences(
    before: Mapping[str, str], now: Mapping[str, str], root: str, words: tuple[str, str]
) -> list[str]:
    found: list[str] = []
    for path in sorted(before.keys() | now.keys()):
        old, new = before.get(path, ABSENT), now.get(path, ABSENT)
        if old != new:
            what = words[0] if old == ABSENT else words[1] if new == ABSENT else "has changed"
            found.append(f"`{os.path.relpath(path, root)}` {what}")
    if len(found) > _MOST:
        found[_MOST:] = [f"and {len(found) - _MOST} more files"]
    return found
