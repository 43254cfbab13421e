"""Which build of its component serves a worker, where the journal has workers of several.

A durable worker belongs to the build that it was created with. Everything else is served by what is
deployed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.queue.task import Lane

if TYPE_CHECKING:
    from runtime_shim.protocol.seams import Program
    from runtime_shim.queue.journal import Journal


class Builds:
    """Finds the builds of workers, and makes programs of them when they are first needed.

    Args:
        lock: Guards the lanes.
        lanes: The workers that were called in this process.
        journal: Where the others, and the builds, are.
        programs: The deployed components by name.
        mixed: The components that have workers of other builds than the deployed one.
    """

    def __init__(
        self,
        lock: threading.Lock,
        lanes: Mapping[WorkerId, Lane],
        journal: Journal,
        programs: Mapping[str, Program],
        mixed: Iterable[str],
    ) -> None:
        self._lock = lock
        self._lanes = lanes
        self._journal = journal
        self._programs = programs
        self._mixed = set(mixed)
        self._made: dict[tuple[str, str], Program | StoreError] = {}
        self._making = threading.Lock()

    def of(self, worker: WorkerId) -> Program | None:
        """What serves a worker; None where its component is not deployed. The lock is not held.

        Raises:
            StoreError: The journal does not have its build, or that cannot be used here.
        """
        program = self._programs.get(worker.component)
        if program is None or worker.component not in self._mixed or program.binary is None:
            return program
        digest = self._digest(worker)
        program = self._programs[worker.component]  # again: its worker may be of a later one
        return program if digest in {None, program.digest} else self._earlier(worker, str(digest))

    def replace(self, programs: Mapping[str, Program], kept: Iterable[str]) -> None:
        """Have other programs deployed. The lock is held.

        Args:
            programs: All that are deployed from now on.
            kept: Those whose programs of today go on serving the workers of their build.
        """
        gone = programs.keys() - set(kept)
        self._made = {build: one for build, one in self._made.items() if build[0] not in gone}
        self._made |= {(name, self._programs[name].digest): self._programs[name] for name in kept}
        self._mixed.update(programs)
        self._programs = programs  # last: see `of`

    def _digest(self, worker: WorkerId) -> str | None:
        """The build that a worker was created with; None if it is new."""
        with self._lock:
            lane = self._lanes.get(worker)
            if lane is None:
                lane = Lane(worker, Environment(), durable=True)
                self._journal.load(lane)
            return lane.version

    def _earlier(self, worker: WorkerId, digest: str) -> Program:
        build = worker.component, digest
        if build not in self._made:
            with self._making:
                if build not in self._made:
                    self._made[build] = self._make(*build)
        found = self._made[build]
        if isinstance(found, StoreError):
            raise found
        return found

    def _make(self, component: str, digest: str) -> Program | StoreError:
        try:
            return self._programs[component].earlier(self._journal.binary(component, digest))
        except StoreError as error:
            return error
