"""Writing generated trees: atomically, with a record of ownership, comparable without writing."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from witgen.app.record import MANIFEST, digest, digests, owned, text

Files = Mapping[str, bytes]
Buffer = bytes | memoryview
UNFINISHED = ".witgen-tmp"
"""How the name of a file ends that is being written, and gets its own name when it is whole."""


def write_file(path: Path, data: bytes) -> None:
    """Write a file as a whole or not at all, with the permissions that the umask gives.

    Raises:
        OSError: the folder or the file cannot be written.
    """
    write_pieces(path, [data])


def write_pieces(path: Path, pieces: Iterable[Buffer]) -> None:
    """Like `write_file`, of pieces that are never joined in memory.

    Raises:
        OSError: the folder or the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(UNFINISHED, f".{path.name}.", path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)  # noqa: PTH101 - the temporary file is a plain name
        os.replace(name, path)  # noqa: PTH105 - likewise
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between a folder and what should be in it.

    Attributes:
        path: Relative to the folder, with forward slashes.
        kind: `missing`, `changed`, `edited` (changed since witgen wrote it), `stale` (witgen wrote
            it, no longer wanted) or `foreign` (in the way, and not witgen's).
        before: The bytes on disk, None when missing.
        after: The bytes that should be there, None when stale.
    """

    path: str
    kind: str
    before: bytes | None
    after: bytes | None


def changes(folder: Path, files: Files) -> tuple[Change, ...]:
    """What would have to change for the folder to hold exactly `files`, sorted by path.

    Raises:
        OSError: a file cannot be read.
    """
    known = owned(folder)
    return tuple(sorted(_changes(folder, files, known), key=lambda change: change.path))


def _changes(folder: Path, files: Files, known: Mapping[str, str]) -> Iterator[Change]:
    for path, after in files.items():
        target = folder / path
        if not target.is_file():
            kind = "foreign" if target.exists() else "missing"
            yield Change(path, kind, None, after)
            continue
        before = target.read_bytes()
        if before == after:
            continue
        if path not in known:
            kind = "foreign"
        else:
            kind = "changed" if known[path] == digest(before) else "edited"
        yield Change(path, kind, before, after)
    for path in known.keys() - files.keys():
        target = folder / path
        if target.is_file():
            yield Change(path, "stale", target.read_bytes(), None)


def write_tree(folder: Path, files: Files, inputs: str | None = None) -> tuple[Change, ...]:
    """Make the folder hold `files`, remove stale ones, and record the ownership.

    Stale files that were edited by hand are kept. The caller has refused `foreign` changes before.

    Args:
        folder: Where.
        files: What, by path.
        inputs: The digest of what they were made from, if the same makes the same again.

    Returns:
        What was changed.

    Raises:
        OSError: something cannot be written.
    """
    known = owned(folder)
    made = changes(folder, files)
    if any(change.after is not None and change.path not in known for change in made):
        # Told before it is done: what a kill leaves behind is ours, too.
        write_file(folder / MANIFEST, text(known | digests(files)))
    for change in made:
        if change.after is not None:
            write_file(folder / change.path, change.after)
        elif change.before is not None and known[change.path] == digest(change.before):
            (folder / change.path).unlink()
    for path in known.keys() - files.keys():
        # Of what a kill kept from being written, there may be the folder.
        _prune(folder, (folder / path).parent)
    manifest = text(digests(files), inputs)
    if not (folder / MANIFEST).is_file() or (folder / MANIFEST).read_bytes() != manifest:
        write_file(folder / MANIFEST, manifest)
    return made


def _prune(folder: Path, directory: Path) -> None:
    while directory != folder:
        if directory.is_dir():
            if any(directory.iterdir()):
                return
            directory.rmdir()
        directory = directory.parent


def unified_diff(made: tuple[Change, ...]) -> str:
    """The changes as a unified diff; binary files are named only."""
    lines: list[str] = []
    for change in made:
        before, after = _lines(change.before), _lines(change.after)
        if before is None or after is None:
            lines.append(f"Binary files a/{change.path} and b/{change.path} differ\n")
            continue
        old = "/dev/null" if change.before is None else f"a/{change.path}"
        new = "/dev/null" if change.after is None else f"b/{change.path}"
        lines += [_whole(line) for line in difflib.unified_diff(before, after, old, new)]
    return "".join(lines)


def _whole(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(data: bytes | None) -> list[str] | None:
    if data is None:
        return []
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8").splitlines(keepends=True)
    except UnicodeDecodeError:
        return None
