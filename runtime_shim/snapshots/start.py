"""What an instance asks of the host when it starts: noted, and answered the same way again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.snapshots.memories import Mismatch
from runtime_shim.values import Value

if TYPE_CHECKING:
    from runtime_shim.protocol.seams import Invocation

_READ = frozenset({"worker", "environment", "key", "replaying", "seq", "attempt"})
"""What is asked of an invocation without a trace in its journal."""


class Starting:
    """The invocation in which an instance starts.

    Attributes:
        entries: The steps that it took: (kind, value).
        asked_others: Whether it did more than such steps.
    """

    def __init__(self, invocation: Invocation | None) -> None:
        self.invocation = invocation
        self._steps: list[tuple[str, Value]] = []
        self.asked_others = False

    @classmethod
    def over(cls, entries: tuple[tuple[str, Value], ...]) -> Starting:
        """One that took these steps."""
        starting = cls(None)
        starting._steps = list(entries)
        return starting

    @property
    def entries(self) -> tuple[tuple[str, Value], ...]:
        """The steps: (kind, value)."""
        return tuple(self._steps)

    @property
    def noting(self) -> Invocation:
        """The invocation, for the instance."""
        return cast("Invocation", self)

    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        """A step, noted."""
        invocation: Any = self.invocation
        value = invocation.step(kind, live, external=external)
        self._steps.append((kind, value))
        return value

    def __getattr__(self, name: str) -> Any:
        """All else is the invocation's."""
        self.asked_others = self.asked_others or name not in _READ
        return getattr(self.invocation, name)


class Started:
    """An invocation that answers what was noted."""

    replaying = True
    attempt = 1
    key = ""
    seq = 0

    def __init__(
        self, entries: tuple[tuple[str, Value], ...], worker: WorkerId, environment: Environment
    ) -> None:
        self._left = list(entries)
        self.worker = worker
        self.environment = environment

    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        """The value that was noted.

        Raises:
            Mismatch: Another step was.
        """
        found, value = self._left.pop(0) if self._left else ("", None)
        if found != kind:
            raise Mismatch(f"it starts with {kind!r}, where it started with {found!r}")
        return value

    def finish(self) -> None:
        """Raise `Mismatch` unless everything was asked again."""
        if self._left:
            raise Mismatch(f"it starts without {self._left[0][0]!r}")
