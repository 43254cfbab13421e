"""What a queue finds of an earlier process in its journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runtime_shim.protocol.ids import Identity, WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.values import Value

if TYPE_CHECKING:
    import uuid


MOST_CRASHES = 5
"""How many processes may end while a call runs and gets nowhere, before it is parked."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An invocation that an earlier process left unfinished.

    Attributes:
        fixed: What its derived keys follow from, if recorded; and behind it the key that an earlier
            format gave to a guest's call.
        origin: Finds it otherwise; None for a call from outside.
        crashes: How many processes ended while it ran, since it last recorded a step.
        note: For its lane.
        steps: How many entries it recorded.
    """

    id: int
    identity: Identity
    fixed: bytes | None
    origin: Callable[[], uuid.UUID] | None
    worker: WorkerId
    environment: Environment
    function: str
    args: tuple[Value, ...]
    encoded: bytes
    attempt: int
    crashes: int
    due: float | None
    note: object
    steps: int

    def turn(self) -> tuple[bool, float, int]:
        """Started calls come first, then queued ones, then those that have become due since."""
        begun = self.attempt > 1 or self.steps > 0 or self.crashes > 0
        return (not begun, 0.0 if begun else self.due or 0.0, self.id)
