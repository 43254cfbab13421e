"""Promises: values that one side awaits and any other supplies, once.

A promise is a durable worker of a built-in component of the host, so the engine keeps it like any
other, and it is completed exactly once. Waiting for one is not recorded; its answer is.
"""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

from runtime_shim.errors import BadArguments, UnknownFunction
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.promises import COMPLETE, COMPONENT, DELETE, POLL
from runtime_shim.protocol.records import Environment
from runtime_shim.values import Value

if TYPE_CHECKING:
    from runtime_shim.protocol.seams import Instance, Invocation


class Waiting:
    """Those that wait for promises of this process.

    Attributes:
        changed: Set when a promise is completed; another one takes its place then.
    """

    def __init__(self) -> None:
        self.changed = threading.Event()

    def completed(self) -> None:
        """Wake all waiting threads: a promise was completed."""
        changed, self.changed = self.changed, threading.Event()
        changed.set()


class PromiseProgram:
    """Implements `Program`."""

    durable = True
    digest = hashlib.sha256(b"golem:promises 1").hexdigest()

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting

    def instantiate(self, worker: WorkerId, environment: Environment) -> Instance:
        """A promise that is not completed yet."""
        return _Promise(self._waiting)

    def check(self, function: str, args: tuple[Value, ...]) -> None:
        """Raise `UnknownFunction` or `BadArguments` unless the call can be made."""
        expected = {COMPLETE: (bytes,), POLL: (), DELETE: ()}.get(function)
        if expected is None:
            raise UnknownFunction(f"{COMPONENT} has no function `{function}`")
        if tuple(map(type, args)) != expected:
            raise BadArguments(f"{function} of {COMPONENT} does not take {args!r}")


class _Promise:
    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._value: bytes | None = None
        self._deleted = False

    def call(self, function: str, args: tuple[Value, ...], invocation: Invocation) -> Value:
        """Complete: return whether it was the first. Poll: return the value or None."""
        if function == DELETE:
            self._deleted = True
            return None
        if function == POLL:
            return self._value
        if self._value is not None or self._deleted:
            return False
        self._value = args[0]
        self._waiting.completed()
        return True

    def close(self) -> None:
        """Nothing to unload."""
