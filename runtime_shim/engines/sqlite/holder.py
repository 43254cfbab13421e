"""Which process uses a store, for the message that it is in use."""

from __future__ import annotations

from pathlib import Path

_LOCKS = Path("/proc/locks")


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
