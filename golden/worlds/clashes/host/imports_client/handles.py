"""A part of the world `acme:clashes/imports@1.0.0` in Python, made by witgen: see the module `world`."""

from __future__ import annotations

from typing import Protocol

from runtime_shim.typed import (
    Function,
    HandleOf,
    HostedBy,
    Import,
    ListOf,
    OptionOf,
    Prim,
    Remote,
    RemoteResource,
    Resource,
    Result,
    ResultOf,
    TupleOf,
    made_for,
)

from .clashes_types import (
    CLASHES_TYPES_ERROR,
    ClashesTypesError,
)

__all__ = [
    "Handle",
    "HandleImport",
    "Handles",
    "HandlesImport",
]

made_for(2)


class HandleImport(Protocol):
    """Somewhere to write to, or to read from, which may have been closed since; a name that is long."""

    def drop_(self) -> None: ...

    def save_(self) -> str: ...

    def drop_async(self) -> None: ...

    def drop(self) -> None:
        """The component is done with it."""


class HandlesImport(Protocol):
    """Imported and exported: the host's handles are not the component's."""

    def handle(self, name: str) -> HandleImport: ...

    def handle_from(
        self,
        handles: list[HandleImport],
    ) -> Result[HandleImport, ClashesTypesError]: ...

    def restore_(self, handle: HandleImport) -> HandleImport | None: ...

    def pass_(
        self,
        list_: bytes,
        float_: float,
        it: HandleImport,
        host: str,
        self_: bool,
    ) -> tuple[HandleImport]: ...


class Handle(RemoteResource):
    """Somewhere to write to, or to read from, which may have been closed since; a name that is long."""

    _DROP = "acme:clashes/handles@1.0.0.{[drop]handle}"

    def drop_(self) -> None:
        self._remote.run(HANDLE_DROP, self)

    async def drop_async__(self) -> None:
        """Like `drop_`, in a thread of the event loop's executor."""
        await self._remote.run_async(HANDLE_DROP, self)

    def save(self) -> str:
        return self._remote.call(HANDLE_SAVE, self)

    async def save_async(self) -> str:
        """Like `save`, in a thread of the event loop's executor."""
        return await self._remote.call_async(HANDLE_SAVE, self)

    def drop_async_(self) -> None:
        self._remote.run(HANDLE_DROP_ASYNC, self)

    async def drop_async_async(self) -> None:
        """Like `drop_async_`, in a thread of the event loop's executor."""
        await self._remote.run_async(HANDLE_DROP_ASYNC, self)


class Handles:
    """Imported and exported: the host's handles are not the component's."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def handle(self, name: str) -> Handle:
        return self._remote.call(HANDLES_HANDLE, name)

    async def handle_async(self, name: str) -> Handle:
        """Like `handle`, in a thread of the event loop's executor."""
        return await self._remote.call_async(HANDLES_HANDLE, name)

    def handle_from(self, handles: list[Handle]) -> Result[Handle, ClashesTypesError]:
        return self._remote.call(HANDLES_HANDLE_FROM, handles)

    async def handle_from_async(
        self,
        handles: list[Handle],
    ) -> Result[Handle, ClashesTypesError]:
        """Like `handle_from`, in a thread of the event loop's executor."""
        return await self._remote.call_async(HANDLES_HANDLE_FROM, handles)

    def restore(self, handle: Handle) -> Handle | None:
        return self._remote.call(HANDLES_RESTORE, handle)

    async def restore_async(self, handle: Handle) -> Handle | None:
        """Like `restore`, in a thread of the event loop's executor."""
        return await self._remote.call_async(HANDLES_RESTORE, handle)

    def pass_(
        self,
        list_: bytes,
        float_: float,
        it: Handle,
        host: str,
        self_: bool,
    ) -> tuple[Handle]:
        return self._remote.call(HANDLES_PASS, list_, float_, it, host, self_)

    async def pass_async(
        self,
        list_: bytes,
        float_: float,
        it: Handle,
        host: str,
        self_: bool,
    ) -> tuple[Handle]:
        """Like `pass_`, in a thread of the event loop's executor."""
        return await self._remote.call_async(
            HANDLES_PASS,
            list_,
            float_,
            it,
            host,
            self_,
        )


