"""A host that can be restarted, for tests of what survives."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from runtime_shim.engines.records import InvocationInfo
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.inspection import log
from runtime_shim.host import Host, Linking
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.retry import RetryPolicies


class RestartableHost(Host):
    """A host with its own store; a generated client can keep using it after a restart.

    Args:
        store: The file of the journal.
        components: The deployments, by name.
        mode: As for `Host`.
        retries: When trapped invocations are retried.

    Attributes:
        store: The file of the journal.
        printed: What guests printed.
    """

    def __init__(
        self,
        store: Path,
        components: Mapping[str, Deployment],
        mode: Linking,
        retries: RetryPolicies,
    ) -> None:
        self.store = store
        self.printed = ""
        self._given = (components, mode, retries)
        self._begin()

    def _begin(self) -> None:
        components, mode, retries = self._given
        engine = SqliteEngine(self.store, retries=retries)
        try:
            super().__init__(engine=engine, components=components, mode=mode, output=self._print)
        except BaseException:
            engine.close()
            raise

    def _print(self, data: bytes) -> None:
        self.printed += data.decode("utf-8", "replace")

    def restart(self) -> None:
        """Close, and start again on the same store.

        No instance is left: every worker is rebuilt from the journal at its next call, and a
        component that is not deterministic on replay fails there (`Divergence`).
        """
        self.close()
        self._begin()

    def log(self, component: str, worker: str) -> tuple[InvocationInfo, ...]:
        """A worker's invocations, steps and answers in the journal.

        Raises:
            StoreError: There is no such worker.
        """
        self.drain()
        return tuple(log(self.store, WorkerId(component, worker)))
