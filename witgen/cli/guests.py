"""What guests print, for a person: whose it is, and each failure once."""

from __future__ import annotations

import re
import sys
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from runtime_shim.protocol.ids import WorkerId
from runtime_shim.wasi.lines import label, readable, uncolored
from witgen.cli.common import Talk

_HEAD = "Traceback (most recent call last):"
# The runtime of componentize-py, after the traceback of an exception that it did not expect.
_PANIC = re.compile(r"thread '.*' (?:\(\d+\) )?panicked at runtime/src/")
# The folders of the guest's own modules are `/0`, `/1`, …
_FRAME = re.compile(r'([ |]+File ")(/\d+/)?')
_MOST = 200  # lines of a traceback
_PATIENCE = 2.0  # seconds until a traceback is that of a call that goes on
_COLORS = ("cyan", "magenta", "green", "blue")


@dataclass(slots=True)
class Sieve:
    """Lets the lines of a worker through, but for the end of a call that fails in Python.

    Attributes:
        held: The lines that may be the traceback of an exception that ends the call.
        raised: Whether those have the exception's own line.
        ended: Whether it ended the call.
    """

    held: list[str] = field(default_factory=list)
    raised: bool = False
    ended: bool = False

    def line(self, line: str) -> list[str]:
        """What to print, given another line."""
        if self.ended:
            return []  # what the runtime says of its panic
        if _PANIC.match(line):
            self.ended = True
            return []
        if self._continues(line):
            self.held.append(line)
            return []
        passed = self.over()
        if not _starts(line):
            return [*passed, line]
        self.held.append(line)
        return passed

    def over(self) -> list[str]:
        """What to print when the call is over or goes on: what is held, unless it ended the call."""
        if self.ended:
            return []
        passed, self.held, self.raised = self.held, [], False
        return passed

    def failure(self) -> list[str]:
        """The traceback that ended the call, cut to the guest's own frames."""
        while self.held and not self.held[-1].strip():
            self.held.pop()
        return _cut(self.held)

    def _continues(self, line: str) -> bool:
        if not any(self.held) or len(self.held) >= _MOST:
            return False
        if self.raised:  # its message may go on, and another exception follow
            return True
        last = self.held[-1]
        if line.startswith(" "):
            return last.startswith(" ") or _starts(last)
        self.raised = last.startswith(" ")
        return self.raised or not line


def _starts(line: str) -> bool:
    return line in {"", _HEAD, f"  + Exception Group {_HEAD}"}


def _cut(lines: Sequence[str]) -> list[str]:
    """A traceback without the frames of Python's library, but for one that has no others."""
    kept: list[str] = []
    skipping = False
    for line in lines:
        if (frame := _FRAME.match(line)) is not None:
            skipping = frame[2] is None
        elif not line.startswith("    "):  # else a frame's source
            skipping = False
        if not skipping:
            kept.append(_FRAME.sub(r"\1", line))
    return kept if any(map(_FRAME.match, kept)) else list(lines)


class Guests:
    """An `Output` that writes to stderr.

    Args:
        talk: How.
        called: The worker that the command calls: its lines have no label.
    """

    def __init__(self, talk: Talk, called: WorkerId | None = None) -> None:
        self._talk = talk
        self._called = called
        self._lock = threading.Lock()
        self._sieves: dict[WorkerId, Sieve] = {}
        self._failures: dict[WorkerId, tuple[str, list[str]]] = {}

    def __call__(self, worker: WorkerId, line: bytes) -> None:
        """Write a line of a worker; b"" ends a call of it."""
        if self._talk.format != "text":  # failures are not reported
            self._write(worker, readable(line) if line else ())
            return
        with self._lock:
            sieve = self._sieves.setdefault(worker, Sieve())
            if line:
                waited = bool(sieve.held)
                for part in readable(line):
                    self._write(worker, sieve.line(part))
                if sieve.held and not waited:
                    self._later(worker, sieve)
                return
            self._write(worker, sieve.over())
            if not sieve.ended:
                del self._sieves[worker]

    def _later(self, worker: WorkerId, sieve: Sieve) -> None:
        """Write what is held back if the call still goes on after a while."""

        def write() -> None:
            with self._lock:
                self._write(worker, sieve.over())

        timer = threading.Timer(_PATIENCE, write)
        timer.daemon = True
        timer.start()

    def failed(self, worker: WorkerId, failure: str, *, first: bool, last: bool) -> bool:
        """Write the traceback of an attempt; return whether it failed as the one before did.

        Args:
            worker: The worker.
            failure: How it failed, in one line.
            first: Whether it was the first attempt of the call.
            last: Whether it was the last.
        """
        with self._lock:
            traceback = self._sieves.pop(worker, Sieve()).failure()
            known = (failure, traceback)
            same = self._failures.pop(worker, None) == known and not first
            if not last:
                self._failures[worker] = known
            if not same:
                folded = [
                    part for line in traceback for part in self._talk.folded(line).split("\n")
                ]
                self._write(worker, folded)
            return same

    def _write(self, worker: WorkerId, lines: Sequence[str]) -> None:
        if not lines:
            return
        start = ""
        if worker != self._called:
            name = label(worker)
            color = _COLORS[zlib.crc32(name.encode()) % len(_COLORS)]
            start = f"{self._talk.paint(f'[{name}]', color)} "
        shown = lines if self._talk.color else map(uncolored, lines)
        sys.stderr.write(
            "".join(f"{start}{line}\n" if line else f"{start.rstrip()}\n" for line in shown)
        )
