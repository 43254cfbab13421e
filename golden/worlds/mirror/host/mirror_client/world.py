"""The world `acme:mirror/mirror@1.0.0` in Python, made by witgen for programs that embed it.

`Mirror` calls what the component exports: an instance of it in this process
(`runtime_shim.Instance`), or a worker of a `runtime_shim.Host` that has
it deployed as `acme:mirror`. With `_async` behind its name a method is awaited.

The program implements `Imports`; `bind` puts what it implements in the form that an
`Instance` and a `Deployment` take.
"""

from __future__ import annotations

from typing import Protocol

from runtime_shim.typed import (
    Function,
    HostImports,
    Import,
    Invoker,
    Prim,
    Remote,
    implement,
    made_for,
)

from .admin import Admin
from .log import (
    LOG_PARTS,
    Log,
)
from .store import (
    Cell,
    STORE_PARTS,
    Store,
)
from .tools import (
    Box,
    Door,
    Pair,
    Tools,
)
from .values import (
    Color,
    Deep,
    Person,
    Point,
    Rights,
    Shape,
    ShapeBlob,
    ShapeDot,
    ShapeLine,
    ShapeNothing,
    ShapeNum,
    Stamp,
    VALUES_IMPORT_PARTS,
    Values,
    ValuesImport,
)

__all__ = [
    "Admin",
    "Box",
    "COMPONENT",
    "Cell",
    "Color",
    "Deep",
    "Door",
    "Imports",
    "Log",
    "Mirror",
    "Pair",
    "Person",
    "Point",
    "Rights",
    "Shape",
    "ShapeBlob",
    "ShapeDot",
    "ShapeLine",
    "ShapeNothing",
    "ShapeNum",
    "Stamp",
    "Store",
    "Tools",
    "Values",
    "ValuesImport",
    "bind",
]

made_for(2)

COMPONENT = "acme:mirror"


class Imports(Protocol):
    """What `acme:mirror/mirror@1.0.0` imports."""

    def tick(self) -> int:
        """Counts up."""
        ...

    @property
    def values(self) -> ValuesImport:
        """What implements `acme:mirror/values@1.0.0`."""
        ...

    @property
    def store(self) -> Store:
        """What implements `acme:mirror/store@1.0.0`."""
        ...

    @property
    def log(self) -> Log:
        """What implements `log`."""
        ...


def bind(imports: Imports) -> HostImports:
    """The imports as `Instance` and `Deployment` take them."""
    return implement(
        imports,
        (IMPORTS_PARTS, VALUES_IMPORT_PARTS, STORE_PARTS, LOG_PARTS),
    )


class Mirror:
    """Gives back what it gets, and works with what others keep."""

    def __init__(self, caller: Invoker, worker: str | None = None) -> None:
        self._remote = Remote(caller, COMPONENT, worker)
        self.values = Values(self._remote)
        self.tools = Tools(self._remote)
        self.admin = Admin(self._remote)

    def ticks(self, count: int) -> int:
        """The sum of so many ticks."""
        return self._remote.call(MIRROR_TICKS, count)

    async def ticks_async(self, count: int) -> int:
        """Like `ticks`, in a thread of the event loop's executor."""
        return await self._remote.call_async(MIRROR_TICKS, count)

    def hold(self, text: str) -> None:
        """Makes a cell and keeps it."""
        self._remote.run(MIRROR_HOLD, text)

    async def hold_async(self, text: str) -> None:
        """Like `hold`, in a thread of the event loop's executor."""
        await self._remote.run_async(MIRROR_HOLD, text)

    def held(self) -> str:
        """What the cell that is kept holds."""
        return self._remote.call(MIRROR_HELD)

    async def held_async(self) -> str:
        """Like `held`, in a thread of the event loop's executor."""
        return await self._remote.call_async(MIRROR_HELD)

    def release(self) -> None:
        self._remote.run(MIRROR_RELEASE)

    async def release_async(self) -> None:
        """Like `release`, in a thread of the event loop's executor."""
        await self._remote.run_async(MIRROR_RELEASE)

    def boom(self) -> None:
        self._remote.run(MIRROR_BOOM)

    async def boom_async(self) -> None:
        """Like `boom`, in a thread of the event loop's executor."""
        await self._remote.run_async(MIRROR_BOOM)


IMPORTS_TICK = Function("tick", result=Prim.U64)
IMPORTS_PARTS = Import(
    "",
    "",
    (("tick", IMPORTS_TICK),),
)
MIRROR_TICKS = Function("ticks", ("count", Prim.U32), result=Prim.U64)
MIRROR_HOLD = Function("hold", ("text", Prim.STRING))
MIRROR_HELD = Function("held", result=Prim.STRING)
MIRROR_RELEASE = Function("release")
MIRROR_BOOM = Function("boom")
