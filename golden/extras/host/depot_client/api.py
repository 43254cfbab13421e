"""The client of `acme:depot/depot@0.2.0`, made by witgen for programs that embed the host.

Each class is connected to a worker of the component deployed as `acme:depot`,
by a caller, which is a `runtime_shim.Host`. A method waits for the result of its
function. With `_async` behind its name it is awaited; with `tell_` before it, the call
is queued, for a time when given. The `key` of a call makes it happen once, however often
it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from runtime_shim.typed import (
    Caller,
    Function,
    HandleOf,
    OptionOf,
    Prim,
    RecordOf,
    Remote,
    RemoteResource,
    Result,
    ResultOf,
    Sent,
    in_thread,
    made_for,
    remote_of,
)

__all__ = [
    "COMPONENT",
    "Crate",
    "Shelf",
    "Stock",
]

made_for(2)

COMPONENT = "acme:depot"


@dataclass(frozen=True, slots=True)
class Crate:
    """The record `crate`."""

    weight: int
    label: str | None = None


class Stock:
    """Has functions that are called like members."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def count(self, *, key: str | None = None) -> int:
        """How many there are."""
        return self._remote.call(STOCK_COUNT, key=key)

    async def count_async(self, *, key: str | None = None) -> int:
        """Like `count`, in a thread of the event loop's executor."""
        return await self._remote.call_async(STOCK_COUNT, key=key)

    def tell_count(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `count`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(STOCK_COUNT, at=at, key=key)

    def take(
        self,
        name: str,
        at_: int,
        *,
        key: str | None = None,
    ) -> Result[Crate | None, str]:
        """With a result that may itself be an error, and an option inside."""
        return self._remote.call(STOCK_TAKE, name, at_, key=key)

    async def take_async(
        self,
        name: str,
        at_: int,
        *,
        key: str | None = None,
    ) -> Result[Crate | None, str]:
        """Like `take`, in a thread of the event loop's executor."""
        return await self._remote.call_async(STOCK_TAKE, name, at_, key=key)

    def tell_take(
        self,
        name: str,
        at_: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `take`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(STOCK_TAKE, name, at_, at=at, key=key)

    def put(self, crate: Crate, *, key: str | None = None) -> None:
        self._remote.run(STOCK_PUT, crate, key=key)

    async def put_async(self, crate: Crate, *, key: str | None = None) -> None:
        """Like `put`, in a thread of the event loop's executor."""
        await self._remote.run_async(STOCK_PUT, crate, key=key)

    def tell_put(
        self,
        crate: Crate,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `put`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(STOCK_PUT, crate, at=at, key=key)

    def try_count(self, times: int, *, key: str | None = None) -> int:
        """The members `try-count` and `trigger-count` of `count` must not be taken for these."""
        return self._remote.call(STOCK_TRY_COUNT, times, key=key)

    async def try_count_async(self, times: int, *, key: str | None = None) -> int:
        """Like `try_count`, in a thread of the event loop's executor."""
        return await self._remote.call_async(STOCK_TRY_COUNT, times, key=key)

    def tell_try_count(
        self,
        times: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `try_count`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(STOCK_TRY_COUNT, times, at=at, key=key)

    def trigger_count(self, *, key: str | None = None) -> None:
        self._remote.run(STOCK_TRIGGER_COUNT, key=key)

    async def trigger_count_async(self, *, key: str | None = None) -> None:
        """Like `trigger_count`, in a thread of the event loop's executor."""
        await self._remote.run_async(STOCK_TRIGGER_COUNT, key=key)

    def tell_trigger_count(
        self,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `trigger_count`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(STOCK_TRIGGER_COUNT, at=at, key=key)


class Shelf(RemoteResource):
    """Stands for `acme:depot/stock@0.2.0.shelf`."""

    _DROP = "acme:depot/stock@0.2.0.{shelf.drop}"

    def __init__(
        self,
        caller: Caller,
        worker: str,
        name: str,
        *,
        key: str | None = None,
    ) -> None:
        self._construct(Remote(caller, COMPONENT, worker), SHELF_NEW, name, key=key)

    @classmethod
    async def new_async(
        cls,
        caller: Caller,
        worker: str,
        name: str,
        *,
        key: str | None = None,
    ) -> Self:
        """Like the constructor, in a thread of the event loop's executor."""
        return await in_thread(cls, caller, worker, name, key=key)

    @staticmethod
    def merge(first: Shelf, second: Shelf, *, key: str | None = None) -> Shelf:
        return remote_of(first, SHELF_MERGE, "first").call(
            SHELF_MERGE,
            first,
            second,
            key=key,
        )

    @staticmethod
    async def merge_async(
        first: Shelf,
        second: Shelf,
        *,
        key: str | None = None,
    ) -> Shelf:
        """Like `merge`, in a thread of the event loop's executor."""
        return await remote_of(first, SHELF_MERGE, "first").call_async(
            SHELF_MERGE,
            first,
            second,
            key=key,
        )

    @staticmethod
    def tell_merge(
        first: Shelf,
        second: Shelf,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `merge`, to run at `at` if given; its result is dropped."""
        return remote_of(first, SHELF_MERGE, "first").tell(
            SHELF_MERGE,
            first,
            second,
            at=at,
            key=key,
        )

    @staticmethod
    def find(
        caller: Caller,
        worker: str,
        name: str,
        *,
        key: str | None = None,
    ) -> Shelf | None:
        return Remote(caller, COMPONENT, worker).call(SHELF_FIND, name, key=key)

    @staticmethod
    async def find_async(
        caller: Caller,
        worker: str,
        name: str,
        *,
        key: str | None = None,
    ) -> Shelf | None:
        """Like `find`, in a thread of the event loop's executor."""
        return await Remote(caller, COMPONENT, worker).call_async(
            SHELF_FIND,
            name,
            key=key,
        )

    @staticmethod
    def tell_find(
        caller: Caller,
        worker: str,
        name: str,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `find`, to run at `at` if given; its result is dropped."""
        return Remote(caller, COMPONENT, worker).tell(SHELF_FIND, name, at=at, key=key)

    def get(self, index: int, *, key: str | None = None) -> Crate | None:
        """Its member `try-get` is no future's."""
        return self._remote.call(SHELF_GET, self, index, key=key)

    async def get_async(self, index: int, *, key: str | None = None) -> Crate | None:
        """Like `get`, in a thread of the event loop's executor."""
        return await self._remote.call_async(SHELF_GET, self, index, key=key)

    def tell_get(
        self,
        index: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `get`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(SHELF_GET, self, index, at=at, key=key)

    def clear(self, *, key: str | None = None) -> None:
        self._remote.run(SHELF_CLEAR, self, key=key)

    async def clear_async(self, *, key: str | None = None) -> None:
        """Like `clear`, in a thread of the event loop's executor."""
        await self._remote.run_async(SHELF_CLEAR, self, key=key)

    def tell_clear(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `clear`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(SHELF_CLEAR, self, at=at, key=key)


STOCK_COUNT = Function("acme:depot/stock@0.2.0.{count}", result=Prim.U32)
CRATE = RecordOf(
    Crate,
    ("weight", Prim.U32),
    ("label", OptionOf(Prim.STRING)),
)
RESULT_OPTION_CRATE_STRING = ResultOf(OptionOf(CRATE), Prim.STRING)
STOCK_TAKE = Function(
    "acme:depot/stock@0.2.0.{take}",
    ("name", Prim.STRING),
    ("at", Prim.U64),
    result=RESULT_OPTION_CRATE_STRING,
)
STOCK_PUT = Function("acme:depot/stock@0.2.0.{put}", ("crate", CRATE))
STOCK_TRY_COUNT = Function(
    "acme:depot/stock@0.2.0.{try-count}",
    ("times", Prim.U8),
    result=Prim.U32,
)
STOCK_TRIGGER_COUNT = Function("acme:depot/stock@0.2.0.{trigger-count}")
SHELF_OWNED = HandleOf(Shelf, owned=True)
SHELF_NEW = Function(
    "acme:depot/stock@0.2.0.{shelf.new}",
    ("name", Prim.STRING),
    result=SHELF_OWNED,
)
SHELF_LENT = HandleOf(Shelf, owned=False)
SHELF_MERGE = Function(
    "acme:depot/stock@0.2.0.{shelf.merge}",
    ("first", SHELF_OWNED),
    ("second", SHELF_LENT),
    result=SHELF_OWNED,
)
SHELF_FIND = Function(
    "acme:depot/stock@0.2.0.{shelf.find}",
    ("name", Prim.STRING),
    result=OptionOf(SHELF_OWNED),
)
SHELF_GET = Function(
    "acme:depot/stock@0.2.0.{shelf.get}",
    ("self", SHELF_LENT),
    ("index", Prim.U32),
    result=OptionOf(CRATE),
)
SHELF_CLEAR = Function("acme:depot/stock@0.2.0.{shelf.clear}", ("self", SHELF_LENT))
