"""Which process uses a store, for the message that it is in use."""

from __future__ import annotations

from pathlib import Path

from runtime_shim.errors import StoreError, StoreLocked

_LOCKS = Path("/proc/locks")


def unlocked(store: Path, inode: int, error: OSError) -> StoreError:
    """Why a store, the file with this number, could not be locked."""
    if not isinstance(error, BlockingIOError):
        return StoreError(f"{store} is not a file that can be locked: {error.strerror}")
    pid = holder(inode)
    which = "another process" if pid is None else f"another process (pid {pid})"
    return StoreLocked(f"{store} is in use by {which}")


def holder(inode: int, locks: Path = _LOCKS) -> int | None:
    """The process that has locked the file with this number, as far as the system tells."""
    try:
        lines = locks.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    for line in lines:
        match line.split():
            case [_, "FLOCK", _, "WRITE", pid, place, *_] if place.endswith(f":{inode}"):
                return int(pid) if pid.isdecimal() and int(pid) > 0 else None
            case _:
                continue
    return None
