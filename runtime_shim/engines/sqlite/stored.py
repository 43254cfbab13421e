"""`Stored` for a SQLite file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from runtime_shim.engines.records import Finding, Records, Repairs
from runtime_shim.engines.sqlite import inspection


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """A store in a SQLite file, which needs no host.

    Attributes:
        path: The file.
    """

    path: Path

    def looking(self) -> AbstractContextManager[Records]:
        """What is in one view of it; no lock is needed."""
        return inspection.looking(self.path)

    def repairing(self) -> AbstractContextManager[Repairs]:
        """The store for oneself."""
        return inspection.repairing(self.path)

    def check(self, progress: Callable[[int], None]) -> Iterator[Finding]:
        """Look at everything in one view of it."""
        from runtime_shim.engines.sqlite.checking import check

        return check(self.path, progress)

    def backup(self, file: Path, *, force: bool, progress: Callable[[int], None]) -> None:
        """Copy one view of it to a file."""
        from runtime_shim.engines.sqlite.backup import backup

        backup(self.path, file, force=force, progress=lambda copied, _: progress(copied))
