"""A part of the world `acme:mirror/mirror@1.0.0` in Python, made by witgen: see the module `world`."""

from __future__ import annotations

from dataclasses import dataclass

from runtime_shim.typed import (
    Function,
    HandleOf,
    OptionOf,
    Prim,
    RecordOf,
    Remote,
    RemoteResource,
    Result,
    ResultOf,
    made_for,
)

from .store import (
    CELL,
    Cell,
)

__all__ = [
    "Box",
    "Door",
    "Pair",
    "Tools",
]

made_for(2)


@dataclass(frozen=True, slots=True)
class Pair:
    """The record `pair`."""

    left: Cell
    right: Cell | None = None


class Box(RemoteResource):
    """Keeps a cell."""

    _DROP = "acme:mirror/tools@1.0.0.{[drop]box}"

    def peek(self) -> str:
        """What the cell holds."""
        return self._remote.call(BOX_PEEK, self)

    async def peek_async(self) -> str:
        """Like `peek`, in a thread of the event loop's executor."""
        return await self._remote.call_async(BOX_PEEK, self)


class Door(RemoteResource):
    """A door that does not open without a key."""

    _DROP = "acme:mirror/tools@1.0.0.{[drop]door}"


class Tools:
    """What is done with cells."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def box(self, cell: Cell) -> Box:
        return self._remote.call(TOOLS_BOX, cell)

    async def box_async(self, cell: Cell) -> Box:
        """Like `box`, in a thread of the event loop's executor."""
        return await self._remote.call_async(TOOLS_BOX, cell)

    def box_unbox(self, box: Box) -> Cell:
        return self._remote.call(TOOLS_BOX_UNBOX, box)

    async def box_unbox_async(self, box: Box) -> Cell:
        """Like `box_unbox`, in a thread of the event loop's executor."""
        return await self._remote.call_async(TOOLS_BOX_UNBOX, box)

    def door(self, key: str) -> Result[Door, str]:
        return self._remote.call(TOOLS_DOOR, key)

    async def door_async(self, key: str) -> Result[Door, str]:
        """Like `door`, in a thread of the event loop's executor."""
        return await self._remote.call_async(TOOLS_DOOR, key)

    def read(self, cell: Cell) -> str:
        return self._remote.call(TOOLS_READ, cell)

    async def read_async(self, cell: Cell) -> str:
        """Like `read`, in a thread of the event loop's executor."""
        return await self._remote.call_async(TOOLS_READ, cell)

    def write(self, cell: Cell, text: str) -> None:
        self._remote.run(TOOLS_WRITE, cell, text)

    async def write_async(self, cell: Cell, text: str) -> None:
        """Like `write`, in a thread of the event loop's executor."""
        await self._remote.run_async(TOOLS_WRITE, cell, text)

    def pass_(self, cell: Cell) -> Cell:
        return self._remote.call(TOOLS_PASS, cell)

    async def pass_async(self, cell: Cell) -> Cell:
        """Like `pass_`, in a thread of the event loop's executor."""
        return await self._remote.call_async(TOOLS_PASS, cell)

    def swap(self, pair: Pair) -> Pair:
        return self._remote.call(TOOLS_SWAP, pair)

    async def swap_async(self, pair: Pair) -> Pair:
        """Like `swap`, in a thread of the event loop's executor."""
        return await self._remote.call_async(TOOLS_SWAP, pair)

    def merge(self, first: Cell, second: Cell) -> Cell:
        return self._remote.call(TOOLS_MERGE, first, second)

    async def merge_async(self, first: Cell, second: Cell) -> Cell:
        """Like `merge`, in a thread of the event loop's executor."""
        return await self._remote.call_async(TOOLS_MERGE, first, second)

    def make(self, text: str) -> Cell:
        """Makes a cell."""
        return self._remote.call(TOOLS_MAKE, text)

    async def make_async(self, text: str) -> Cell:
        """Like `make`, in a thread of the event loop's executor."""
        return await self._remote.call_async(TOOLS_MAKE, text)

    def look(self, name: str) -> Cell | None:
        return self._remote.call(TOOLS_LOOK, name)

    async def look_async(self, name: str) -> Cell | None:
        """Like `look`, in a thread of the event loop's executor."""
        return await self._remote.call_async(TOOLS_LOOK, name)


BOX_LENT = HandleOf(Box, owned=False)
BOX_PEEK = Function(
    "acme:mirror/tools@1.0.0.{[method]box.peek}",
    ("self", BOX_LENT),
    result=Prim.STRING,
)
BOX_OWNED = HandleOf(Box, owned=True)
TOOLS_BOX = Function(
    "acme:mirror/tools@1.0.0.{[constructor]box}",
    ("cell", CELL),
    result=BOX_OWNED,
)
TOOLS_BOX_UNBOX = Function(
    "acme:mirror/tools@1.0.0.{[static]box.unbox}",
    ("box", BOX_OWNED),
    result=CELL,
)
DOOR_OWNED = HandleOf(Door, owned=True)
TOOLS_DOOR = Function(
    "acme:mirror/tools@1.0.0.{[constructor]door}",
    ("key", Prim.STRING),
    result=ResultOf(DOOR_OWNED, Prim.STRING),
)
TOOLS_READ = Function(
    "acme:mirror/tools@1.0.0.{read}",
    ("cell", CELL),
    result=Prim.STRING,
)
TOOLS_WRITE = Function(
    "acme:mirror/tools@1.0.0.{write}",
    ("cell", CELL),
    ("text", Prim.STRING),
)
TOOLS_PASS = Function("acme:mirror/tools@1.0.0.{pass}", ("cell", CELL), result=CELL)
PAIR = RecordOf(
    Pair,
    ("left", CELL),
    ("right", OptionOf(CELL)),
)
TOOLS_SWAP = Function("acme:mirror/tools@1.0.0.{swap}", ("pair", PAIR), result=PAIR)
TOOLS_MERGE = Function(
    "acme:mirror/tools@1.0.0.{merge}",
    ("first", CELL),
    ("second", CELL),
    result=CELL,
)
TOOLS_MAKE = Function(
    "acme:mirror/tools@1.0.0.{make}",
    ("text", Prim.STRING),
    result=CELL,
)
TOOLS_LOOK = Function(
    "acme:mirror/tools@1.0.0.{look}",
    ("name", Prim.STRING),
    result=OptionOf(CELL),
)
