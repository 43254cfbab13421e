"""Paths inside a granted folder: walked one name at a time, so that none leads outside.

Every name is looked up in the open folder before it, never by a path from the root, so a link that
is swapped in meanwhile is not followed either. Links on the host are followed if they stay inside;
absolute paths and `..` beyond the start are not.
"""

from __future__ import annotations

import errno
import os
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runtime_shim.wasi.grants import Directory

_LINKS = 40
_DEPTH = 64  # each folder on the way is held open
_LONGEST = 4096  # bytes, as in Linux

PLAIN = sum(getattr(os, name, 0) for name in ("O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK"))
"""The flags for opening files: links are not followed, and special files are not waited for."""

_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)

SUPPORTED = os.open in os.supports_dir_fd and os.rename in os.supports_dir_fd
"""Whether this system can look up names in an open folder."""

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A name in an open folder.

    Attributes:
        folder: The descriptor of the folder.
        name: The name in it, or `.` for the folder itself.
        parts: The way from the granted folder to here, without links.
    """

    folder: int
    name: str
    parts: Parts


@contextmanager
def located(root: str, base: Parts, path: str, *, follow: bool) -> Iterator[Place]:
    """Where `path` leads from the folder `base` of the granted folder `root`.

    Args:
        root: On the host.
        base: A folder, the way to which holds no links.
        path: Relative, with `/` between names.
        follow: Whether a link at the end is followed.

    Raises:
        OSError: It does not exist, or leads out of `base` (`EPERM`).
    """
    opened = [os.open(Path(root), _FOLDER)]
    try:
        for part in base:
            opened.append(os.open(part, _FOLDER | PLAIN, dir_fd=opened[-1]))
        yield _walk(opened, list(base), path, follow=follow)
    finally:
        for descriptor in reversed(opened):
            os.close(descriptor)


def _walk(opened: list[int], parts: list[str], path: str, *, follow: bool) -> Place:
    if path.startswith("/"):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
    if not path:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    if len(path.encode()) > _LONGEST:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    floor, links = len(opened), 0
    todo = deque(_names(path))
    while todo:
        name = todo.popleft()
        if name == "..":
            if len(opened) == floor:
                raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
            os.close(opened.pop())
            parts.pop()
            continue
        target = _link(name, opened[-1]) if todo or follow else None
        if target is not None:
            links += 1
            if links > _LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            if target.startswith("/"):
                raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
            todo.extendleft(reversed(_names(target)))
        elif not todo:
            return Place(opened[-1], name, (*parts, name))
        elif len(opened) > _DEPTH:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        else:
            opened.append(os.open(name, _FOLDER | PLAIN, dir_fd=opened[-1]))
            parts.append(name)
    return Place(opened[-1], ".", tuple(parts))


def _names(path: str) -> list[str]:
    return [name for name in path.split("/") if name not in {"", "."}]


def _link(name: str, folder: int) -> str | None:
    """The target of a link, or None for other files."""
    try:
        return os.readlink(name, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.EINVAL:
            return None
        raise


def check(directories: Iterable[Directory]) -> None:
    """Raise `OSError` unless every granted folder exists."""
    for directory in directories:
        if not SUPPORTED:
            raise OSError(errno.ENOTSUP, "this system cannot confine a guest", directory.host)
        if not Path(directory.host).is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "there is no such folder", directory.host)
