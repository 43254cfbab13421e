"""What SQLite's errors mean to those who use a store; loaded with the first of them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from runtime_shim.errors import HostTrouble, NotAStore, OtherFormat, StoreError

_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,  # a foreign lock
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,  # a lock again, lost too often
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_CANTOPEN,  # a temporary file, for lack of descriptors or space
    }
)
# Quotas and limits of a file's size are errors of writing, and what does not fit beside the store
# one of its shared memory. A failed `fsync` is none of these: what was written before may be gone.
_PASSING_IO = frozenset(
    {
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_NOMEM,
        sqlite3.SQLITE_IOERR_LOCK,
        sqlite3.SQLITE_IOERR_RDLOCK,
        sqlite3.SQLITE_IOERR_GETTEMPPATH,
        sqlite3.SQLITE_IOERR_SHMOPEN,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_SHMLOCK,
        sqlite3.SQLITE_IOERR_SHMMAP,
    }
)
_PRIMARY = 0xFF  # the bits of a code that say what kind of error it is


def meaning(store: Path, error: Exception) -> StoreError:
    """The error for a store that could not be read or written."""
    if isinstance(error, MemoryError):
        return HostTrouble(f"{store}: no memory")
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if code in _PASSING_IO or code & _PRIMARY in _PASSING:
        return HostTrouble(f"{store}: {error}")
    if code == sqlite3.SQLITE_NOTADB:
        return NotAStore(f"{store}: {error}")
    if code in {sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC}:
        said = f"{store}: {error}: the disk did not confirm what was written"
        return StoreError(said, "nothing more is acknowledged until the store is opened again")
    return StoreError(f"{store}: {error}")


def other_format(path: Path, version: int, ours: int) -> OtherFormat:
    """The refusal of a store of another format than `ours`."""
    advice = (
        f"`witgen worker migrate {path}` makes one of format {ours} of it"
        if version < ours
        else f"this version reads format {ours}"
    )
    return OtherFormat(f"{path} is a store of format {version}", advice)
