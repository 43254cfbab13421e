"""Processes that begin at once: forked from one that has imported everything, and killed as often as liked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from restate_server import die_with_us

FLAG = "--nursery"


class Nursery:
    """A process that forks others.

    Args:
        script: It calls `tend` when it is run with `FLAG`.
    """

    def __init__(self, script: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, script, FLAG], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def begin(self, *plan: Any) -> Child:
        """Another process with this plan."""
        into, out = self._process.stdin, self._process.stdout
        assert into is not None
        assert out is not None
        into.write(json.dumps(plan).encode() + b"\n")
        into.flush()
        return Child(int(out.readline()))

    def close(self) -> None:
        """End all of them."""
        self._process.kill()
        self._process.communicate()


class Child:
    """One of its processes, whose end nobody has to wait for."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def alive(self) -> bool:
        """Whether it is there."""
        return Path(f"/proc/{self.pid}").exists()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it is there."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send(signal.SIGKILL)


def tend(serve: Callable[..., None]) -> None:
    """Fork a process that runs `serve(*plan)` for each plan that is read, until there are no more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    while line := sys.stdin.buffer.readline():
        pid = os.fork()
        if not pid:
            try:
                die_with_us()
                serve(*json.loads(line))
            finally:
                os._exit(1)
        print(pid, flush=True)  # noqa: T201 -- for the parent
