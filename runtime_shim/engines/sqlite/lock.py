"""A lock between processes that the system releases when its holder dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from runtime_shim.errors import StoreError

if sys.platform == "win32":
    import msvcrt

    def _seize(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _seize(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """The exclusive right to a store, held through an empty file beside it.

    The file stays when the lock is released: removing it would let two processes lock two files.

    Raises:
        StoreError: somebody holds it, in this process or another, or the file cannot be made.
    """

    def __init__(self, store: Path) -> None:
        path = store.with_name(store.name + "-lock")
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreError(f"{store}: {error.strerror}") from None
        try:
            _seize(self._descriptor)
        except OSError:
            os.close(self._descriptor)
            raise StoreError(f"{store} is in use by another process") from None

    def release(self) -> None:
        """Let others have it."""
        os.close(self._descriptor)
