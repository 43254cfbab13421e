"""A part of the world `acme:mirror/mirror@1.0.0` in Python, made by witgen: see the module `world`."""

from __future__ import annotations

from typing import Protocol

from runtime_shim.typed import (
    Function,
    HostedBy,
    Import,
    OptionOf,
    Prim,
    Resource,
    made_for,
)

__all__ = [
    "Cell",
    "Store",
]

made_for(2)


class Cell(Protocol):
    """Holds a text."""

    def get(self) -> str:
        """What it holds."""
        ...

    def set(self, text: str) -> None: ...

    def drop(self) -> None:
        """The component is done with it."""


class Store(Protocol):
    """Where cells are kept."""

    def cell(self, text: str) -> Cell:
        """Begins with a text."""
        ...

    def cell_merged(self, first: Cell, second: Cell) -> Cell:
        """Puts the text of both into the first."""
        ...

    def find(self, name: str) -> Cell | None:
        """The cell of this name, if there is one."""
        ...


CELL = HostedBy("cell", "get", "set", "drop")
STORE_CELL = Function("[constructor]cell", ("text", Prim.STRING), result=CELL)
STORE_CELL_MERGED = Function(
    "[static]cell.merged",
    ("first", CELL),
    ("second", CELL),
    result=CELL,
)
STORE_FIND = Function("find", ("name", Prim.STRING), result=OptionOf(CELL))
CELL_GET = Function("[method]cell.get", result=Prim.STRING)
CELL_SET = Function("[method]cell.set", ("text", Prim.STRING))
STORE_PARTS = Import(
    "acme:mirror/store@1.0.0",
    "store",
    (("cell", STORE_CELL), ("cell_merged", STORE_CELL_MERGED), ("find", STORE_FIND)),
    (Resource(CELL, ("get", CELL_GET), ("set", CELL_SET), made="cell"),),
)
