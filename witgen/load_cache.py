"""What loading found, kept by the content of all that was read.

An entry is the JSON document, compressed, and indented if it was printed once. The name is a digest of
the files, the features and the program itself. An indented one is printed again without the room that
resolves, or even the model.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from witgen import cache

# Some megabytes at most.
_MOST_ENTRIES = 200
_PREFIX = "resolve-"
# What else the result depends on, besides the inputs.
_ROOMS = ("", "syntax", "resolve", "component")


def key(groups: Iterable[Iterable[bytes]], features: tuple[str, ...], *, all_features: bool) -> str:
    """The name of an entry.

    Args:
        groups: The contents of the files of each package, in order.
        features: Open gates.
        all_features: Whether all gates are open.
    """
    digest = blake2b(digest_size=20)
    _add(digest, _program())
    _add(digest, repr((sorted(set(features)), all_features)).encode())
    for group in groups:
        _add(digest, b"group")
        for data in group:
            _add(digest, data)
    return f"{_PREFIX}{digest.hexdigest()}"


def _add(digest: blake2b, data: bytes) -> None:
    digest.update(len(data).to_bytes(8, "little"))
    digest.update(data)


def _program() -> bytes:
    """The state of the code that loads, by the times and sizes of its files."""
    here = Path(__file__).parent
    found: list[tuple[str, int, int]] = []
    for room in _ROOMS:
        try:
            with os.scandir(here / room) as entries:
                for entry in entries:
                    if entry.name.endswith(".py"):
                        status = entry.stat()
                        found.append((f"{room}/{entry.name}", status.st_mtime_ns, status.st_size))
        except OSError:
            # Installed in an archive, perhaps; its version has to do.
            continue
    return repr(sorted(found)).encode()


def read(name: str) -> tuple[int, str] | None:
    """The root package and the document of an entry."""
    data = cache.read(name)
    if data is None:
        return None
    try:
        root, _, document = zlib.decompress(data).decode().partition("\n")
        return int(root), document
    except (zlib.error, ValueError):
        return None


def write(name: str, root: int, document: str) -> None:
    """Keep an entry, and drop old ones."""
    cache.write(name, zlib.compress(f"{root}\n{document}".encode(), 1))
    if name.endswith("0"):
        # One write in sixteen checks the whole folder.
        cache.prune(_PREFIX, _MOST_ENTRIES)
