"""Files that are written whole or not at all.

The standard library's calls are used instead of pathlib, which costs start-up time.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from errno import EISDIR
from stat import S_ISDIR, S_ISREG

Buffer = bytes | memoryview
UNFINISHED = ".witgen-tmp"
"""The suffix of a file being written; it gets its own name once it is complete."""

# How many pieces one call takes; POSIX promises 16, Linux and macOS have this.
_AT_ONCE = 1024
_FLAGS = os.O_WRONLY | getattr(os, "O_BINARY", 0)


def write_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file: `write_pieces` with one.

    Raises:
        OSError: The file cannot be written; nothing is left behind.
    """
    write_pieces(path, (data,))


def write_pieces(
    path: str | os.PathLike[str], pieces: Iterable[Buffer], permissions: int = 0o666
) -> int:
    """Write a file from pieces that are never joined in memory.

    A device or a pipe is written to; everything else is replaced by the complete file.

    Args:
        path: The file; missing folders are made.
        pieces: The contents.
        permissions: Those of a new file, of which the umask takes some away.

    Returns:
        Bytes written.

    Raises:
        OSError: The file cannot be written; nothing is left behind.
    """
    target = os.fspath(path)
    if _takes_writing(target):
        return _write(os.open(target, _FLAGS), pieces)
    folder, name = os.path.split(target)
    if folder:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
    unfinished = os.path.join(folder, f".{name}.{os.urandom(4).hex()}{UNFINISHED}")  # noqa: PTH118
    try:
        size = _write(os.open(unfinished, _FLAGS | os.O_CREAT | os.O_EXCL, permissions), pieces)
        os.replace(unfinished, target)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(unfinished)  # noqa: PTH108
        raise
    return size


def _takes_writing(path: str) -> bool:
    """Whether a path is a device or a pipe.

    Raises:
        IsADirectoryError: It is a folder.
    """
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
    except (OSError, ValueError):
        return False
    if S_ISDIR(mode):
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), path)
    return not S_ISREG(mode)


def _write(handle: int, contents: Iterable[Buffer]) -> int:
    """Write all pieces, however many bytes the system takes at a time, and close."""
    total = 0
    try:
        pieces = [memoryview(piece) for piece in contents if len(piece)]
        pieces.reverse()
        while pieces:
            batch = pieces[: -_AT_ONCE - 1 : -1]
            many = hasattr(os, "writev")
            written = os.writev(handle, batch) if many else os.write(handle, batch[0])
            total += written
            while pieces and written >= len(pieces[-1]):
                written -= len(pieces.pop())
            if written:
                pieces[-1] = pieces[-1][written:]
    finally:
        os.close(handle)
    return total
