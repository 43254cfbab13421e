"""The client of `acme:desk/desk`, made by witgen for programs that embed the host.

Each class is connected to a worker of the component deployed as `acme:desk`,
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
    Remote,
    RemoteResource,
    Result,
    Sent,
    Value,
    borrow,
    in_thread,
    made_for,
    resource_of,
)

__all__ = [
    "AcmeDeskOrders",
    "AcmeDeskOrdersNote",
    "COMPONENT",
    "Door",
    "Lamp",
    "LampLamp",
    "OtherDeskOrders",
    "OtherDeskOrdersNote",
]

made_for(1)

COMPONENT = "acme:desk"


@dataclass(frozen=True, slots=True)
class AcmeDeskOrdersNote:
    """The record `acme-desk-orders-note`."""

    text: str


@dataclass(frozen=True, slots=True)
class OtherDeskOrdersNote:
    """The record `other-desk-orders-note`."""

    lines: list[str]


class Door:
    """An interface with a function of its own name."""

    def __init__(self, caller: Caller) -> None:
        self._remote = Remote(caller, COMPONENT, None)

    def door(self, *, key: str | None = None) -> bool:
        return self._remote.call(None, "acme:desk/door.{door}", (), key)

    async def door_async(self, *, key: str | None = None) -> bool:
        """Like `door`, in a thread of the event loop's executor."""
        return await in_thread(self.door, key=key)

    def tell_door(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `door`, to run at `at` if given; its result is dropped."""
        return self._remote.send("acme:desk/door.{door}", (), at, key)


class AcmeDeskOrders:
    """`list`, `get` and `note` are in `orders` of another package as well."""

    def __init__(self, caller: Caller) -> None:
        self._remote = Remote(caller, COMPONENT, None)

    def get(self, id: int, *, key: str | None = None) -> AcmeDeskOrdersNote:
        return self._remote.call(
            _lift_acme_desk_orders_note,
            "acme:desk/orders.{get}",
            (id,),
            key,
        )

    async def get_async(self, id: int, *, key: str | None = None) -> AcmeDeskOrdersNote:
        """Like `get`, in a thread of the event loop's executor."""
        return await in_thread(self.get, id, key=key)

    def tell_get(
        self,
        id: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `get`, to run at `at` if given; its result is dropped."""
        return self._remote.send("acme:desk/orders.{get}", (id,), at, key)

    def list_(self, *, key: str | None = None) -> list[AcmeDeskOrdersNote]:
        return self._remote.call(
            _lift_list_acme_desk_orders_note,
            "acme:desk/orders.{list}",
            (),
            key,
        )

    async def list_async(self, *, key: str | None = None) -> list[AcmeDeskOrdersNote]:
        """Like `list_`, in a thread of the event loop's executor."""
        return await in_thread(self.list_, key=key)

    def tell_list(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `list_`, to run at `at` if given; its result is dropped."""
        return self._remote.send("acme:desk/orders.{list}", (), at, key)


class OtherDeskOrders:
    """Stands for `other:desk/orders@0.3.0`."""

    def __init__(self, caller: Caller) -> None:
        self._remote = Remote(caller, COMPONENT, None)

    def get(self, id: int, *, key: str | None = None) -> OtherDeskOrdersNote:
        return self._remote.call(
            _lift_other_desk_orders_note,
            "other:desk/orders@0.3.0.{get}",
            (id,),
            key,
        )

    async def get_async(
        self,
        id: int,
        *,
        key: str | None = None,
    ) -> OtherDeskOrdersNote:
        """Like `get`, in a thread of the event loop's executor."""
        return await in_thread(self.get, id, key=key)

    def tell_get(
        self,
        id: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `get`, to run at `at` if given; its result is dropped."""
        return self._remote.send("other:desk/orders@0.3.0.{get}", (id,), at, key)

    def forget(self, id: int, *, key: str | None = None) -> Result[None, None]:
        return self._remote.call(None, "other:desk/orders@0.3.0.{forget}", (id,), key)

    async def forget_async(
        self,
        id: int,
        *,
        key: str | None = None,
    ) -> Result[None, None]:
        """Like `forget`, in a thread of the event loop's executor."""
        return await in_thread(self.forget, id, key=key)

    def tell_forget(
        self,
        id: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `forget`, to run at `at` if given; its result is dropped."""
        return self._remote.send("other:desk/orders@0.3.0.{forget}", (id,), at, key)


class Lamp:
    """A resource of its interface's name, and functions named like members."""

    def __init__(self, caller: Caller) -> None:
        self._remote = Remote(caller, COMPONENT, None)

    def dim(
        self,
        scheduled_for: int,
        self_value: bool,
        *,
        key: str | None = None,
    ) -> None:
        self._remote.run("acme:desk/lamp.{dim}", (scheduled_for, self_value), key)

    async def dim_async(
        self,
        scheduled_for: int,
        self_value: bool,
        *,
        key: str | None = None,
    ) -> None:
        """Like `dim`, in a thread of the event loop's executor."""
        await in_thread(self.dim, scheduled_for, self_value, key=key)

    def tell_dim(
        self,
        scheduled_for: int,
        self_value: bool,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `dim`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:desk/lamp.{dim}",
            (scheduled_for, self_value),
            at,
            key,
        )

    def blocking_dim(self, *, key: str | None = None) -> int:
        return self._remote.call(None, "acme:desk/lamp.{blocking-dim}", (), key)

    async def blocking_dim_async(self, *, key: str | None = None) -> int:
        """Like `blocking_dim`, in a thread of the event loop's executor."""
        return await in_thread(self.blocking_dim, key=key)

    def tell_blocking_dim(
        self,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `blocking_dim`, to run at `at` if given; its result is dropped."""
        return self._remote.send("acme:desk/lamp.{blocking-dim}", (), at, key)

    def schedule_dim(self, *, key: str | None = None) -> None:
        self._remote.run("acme:desk/lamp.{schedule-dim}", (), key)

    async def schedule_dim_async(self, *, key: str | None = None) -> None:
        """Like `schedule_dim`, in a thread of the event loop's executor."""
        await in_thread(self.schedule_dim, key=key)

    def tell_schedule_dim(
        self,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `schedule_dim`, to run at `at` if given; its result is dropped."""
        return self._remote.send("acme:desk/lamp.{schedule-dim}", (), at, key)


class LampLamp(RemoteResource):
    """Stands for `acme:desk/lamp.lamp`."""

    _DROP = "acme:desk/lamp.{[drop]lamp}"

    def __init__(
        self,
        caller: Caller,
        worker_name: str,
        self_value: int,
        *,
        key: str | None = None,
    ) -> None:
        self._construct(
            Remote(caller, COMPONENT, None),
            "acme:desk/lamp.{[constructor]lamp}",
            (worker_name, self_value),
            key,
        )

    @classmethod
    async def new_async(
        cls,
        caller: Caller,
        worker_name: str,
        self_value: int,
        *,
        key: str | None = None,
    ) -> Self:
        """Like the constructor, in a thread of the event loop's executor."""
        return await in_thread(cls, caller, worker_name, self_value, key=key)

    @staticmethod
    def new(caller: Caller, worker_id: str, *, key: str | None = None) -> LampLamp:
        return Remote(caller, COMPONENT, None).call_for_resource(
            _lift_own_lamp_lamp,
            "acme:desk/lamp.{[static]lamp.new}",
            (worker_id,),
            key,
        )

    @staticmethod
    async def new_async_(
        caller: Caller,
        worker_id: str,
        *,
        key: str | None = None,
    ) -> LampLamp:
        """Like `new`, in a thread of the event loop's executor."""
        return await in_thread(LampLamp.new, caller, worker_id, key=key)

    @staticmethod
    def tell_new(
        caller: Caller,
        worker_id: str,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `new`, to run at `at` if given; its result is dropped."""
        return Remote(caller, COMPONENT, None).send(
            "acme:desk/lamp.{[static]lamp.new}",
            (worker_id,),
            at,
            key,
        )

    def custom(self, cls_value: int, *, key: str | None = None) -> int:
        return self._remote.call(
            None,
            "acme:desk/lamp.{lamp.custom}",
            (borrow(self), cls_value),
            key,
        )

    async def custom_async(self, cls_value: int, *, key: str | None = None) -> int:
        """Like `custom`, in a thread of the event loop's executor."""
        return await in_thread(self.custom, cls_value, key=key)

    def tell_custom(
        self,
        cls_value: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `custom`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:desk/lamp.{lamp.custom}",
            (borrow(self), cls_value),
            at,
            key,
        )

    def drop_(self, *, key: str | None = None) -> None:
        self._remote.run("acme:desk/lamp.{[method]lamp.drop}", (borrow(self),), key)

    async def drop_async_(self, *, key: str | None = None) -> None:
        """Like `drop_`, in a thread of the event loop's executor."""
        await in_thread(self.drop_, key=key)

    def tell_drop(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `drop_`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:desk/lamp.{[method]lamp.drop}",
            (borrow(self),),
            at,
            key,
        )


def _lift_acme_desk_orders_note(value: Value) -> AcmeDeskOrdersNote:
    return AcmeDeskOrdersNote(
        text=value["text"],
    )


def _lift_list_acme_desk_orders_note(value: Value) -> list[AcmeDeskOrdersNote]:
    return [_lift_acme_desk_orders_note(item) for item in value]


def _lift_other_desk_orders_note(value: Value) -> OtherDeskOrdersNote:
    return OtherDeskOrdersNote(
        lines=list(value["lines"]),
    )


def _lift_own_lamp_lamp(value: Value, remote: Remote) -> LampLamp:
    return resource_of(LampLamp, value, remote)
