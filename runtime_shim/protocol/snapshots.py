"""Where snapshots of workers are kept, as the handler sees it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from runtime_shim.protocol.ids import WorkerId


class Last(NamedTuple):
    """The last invocation that a snapshot includes, by which it is known whether that is recorded.

    Attributes:
        seq: Its place in the worker's history, from 0.
        function: Its invocation name.
        args: Its arguments, as they are recorded.
        steps: How many steps it recorded.
        result: Its result, as it is recorded.
        mark: What it has left.
    """

    seq: int
    function: str
    args: bytes
    steps: int
    result: bytes
    mark: str = ""


class Kept(NamedTuple):
    """A snapshot that is kept.

    Attributes:
        seq: How many invocations it includes.
        data: Its bytes.
        mark: What the last of those has left; empty where the place has seen that it is recorded.
    """

    seq: int
    data: bytes
    mark: str = ""


class Snapshots(Protocol):
    """A place for snapshots beside a journal, which they are never ahead of.

    Every method raises `StoreError` when it cannot serve, `HostTrouble` when it may serve later.
    """

    def find(self, worker: WorkerId, seq: int) -> Iterable[Kept]:
        """The snapshots of a worker after at most so many invocations, the newest first."""

    def keep(self, worker: WorkerId, last: Last, data: bytes) -> bool:
        """Keep a snapshot if the last invocation that it includes is recorded; whether it is."""

    def note(self, worker: WorkerId, reason: str) -> None:
        """Keep why a worker cannot be taken now."""

    def close(self) -> None:
        """Let go of the place. The journal stays open."""
