"""The engine on a SQLite file: what was acknowledged survives the process."""

from __future__ import annotations

import time
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from runtime_shim.engines.buffered import BufferedJournal
from runtime_shim.engines.sqlite.store import Gate, SqliteStore
from runtime_shim.errors import HostTrouble
from runtime_shim.protocol.retry import RetryPolicies
from runtime_shim.queue.engine import QueueEngine

if TYPE_CHECKING:
    from runtime_shim.engines.records import Managed


class SqliteEngine(QueueEngine):
    """An engine whose journal is a SQLite file in WAL mode with full synchronisation.

    Everything that an engine promises, it promises across processes as well.

    Args:
        path: The store; created if it does not exist.
        retries: When trapped invocations are retried; by default Golem's policy.
        clock: Seconds since the epoch.
        gate: Called before and after every transaction, with the stage; for tests that
            kill the process there.

    Raises:
        StoreError: the store is in use, cannot be opened, is damaged or of another format.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        retries: RetryPolicies | None = None,
        clock: Callable[[], float] = time.time,
        gate: Gate | None = None,
    ) -> None:
        store = SqliteStore(Path(path), gate)
        try:
            journal = BufferedJournal(store)
        except BaseException as error:
            store.close()
            if isinstance(error, RuntimeError):  # the system allows no more threads
                raise HostTrouble(f"{path} cannot be opened: {error}") from None
            raise
        super().__init__(journal, retries=retries, clock=clock)
        self.path = Path(path)
        self._buffered = journal

    @property
    def managed(self) -> Managed:
        """Its store, to be looked after while it serves."""
        from runtime_shim.engines.sqlite.online import Online

        return Online(self.path, self._book, self._order, self._buffered, self.suspects)
