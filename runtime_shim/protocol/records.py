"""What crosses the seams as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime_shim.values import Value


@dataclass(frozen=True, slots=True)
class Environment:
    """What a worker is created with and passes on to the workers that it creates."""

    variables: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """A finished invocation of a worker, for the rebuild: replayed with its recorded entries."""

    key: str
    function: str
    args: tuple[Value, ...]
    entries: tuple[tuple[str, Value], ...]
    result: Value = None
