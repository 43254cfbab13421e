"""Components on disk: mapped, not read, and written piece by piece.

Composing is mostly copying; a mapped file is copied once, from page cache to page cache.
"""

from __future__ import annotations

import contextlib
import mmap
import os
from collections.abc import Iterable
from pathlib import Path

from witgen.component.cursor import Buffer
from witgen.compose.model import Part


def map_part(path: str | os.PathLike[str]) -> Part:
    """A component file as a part that is named like the file.

    Raises:
        OSError: The file cannot be read.
    """
    name = os.fspath(path)
    with open(name, "rb") as file:  # noqa: PTH123 -- start-up counts, pathlib would be a detour
        if os.fstat(file.fileno()).st_size == 0:
            return Part(name, b"")
        if hasattr(mmap, "MAP_POPULATE"):
            # One call instead of a fault for every few pages.
            flags = mmap.MAP_PRIVATE | mmap.MAP_POPULATE
            return Part(name, memoryview(mmap.mmap(file.fileno(), 0, flags, mmap.PROT_READ)))
        return Part(name, memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))


def write_pieces(pieces: Iterable[Buffer], path: str | os.PathLike[str]) -> int:
    """Write a file whole or not at all, also over one of the parts.

    Args:
        pieces: The contents.
        path: The file; its folder must exist.

    Returns:
        Bytes written.

    Raises:
        OSError: The file cannot be written; nothing is left behind.
    """
    target = Path(path)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with unfinished.open("wb") as file:
            size = sum(file.write(piece) for piece in pieces)
        unfinished.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise
    return size
