"""One owner for a store: one engine of one process, by whatever name the file is opened.

The owner holds a `flock` on the store itself, so that symbolic links, bind mounts and other names
lead to the same lock. SQLite has locks of its own (POSIX locks), which a process loses when it
closes *any* descriptor of that file. Therefore the descriptor of the lock is opened before SQLite
opens the file and closed after SQLite has closed it, and a second owner in the same process is
refused by a table, without opening anything. No product code opens a store but through SQLite.
"""

from __future__ import annotations

import ctypes
import functools
import os
import stat
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from runtime_shim.errors import StoreError, StoreLocked

if sys.platform != "win32":
    import fcntl

Identity = tuple[int, int]
"""The device and the inode of a file."""

_FROM_HERE = -100  # AT_FDCWD
_WHICH = 0x4 | 0x100  # STATX_NLINK, STATX_INO

_SHARED_LOCKS: bool = sys.platform == "darwin"
"""Whether `flock` and the POSIX locks that SQLite uses exclude each other."""

# A property of the process, as the locks of files are: who owns which file in it.
_owners: dict[Identity, Ownership] = {}
_table = threading.Lock()


class Ownership:
    """The exclusive right to a store.

    Args:
        store: The file; made, empty, when it is missing.
        forked: Called in a process that was forked from this one, which owns nothing.

    Raises:
        StoreError: another engine owns it, in this process or another, or it cannot be opened, or
            it has a second name (a hard link), under which SQLite would look for another log.
    """

    def __init__(self, store: Path, forked: Callable[[], None] = lambda: None) -> None:
        if sys.platform == "win32":
            raise StoreError(f"{store}: stores need the file locks of Linux or macOS")
        self._store = store
        self._path = store.resolve()  # what SQLite opens
        self.wal = self._path.with_name(self._path.name + "-wal")
        self._log: Identity | None = None
        self._marks = _marks((self._path, self.wal))
        self._known: object = None
        self._forked = forked
        self._descriptors: list[int] = []
        with _table:
            if owned(store):
                raise StoreLocked(f"{store} is in use by this process")
            self._identity = self._open()
            _owners[self._identity] = self

    def _open(self) -> Identity:
        """Take the lock, and give the identity of the store."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreError(f"{self._store}: {error.strerror}") from None
        facts = os.fstat(descriptor)
        identity = (facts.st_dev, facts.st_ino)
        owner = _owners.get(identity)
        if owner is not None:  # it was moved here since the look at the table
            owner.keep(descriptor)
            raise StoreLocked(f"{self._store} is in use by this process")
        self._descriptors.append(descriptor)
        try:
            self._check_kind(facts)
            fcntl.flock(self._lockable(descriptor), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException as error:
            self._close()
            if isinstance(error, OSError):
                from runtime_shim.engines.sqlite.holder import unlocked

                raise unlocked(self._store, facts.st_ino, error) from None
            raise
        return identity

    def _check_kind(self, facts: os.stat_result) -> None:
        if not stat.S_ISREG(facts.st_mode):
            raise StoreError(f"{self._store} is not a file")
        if facts.st_nlink != 1:
            raise StoreError(
                f"{self._store} has {facts.st_nlink} names (hard links)",
                "remove the others, or copy the file",
            )

    def crashed(self) -> bool:
        """Before SQLite opens the store: whether it was not closed, since then it has no log."""
        return self.wal.exists()

    def keep(self, descriptor: int) -> None:
        """Close a descriptor of the store with the others: closing it now would cost the locks."""
        self._descriptors.append(descriptor)

    def _lockable(self, descriptor: int) -> int:
        """What `flock` is for: the store, except where it would lock SQLite out as well."""
        if not _SHARED_LOCKS:
            return descriptor
        beside = os.open(
            self._path.with_name(self._path.name + "-lock"),
            os.O_RDWR | os.O_CREAT | os.O_CLOEXEC,
            0o644,
        )
        self._descriptors.append(beside)
        return beside

    def _close(self) -> None:
        while self._descriptors:
            os.close(self._descriptors.pop())

    def check(self) -> None:
        """See that the store's name and its log's still lead to the files that are open.

        What is written to a file without a name is lost when it is closed, so nothing may be
        acknowledged then. The first call records which log belongs to the store.

        Raises:
            StoreError: one of the files was removed, renamed or replaced, or has a second name.
        """
        marks = self._marks()
        if marks == self._known:
            return
        try:
            facts, log = self._path.stat(), self.wal.stat()
        except OSError:
            raise self._lost("was removed or renamed") from None
        if self._log is None:
            self._log, self._known = (log.st_dev, log.st_ino), marks
        if (facts.st_dev, facts.st_ino) != self._identity:
            raise self._lost("was replaced")
        if facts.st_nlink != 1:
            raise self._lost("got a second name")
        if (log.st_dev, log.st_ino) != self._log:
            raise self._lost("lost its write-ahead log")

    def _lost(self, how: str) -> StoreError:
        return StoreError(f"{self._store} {how} while it was in use; nothing more is acknowledged")

    def release(self) -> None:
        """Let others have it, after SQLite has closed the file."""
        with _table:
            if _owners.get(self._identity) is self:
                del _owners[self._identity]
                self._close()

    def orphan(self) -> None:
        """In a forked process: leave the lock to the parent, also after the parent has ended."""
        self._close()
        self._forked()


def _marks(paths: Sequence[Path]) -> Callable[[], object]:
    """What tells whether names lead to other files, and files have other names, than before.

    Linux gives it without the times of files: once they were read, the next commit has to write new
    ones, and takes a sixth longer. And this keeps the interpreter lock, which busy threads give back
    late; it is for every commit.
    """
    statx = getattr(ctypes.PyDLL(None), "statx", None) if sys.platform == "linux" else None
    if statx is None:
        return lambda: [(f.st_dev, f.st_ino, f.st_nlink) for f in map(os.stat, paths)]
    found = ctypes.create_string_buffer(256)
    calls = [
        functools.partial(statx, _FROM_HERE, os.fsencode(path), 0, _WHICH, found) for path in paths
    ]

    def marks() -> object:
        seen = [(call(), found[16:20], found[32:40], found[136:144]) for call in calls]
        # It fails for a file that is missing, and in sandboxes that forbid it: nothing is known then.
        return object() if any(failed for failed, *_ in seen) else seen

    return marks


def owned(store: Path) -> bool:
    """Whether an engine of this process owns the store."""
    try:
        facts = store.stat()
    except OSError:
        return False
    return (facts.st_dev, facts.st_ino) in _owners


def _after_fork() -> None:
    global _table  # noqa: PLW0603 -- the parent's may be held by a thread that is not here
    _table = threading.Lock()
    for owner in list(_owners.values()):
        owner.orphan()
    _owners.clear()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_after_fork)
