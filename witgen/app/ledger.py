"""What the last build saw and made: digests of contents, so that times of files decide nothing.

A file's digest is kept with its size, times and number, and taken again when any of these changed, or
when the file is so young that it may have changed unnoticed.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from witgen.app.listing import Listing, files
from witgen.version import __version__

NAME = "witgen-build.json"
LOCK = ".lock"
"""The file beside it that a build holds; it is empty unless one is under way, or was killed."""
_VERSION = 1
# Times of files are coarse; a file this young may be written again within the same tick.
_YOUNG = 2_000_000_000
_MOST_SELECTIONS = 16
_CHUNK = 1 << 20
ABSENT = ""
"""The digest of a file that is not there."""


@dataclass(slots=True)
class Digests:
    """The digests of files, remembered across runs.

    Attributes:
        root: What paths are relative to when they are kept.
        known: Path → size, modification, change, number, digest.
        taken: When what is known was looked at, in nanoseconds.
        dirty: Whether anything was learned.
    """

    root: str
    known: dict[str, list[int | str]] = field(default_factory=dict)
    taken: int = 0
    dirty: bool = False
    _seen: dict[str, str] = field(default_factory=dict)

    def of(self, path: str) -> str:
        """The digest of a file, taken once a run; `ABSENT` without a file."""
        found = self._seen.get(path)
        if found is None:
            found = self._seen[path] = self._digest(path)
        return found

    def forget(self, paths: Iterable[str]) -> None:
        """Look at files anew: they were written."""
        for path in paths:
            self._seen.pop(path, None)

    def _digest(self, path: str) -> str:
        try:
            status = os.stat(path)
            signature = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
            known = self.known.get(path)
            if known and known[:4] == signature:
                return str(known[4])
            digest = _content(path)
        except OSError:
            self.dirty |= self.known.pop(path, None) is not None
            return ABSENT
        youngest = max(status.st_mtime_ns, status.st_ctime_ns)
        if time.time_ns() - youngest > _YOUNG:
            self.known[path] = [*signature, digest]
            self.dirty = True
        else:
            self.dirty |= self.known.pop(path, None) is not None
        return digest


def _content(path: str) -> str:
    digest = blake2b(digest_size=16)
    with open(path, "rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """What a task was done with.

    Attributes:
        params: The digest of what it is told besides files.
        inputs: Path → digest of what it read.
        outputs: Path → digest of what it made.
    """

    params: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Settled:
    """A selection that was up to date.

    Attributes:
        listings: All questions to the file system that it depends on.
        files: Files besides, absent ones included.
        world: The digest of all answers and contents.
        count: How many components it is about.
    """

    listings: tuple[Listing, ...]
    files: tuple[str, ...]
    world: str
    count: int


@dataclass(slots=True)
class Ledger:
    """The record of an application's builds.

    Attributes:
        path: Its file.
        digests: Of files.
        tasks: What each task was done with.
        settled: What was up to date, by selection.
    """

    path: Path
    digests: Digests
    tasks: dict[str, Entry] = field(default_factory=dict)
    settled: dict[str, Settled] = field(default_factory=dict)

    def save(self) -> None:
        """Write it, as a whole.

        Raises:
            OSError: It cannot be written.
        """
        from witgen.app.files import write_file

        document = {
            "version": _VERSION,
            "tool": __version__,
            "root": self.digests.root,
            "files": dict(sorted(self.digests.known.items())),
            "tasks": {
                name: [entry.params, dict(entry.inputs), dict(entry.outputs)]
                for name, entry in sorted(self.tasks.items())
            },
            "settled": {
                name: [[list(part) for part in s.listings], list(s.files), s.world, s.count]
                for name, s in self.settled.items()
            },
        }
        write_file(self.path, json.dumps(document, separators=(",", ":")).encode())
        self.digests.dirty = False

    def settle(self, selection: str, settled: Settled) -> None:
        """Remember that a selection is up to date; the oldest are forgotten."""
        self.settled.pop(selection, None)
        self.settled[selection] = settled
        while len(self.settled) > _MOST_SELECTIONS:
            del self.settled[next(iter(self.settled))]


def load(temp: Path, root: Path) -> Ledger:
    """The record of an application; an empty one where there is none that fits.

    Args:
        temp: The application's folder of intermediate files.
        root: The application's folder; a record of another place is of no use.
    """
    path = temp / NAME
    empty = Ledger(path, Digests(str(root)))
    try:
        document = json.loads(path.read_bytes())
        fits = (document["version"], document["tool"], document["root"]) == (
            _VERSION,
            __version__,
            str(root),
        )
        if not fits:
            return empty
        return Ledger(
            path,
            Digests(str(root), dict(document["files"])),
            {name: Entry(*parts) for name, parts in document["tasks"].items()},
            {
                name: Settled(
                    tuple(Listing(part[0], tuple(part[1]), tuple(part[2])) for part in listings),
                    tuple(paths),
                    world,
                    count,
                )
                for name, (listings, paths, world, count) in document["settled"].items()
            },
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return empty


def world(listings: Iterable[Listing], paths: Iterable[str], digests: Digests) -> str:
    """The digest of all that listings find, and of what is in it."""
    found: set[str] = set(paths)
    for listing in listings:
        found.update(files(listing))
    digest = blake2b(digest_size=16)
    for path in sorted(found):
        digest.update(f"{path}\0{digests.of(path)}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
