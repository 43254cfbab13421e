"""What the last build read and made, as digests of contents, so that file times decide nothing.

A file's digest is kept with its size, times and inode number, and recomputed if any of these
changed or if the file is so recent that a change could go unnoticed.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from witgen.app.listing import Listing, files
from witgen.version import __version__

NAME = "witgen-build.json"
HELD = ".building.lock"
"""The file beside it that a build locks."""
LOCK = ".lock"
"""The notes of a build beside it; empty unless a build is running or was killed."""
_VERSION = 2
# File times are coarse; a file this recent may be written again within the same tick.
_YOUNG = 2_000_000_000
_MOST_SELECTIONS = 16
_CHUNK = 1 << 20
ABSENT = ""
"""The digest of a missing file."""


@dataclass(slots=True)
class Digests:
    """The digests of files, remembered across runs.

    Attributes:
        root: What stored paths are relative to.
        known: Path → size, modification, change, number, digest.
        taken: When the known digests were taken, in nanoseconds.
        dirty: Whether there are new digests.
    """

    root: str
    known: dict[str, list[int | str]] = field(default_factory=dict)
    taken: int = 0
    dirty: bool = False
    _seen: dict[str, str] = field(default_factory=dict)

    def of(self, path: str) -> str:
        """The digest of a file, computed once per run; `ABSENT` without a file."""
        found = self._seen.get(path)
        if found is None:
            found = self._seen[path] = self._digest(path)
        return found

    def forget(self, paths: Iterable[str]) -> None:
        """Forget the digests of files that were written."""
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
    """The record of a task that was done.

    Attributes:
        params: The digest of its parameters other than files.
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
        listings: All file listings that it depends on.
        files: Other files, including absent ones.
        world: The digest of all listings and contents.
        components: The names of the components that it covers.
    """

    listings: tuple[Listing, ...]
    files: tuple[str, ...]
    world: str
    components: tuple[str, ...]


@dataclass(slots=True)
class Ledger:
    """The record of an application's builds.

    Attributes:
        path: Its file.
        digests: Digests of files.
        tasks: The record of each task.
        settled: Selections that were up to date.
        backend: How clients are built, if a command said so: the next builds do the same.
    """

    path: Path
    digests: Digests
    tasks: dict[str, Entry] = field(default_factory=dict)
    settled: dict[str, Settled] = field(default_factory=dict)
    backend: str = ""

    def save(self) -> None:
        """Write it atomically.

        Raises:
            OSError: It cannot be written.
        """
        from witgen.atomic import write_file

        root = self.digests.root
        document = {
            "version": _VERSION,
            "tool": __version__,
            "backend": self.backend,
            "files": _near(dict(sorted(self.digests.known.items())), root),
            "tasks": {
                name: [entry.params, _near(entry.inputs, root), _near(entry.outputs, root)]
                for name, entry in sorted(self.tasks.items())
            },
            "settled": {
                name: [
                    [
                        [_inner(b, root), p, [_inner(o, root) for o in omit]]
                        for b, p, omit in s.listings
                    ],
                    [_inner(path, root) for path in s.files],
                    s.world,
                    s.components,
                ]
                for name, s in self.settled.items()
            },
        }
        write_file(self.path, json.dumps(document, separators=(",", ":")).encode())
        self.digests.dirty = False

    def settle(self, selection: str, settled: Settled) -> None:
        """Record that a selection is up to date; the oldest are forgotten."""
        self.settled.pop(selection, None)
        self.settled[selection] = settled
        while len(self.settled) > _MOST_SELECTIONS:
            del self.settled[next(iter(self.settled))]


def load(temp: Path, root: Path) -> Ledger:
    """The record of an application; an empty one if none matches.

    Args:
        temp: The application's folder of intermediate files.
        root: The application's folder; what is inside is recorded relative to it, so that an
            application that was moved is as up to date as before.
    """
    path = temp / NAME
    empty = Ledger(path, Digests(str(root)))
    try:
        document = json.loads(path.read_bytes())
        if (document["version"], document["tool"]) != (_VERSION, __version__):
            return empty
        top = str(root)
        return Ledger(
            path,
            Digests(top, _far(document["files"], top)),
            {
                name: Entry(params, _far(inputs, top), _far(outputs, top))
                for name, (params, inputs, outputs) in document["tasks"].items()
            },
            {
                name: Settled(
                    tuple(
                        Listing(_outer(base, top), tuple(p), tuple(_outer(o, top) for o in omit))
                        for base, p, omit in listings
                    ),
                    tuple(_outer(path, top) for path in paths),
                    world,
                    tuple(components),
                )
                for name, (listings, paths, world, components) in document["settled"].items()
            },
            str(document["backend"]),
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return empty


_T = TypeVar("_T")


def _inner(path: str, root: str) -> str:
    """A path as recorded: relative to the application's folder if it is inside."""
    if path == root:
        return "."
    return path.removeprefix(root + os.sep)


def _outer(path: str, root: str) -> str:
    return root if path == "." else os.path.join(root, path)


def _near(by_path: Mapping[str, _T], root: str) -> dict[str, _T]:
    return {_inner(path, root): value for path, value in by_path.items()}


def _far(by_path: Mapping[str, _T], root: str) -> dict[str, _T]:
    return {_outer(path, root): value for path, value in by_path.items()}


def world(listings: Iterable[Listing], paths: Iterable[str], digests: Digests) -> str:
    """The digest of everything that listings find, and of its contents."""
    found: set[str] = set(paths)
    for listing in listings:
        found.update(files(listing))
    digest = blake2b(digest_size=16)
    for path in sorted(found):
        digest.update(
            f"{_inner(path, digests.root)}\0{digests.of(path)}\0".encode("utf-8", "surrogateescape")
        )
    return digest.hexdigest()
