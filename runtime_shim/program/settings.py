"""How a component is run."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runtime_shim.boundary.compile import EngineOptions
from runtime_shim.wasi.cli import Output
from runtime_shim.wasi.grants import Grants

if TYPE_CHECKING:
    from runtime_shim.link import ClientLink
    from runtime_shim.typed import HostImports


def to_stderr(data: bytes) -> None:
    """Where guests print by default: never the host's stdout, which carries results."""
    sys.stderr.write(data.decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Settings:
    """How a component is run.

    Attributes:
        durable: Whether its workers have a history; ephemeral ones live for one invocation.
        imports: What a Python program implements of its imports.
        links: The links of client imports, from generated stubs; others are linked by convention.
        dynamic: Whether open client imports are linked at all.
        grants: What it may do outside.
        memory: The most linear memory of each of its memories, in bytes.
        table: The most elements of each of its tables.
        parts: The most core instances, and the most memories and tables, that it is made of.
        fuel: The most instructions of an invocation, about; the same ones on every replay.
        deadline: The most seconds that an invocation may take.
        output: Where its workers print.
    """

    durable: bool = True
    imports: HostImports = field(default_factory=dict)
    links: tuple[ClientLink, ...] = ()
    dynamic: bool = True
    grants: Grants = Grants()  # noqa: RUF009  # frozen
    memory: int | None = None
    table: int | None = None
    parts: int | None = None
    fuel: int | None = None
    deadline: float | None = None
    output: Output = to_stderr

    @property
    def engine(self) -> EngineOptions:
        """What these settings change in the generated code."""
        return EngineOptions(fuel=self.fuel is not None)
