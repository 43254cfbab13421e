"""A part of the world `acme:clashes/imports@1.0.0` in Python, made by witgen: see the module `world`."""

from __future__ import annotations

from typing import (
    Optional,
    Protocol,
)

from runtime_shim.typed import (
    Function,
    HandleOf,
    Import,
    ListOf,
    OptionOf,
    Prim,
    Remote,
    Result,
    ResultOf,
    Some,
    TupleOf,
    made_for,
)

from .handles import (
    HANDLE,
    Handle,
    HandleImport,
)

__all__ = [
    "ClashesHandle",
    "HandleInterface",
]

made_for(2)


class ClashesHandle(Protocol):
    """What implements the imported interface `acme:clashes/handle@1.0.0`."""

    def bind(
        self,
        imports: Optional[Some[HandleImport | None]],
    ) -> list[tuple[HandleImport, HandleImport | None]]: ...

    def property_(self, member: str) -> Result[None, None]: ...


class HandleInterface:
    """The exported interface `acme:clashes/handle@1.0.0`."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def bind(
        self,
        imports: Optional[Some[Handle | None]] = None,
    ) -> list[tuple[Handle, Handle | None]]:
        return self._remote.call(HANDLE_INTERFACE_BIND, imports)

    async def bind_async(
        self,
        imports: Optional[Some[Handle | None]] = None,
    ) -> list[tuple[Handle, Handle | None]]:
        """Like `bind`, in a thread of the event loop's executor."""
        return await self._remote.call_async(HANDLE_INTERFACE_BIND, imports)

    def property_(self, member: str) -> Result[None, None]:
        return self._remote.call(HANDLE_INTERFACE_PROPERTY, member)

    async def property_async(self, member: str) -> Result[None, None]:
        """Like `property_`, in a thread of the event loop's executor."""
        return await self._remote.call_async(HANDLE_INTERFACE_PROPERTY, member)


HANDLE_OWNED_ = HandleOf(Handle, owned=True)
OPTION_OPTION_HANDLE_OWNED = OptionOf(OptionOf(HANDLE_OWNED_))
TUPLE_HANDLE_OWNED_OPTION_HANDLE_OWNED = TupleOf(HANDLE_OWNED_, OptionOf(HANDLE_OWNED_))
LIST_5 = ListOf(TUPLE_HANDLE_OWNED_OPTION_HANDLE_OWNED)
HANDLE_INTERFACE_BIND = Function(
    "acme:clashes/handle@1.0.0.{bind}",
    ("imports", OPTION_OPTION_HANDLE_OWNED),
    result=LIST_5,
)
HANDLE_INTERFACE_PROPERTY = Function(
    "acme:clashes/handle@1.0.0.{property}",
    ("member", Prim.STRING),
    result=ResultOf(None, None),
)
OPTION_OPTION_HANDLE = OptionOf(OptionOf(HANDLE))
TUPLE_HANDLE_OPTION_HANDLE = TupleOf(HANDLE, OptionOf(HANDLE))
LIST_TUPLE_HANDLE_OPTION_HANDLE = ListOf(TUPLE_HANDLE_OPTION_HANDLE)
CLASHES_HANDLE_BIND = Function(
    "bind",
    ("imports", OPTION_OPTION_HANDLE),
    result=LIST_TUPLE_HANDLE_OPTION_HANDLE,
)
CLASHES_HANDLE_PROPERTY = Function(
    "property",
    ("member", Prim.STRING),
    result=ResultOf(None, None),
)
CLASHES_HANDLE_PARTS = Import(
    "acme:clashes/handle@1.0.0",
    "handle",
    (("bind", CLASHES_HANDLE_BIND), ("property_", CLASHES_HANDLE_PROPERTY)),
)
