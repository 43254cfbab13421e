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
    Err,
    Ok,
    Remote,
    RemoteResource,
    Result,
    Sent,
    Value,
    borrow,
    in_thread,
    made_for,
    own,
    remote_of,
    resource_of,
)

__all__ = [
    "COMPONENT",
    "Crate",
    "Shelf",
    "Stock",
]

made_for(1)

COMPONENT = "acme:depot"


@dataclass(frozen=True, slots=True)
class Crate:
    """The record `crate`."""

    weight: int
    label: str | None


class Stock:
    """Has functions that are called like members."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def count(self, *, key: str | None = None) -> int:
        """How many there are."""
        return self._remote.call(None, "acme:depot/stock@0.2.0.{count}", (), key)

    async def count_async(self, *, key: str | None = None) -> int:
        """Like `count`, in a thread of the event loop's executor."""
        return await in_thread(self.count, key=key)

    def tell_count(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `count`, to run at `at` if given; its result is dropped."""
        return self._remote.send("acme:depot/stock@0.2.0.{count}", (), at, key)

    def take(
        self,
        name: str,
        at_: int,
        *,
        key: str | None = None,
    ) -> Result[Crate | None, str]:
        """With a result that may itself be an error, and an option inside."""
        return self._remote.call(
            _lift_result_option_crate_string,
            "acme:depot/stock@0.2.0.{take}",
            (name, at_),
            key,
        )

    async def take_async(
        self,
        name: str,
        at_: int,
        *,
        key: str | None = None,
    ) -> Result[Crate | None, str]:
        """Like `take`, in a thread of the event loop's executor."""
        return await in_thread(self.take, name, at_, key=key)

    def tell_take(
        self,
        name: str,
        at_: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `take`, to run at `at` if given; its result is dropped."""
        return self._remote.send("acme:depot/stock@0.2.0.{take}", (name, at_), at, key)

    def put(self, crate: Crate, *, key: str | None = None) -> None:
        self._remote.run("acme:depot/stock@0.2.0.{put}", (_lower_crate(crate),), key)

    async def put_async(self, crate: Crate, *, key: str | None = None) -> None:
        """Like `put`, in a thread of the event loop's executor."""
        await in_thread(self.put, crate, key=key)

    def tell_put(
        self,
        crate: Crate,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `put`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:depot/stock@0.2.0.{put}",
            (_lower_crate(crate),),
            at,
            key,
        )

    def try_count(self, times: int, *, key: str | None = None) -> int:
        """The members `try-count` and `trigger-count` of `count` must not be taken for these."""
        return self._remote.call(
            None,
            "acme:depot/stock@0.2.0.{try-count}",
            (times,),
            key,
        )

    async def try_count_async(self, times: int, *, key: str | None = None) -> int:
        """Like `try_count`, in a thread of the event loop's executor."""
        return await in_thread(self.try_count, times, key=key)

    def tell_try_count(
        self,
        times: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `try_count`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:depot/stock@0.2.0.{try-count}",
            (times,),
            at,
            key,
        )

    def trigger_count(self, *, key: str | None = None) -> None:
        self._remote.run("acme:depot/stock@0.2.0.{trigger-count}", (), key)

    async def trigger_count_async(self, *, key: str | None = None) -> None:
        """Like `trigger_count`, in a thread of the event loop's executor."""
        await in_thread(self.trigger_count, key=key)

    def tell_trigger_count(
        self,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `trigger_count`, to run at `at` if given; its result is dropped."""
        return self._remote.send("acme:depot/stock@0.2.0.{trigger-count}", (), at, key)


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
        self._construct(
            Remote(caller, COMPONENT, worker),
            "acme:depot/stock@0.2.0.{shelf.new}",
            (name,),
            key,
        )

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
        return remote_of(first).call_for_resource(
            _lift_own_shelf,
            "acme:depot/stock@0.2.0.{shelf.merge}",
            (own(first), borrow(second)),
            key,
        )

    @staticmethod
    async def merge_async(
        first: Shelf,
        second: Shelf,
        *,
        key: str | None = None,
    ) -> Shelf:
        """Like `merge`, in a thread of the event loop's executor."""
        return await in_thread(Shelf.merge, first, second, key=key)

    @staticmethod
    def tell_merge(
        first: Shelf,
        second: Shelf,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `merge`, to run at `at` if given; its result is dropped."""
        return remote_of(first).send(
            "acme:depot/stock@0.2.0.{shelf.merge}",
            (own(first), borrow(second)),
            at,
            key,
        )

    @staticmethod
    def find(
        caller: Caller,
        worker: str,
        name: str,
        *,
        key: str | None = None,
    ) -> Shelf | None:
        return Remote(caller, COMPONENT, worker).call_for_resource(
            _lift_option_own_shelf,
            "acme:depot/stock@0.2.0.{shelf.find}",
            (name,),
            key,
        )

    @staticmethod
    async def find_async(
        caller: Caller,
        worker: str,
        name: str,
        *,
        key: str | None = None,
    ) -> Shelf | None:
        """Like `find`, in a thread of the event loop's executor."""
        return await in_thread(Shelf.find, caller, worker, name, key=key)

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
        return Remote(caller, COMPONENT, worker).send(
            "acme:depot/stock@0.2.0.{shelf.find}",
            (name,),
            at,
            key,
        )

    def get(self, index: int, *, key: str | None = None) -> Crate | None:
        """Its member `try-get` is no future's."""
        return self._remote.call(
            _lift_option_crate,
            "acme:depot/stock@0.2.0.{shelf.get}",
            (borrow(self), index),
            key,
        )

    async def get_async(self, index: int, *, key: str | None = None) -> Crate | None:
        """Like `get`, in a thread of the event loop's executor."""
        return await in_thread(self.get, index, key=key)

    def tell_get(
        self,
        index: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `get`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:depot/stock@0.2.0.{shelf.get}",
            (borrow(self), index),
            at,
            key,
        )

    def clear(self, *, key: str | None = None) -> None:
        self._remote.run("acme:depot/stock@0.2.0.{shelf.clear}", (borrow(self),), key)

    async def clear_async(self, *, key: str | None = None) -> None:
        """Like `clear`, in a thread of the event loop's executor."""
        await in_thread(self.clear, key=key)

    def tell_clear(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `clear`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:depot/stock@0.2.0.{shelf.clear}",
            (borrow(self),),
            at,
            key,
        )


def _lift_crate(value: Value) -> Crate:
    return Crate(
        weight=value["weight"],
        label=value["label"],
    )


def _lift_option_crate(value: Value) -> Crate | None:
    if value is None:
        return None
    return _lift_crate(value)


def _lift_result_option_crate_string(value: Value) -> Result[Crate | None, str]:
    payload = value.value
    if isinstance(value, Ok):
        return Ok(_lift_option_crate(payload))
    return Err(payload)


def _lower_crate(value: Crate) -> Value:
    return {
        "weight": value.weight,
        "label": value.label,
    }


def _lift_own_shelf(value: Value, remote: Remote) -> Shelf:
    return resource_of(Shelf, value, remote)


def _lift_option_own_shelf(value: Value, remote: Remote) -> Shelf | None:
    if value is None:
        return None
    return _lift_own_shelf(value, remote)
