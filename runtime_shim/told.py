"""What guests print, for a person: of a call that fails in Python one short traceback."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from runtime_shim.protocol.ids import WorkerId
from runtime_shim.queue.endings import FAILED, RETRIED
from runtime_shim.wasi.lines import readable

_HEAD = "Traceback (most recent call last):"
# The runtime of componentize-py, after the traceback of an exception that it did not expect.
_PANIC = re.compile(r"thread '.*' (?:\(\d+\) )?panicked at runtime/src/")
# The folders of the guest's own modules are `/0`, `/1`, …
_FRAME = re.compile(r'([ |]+File ")(/\d+/)?')
_MOST = 200  # lines of a traceback
_PATIENCE = 2.0  # seconds until a traceback is that of a call that goes on


@dataclass(slots=True)
class Sieve:
    """Lets the lines of a worker through, but for the end of a call that fails in Python.

    Attributes:
        held: The lines that may be the traceback of an exception that ends the call.
        raised: Whether those have the exception's own line.
        ended: Whether it ended the call.
        over: Whether the call is over.
    """

    held: list[str] = field(default_factory=list)
    raised: bool = False
    ended: bool = False
    over: bool = False

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
        passed = self.release()
        if not _starts(line):
            return [*passed, line]
        self.held.append(line)
        return passed

    def release(self) -> list[str]:
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


Write = Callable[[WorkerId, Sequence[str]], None]


class Told:
    """An `Output` that passes on what a person is to see.

    It has to know of failed attempts: see `Attempts`.

    Args:
        write: Takes lines of a worker, without their ends.
        tell: Takes those of a traceback that ended a call; by default as any others.
    """

    def __init__(self, write: Write, tell: Write | None = None) -> None:
        self._write = write
        self._tell = tell or write
        self._lock = threading.Lock()
        self._sieves: dict[WorkerId, Sieve] = {}
        self._failures: dict[WorkerId, tuple[str, list[str]]] = {}

    def __call__(self, worker: WorkerId, line: bytes) -> None:
        """Pass on a line of a worker; b"" ends a call of it."""
        with self._lock:
            sieve = self._sieves.get(worker)
            if sieve is None or (sieve.over and line):
                if sieve is not None:  # nobody told of the failure
                    self._tell(worker, sieve.failure())
                sieve = self._sieves[worker] = Sieve()
            if line:
                waited = bool(sieve.held)
                for part in readable(line):
                    self._pass(worker, sieve.line(part))
                if sieve.held and not waited:
                    self._later(worker, sieve)
                return
            self._pass(worker, sieve.release())
            sieve.over = True
            if not sieve.ended:
                del self._sieves[worker]

    def _pass(self, worker: WorkerId, lines: Sequence[str]) -> None:
        if lines:
            self._write(worker, lines)

    def _later(self, worker: WorkerId, sieve: Sieve) -> None:
        """Pass on what is held back if the call still goes on after a while."""

        def write() -> None:
            with self._lock:
                self._pass(worker, sieve.release())

        timer = threading.Timer(_PATIENCE, write)
        timer.daemon = True
        timer.start()

    def failed(self, worker: WorkerId, failure: str, *, first: bool, last: bool) -> bool:
        """Pass on the traceback of an attempt; return whether it failed as the one before did.

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
            if traceback and not same:
                self._tell(worker, traceback)
            return same

    def attempt(self, record: logging.LogRecord) -> bool | None:
        """Note the failed attempt that a record of the host's log tells of.

        Returns:
            Whether it failed as the one before did; None for any other record.
        """
        match record.args:
            case (WorkerId() as worker, _, str(said), int(number), _, _) if record.msg == RETRIED:
                return self.failed(worker, said, first=number == 2, last=False)
            case (WorkerId() as worker, _, str(said)) if record.msg == FAILED:
                return self.failed(worker, said, first=False, last=True)
            case _:
                return None


class Attempts(logging.Handler):
    """Has `told` note the failed attempts that the host's log tells of."""

    def __init__(self, told: Told) -> None:
        super().__init__()
        self._told = told

    def emit(self, record: logging.LogRecord) -> None:
        """Look at a record."""
        self._told.attempt(record)
