"""Components on disk: mapped unless they are small, and written piece by piece.

Composing is mostly copying; a mapped file is copied once, from page cache to page cache.
"""

from __future__ import annotations

import contextlib
import mmap
import os
from collections.abc import Iterable

from witgen.component.cursor import Buffer
from witgen.compose.model import Part

# Files up to this size are sooner read than mapped.
_SMALL = 1 << 16
# How many pieces one call takes; POSIX promises 16, Linux and macOS have this.
_AT_ONCE = 1024


def map_part(path: str | os.PathLike[str], name: str | None = None) -> Part:
    """A component file as a part.

    Args:
        path: The file; it must not be cut short while the part is in use.
        name: What it is called, by default like the file.

    Raises:
        OSError: The file cannot be read.
    """
    file = os.fspath(path)
    source = None if name is None else file
    name = name or file
    handle = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        size = os.fstat(handle).st_size
        data = os.read(handle, size) if size <= _SMALL else b""
        if len(data) == size:
            return Part(name, data, source)
        if hasattr(mmap, "MAP_POPULATE"):
            # One call instead of a fault for every few pages.
            flags = mmap.MAP_PRIVATE | mmap.MAP_POPULATE
            return Part(name, memoryview(mmap.mmap(handle, 0, flags, mmap.PROT_READ)), source)
        return Part(name, memoryview(mmap.mmap(handle, 0, access=mmap.ACCESS_READ)), source)
    finally:
        os.close(handle)


def write_pieces(pieces: Iterable[Buffer], path: str | os.PathLike[str]) -> int:
    """Write a file whole or not at all, also over one of the parts.

    Args:
        pieces: The contents.
        path: The file; missing folders are made.

    Returns:
        Bytes written.

    Raises:
        OSError: The file cannot be written; nothing is left behind.
    """
    target = os.fspath(path)
    folder, name = os.path.split(target)
    if folder:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103 -- pathlib costs start-up time
    own = f".{name}.{os.getpid()}.witgen-tmp"
    unfinished = os.path.join(folder, own)  # noqa: PTH118 -- likewise
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(unfinished, flags, 0o666)
        try:
            size = _write(handle, [memoryview(piece) for piece in pieces if len(piece)])
        finally:
            os.close(handle)
        os.replace(unfinished, target)  # noqa: PTH105 -- likewise
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(unfinished)  # noqa: PTH108 -- likewise
        raise
    return size


def _write(handle: int, pieces: list[memoryview]) -> int:
    """Write all pieces, however many bytes the system takes at a time."""
    total = 0
    pieces.reverse()
    while pieces:
        batch = pieces[: -_AT_ONCE - 1 : -1]
        written = os.writev(handle, batch) if hasattr(os, "writev") else os.write(handle, batch[0])
        total += written
        while pieces and written >= len(pieces[-1]):
            written -= len(pieces.pop())
        if written:
            pieces[-1] = pieces[-1][written:]
    return total
