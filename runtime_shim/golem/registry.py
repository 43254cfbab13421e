"""The deployed components: components by name and by id, and the workers' addresses."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Protocol

from runtime_shim.exports.names import Names
from runtime_shim.protocol.ids import WorkerId, component_uuid
from runtime_shim.values.types import FunctionType


class Target(Protocol):
    """A deployed component, as its callers see it."""

    @property
    def durable(self) -> bool:
        """Whether its workers have a history."""

    @property
    def names(self) -> Names:
        """What it exports, by invocation name."""

    def signature(self, function: str) -> FunctionType:
        """The type of an exported function.

        Raises:
            UnknownFunction: it exports none of that name.
            BadArguments: the function has a type that cannot be sent.
        """


class Registry:
    """The deployed components of one host.

    Attributes:
        worker_exists: Whether a worker has been created; asked by `resolve-worker-id-strict`.
        serving: What serves a worker of a deployed component.
        clock: The seconds since the epoch, as guests see them.
    """

    def __init__(self) -> None:
        self._programs: dict[str, Target] = {}
        self._names: dict[uuid.UUID, str] = {}
        self.worker_exists: Callable[[WorkerId], bool] = lambda worker: False
        self.serving: Callable[[WorkerId], Target] = lambda worker: self._programs[worker.component]
        self.clock: Callable[[], float] = time.time

    def add(self, name: str, program: Target) -> None:
        """Deploy `program` as `name`."""
        self._programs[name] = program
        self._names[component_uuid(name)] = name

    def program(self, name: str) -> Target | None:
        """The component deployed as `name`."""
        return self._programs.get(name)

    def name_of(self, component: uuid.UUID) -> str | None:
        """The name of the component with this id."""
        return self._names.get(component)

    def worker_of(self, uri: str) -> WorkerId | None:
        """The worker with the URI `urn:worker:{component id}/{worker name}`."""
        from runtime_shim.values.uris import split_worker

        found = split_worker(uri)
        if found is None:
            return None
        component, worker = found
        name = self.name_of(component)
        return None if name is None else WorkerId(name, worker)