HANDLE_LENT = HandleOf(Handle, owned=False)
HANDLE_DROP = Function(
    "acme:clashes/handles@1.0.0.{[method]handle.drop}",
    ("self", HANDLE_LENT),
)
HANDLE_SAVE = Function(
    "acme:clashes/handles@1.0.0.{[method]handle.save}",
    ("self", HANDLE_LENT),
    result=Prim.STRING,
)
HANDLE_DROP_ASYNC = Function(
    "acme:clashes/handles@1.0.0.{[method]handle.drop-async}",
    ("self", HANDLE_LENT),
)
HANDLE_OWNED = HandleOf(Handle, owned=True)
HANDLES_HANDLE = Function(
    "acme:clashes/handles@1.0.0.{[constructor]handle}",
    ("name", Prim.STRING),
    result=HANDLE_OWNED,
)
HANDLES_HANDLE_FROM = Function(
    "acme:clashes/handles@1.0.0.{[static]handle.from}",
    ("handles", ListOf(HANDLE_OWNED)),
    result=ResultOf(HANDLE_OWNED, CLASHES_TYPES_ERROR),
)
HANDLES_RESTORE = Function(
    "acme:clashes/handles@1.0.0.{restore}",
    ("handle", HANDLE_LENT),
    result=OptionOf(HANDLE_OWNED),
)
HANDLES_PASS = Function(
    "acme:clashes/handles@1.0.0.{pass}",
    ("list", ListOf(Prim.U8)),
    ("float", Prim.F32),
    ("it", HANDLE_OWNED),
    ("host", Prim.STRING),
    ("self", Prim.BOOL),
    result=TupleOf(HANDLE_OWNED),
)
HANDLE = HostedBy("handle", "drop_", "save_", "drop_async", "drop")
HANDLES_IMPORT_HANDLE = Function(
    "[constructor]handle",
    ("name", Prim.STRING),
    result=HANDLE,
)
HANDLES_IMPORT_HANDLE_FROM = Function(
    "[static]handle.from",
    ("handles", ListOf(HANDLE)),
    result=ResultOf(HANDLE, CLASHES_TYPES_ERROR),
)
HANDLES_IMPORT_RESTORE = Function(
    "restore",
    ("handle", HANDLE),
    result=OptionOf(HANDLE),
)
HANDLES_IMPORT_PASS = Function(
    "pass",
    ("list", ListOf(Prim.U8)),
    ("float", Prim.F32),
    ("it", HANDLE),
    ("host", Prim.STRING),
    ("self", Prim.BOOL),
    result=TupleOf(HANDLE),
)
HANDLE_IMPORT_DROP = Function("[method]handle.drop")
HANDLE_IMPORT_SAVE = Function("[method]handle.save", result=Prim.STRING)
HANDLE_IMPORT_DROP_ASYNC = Function("[method]handle.drop-async")
HANDLES_IMPORT_PARTS = Import(
    "acme:clashes/handles@1.0.0",
    "handles",
    (
        ("handle", HANDLES_IMPORT_HANDLE),
        ("handle_from", HANDLES_IMPORT_HANDLE_FROM),
        ("restore_", HANDLES_IMPORT_RESTORE),
        ("pass_", HANDLES_IMPORT_PASS),
    ),
    (
        Resource(
            HANDLE,
            ("drop_", HANDLE_IMPORT_DROP),
            ("save_", HANDLE_IMPORT_SAVE),
            ("drop_async", HANDLE_IMPORT_DROP_ASYNC),
            made="handle",
        ),
    ),
)
