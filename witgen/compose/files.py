"""Components on disk, mapped unless they are small.

Composing is mostly copying; a mapped file is copied once, from page cache to page cache.
"""

from __future__ import annotations

import mmap
import os

from witgen.compose.model import Part

# Files up to this size are sooner read than mapped.
_SMALL = 1 << 16


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
