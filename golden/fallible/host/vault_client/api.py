"""The client of `acme:vault/vault@1.0.0`, made by witgen for programs that embed the host.

Each class is connected to a worker of the component deployed as `acme:vault`,
by a caller, which is a `runtime_shim.Host`. A method waits for the result of its
function. With `_async` behind its name it is awaited; with `tell_` before it, the call
is queued, for a time when given. The `key` of a call makes it happen once, however often
it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from runtime_shim.typed import (
    Caller,
    Function,
    HandleOf,
    Prim,
    Remote,
    RemoteResource,
    Result,
    ResultOf,
    Sent,
    TupleOf,
    VariantOf,
    made_for,
    remote_of,
)

__all__ = [
    "Api",
    "Box",
    "COMPONENT",
    "Key",
    "Refusal",
    "RefusalFull",
    "RefusalUnknown",
]

made_for(2)

COMPONENT = "acme:vault"


@dataclass(frozen=True, slots=True)
class RefusalFull:
    """The case `full` of `refusal`."""


@dataclass(frozen=True, slots=True)
class RefusalUnknown:
    """The case `unknown` of `refusal`."""

    value: str


Refusal: TypeAlias = RefusalFull | RefusalUnknown


class Api:
    """Stands for `acme:vault/api@1.0.0`."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)


class Box(RemoteResource):
    """Something that is kept."""

    _DROP = "acme:vault/api@1.0.0.{box.drop}"

    @staticmethod
    def new(
        caller: Caller,
        worker: str,
        owner: str,
        size: int,
        *,
        key: str | None = None,
    ) -> Result[Box, Refusal]:
        """Fails when there is no room."""
        return Remote(caller, COMPONENT, worker).call(BOX_NEW, owner, size, key=key)

    @staticmethod
    async def new_async(
        caller: Caller,
        worker: str,
        owner: str,
        size: int,
        *,
        key: str | None = None,
    ) -> Result[Box, Refusal]:
        """Like `new`, in a thread of the event loop's executor."""
        return await Remote(caller, COMPONENT, worker).call_async(
            BOX_NEW,
            owner,
            size,
            key=key,
        )

    @staticmethod
    def split(box: Box, *, key: str | None = None) -> Result[tuple[Box, Box], Refusal]:
        return remote_of(box, BOX_SPLIT, "box").call(BOX_SPLIT, box, key=key)

    @staticmethod
    async def split_async(
        box: Box,
        *,
        key: str | None = None,
    ) -> Result[tuple[Box, Box], Refusal]:
        """Like `split`, in a thread of the event loop's executor."""
        return await remote_of(box, BOX_SPLIT, "box").call_async(
            BOX_SPLIT,
            box,
            key=key,
        )

    @staticmethod
    def tell_split(
        box: Box,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `split`, to run at `at` if given; its result is dropped."""
        return remote_of(box, BOX_SPLIT, "box").tell(BOX_SPLIT, box, at=at, key=key)

    def size(self, *, key: str | None = None) -> int:
        return self._remote.call(BOX_SIZE, self, key=key)

    async def size_async(self, *, key: str | None = None) -> int:
        """Like `size`, in a thread of the event loop's executor."""
        return await self._remote.call_async(BOX_SIZE, self, key=key)

    def tell_size(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `size`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(BOX_SIZE, self, at=at, key=key)


class Key(RemoteResource):
    """Stands for `acme:vault/api@1.0.0.key`."""

    _DROP = "acme:vault/api@1.0.0.{key.drop}"

    @staticmethod
    def new(
        caller: Caller,
        worker: str,
        *,
        key: str | None = None,
    ) -> Result[Key, None]:
        return Remote(caller, COMPONENT, worker).call(KEY_NEW, key=key)

    @staticmethod
    async def new_async(
        caller: Caller,
        worker: str,
        *,
        key: str | None = None,
    ) -> Result[Key, None]:
        """Like `new`, in a thread of the event loop's executor."""
        return await Remote(caller, COMPONENT, worker).call_async(KEY_NEW, key=key)

    def fits(self, box: Box, *, key: str | None = None) -> bool:
        return self._remote.call(KEY_FITS, self, box, key=key)

    async def fits_async(self, box: Box, *, key: str | None = None) -> bool:
        """Like `fits`, in a thread of the event loop's executor."""
        return await self._remote.call_async(KEY_FITS, self, box, key=key)

    def tell_fits(
        self,
        box: Box,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `fits`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(KEY_FITS, self, box, at=at, key=key)


BOX_OWNED = HandleOf(Box, owned=True)
REFUSAL = VariantOf(
    "refusal",
    ("full", RefusalFull, None),
    ("unknown", RefusalUnknown, Prim.STRING),
)
BOX_NEW = Function(
    "acme:vault/api@1.0.0.{box.new}",
    ("owner", Prim.STRING),
    ("size", Prim.U32),
    result=ResultOf(BOX_OWNED, REFUSAL),
)
RESULT_TUPLE_BOX_OWNED_BOX_OWNED_REFUSAL = ResultOf(
    TupleOf(BOX_OWNED, BOX_OWNED),
    REFUSAL,
)
BOX_SPLIT = Function(
    "acme:vault/api@1.0.0.{box.split}",
    ("box", BOX_OWNED),
    result=RESULT_TUPLE_BOX_OWNED_BOX_OWNED_REFUSAL,
)
BOX_LENT = HandleOf(Box, owned=False)
BOX_SIZE = Function(
    "acme:vault/api@1.0.0.{box.size}",
    ("self", BOX_LENT),
    result=Prim.U32,
)
KEY_OWNED = HandleOf(Key, owned=True)
KEY_NEW = Function("acme:vault/api@1.0.0.{key.new}", result=ResultOf(KEY_OWNED, None))
KEY_LENT = HandleOf(Key, owned=False)
KEY_FITS = Function(
    "acme:vault/api@1.0.0.{key.fits}",
    ("self", KEY_LENT),
    ("box", BOX_LENT),
    result=Prim.BOOL,
)
