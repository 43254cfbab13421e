"""Guests in Python for a host on Restate, and the host: what its benchmarks share."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import restate_cluster
from restate_server import die_with_us

from runtime_shim.engines.restate.engine import RestateEngine, Settings
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.seams import Invocation
from runtime_shim.replay.handler import WorkerHandler

COUNT = "WITGEN_INSTANCES"
"""The variable with a file that gets a byte for each instance."""


class Guest:
    """A component of one function, and its instances: a number."""

    durable = True
    binary: bytes | None = None

    def __init__(self, run: Callable[..., Any], name: str) -> None:
        self.run, self.digest, self.number = run, name, 0

    def earlier(self, binary: bytes) -> Guest:
        """There is one."""
        return self

    def check(self, function: str, args: tuple[Any, ...]) -> None:
        """Everything fits."""

    def instantiate(self, worker: WorkerId, environment: Environment) -> Guest:
        """An instance, counted where somebody asks for it."""
        if file := os.environ.get(COUNT):
            with Path(file).open("ab") as counted:
                counted.write(b".")
        return Guest(self.run, self.digest)

    def call(self, function: str, args: tuple[Any, ...], invocation: Invocation) -> Any:
        """Run the one function."""
        return self.run(self, invocation, *args)

    def close(self) -> None:
        """Nothing to unload."""


def increase(guest: Guest, _: Invocation) -> int:
    """Count a call."""
    guest.number += 1
    return guest.number


def many(_: Guest, invocation: Invocation, counter: str, calls: int) -> int:
    """Call a counter again and again."""
    numbers = [invocation.call(WorkerId("counter", counter), "inc", ()) for _ in range(calls)]
    assert numbers == list(range(numbers[0], numbers[0] + calls)), "a call was lost or doubled"
    return calls


def compute(guest: Guest, invocation: Invocation) -> int:
    """Use a processor for 100 ms, without the interpreter's lock."""
    begin = time.thread_time()
    while time.thread_time() < begin + 0.1:
        hashlib.pbkdf2_hmac("sha256", b"", b"", 5000)
    return increase(guest, invocation)


def handler() -> WorkerHandler:
    """All of them."""
    guests: dict[str, Callable[..., Any]] = {
        "counter": increase,
        "caller": many,
        "computing": compute,
    }
    return WorkerHandler({name: Guest(run, name) for name, run in guests.items()})


def caller(ingress: tuple[str, ...], admin: tuple[str, ...], application: str) -> RestateEngine:
    """What only calls."""
    engine = RestateEngine(Settings(ingress, admin, application, listen=None))
    engine.start(handler())
    return engine


def serve(
    port: str,
    ingress: str,
    admin: str,
    application: str,
    advertise: str,
    recovery: Literal["explicit", "journal"] = "explicit",
) -> None:
    """A host, until it is killed. Several URLs have spaces between them."""
    settings = Settings(
        tuple(ingress.split()),
        tuple(admin.split()),
        application,
        ("127.0.0.1", int(port)),
        advertise,
        recovery=recovery,
    )
    RestateEngine(settings).start(handler())
    signal.pause()


def begin(*plan: str, **environment: str) -> subprocess.Popen[bytes]:
    """A host in a process of its own, once it answers."""
    process = subprocess.Popen(
        [sys.executable, __file__, *plan],
        env=os.environ | environment,
        preexec_fn=die_with_us,  # noqa: PLW1509 -- one call of C
    )
    restate_cluster.served(int(plan[0]))
    return process


@contextmanager
def host(*plan: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """The same, for a while."""
    process = begin(*plan, **environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    serve(*sys.argv[1:])  # type: ignore[arg-type] # one of the two, from the command line
