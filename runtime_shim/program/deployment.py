"""How a component is deployed: what it is, what it may do and use."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.wasi.grants import Grants

if TYPE_CHECKING:
    from runtime_shim.link import ClientLink
    from runtime_shim.typed import HostImports


def to_stderr(worker: WorkerId, line: bytes) -> None:
    """Where guests print by default: never the host's stdout, which carries results."""
    from runtime_shim.wasi.lines import labelled

    sys.stderr.write(labelled(worker, line))


@dataclass(frozen=True, slots=True)
class Limits:
    """What a worker may use; by default as much as there is.

    Attributes:
        memory: The most linear memory of each of its memories, in bytes.
        table: The most elements of each of its tables.
        parts: The most core instances, and the most memories and tables, that it is made of; 10,000
            where it is None.
        fuel: The most instructions of an invocation, approximately; the same on every replay.
        deadline: The most seconds that an invocation may take.
    """

    memory: int | None = None
    table: int | None = None
    parts: int | None = None
    fuel: int | None = None
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """A component to deploy.

    Attributes:
        component: The path of the component, or its bytes.
        durable: Whether its workers have a history; ephemeral ones live for one invocation.
        imports: The implementations of its own imports (`bind` of a generated
            `{world}_client.world`): each call is recorded, and replayed instead of repeated.
        links: The links of its client imports (`runtime_shim.link.load_link`); a client import
            without one is linked by convention.
        grants: What it may do outside; by default nothing.
        limits: What each of its workers may use.
        environment: What workers are created with by calls from outside that do not say it.
    """

    component: str | PathLike[str] | bytes
    durable: bool = True
    imports: HostImports = field(default_factory=dict)
    links: tuple[ClientLink, ...] = ()
    grants: Grants = field(default_factory=Grants)
    limits: Limits = field(default_factory=Limits)
    environment: Environment = field(default_factory=Environment)

    def read(self) -> bytes:
        """The component.

        Raises:
            OSError: it cannot be read.
        """
        if isinstance(self.component, bytes):
            return self.component
        return Path(self.component).read_bytes()
