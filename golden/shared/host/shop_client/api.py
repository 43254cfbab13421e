"""The client of `acme:shop/shop@2.0.0`, made by witgen for programs that embed the host.

Each class is connected to a worker of the component deployed as `acme:shop`,
by a caller, which is a `runtime_shim.Host`. A method waits for the result of its
function. With `_async` behind its name it is awaited; with `tell_` before it, the call
is queued, for a time when given. The `key` of a call makes it happen once, however often
it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from runtime_shim.typed import (
    Caller,
    EnumOf,
    Function,
    ListOf,
    OptionOf,
    Prim,
    RecordOf,
    Remote,
    Sent,
    made_for,
)

__all__ = [
    "COMPONENT",
    "Grade",
    "Item",
    "Place",
    "Price",
    "Stock",
    "Till",
]

made_for(2)

COMPONENT = "acme:shop"


@dataclass(frozen=True, slots=True)
class Price:
    """The record `price`."""

    cents: int


@dataclass(frozen=True, slots=True)
class Place:
    """A place."""

    x: int
    y: int


class Grade(Enum):
    """The enum `grade`."""

    GOOD = "good"
    POOR = "poor"


@dataclass(frozen=True, slots=True)
class Item:
    """The record `item`."""

    name: str
    price: Price
    shelf: Place
    grade: Grade


class Stock:
    """Functions as well: its types are declared again for clients."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def find(self, name: str, *, key: str | None = None) -> Item | None:
        return self._remote.call(STOCK_FIND, name, key=key)

    async def find_async(self, name: str, *, key: str | None = None) -> Item | None:
        """Like `find`, in a thread of the event loop's executor."""
        return await self._remote.call_async(STOCK_FIND, name, key=key)

    def tell_find(
        self,
        name: str,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `find`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(STOCK_FIND, name, at=at, key=key)


class Till:
    """Stands for `acme:shop/till@2.0.0`."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def sum(self, items: list[Item], *, key: str | None = None) -> Price:
        return self._remote.call(TILL_SUM, items, key=key)

    async def sum_async(self, items: list[Item], *, key: str | None = None) -> Price:
        """Like `sum`, in a thread of the event loop's executor."""
        return await self._remote.call_async(TILL_SUM, items, key=key)

    def tell_sum(
        self,
        items: list[Item],
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `sum`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(TILL_SUM, items, at=at, key=key)


PRICE = RecordOf(
    Price,
    ("cents", Prim.U64),
)
PLACE = RecordOf(
    Place,
    ("x", Prim.S32),
    ("y", Prim.S32),
)
GRADE = EnumOf(Grade)
ITEM = RecordOf(
    Item,
    ("name", Prim.STRING),
    ("price", PRICE),
    ("shelf", PLACE),
    ("grade", GRADE),
)
STOCK_FIND = Function(
    "acme:shop/stock@2.0.0.{find}",
    ("name", Prim.STRING),
    result=OptionOf(ITEM),
)
TILL_SUM = Function("acme:shop/till@2.0.0.{sum}", ("items", ListOf(ITEM)), result=PRICE)
