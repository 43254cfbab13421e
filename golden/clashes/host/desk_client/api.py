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
    Function,
    HandleOf,
    ListOf,
    Prim,
    RecordOf,
    Remote,
    RemoteResource,
    Result,
    ResultOf,
    Sent,
    in_thread,
    made_for,
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

made_for(2)

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

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def door(self, *, key: str | None = None) -> bool:
        return self._remote.call(DOOR_DOOR, key=key)

    async def door_async(self, *, key: str | None = None) -> bool:
        """Like `door`, in a thread of the event loop's executor."""
        return await self._remote.call_async(DOOR_DOOR, key=key)

    def tell_door(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `door`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(DOOR_DOOR, at=at, key=key)


class AcmeDeskOrders:
    """`list`, `get` and `note` are in `orders` of another package as well."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def get(self, id: int, *, key: str | None = None) -> AcmeDeskOrdersNote:
        return self._remote.call(ACME_DESK_ORDERS_GET, id, key=key)

    async def get_async(self, id: int, *, key: str | None = None) -> AcmeDeskOrdersNote:
        """Like `get`, in a thread of the event loop's executor."""
        return await self._remote.call_async(ACME_DESK_ORDERS_GET, id, key=key)

    def tell_get(
        self,
        id: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `get`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(ACME_DESK_ORDERS_GET, id, at=at, key=key)

    def list_(self, *, key: str | None = None) -> list[AcmeDeskOrdersNote]:
        return self._remote.call(ACME_DESK_ORDERS_LIST, key=key)

    async def list_async(self, *, key: str | None = None) -> list[AcmeDeskOrdersNote]:
        """Like `list_`, in a thread of the event loop's executor."""
        return await self._remote.call_async(ACME_DESK_ORDERS_LIST, key=key)

    def tell_list(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `list_`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(ACME_DESK_ORDERS_LIST, at=at, key=key)


class OtherDeskOrders:
    """Stands for `other:desk/orders@0.3.0`."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def get(self, id: int, *, key: str | None = None) -> OtherDeskOrdersNote:
        return self._remote.call(OTHER_DESK_ORDERS_GET, id, key=key)

    async def get_async(
        self,
        id: int,
        *,
        key: str | None = None,
    ) -> OtherDeskOrdersNote:
        """Like `get`, in a thread of the event loop's executor."""
        return await self._remote.call_async(OTHER_DESK_ORDERS_GET, id, key=key)

    def tell_get(
        self,
        id: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `get`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(OTHER_DESK_ORDERS_GET, id, at=at, key=key)

    def forget(self, id: int, *, key: str | None = None) -> Result[None, None]:
        return self._remote.call(OTHER_DESK_ORDERS_FORGET, id, key=key)

    async def forget_async(
        self,
        id: int,
        *,
        key: str | None = None,
    ) -> Result[None, None]:
        """Like `forget`, in a thread of the event loop's executor."""
        return await self._remote.call_async(OTHER_DESK_ORDERS_FORGET, id, key=key)

    def tell_forget(
        self,
        id: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `forget`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(OTHER_DESK_ORDERS_FORGET, id, at=at, key=key)


class Lamp:
    """A resource of its interface's name, and functions named like members."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def dim(
        self,
        scheduled_for: int,
        self_value: bool,
        *,
        key: str | None = None,
    ) -> None:
        self._remote.run(LAMP_DIM, scheduled_for, self_value, key=key)

    async def dim_async(
        self,
        scheduled_for: int,
        self_value: bool,
        *,
        key: str | None = None,
    ) -> None:
        """Like `dim`, in a thread of the event loop's executor."""
        await self._remote.run_async(LAMP_DIM, scheduled_for, self_value, key=key)

    def tell_dim(
        self,
        scheduled_for: int,
        self_value: bool,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `dim`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(LAMP_DIM, scheduled_for, self_value, at=at, key=key)

    def blocking_dim(self, *, key: str | None = None) -> int:
        return self._remote.call(LAMP_BLOCKING_DIM, key=key)

    async def blocking_dim_async(self, *, key: str | None = None) -> int:
        """Like `blocking_dim`, in a thread of the event loop's executor."""
        return await self._remote.call_async(LAMP_BLOCKING_DIM, key=key)

    def tell_blocking_dim(
        self,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `blocking_dim`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(LAMP_BLOCKING_DIM, at=at, key=key)

    def schedule_dim(self, *, key: str | None = None) -> None:
        self._remote.run(LAMP_SCHEDULE_DIM, key=key)

    async def schedule_dim_async(self, *, key: str | None = None) -> None:
        """Like `schedule_dim`, in a thread of the event loop's executor."""
        await self._remote.run_async(LAMP_SCHEDULE_DIM, key=key)

    def tell_schedule_dim(
        self,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `schedule_dim`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(LAMP_SCHEDULE_DIM, at=at, key=key)


class LampLamp(RemoteResource):
    """Stands for `acme:desk/lamp.lamp`."""

    _DROP = "acme:desk/lamp.{[drop]lamp}"

    def __init__(
        self,
        caller: Caller,
        worker: str,
        worker_name: str,
        self_value: int,
        *,
        key: str | None = None,
    ) -> None:
        self._construct(
            Remote(caller, COMPONENT, worker),
            LAMP_LAMP_NEW,
            worker_name,
            self_value,
            key=key,
        )

    @classmethod
    async def new_async(
        cls,
        caller: Caller,
        worker: str,
        worker_name: str,
        self_value: int,
        *,
        key: str | None = None,
    ) -> Self:
        """Like the constructor, in a thread of the event loop's executor."""
        return await in_thread(cls, caller, worker, worker_name, self_value, key=key)

    @staticmethod
    def new(
        caller: Caller,
        worker: str,
        worker_id: str,
        *,
        key: str | None = None,
    ) -> LampLamp:
        return Remote(caller, COMPONENT, worker).call(
            LAMP_LAMP_NEW_,
            worker_id,
            key=key,
        )

    @staticmethod
    async def new_async_(
        caller: Caller,
        worker: str,
        worker_id: str,
        *,
        key: str | None = None,
    ) -> LampLamp:
        """Like `new`, in a thread of the event loop's executor."""
        return await Remote(caller, COMPONENT, worker).call_async(
            LAMP_LAMP_NEW_,
            worker_id,
            key=key,
        )

    @staticmethod
    def tell_new(
        caller: Caller,
        worker: str,
        worker_id: str,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `new`, to run at `at` if given; its result is dropped."""
        return Remote(caller, COMPONENT, worker).tell(
            LAMP_LAMP_NEW_,
            worker_id,
            at=at,
            key=key,
        )

    def custom(self, cls_value: int, *, key: str | None = None) -> int:
        return self._remote.call(LAMP_LAMP_CUSTOM, self, cls_value, key=key)

    async def custom_async(self, cls_value: int, *, key: str | None = None) -> int:
        """Like `custom`, in a thread of the event loop's executor."""
        return await self._remote.call_async(LAMP_LAMP_CUSTOM, self, cls_value, key=key)

    def tell_custom(
        self,
        cls_value: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `custom`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(LAMP_LAMP_CUSTOM, self, cls_value, at=at, key=key)

    def drop_(self, *, key: str | None = None) -> None:
        self._remote.run(LAMP_LAMP_DROP, self, key=key)

    async def drop_async_(self, *, key: str | None = None) -> None:
        """Like `drop_`, in a thread of the event loop's executor."""
        await self._remote.run_async(LAMP_LAMP_DROP, self, key=key)

    def tell_drop(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `drop_`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(LAMP_LAMP_DROP, self, at=at, key=key)


DOOR_DOOR = Function("acme:desk/door.{door}", result=Prim.BOOL)
ACME_DESK_ORDERS_NOTE = RecordOf(
    AcmeDeskOrdersNote,
    ("text", Prim.STRING),
)
ACME_DESK_ORDERS_GET = Function(
    "acme:desk/orders.{get}",
    ("id", Prim.U32),
    result=ACME_DESK_ORDERS_NOTE,
)
ACME_DESK_ORDERS_LIST = Function(
    "acme:desk/orders.{list}",
    result=ListOf(ACME_DESK_ORDERS_NOTE),
)
OTHER_DESK_ORDERS_NOTE = RecordOf(
    OtherDeskOrdersNote,
    ("lines", ListOf(Prim.STRING)),
)
OTHER_DESK_ORDERS_GET = Function(
    "other:desk/orders@0.3.0.{get}",
    ("id", Prim.U64),
    result=OTHER_DESK_ORDERS_NOTE,
)
OTHER_DESK_ORDERS_FORGET = Function(
    "other:desk/orders@0.3.0.{forget}",
    ("id", Prim.U64),
    result=ResultOf(None, None),
)
LAMP_DIM = Function(
    "acme:desk/lamp.{dim}",
    ("scheduled-for", Prim.U64),
    ("self-value", Prim.BOOL),
)
LAMP_BLOCKING_DIM = Function("acme:desk/lamp.{blocking-dim}", result=Prim.U8)
LAMP_SCHEDULE_DIM = Function("acme:desk/lamp.{schedule-dim}")
LAMP_LAMP_OWNED = HandleOf(LampLamp, owned=True)
LAMP_LAMP_NEW = Function(
    "acme:desk/lamp.{[constructor]lamp}",
    ("worker-name", Prim.STRING),
    ("self-value", Prim.U8),
    result=LAMP_LAMP_OWNED,
)
LAMP_LAMP_NEW_ = Function(
    "acme:desk/lamp.{[static]lamp.new}",
    ("worker-id", Prim.STRING),
    result=LAMP_LAMP_OWNED,
)
LAMP_LAMP_LENT = HandleOf(LampLamp, owned=False)
LAMP_LAMP_CUSTOM = Function(
    "acme:desk/lamp.{lamp.custom}",
    ("self", LAMP_LAMP_LENT),
    ("cls-value", Prim.U8),
    result=Prim.U8,
)
LAMP_LAMP_DROP = Function(
    "acme:desk/lamp.{[method]lamp.drop}",
    ("self", LAMP_LAMP_LENT),
)
