"""The client of `acme:print/print@1.2.0`, made by witgen for programs that embed the host.

Each class is connected to a worker of the component deployed as `acme:print`,
by a caller, which is a `runtime_shim.Host`. A method waits for the result of its
function. With `_async` behind its name it is awaited; with `tell_` before it, the call
is queued, for a time when given. The `key` of a call makes it happen once, however often
it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Self

from runtime_shim.typed import (
    Caller,
    EnumOf,
    Function,
    HandleOf,
    ListOf,
    Prim,
    RecordOf,
    Remote,
    RemoteResource,
    Sent,
    deprecated as _deprecated,
    in_thread,
    made_for,
)

__all__ = [
    "COMPONENT",
    "Ink",
    "Jobs",
    "Palette",
    "Sheet",
]

made_for(2)

COMPONENT = "acme:print"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The record `sheet`."""

    width: int
    height: int


class Ink(Enum):
    """Only with colours."""

    CYAN = "cyan"
    MAGENTA = "magenta"


class Jobs:
    """Prints."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    @_deprecated("Deprecated since 1.1.0.")
    def print(self, sheets: list[Sheet], *, key: str | None = None) -> int:
        """Deprecated since 1.1.0."""
        return self._remote.call(JOBS_PRINT, sheets, key=key)

    @_deprecated("Deprecated since 1.1.0.")
    async def print_async(self, sheets: list[Sheet], *, key: str | None = None) -> int:
        """Like `print`, in a thread of the event loop's executor."""
        return await self._remote.call_async(JOBS_PRINT, sheets, key=key)

    @_deprecated("Deprecated since 1.1.0.")
    def tell_print(
        self,
        sheets: list[Sheet],
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `print`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(JOBS_PRINT, sheets, at=at, key=key)

    def tint(self, ink: Ink, *, key: str | None = None) -> bool:
        """Behind a feature that is on."""
        return self._remote.call(JOBS_TINT, ink, key=key)

    async def tint_async(self, ink: Ink, *, key: str | None = None) -> bool:
        """Like `tint`, in a thread of the event loop's executor."""
        return await self._remote.call_async(JOBS_TINT, ink, key=key)

    def tell_tint(
        self,
        ink: Ink,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `tint`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(JOBS_TINT, ink, at=at, key=key)


class Palette(RemoteResource):
    """Stands for `acme:print/jobs@1.2.0.palette`."""

    _DROP = "acme:print/jobs@1.2.0.{palette.drop}"

    def __init__(self, caller: Caller, worker: str, *, key: str | None = None) -> None:
        self._construct(Remote(caller, COMPONENT, worker), PALETTE_NEW, key=key)

    @classmethod
    async def new_async(
        cls,
        caller: Caller,
        worker: str,
        *,
        key: str | None = None,
    ) -> Self:
        """Like the constructor, in a thread of the event loop's executor."""
        return await in_thread(cls, caller, worker, key=key)

    def mix(self, ink: Ink, *, key: str | None = None) -> int:
        return self._remote.call(PALETTE_MIX, self, ink, key=key)

    async def mix_async(self, ink: Ink, *, key: str | None = None) -> int:
        """Like `mix`, in a thread of the event loop's executor."""
        return await self._remote.call_async(PALETTE_MIX, self, ink, key=key)

    def tell_mix(
        self,
        ink: Ink,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `mix`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(PALETTE_MIX, self, ink, at=at, key=key)


SHEET = RecordOf(
    Sheet,
    ("width", Prim.U16),
    ("height", Prim.U16),
)
JOBS_PRINT = Function(
    "acme:print/jobs@1.2.0.{print}",
    ("sheets", ListOf(SHEET)),
    result=Prim.U32,
)
INK = EnumOf(Ink)
JOBS_TINT = Function("acme:print/jobs@1.2.0.{tint}", ("ink", INK), result=Prim.BOOL)
PALETTE_OWNED = HandleOf(Palette, owned=True)
PALETTE_NEW = Function("acme:print/jobs@1.2.0.{palette.new}", result=PALETTE_OWNED)
PALETTE_LENT = HandleOf(Palette, owned=False)
PALETTE_MIX = Function(
    "acme:print/jobs@1.2.0.{palette.mix}",
    ("self", PALETTE_LENT),
    ("ink", INK),
    result=Prim.U32,
)
