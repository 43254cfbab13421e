"""Promises: values that one side awaits and any other supplies, once.

A promise is a durable worker of a built-in component of the host, so the engine keeps it like any
other, and it is completed exactly once. Waiting for one is not recorded; its answer is, and the engine
wakes those that wait.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from runtime_shim.errors import BadArguments, UnknownFunction
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.promises import COMPLETE, COMPONENT, DELETE, POLL
from runtime_shim.protocol.records import Environment
from runtime_shim.values import Value

if TYPE_CHECKING:
    from runtime_shim.protocol.seams import Instance


class PromiseProgram:
    """Implements `Program`."""

    durable = True
    binary: bytes | None = None
    digest = hashlib.sha256(b"golem:promises 1").hexdigest()

    def instantiate(self, worker: WorkerId, environment: Environment) -> Instance:
        """A promise that is not completed yet."""
        from runtime_shim.golem.promise import Promise  # the first of them loads it

        return Promise()

    def earlier(self, binary: bytes) -> PromiseProgram:
        """There is one."""
        return self

    def check(self, function: str, args: tuple[Value, ...]) -> None:
        """Raise `UnknownFunction` or `BadArguments` unless the call can be made."""
        expected = {COMPLETE: (bytes,), POLL: (), DELETE: ()}.get(function)
        if expected is None:
            raise UnknownFunction(f"{COMPONENT} has no function `{function}`")
        if tuple(map(type, args)) != expected:
            raise BadArguments(f"{function} of {COMPONENT} does not take {args!r}")
