"""The record of a generated folder, `.witgen.json`: what was made, by what, from what.

It lists the files that witgen wrote with their digests, so that stale ones are removed, hand edits
noticed, and other people's files never lost; and the digest of all inputs, so that a run that would
change nothing ends before loading anything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from witgen.version import __version__

MANIFEST = ".witgen.json"
_VERSION = 1


def digest(data: bytes) -> str:
    """The content digest used in records and caches: SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """Path → digest."""
    return {path: digest(data) for path, data in files.items()}


def text(known: Mapping[str, str], inputs: str | None = None) -> bytes:
    """The record of a folder.

    Args:
        known: Path → digest of the files that witgen wrote, or is about to write.
        inputs: The digest of their inputs, if all the files are present.
    """
    document: dict[str, object] = {"version": _VERSION, "tool": _tool()}
    if inputs is not None:
        document["inputs"] = inputs
    document["files"] = dict(sorted(known.items()))
    return (json.dumps(document, indent=2) + "\n").encode()


def owned(folder: Path) -> dict[str, str]:
    """Path → digest of the files that witgen wrote into a folder; empty without a record."""
    return _files(_read(folder))


def input_digest(options: Mapping[str, object], roots: Iterable[Path | None]) -> str | None:
    """The digest of all inputs of a generated folder.

    Args:
        options: The user's options, by name.
        roots: The files and folders that are read; None for one not given.

    Returns:
        The digest, independent of where the folders are; None if something cannot be read.
    """
    found: list[object] = [sorted((name, repr(value)) for name, value in options.items())]
    try:
        found += [None if root is None else _contents(root) for root in roots]
    except OSError:
        return None
    return digest(json.dumps(found).encode())


def settled(folder: Path, inputs: str | None) -> int | None:
    """The number of files if the folder was made from `inputs` and not changed since; or None."""
    if inputs is None:
        return None
    document = _read(folder)
    if document.get("tool") != _tool() or document.get("inputs") != inputs:
        return None
    files = _files(document)
    try:
        same = all(digest((folder / path).read_bytes()) == known for path, known in files.items())
    except OSError:
        return None
    return len(files) if same else None


def _tool() -> str:
    return f"witgen {__version__}"


def _contents(root: Path) -> list[tuple[str, str]]:
    if not root.is_dir():
        return [("", digest(root.read_bytes()))]
    found = []
    for path in sorted(root.rglob("*")):
        if path.is_file():
            found.append((path.relative_to(root).as_posix(), digest(path.read_bytes())))
        elif path.is_symlink():
            # The files behind it are read too, but not listed here.
            raise OSError(f"{path} is a link to a folder")
    return found


def _read(folder: Path) -> dict[str, object]:
    try:
        document = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    known = isinstance(document, dict) and document.get("version") == _VERSION
    return document if known else {}


def _files(document: Mapping[str, object]) -> dict[str, str]:
    files = document.get("files")
    if not isinstance(files, dict):
        return {}
    return {str(path): str(known) for path, known in files.items() if _inside(str(path))}


def _inside(path: str) -> bool:
    parts = path.split("/")
    return bool(path) and not path.startswith("/") and ".." not in parts and "\\" not in path
