"""The client of `acme:counters/counters`, made by witgen for programs that embed the host.

Each class is connected to a worker of the component deployed as `acme:counters`,
by a caller, which is a `runtime_shim.Host`. A method waits for the result of its
function. With `_async` behind its name it is awaited; with `tell_` before it, the call
is queued, for a time when given. The `key` of a call makes it happen once, however often
it is made.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self

from runtime_shim.typed import (
    Caller,
    Function,
    HandleOf,
    Prim,
    Remote,
    RemoteResource,
    Sent,
    in_thread,
    made_for,
)

__all__ = [
    "Api",
    "COMPONENT",
    "Counter",
]

made_for(2)

COMPONENT = "acme:counters"


class Api:
    """Stands for `acme:counters/api`."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def add_to_all(self, value: int, *, key: str | None = None) -> None:
        self._remote.run(API_ADD_TO_ALL, value, key=key)

    async def add_to_all_async(self, value: int, *, key: str | None = None) -> None:
        """Like `add_to_all`, in a thread of the event loop's executor."""
        await self._remote.run_async(API_ADD_TO_ALL, value, key=key)

    def tell_add_to_all(
        self,
        value: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `add_to_all`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(API_ADD_TO_ALL, value, at=at, key=key)

    def total(self, *, key: str | None = None) -> int:
        return self._remote.call(API_TOTAL, key=key)

    async def total_async(self, *, key: str | None = None) -> int:
        """Like `total`, in a thread of the event loop's executor."""
        return await self._remote.call_async(API_TOTAL, key=key)

    def tell_total(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `total`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(API_TOTAL, at=at, key=key)


class Counter(RemoteResource):
    """Stands for `acme:counters/api.counter`."""

    _DROP = "acme:counters/api.{counter.drop}"

    def __init__(
        self,
        caller: Caller,
        worker: str,
        name: str,
        *,
        key: str | None = None,
    ) -> None:
        self._construct(Remote(caller, COMPONENT, worker), COUNTER_NEW, name, key=key)

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

    def add(self, value: int, *, key: str | None = None) -> None:
        self._remote.run(COUNTER_ADD, self, value, key=key)

    async def add_async(self, value: int, *, key: str | None = None) -> None:
        """Like `add`, in a thread of the event loop's executor."""
        await self._remote.run_async(COUNTER_ADD, self, value, key=key)

    def tell_add(
        self,
        value: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `add`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(COUNTER_ADD, self, value, at=at, key=key)

    def value(self, *, key: str | None = None) -> int:
        return self._remote.call(COUNTER_VALUE, self, key=key)

    async def value_async(self, *, key: str | None = None) -> int:
        """Like `value`, in a thread of the event loop's executor."""
        return await self._remote.call_async(COUNTER_VALUE, self, key=key)

    def tell_value(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `value`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(COUNTER_VALUE, self, at=at, key=key)


API_ADD_TO_ALL = Function("acme:counters/api.{add-to-all}", ("value", Prim.U64))
API_TOTAL = Function("acme:counters/api.{total}", result=Prim.U64)
COUNTER_OWNED = HandleOf(Counter, owned=True)
COUNTER_NEW = Function(
    "acme:counters/api.{counter.new}",
    ("name", Prim.STRING),
    result=COUNTER_OWNED,
)
COUNTER_LENT = HandleOf(Counter, owned=False)
COUNTER_ADD = Function(
    "acme:counters/api.{counter.add}",
    ("self", COUNTER_LENT),
    ("value", Prim.U64),
)
COUNTER_VALUE = Function(
    "acme:counters/api.{counter.value}",
    ("self", COUNTER_LENT),
    result=Prim.U64,
)
