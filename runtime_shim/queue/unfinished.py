"""What a queue finds of an earlier process in its journal."""

from __future__ import annotations

from dataclasses import dataclass

from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.values import Value


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An invocation that an earlier process left unfinished.

    Attributes:
        note: For its lane.
        steps: How many entries it recorded.
    """

    id: int
    key: str
    worker: WorkerId
    environment: Environment
    function: str
    args: tuple[Value, ...]
    encoded: bytes
    attempt: int
    due: float | None
    note: object
    steps: int

    def turn(self) -> tuple[bool, float, int]:
        """Started calls come first, then queued ones, then those that have become due since."""
        begun = self.attempt > 1 or self.steps > 0
        return (not begun, 0.0 if begun else self.due or 0.0, self.id)
