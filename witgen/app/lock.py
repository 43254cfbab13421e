"""One build of an application at a time, and what one that was killed left behind.

The lock is the kernel's, so that none outlives its process. What the locked file says is for the next
build: it is empty unless a build did not come to its end.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from witgen.app.files import UNFINISHED
from witgen.app.ledger import LOCK
from witgen.app.manifest.application import Application
from witgen.diagnostics import Diagnostic, WitError

_BEGUN = "begun\n"
_GRACE = 2.0  # seconds that a command is given to end by itself
# Seconds that a command may have the lock of a build that was killed just when it began it: from its
# `fork` to its `exec`.
_HANDED_ON = 0.5


@dataclass(slots=True)
class Lock:
    """A lock that is held.

    Attributes:
        handle: The locked file; None where the system has no such locks.
        killed: Whether the last build was killed.
        left: Process → when it was begun, of the commands that it ran.
    """

    handle: int | None = None
    killed: bool = False
    left: dict[int, str] = field(default_factory=dict)

    def note(self, process: int) -> None:
        """Remember a command that is begun, the leader of its group, for the case of a kill."""
        started = _started(process)
        if self.handle is not None and started:
            os.write(self.handle, f"{process} {started}\n".encode())

    def tidy(self, app: Application) -> None:
        """After a kill: end the commands that still run, and remove half-written files."""
        if not self.killed:
            return
        for process, started in self.left.items():
            _end(process, started)
        folders = [app.temp, *(c.generated_wit for c in app.components.values())]
        found = [path for folder in folders for path in folder.rglob(f".*{UNFINISHED}")]
        for component in app.components.values():
            found += component.linked_wasm.parent.glob(f".*{UNFINISHED}")
        for path in found:
            path.unlink(missing_ok=True)


@contextmanager
def alone(temp: Path) -> Iterator[Lock]:
    """Hold the application's lock.

    Args:
        temp: The application's folder of intermediate files.

    Raises:
        WitError: Another process builds.
        OSError: The folder cannot be written.
    """
    temp.mkdir(parents=True, exist_ok=True)
    # Not emptied when opened: the one who holds the lock writes into it.
    with (temp / LOCK).open("a+b", buffering=0) as file:
        if sys.platform == "win32":
            # Files that are written as a whole have to do.
            yield Lock()
            return
        if not _locked(file.fileno()):
            message = "another `witgen build` works on this application"
            raise WitError([Diagnostic("APP4308", message, help=("wait for it",))])
        file.seek(0)
        said = file.read().decode("ascii", "replace").split("\n")
        if not said[0]:
            file.write(_BEGUN.encode())
        yield Lock(file.fileno(), bool(said[0]), dict(_noted(said[1:])))
        file.truncate(0)


def _locked(handle: int) -> bool:
    import fcntl

    deadline = time.monotonic() + _HANDED_ON
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        else:
            return True


def _noted(lines: list[str]) -> Iterator[tuple[int, str]]:
    for line in lines:
        process, _, started = line.partition(" ")
        if process.isdecimal() and len(process) < 20 and started:
            yield int(process), started


def _end(process: int, started: str) -> None:
    """End a group of processes, if its leader is still the one that was begun then."""
    if _started(process) != started:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE
        while _started(process) == started and time.monotonic() < deadline:
            time.sleep(0.01)
        os.killpg(process, signal.SIGKILL)


def _started(process: int) -> str:
    """When a process was begun, so that another one of its number is told apart; empty if it is over.

    The 3rd field of Linux's /proc/PID/stat is the state and the 22nd the time, in ticks since the machine
    started; the 2nd is a name in parentheses, which may have anything in it. Elsewhere nothing is known.
    """
    try:
        stat = Path(f"/proc/{process}/stat").read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]
