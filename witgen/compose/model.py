"""The values of composition: parts, wires, and the plan that shows them."""

from __future__ import annotations

from typing import Literal

from witgen.component import types as t
from witgen.component.cursor import Buffer
from witgen.diagnostics import Place
from witgen.value import value

Semver = Literal["compatible", "exact"]
"""Which names are interchangeable: those of one compatibility track, or equal ones only."""


@value
class Part:
    """A component to compose.

    Attributes:
        name: What people call it, a file name for example; also how a `Connection` names it.
        data: The component.
        file: The file that it is from, where the name is another.
    """

    name: str
    data: Buffer
    file: str | None = None


@value
class Instantiation:
    """An instantiation of a part; node 0 is the socket, the plugs follow as they were given.

    Attributes:
        id: Its index among all nodes.
        name: What people call it.
        data: The component.
        type: What it imports and exports.
        outside: Whether it is the surroundings of the composition and no component: what it
            imports, the result imports under just this name, and others may be given it.
        component: The first node of the same component, which is written once; None for itself.
        place: Where it was requested.
    """

    id: int
    name: str
    data: Buffer
    type: t.ComponentType
    outside: bool = False
    component: int | None = None
    place: Place | None = None

    @property
    def key(self) -> str:
        """The local name of its instance in the composed component."""
        return f"part {self.id}"

    @property
    def at(self) -> Place:
        """Where to report it: where it was requested, else the file."""
        return self.place or Place(self.name)


@value
class Wire:
    """The export of a node that implements an import of another one.

    Attributes:
        supplier: The node that has the export.
        export: Its name; None for the instance as a whole.
        consumer: The node that has the import.
        import_: Its name.
        below: Steps into the export, where that is an instance.
        place: Where it was requested.
    """

    supplier: int
    export: str | None
    consumer: int
    import_: str
    below: tuple[str, ...] = ()
    place: Place | None = None

    @property
    def path(self) -> tuple[str, ...]:
        """The steps into the instance of the supplier."""
        return self.below if self.export is None else (self.export, *self.below)

    @property
    def label(self) -> str:
        """What implements, in words."""
        return ".".join(self.path) or "the instance"


@value
class Export:
    """An export of the result.

    Attributes:
        name: Its name.
        node: Whose it is.
        path: The steps into the instance of the node; empty for the instance as a whole.
        type: A type that is defined here and belongs to no node.
        options: Options of the name.
        place: Where it was requested.
    """

    name: str
    node: int = 0
    path: tuple[str, ...] = ()
    type: t.TypeEq | None = None
    options: t.NameOptions | None = None
    place: Place | None = None


@value
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


@value
class LeftOpen:
    """An import that a caller leaves open, although a plug may implement it.

    Attributes:
        import_: The name of the import.
        consumer: The name of the part whose import it is; None for all parts that have it.
    """

    import_: str
    consumer: str | None = None


@value
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


@value
class WireInfo:
    """A wire as a report shows it."""

    supplier: str
    export: str
    consumer: str
    import_: str


@value
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


@value
class Plan:
    """What a composition will be.

    Attributes:
        parts: The socket, then the plugs as they were given.
        wires: Which part implements which import of which other.
        imports: What stays imported.
        exports: What the result exports.
        unused: Names of plugs that nothing needs.
        left_out: (part, export) of what a toolchain left in a component and nobody means.
    """

    parts: tuple[PartInfo, ...]
    wires: tuple[WireInfo, ...]
    imports: tuple[OpenImport, ...]
    exports: tuple[str, ...]
    unused: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...] = ()


def of_wasi(name: str) -> bool:
    """Whether an import is one of those that hosts provide to every component."""
    return name.startswith("wasi:")
