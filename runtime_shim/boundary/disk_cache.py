"""Folders of large cached files, kept below a size: the least recently used go first.

Several processes use such a folder at once, without a lock. An entry is written atomically under
its own name, may have been removed at the next lookup, and is kept for a while after use, so that
no entry disappears while being written or read.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_MB = 1_000_000
_DEFAULT_MB = 2000
# Entries used this recently are kept, in seconds: longer than one is written or read.
_FRESH = 600.0


def most_bytes() -> int:
    """How large a folder may grow: `$WITGEN_CACHE_MB` megabytes, 2000 without it."""
    try:
        return max(0, int(os.environ.get("WITGEN_CACHE_MB", _DEFAULT_MB))) * _MB
    except ValueError:
        return _DEFAULT_MB * _MB


def use(entry: Path) -> None:
    """Mark an entry as used now; failing to write the cache is not an error."""
    try:
        os.utime(entry)
    except OSError:
        return


def trim(folder: Path, most: int | None = None) -> None:
    """Remove the least recently used entries until a folder is small enough.

    Args:
        folder: The folder. Files whose names are the same up to the first dot are one entry.
        most: Its size in bytes; by default `most_bytes()`.
    """
    excess = -(most_bytes() if most is None else most)
    entries: dict[str, _Entry] = {}
    for path, size, used in _files(folder):
        excess += size
        entry = entries.setdefault(path.name.lstrip(".").partition(".")[0], _Entry())
        entry.paths.append(path)
        entry.size += size
        entry.used = max(entry.used, used)
    for entry in sorted(entries.values(), key=lambda found: found.used):
        if excess <= 0 or time.time() - entry.used < _FRESH:
            return
        excess -= entry.size
        entry.drop()


def size(folder: Path) -> int:
    """The bytes of all files below a folder; 0 without one."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(place) / name).stat().st_size
            except OSError:
                continue
    return total


@dataclass(slots=True)
class _Entry:
    paths: list[Path] = field(default_factory=list)
    size: int = 0
    used: float = 0.0

    def drop(self) -> None:
        for path in self.paths:
            try:
                path.unlink(missing_ok=True)
            except OSError:
                # Some systems keep a file that is open.
                continue


def _files(folder: Path) -> Iterator[tuple[Path, int, float]]:
    try:
        paths = list(folder.iterdir())
    except OSError:
        return
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        if path.is_file():
            yield path, status.st_size, status.st_mtime
