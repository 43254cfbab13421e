"""What is read back of a finished invocation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runtime_shim.values import Value

if TYPE_CHECKING:
    import uuid


@dataclass(frozen=True, slots=True)
class Past:
    """A finished invocation of a worker, for the rebuild: replayed with its recorded entries.

    Attributes:
        number: The invocation's own.
        key: The key from outside; None for a guest's call.
        base: What its derived keys follow from, found when somebody looks.
    """

    number: int
    key: str | None
    base: Callable[[], uuid.UUID] = field(compare=False)
    function: str
    args: tuple[Value, ...]
    entries: tuple[tuple[str, Value], ...]
    result: Value = None
