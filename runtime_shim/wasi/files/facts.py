"""Files in terms of `wasi:filesystem/types` 0.2: descriptors and their metadata."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass

from runtime_shim.values import Case, Value
from runtime_shim.wasi.files.paths import PLAIN, Parts, Place

_CODES = {
    errno.EACCES: "access",
    errno.EAGAIN: "would-block",
    errno.EBADF: "bad-descriptor",
    errno.EBUSY: "busy",
    errno.EDQUOT: "quota",
    errno.EEXIST: "exist",
    errno.EFBIG: "file-too-large",
    errno.EILSEQ: "illegal-byte-sequence",
    errno.EINVAL: "invalid",
    errno.EISDIR: "is-directory",
    errno.ELOOP: "loop",
    errno.EMLINK: "too-many-links",
    errno.ENAMETOOLONG: "name-too-long",
    errno.ENOENT: "no-entry",
    errno.ENOMEM: "insufficient-memory",
    errno.ENOSPC: "insufficient-space",
    errno.ENOTDIR: "not-directory",
    errno.ENOTEMPTY: "not-empty",
    errno.EPERM: "not-permitted",
    errno.EROFS: "read-only",
    errno.EXDEV: "cross-device",
}
_KINDS = {
    stat.S_IFREG: "regular-file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "symbolic-link",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
    stat.S_IFBLK: "block-device",
    stat.S_IFCHR: "character-device",
}


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A file or a folder that a guest holds.

    Attributes:
        root: The granted folder's name for the guest.
        parts: The path from there, without links.
        kind: A case of `descriptor-type`.
        flags: Of `descriptor-flags`.
    """

    root: str
    parts: Parts
    kind: str
    flags: frozenset[str]

    @property
    def path(self) -> str:
        """For the journal."""
        return "/".join((self.root, *self.parts))


class Entries:
    """A folder's entries, read one by one."""

    def __init__(self, found: Sequence[tuple[str, str]]) -> None:
        self.left = list(found)

    def next(self) -> Value:
        """The next `directory-entry`, or None."""
        if not self.left:
            return None
        kind, name = self.left.pop(0)
        return {"type": kind, "name": name}


def refused(number: int) -> OSError:
    """The error for what the grant or the descriptor does not allow."""
    return OSError(number, os.strerror(number))


def opened(place: Place, how: frozenset[str], flags: frozenset[str]) -> Value:
    """Open, inspect and close: return its kind and its path."""
    write, read = "write" in flags, "read" in flags
    mode = os.O_RDWR if read and write else os.O_WRONLY if write else os.O_RDONLY
    for flag, bit in (
        ("create", os.O_CREAT),
        ("directory", os.O_DIRECTORY),
        ("exclusive", os.O_EXCL),
        ("truncate", os.O_TRUNC),
    ):
        mode |= bit if flag in how else 0
    if "truncate" in how and not write:
        raise refused(errno.EINVAL)
    file = os.open(place.name, mode | PLAIN, 0o666, dir_fd=place.folder)
    try:
        found = kind(os.fstat(file))
    finally:
        os.close(file)
    if found not in {"regular-file", "directory"}:
        raise refused(errno.EPERM)
    return [found, list(place.parts)]


def code_of(error: OSError | ValueError | OverflowError) -> str:
    """The case of `error-code`."""
    if isinstance(error, UnicodeError):
        return "illegal-byte-sequence"
    if not isinstance(error, OSError):
        return "invalid"  # a zero byte in a name, or an offset beyond the system's limit
    return _CODES.get(error.errno or 0, "io")


def status(place: Place) -> os.stat_result:
    """The metadata of a name, without following links."""
    return os.stat(place.name, dir_fd=place.folder, follow_symlinks=False)


def kind(found: os.stat_result) -> str:
    """The case of `descriptor-type`."""
    return _KINDS.get(stat.S_IFMT(found.st_mode), "unknown")


def described(found: os.stat_result) -> Value:
    """A `descriptor-stat`."""
    return {
        "type": kind(found),
        "link-count": found.st_nlink,
        "size": found.st_size,
        "data-access-timestamp": _moment(found.st_atime_ns),
        "data-modification-timestamp": _moment(found.st_mtime_ns),
        "status-change-timestamp": _moment(found.st_ctime_ns),
    }


def _moment(nanoseconds: int) -> Value:
    if nanoseconds < 0:
        return None
    return {"seconds": nanoseconds // 10**9, "nanoseconds": nanoseconds % 10**9}


def times(found: os.stat_result, access: Case, change: Case) -> tuple[int, int]:
    """Times to set, in nanoseconds."""

    def of(wanted: Case, old: int) -> int:
        if wanted.name == "no-change":
            return old
        if wanted.name == "now":
            return time.time_ns()
        return int(wanted.value["seconds"] * 10**9 + wanted.value["nanoseconds"])

    return of(access, found.st_atime_ns), of(change, found.st_mtime_ns)


def hashed(found: os.stat_result) -> Value:
    """A `metadata-hash-value`: its identity, whatever its content."""
    text = f"{found.st_dev} {found.st_ino}".encode()
    digest = hashlib.sha256(text).digest()
    return {
        "lower": int.from_bytes(digest[:8], "little"),
        "upper": int.from_bytes(digest[8:16], "little"),
    }
