"""The resident memory of the process, kept below a budget by unloading idle workers."""

from __future__ import annotations

import itertools
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

from runtime_shim.errors import UnsupportedPlatform

WARM = 2000
"""How many idle instances are kept under a budget: a process has some 65,000 mappings of memory."""

_STATUS = Path("/proc/self/statm")
_EVERY = 16  # calls between two looks
_SIZE = re.compile(r"([0-9]{1,18}) *(B|KiB|MiB|GiB)?")
_UNITS = {None: 0, "B": 0, "KiB": 10, "MiB": 20, "GiB": 30}


class Budget:
    """The most memory that the process should have resident.

    Args:
        most: In bytes, or a text such as `512MiB` or `2 GiB`.

    Raises:
        ValueError: It is not such a size, or 0.
        UnsupportedPlatform: This system does not say how much memory is resident.
    """

    def __init__(self, most: int | str) -> None:
        self._most = size(most)
        if not _STATUS.exists():
            raise UnsupportedPlatform("a memory budget needs Linux, which says what is resident")
        self._calls = itertools.count(1)
        self._lock = threading.Lock()

    def relieve(self, let_go: Callable[[], bool]) -> None:
        """After a call: unload idle workers until the process is below its budget.

        Args:
            let_go: Unloads the one that was unused for longest; returns whether there was one.
        """
        if next(self._calls) % _EVERY or not self._lock.acquire(blocking=False):
            return
        try:
            while resident() > self._most and let_go():
                pass
        finally:
            self._lock.release()


def resident() -> int:
    """How many bytes of the process are in memory; on Linux."""
    return int(_STATUS.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def size(given: int | str) -> int:
    """A size in bytes.

    Raises:
        ValueError: It is not one.
    """
    found = _SIZE.fullmatch(str(given).strip())
    bytes_ = 0 if found is None else int(found[1]) << _UNITS[found[2]]
    if not bytes_:
        raise ValueError(f"expected a size such as 512MiB or 2GiB, not {given!r}")
    return bytes_
