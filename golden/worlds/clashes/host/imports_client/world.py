"""The world `acme:clashes/imports@1.0.0` in Python, made by witgen for programs that embed it.

`Imports_` calls what the component exports: an instance of it in this process
(`runtime_shim.Instance`), or a worker of a `runtime_shim.Host` that has
it deployed as `acme:clashes`. With `_async` behind its name a method is awaited.

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
    Result,
    ResultOf,
    implement,
    made_for,
)

from .clashes_types import (
    CLASHES_TYPES_VALUE,
    ClashesTypesError,
    ClashesTypesValue,
    ClashesTypesValueNone_,
    ClashesTypesValueOk,
    ClashesTypesValueSome,
    ONE,
    One,
)
from .handle import (
    CLASHES_HANDLE_PARTS,
    ClashesHandle,
    HandleInterface,
)
from .handles import (
    HANDLES_IMPORT_PARTS,
    Handle,
    HandleImport,
    Handles,
    HandlesImport,
)
from .other_types import (
    OtherTypesError,
    OtherTypesValue,
    TYPES_IMPORT_PARTS,
    Types,
    TypesImport,
)
from .property import (
    PROPERTY_IMPORT_PARTS,
    Property,
    PropertyImport,
)

__all__ = [
    "COMPONENT",
    "ClashesHandle",
    "ClashesTypesError",
    "ClashesTypesValue",
    "ClashesTypesValueNone_",
    "ClashesTypesValueOk",
    "ClashesTypesValueSome",
    "Handle",
    "HandleImport",
    "HandleInterface",
    "Handles",
    "HandlesImport",
    "Imports",
    "Imports_",
    "One",
    "OtherTypesError",
    "OtherTypesValue",
    "Property",
    "PropertyImport",
    "Types",
    "TypesImport",
    "bind",
]

made_for(2)

COMPONENT = "acme:clashes"


class Imports(Protocol):
    """What `acme:clashes/imports@1.0.0` imports."""

    def restorer(self, one: One) -> ClashesTypesValue: ...

    def component(self) -> None: ...

    @property
    def handles(self) -> HandlesImport:
        """What implements `acme:clashes/handles@1.0.0`."""
        ...

    @property
    def handle(self) -> ClashesHandle:
        """What implements `acme:clashes/handle@1.0.0`."""
        ...

    @property
    def types(self) -> TypesImport:
        """What implements `acme:other/types`."""
        ...

    @property
    def clashes_property(self) -> PropertyImport:
        """What implements `property`."""
        ...


def bind(imports: Imports) -> HostImports:
    """The imports as `Instance` and `Deployment` take them."""
    return implement(
        imports,
        (
            IMPORTS_PARTS,
            HANDLES_IMPORT_PARTS,
            CLASHES_HANDLE_PARTS,
            TYPES_IMPORT_PARTS,
            PROPERTY_IMPORT_PARTS,
        ),
    )


class Imports_:
    """What `acme:clashes/imports@1.0.0` exports."""

    def __init__(self, caller: Invoker, worker: str | None = None) -> None:
        self._remote = Remote(caller, COMPONENT, worker)
        self.handles = Handles(self._remote)
        self.handle = HandleInterface(self._remote)
        self.types = Types(self._remote)

    def borrow(self, own: str, borrow: int) -> Result[int, ClashesTypesValue]:
        return self._remote.call(IMPORTS_BORROW, own, borrow)

    async def borrow_async_(
        self,
        own: str,
        borrow: int,
    ) -> Result[int, ClashesTypesValue]:
        """Like `borrow`, in a thread of the event loop's executor."""
        return await self._remote.call_async(IMPORTS_BORROW, own, borrow)

    def borrow_async(self) -> None:
        self._remote.run(IMPORTS_BORROW_ASYNC)

    async def borrow_async_async(self) -> None:
        """Like `borrow_async`, in a thread of the event loop's executor."""
        await self._remote.run_async(IMPORTS_BORROW_ASYNC)


IMPORTS_RESTORER = Function("restorer", ("one", ONE), result=CLASHES_TYPES_VALUE)
IMPORTS_COMPONENT = Function("component")
IMPORTS_PARTS = Import(
    "",
    "",
    (("restorer", IMPORTS_RESTORER), ("component", IMPORTS_COMPONENT)),
)
IMPORTS_BORROW = Function(
    "borrow",
    ("own", Prim.STRING),
    ("borrow", Prim.U8),
    result=ResultOf(Prim.U8, CLASHES_TYPES_VALUE),
)
IMPORTS_BORROW_ASYNC = Function("borrow-async")
