"""The workers of an application, as an operator looks after them while a host of it serves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from runtime_shim.engines.restate.inspection import Server
from runtime_shim.errors import StillBusy, StoreError

if TYPE_CHECKING:
    from runtime_shim.engines.records import Repairs
    from runtime_shim.engines.restate.builds import Builds
    from runtime_shim.protocol.ids import CallId, WorkerId
    from runtime_shim.protocol.seams import Program
    from runtime_shim.protocol.snapshots import Snapshots
    from runtime_shim.values import Value

_T = TypeVar("_T")
_LOOK = 0.05  # seconds between two looks at a worker that is busy


@dataclass(frozen=True, slots=True)
class Online:
    """`Managed` for an application on a server.

    Attributes:
        stored: The application, seen from outside.
        builds: The components of the host; None before it begins.
        seen: How many calls of workers that are held were over.
    """

    stored: Server
    builds: Builds | None
    seen: dict[WorkerId, int] = field(default_factory=dict)

    def snapshots(self) -> Snapshots:
        """Where snapshots of its workers are kept."""
        return self.stored.snapshots()

    @contextmanager
    def between(self, worker: WorkerId, patience: float) -> Iterator[None]:
        """Begin between two calls of a worker. Another host may go on: then it is not `changed`."""
        end = time.monotonic() + patience
        with self.stored.looking() as view:
            while any(one.state == "running" for one in view.log(worker, pending=True)):
                if time.monotonic() > end:
                    raise StillBusy(f"its call is not over after {patience:g} s")
                time.sleep(_LOOK)
            self.seen[worker] = view.ended(worker)
        yield

    def queued(self, worker: WorkerId) -> tuple[tuple[str, str, tuple[Value, ...]], ...]:
        """Nothing: what a call was asked that waits in the server cannot be seen."""
        return ()

    def changed(self, worker: WorkerId, change: Callable[[Repairs], None]) -> None:
        """Change a worker, unless it was called since it is held. Raises `StillBusy`."""
        with self.stored.repairing() as view:
            view.seen.update(self.seen)
            change(view)

    def cancelled(self, worker: WorkerId, call: CallId) -> bool:
        """No: the server knows guests' calls by other names."""
        return False

    def repaired(self, worker: WorkerId, repair: Callable[[Repairs], _T]) -> _T:
        """What `repair` gives for a worker that has nothing to do."""
        with self.stored.repairing() as view:
            if next(view.log(worker, pending=True), None) is not None:
                raise StillBusy(f"{worker} has calls that are not over")
            return repair(view)

    def revived(self, worker: WorkerId) -> bool:
        """Let a worker serve again that was parked or has failed; whether it was either."""
        with self.stored.repairing() as view:
            return view.revive(worker)

    def deployed(self, programs: Mapping[str, Program], kept: Iterable[str]) -> None:
        """Serve new workers with other programs; those that exist keep their builds."""
        if self.builds is None:
            raise StoreError("the host has not begun")
        self.builds.replace(programs, kept)
