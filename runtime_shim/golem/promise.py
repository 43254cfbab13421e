"""A promise: the instance of its worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtime_shim.errors import BadArguments
from runtime_shim.protocol.promises import DELETE, POLL
from runtime_shim.values import Value

if TYPE_CHECKING:
    from runtime_shim.protocol.seams import Invocation


class Promise:
    """Implements `Instance`: completed once, or deleted."""

    def __init__(self) -> None:
        self._value: bytes | None = None
        self._deleted = False

    def call(self, function: str, args: tuple[Value, ...], invocation: Invocation) -> Value:
        """Complete: return whether it was the first. Poll: return the value or None.

        Raises:
            BadArguments: It was deleted before it was completed: there will never be a value.
        """
        if function == DELETE:
            self._deleted = True
            invocation.announce()
            return None
        if function == POLL:
            # Earlier versions answered None, and such answers are in histories.
            if self._deleted and self._value is None and not invocation.replaying:
                raise BadArguments(f"the promise {invocation.worker.name} was deleted")
            return self._value
        if self._value is not None or self._deleted:
            return False
        self._value = args[0]
        invocation.announce()
        return True

    def close(self) -> None:
        """Nothing to unload."""
