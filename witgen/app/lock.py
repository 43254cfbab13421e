"""One build of an application at a time, and cleaning up after a killed one.

The lock is the kernel's, so that it never outlives its process. The notes in the file beside it are
for the next build: they are empty unless a build did not finish.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from witgen.app.ledger import HELD, LOCK
from witgen.app.manifest.application import Application
from witgen.atomic import UNFINISHED
from witgen.diagnostics import Diagnostic, WitError

_BEGUN = "begun\n"
_GRACE = 2.0  # seconds that a command gets to end by itself
# Seconds that a command may hold the lock of a build that was killed just when starting it: from
# its `fork` to its `exec`.
_HANDED_ON = 0.5


@dataclass(slots=True)
class Lock:
    """A held lock.

    Attributes:
        handle: The file with the notes.
        killed: Whether the last build was killed.
        left: Process → start time, of the commands that it ran.
    """

    handle: int
    killed: bool = False
    left: dict[int, str] = field(default_factory=dict)

    def note(self, process: int) -> None:
        """Record a started command, the leader of its group, in case of a kill."""
        started = _started(process)
        if started:
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
        WitError: Another process is building.
        OSError: The folder cannot be written.
    """
    from filelock import FileLock, Timeout

    temp.mkdir(parents=True, exist_ok=True)
    # Not the file with the notes: whoever asks for a lock truncates the locked file.
    lock = FileLock(temp / HELD, timeout=_HANDED_ON, poll_interval=0.02)
    try:
        lock.acquire()
    except Timeout:
        message = "another `witgen build` of this application is running"
        hints = ("wait until it has finished",)
        raise WitError([Diagnostic("APP4308", message, help=hints)]) from None
    try:
        with (temp / LOCK).open("a+b", buffering=0) as file:
            file.seek(0)
            said = file.read().decode("ascii", "replace").split("\n")
            if not said[0]:
                file.write(_BEGUN.encode())
            yield Lock(file.fileno(), bool(said[0]), dict(_noted(said[1:])))
            file.truncate(0)
    finally:
        lock.release()


def _noted(lines: list[str]) -> Iterator[tuple[int, str]]:
    for line in lines:
        process, _, started = line.partition(" ")
        if process.isdecimal() and len(process) < 20 and started:
            yield int(process), started


def _end(process: int, started: str) -> None:
    """End a group of processes, if its leader is still the process started then."""
    if _started(process) != started:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE
        while _started(process) == started and time.monotonic() < deadline:
            time.sleep(0.01)
        os.killpg(process, signal.SIGKILL)


def _started(process: int) -> str:
    """When a process started, to detect reuse of its id; empty if it has ended.

    The 3rd field of Linux's /proc/PID/stat is the state and the 22nd the time, in ticks since the
    machine started; the 2nd is a name in parentheses, which may contain anything. On other systems
    nothing is known.
    """
    try:
        stat = Path(f"/proc/{process}/stat").read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]
