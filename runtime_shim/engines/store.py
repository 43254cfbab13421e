"""What a buffered journal asks of a store: to write rows together, and to read them back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from runtime_shim.engines.rows import Kept, Sorted
from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import Identity, WorkerId
from runtime_shim.protocol.past import Past
from runtime_shim.queue.recorded import Settled
from runtime_shim.queue.unfinished import Unfinished
from runtime_shim.values import Value


class Store(Protocol):
    """A place that outlives the process.

    Every method raises `StoreError` when it cannot serve, `HostTrouble` when it may serve later.
    `write` is called by one thread at a time; the others by any, also meanwhile.
    """

    @property
    def crashed(self) -> bool:
        """Whether the process that used it before has ended without closing it."""

    def watch(self, lost: Callable[[StoreError], None]) -> None:
        """Call `lost` when the store is no longer this process's, or is found damaged."""

    def components(self) -> Sequence[tuple[int, str, str, int]]:
        """(number, name, digest, whether its bytes are there) of each build with workers."""

    def binary(self, number: int) -> bytes | None:
        """The compressed bytes of a build, if they are there."""

    def largest(self) -> tuple[int, int]:
        """The largest number of a worker, and of an invocation."""

    def write(self, rows: Sorted) -> None:
        """Write all of it or nothing, on disk.

        What was written before is overwritten by what says the same or more.
        """

    def find(self, identity: Identity) -> Settled | None:
        """The end of an invocation."""

    def keys(self, most: int) -> Sequence[str] | None:
        """All keys from outside, None when those are more than `most`."""

    def worker(self, worker: WorkerId) -> Kept | None:
        """What is known of a durable worker."""

    def pending(self) -> Sequence[Unfinished]:
        """What is unfinished, in the order of arrival."""

    def steps(self, number: int, count: int) -> Sequence[tuple[str, Value]]:
        """The `count` steps of an invocation: (kind, value)."""

    def history(self, worker: WorkerId, start: int, stop: int) -> Sequence[Past]:
        """Some of a worker's finished invocations from number `start` on: at least one, or all."""

    def close(self) -> None:
        """Let go of the store."""
