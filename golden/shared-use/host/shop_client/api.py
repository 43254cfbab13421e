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
    Remote,
    Sent,
    Value,
    in_thread,
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

made_for(1)

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
        return self._remote.call(
            _lift_option_item,
            "acme:shop/stock@2.0.0.{find}",
            (name,),
            key,
        )

    async def find_async(self, name: str, *, key: str | None = None) -> Item | None:
        """Like `find`, in a thread of the event loop's executor."""
        return await in_thread(self.find, name, key=key)

    def tell_find(
        self,
        name: str,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `find`, to run at `at` if given; its result is dropped."""
        return self._remote.send("acme:shop/stock@2.0.0.{find}", (name,), at, key)


class Till:
    """Stands for `acme:shop/till@2.0.0`."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def sum(self, items: list[Item], *, key: str | None = None) -> Price:
        return self._remote.call(
            _lift_price,
            "acme:shop/till@2.0.0.{sum}",
            (_lower_list_item(items),),
            key,
        )

    async def sum_async(self, items: list[Item], *, key: str | None = None) -> Price:
        """Like `sum`, in a thread of the event loop's executor."""
        return await in_thread(self.sum, items, key=key)

    def tell_sum(
        self,
        items: list[Item],
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `sum`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:shop/till@2.0.0.{sum}",
            (_lower_list_item(items),),
            at,
            key,
        )


def _lift_price(value: Value) -> Price:
    return Price(
        cents=value["cents"],
    )


def _lift_place(value: Value) -> Place:
    return Place(
        x=value["x"],
        y=value["y"],
    )


def _lift_item(value: Value) -> Item:
    return Item(
        name=value["name"],
        price=_lift_price(value["price"]),
        shelf=_lift_place(value["shelf"]),
        grade=Grade(value["grade"]),
    )


def _lift_option_item(value: Value) -> Item | None:
    if value is None:
        return None
    return _lift_item(value)


def _lower_price(value: Price) -> Value:
    return {
        "cents": value.cents,
    }


def _lower_place(value: Place) -> Value:
    return {
        "x": value.x,
        "y": value.y,
    }


def _lower_item(value: Item) -> Value:
    return {
        "name": value.name,
        "price": _lower_price(value.price),
        "shelf": _lower_place(value.shelf),
        "grade": value.grade.value,
    }


def _lower_list_item(value: list[Item]) -> Value:
    return [_lower_item(item) for item in value]
