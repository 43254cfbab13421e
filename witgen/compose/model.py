"""The values of composition: parts, wires, and the plan that shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from witgen.component import types as t
from witgen.component.cursor import Buffer

Semver = Literal["compatible", "exact"]
"""Which names may stand for each other: those of one compatibility track, or equal ones only."""


@dataclass(frozen=True, slots=True)
class Part:
    """A component to compose.

    Attributes:
        name: What people call it, a file name for example; also how a `Connection` names it.
        data: The component.
    """

    name: str
    data: Buffer


@dataclass(frozen=True, slots=True)
class Instantiation:
    """An instantiation of a part; node 0 is the socket, the plugs follow as they were given."""

    id: int
    name: str
    data: Buffer
    type: t.ComponentType

    @property
    def key(self) -> str:
        """The local name of its instance in the composed component."""
        return f"part {self.id}"


@dataclass(frozen=True, slots=True)
class Wire:
    """The export of a node that implements an import of another one."""

    supplier: int
    export: str
    consumer: int
    import_: str


@dataclass(frozen=True, slots=True)
class Connection:
    """What a caller says about an import: which export of which plug implements it.

    Attributes:
        import_: The name of the import.
        plug: The name of the part that implements it.
        export: The name of its export there.
        consumer: The name of the part whose import it is; None for all parts that have it.
    """

    import_: str
    plug: str
    export: str
    consumer: str | None = None


@dataclass(frozen=True, slots=True)
class PartInfo:
    """A part as a report shows it.

    Attributes:
        name: The name that was given.
        size: Bytes.
        used: Whether it is in the result.
    """

    name: str
    size: int
    used: bool


@dataclass(frozen=True, slots=True)
class WireInfo:
    """A wire as a report shows it."""

    supplier: str
    export: str
    consumer: str
    import_: str


@dataclass(frozen=True, slots=True)
class OpenImport:
    """An import of the result.

    Attributes:
        name: Its name in the result, the highest version of those that were merged.
        types_only: Whether it has types only, so that no host needs to provide it.
        needed_by: (part, name of the import there) of each part that needs it.
    """

    name: str
    types_only: bool
    needed_by: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a composition will be.

    Attributes:
        parts: The socket, then the plugs as they were given.
        wires: Who implements what for whom.
        imports: What stays imported.
        exports: What the result exports.
        unused: Names of plugs that nothing needs.
    """

    parts: tuple[PartInfo, ...]
    wires: tuple[WireInfo, ...]
    imports: tuple[OpenImport, ...]
    exports: tuple[str, ...]
    unused: tuple[str, ...]
