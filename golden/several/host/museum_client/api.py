"""The client of `acme:museum/museum@3.1.4`, made by witgen for programs that embed the host.

Each class is connected to a worker of the component deployed as `acme:museum`,
by a caller, which is a `runtime_shim.Host`. A method waits for the result of its
function. With `_async` behind its name it is awaited; with `tell_` before it, the call
is queued, for a time when given. The `key` of a call makes it happen once, however often
it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import (
    Self,
    TypeAlias,
    assert_never,
)

from runtime_shim.typed import (
    Caller,
    Case,
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
    "Desk",
    "Era",
    "EraIron",
    "EraStone",
    "Kinds",
    "Loan",
    "MuseumInlineFunctions",
    "Picture",
    "Room",
    "Rooms",
]

made_for(1)

COMPONENT = "acme:museum"


@dataclass(frozen=True, slots=True)
class EraStone:
    """The case `stone` of `era`."""


@dataclass(frozen=True, slots=True)
class EraIron:
    """The case `iron` of `era`."""

    value: int


Era: TypeAlias = EraStone | EraIron


@dataclass(frozen=True, slots=True)
class Loan:
    """The record `loan`."""

    picture: Picture
    until: int | None
    era: Era


class Kinds:
    """Only types: exported, it is a client resource without functions."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)


class Rooms:
    """Several resources, with several statics each, that refer to each other."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def lend(self, loan: Loan, *, key: str | None = None) -> Result[Loan, Loan]:
        return self._remote.call_for_resource(
            _lift_result_loan_loan,
            "acme:museum/rooms@3.1.4.{lend}",
            (_lower_loan(loan),),
            key,
        )

    async def lend_async(
        self,
        loan: Loan,
        *,
        key: str | None = None,
    ) -> Result[Loan, Loan]:
        """Like `lend`, in a thread of the event loop's executor."""
        return await in_thread(self.lend, loan, key=key)

    def tell_lend(
        self,
        loan: Loan,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `lend`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:museum/rooms@3.1.4.{lend}",
            (_lower_loan(loan),),
            at,
            key,
        )

    def count(self, rooms: list[Room], *, key: str | None = None) -> int:
        return self._remote.call(
            None,
            "acme:museum/rooms@3.1.4.{count}",
            (_lower_list_borrow_room(rooms),),
            key,
        )

    async def count_async(self, rooms: list[Room], *, key: str | None = None) -> int:
        """Like `count`, in a thread of the event loop's executor."""
        return await in_thread(self.count, rooms, key=key)

    def tell_count(
        self,
        rooms: list[Room],
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `count`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:museum/rooms@3.1.4.{count}",
            (_lower_list_borrow_room(rooms),),
            at,
            key,
        )


class Picture(RemoteResource):
    """Stands for `acme:museum/rooms@3.1.4.picture`."""

    _DROP = "acme:museum/rooms@3.1.4.{picture.drop}"

    def __init__(
        self,
        caller: Caller,
        worker: str,
        title: str,
        worker_name: str | None,
        *,
        key: str | None = None,
    ) -> None:
        self._construct(
            Remote(caller, COMPONENT, worker),
            "acme:museum/rooms@3.1.4.{picture.new}",
            (title, worker_name),
            key,
        )

    @classmethod
    async def new_async(
        cls,
        caller: Caller,
        worker: str,
        title: str,
        worker_name: str | None,
        *,
        key: str | None = None,
    ) -> Self:
        """Like the constructor, in a thread of the event loop's executor."""
        return await in_thread(cls, caller, worker, title, worker_name, key=key)

    @staticmethod
    def blank(caller: Caller, worker: str, *, key: str | None = None) -> Picture:
        return Remote(caller, COMPONENT, worker).call_for_resource(
            _lift_own_picture,
            "acme:museum/rooms@3.1.4.{picture.blank}",
            (),
            key,
        )

    @staticmethod
    async def blank_async(
        caller: Caller,
        worker: str,
        *,
        key: str | None = None,
    ) -> Picture:
        """Like `blank`, in a thread of the event loop's executor."""
        return await in_thread(Picture.blank, caller, worker, key=key)

    @staticmethod
    def tell_blank(
        caller: Caller,
        worker: str,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `blank`, to run at `at` if given; its result is dropped."""
        return Remote(caller, COMPONENT, worker).send(
            "acme:museum/rooms@3.1.4.{picture.blank}",
            (),
            at,
            key,
        )

    @staticmethod
    def compare(left: Picture, right: Picture, *, key: str | None = None) -> int:
        return remote_of(left).call(
            None,
            "acme:museum/rooms@3.1.4.{picture.compare}",
            (borrow(left), borrow(right)),
            key,
        )

    @staticmethod
    async def compare_async(
        left: Picture,
        right: Picture,
        *,
        key: str | None = None,
    ) -> int:
        """Like `compare`, in a thread of the event loop's executor."""
        return await in_thread(Picture.compare, left, right, key=key)

    @staticmethod
    def tell_compare(
        left: Picture,
        right: Picture,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `compare`, to run at `at` if given; its result is dropped."""
        return remote_of(left).send(
            "acme:museum/rooms@3.1.4.{picture.compare}",
            (borrow(left), borrow(right)),
            at,
            key,
        )

    @staticmethod
    def swap(
        left: Picture,
        right: Picture,
        *,
        key: str | None = None,
    ) -> tuple[Picture, Picture]:
        return remote_of(left).call_for_resource(
            _lift_tuple_own_picture_own_picture,
            "acme:museum/rooms@3.1.4.{picture.swap}",
            (own(left), own(right)),
            key,
        )

    @staticmethod
    async def swap_async(
        left: Picture,
        right: Picture,
        *,
        key: str | None = None,
    ) -> tuple[Picture, Picture]:
        """Like `swap`, in a thread of the event loop's executor."""
        return await in_thread(Picture.swap, left, right, key=key)

    @staticmethod
    def tell_swap(
        left: Picture,
        right: Picture,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `swap`, to run at `at` if given; its result is dropped."""
        return remote_of(left).send(
            "acme:museum/rooms@3.1.4.{picture.swap}",
            (own(left), own(right)),
            at,
            key,
        )

    def title(self, *, key: str | None = None) -> str:
        return self._remote.call(
            None,
            "acme:museum/rooms@3.1.4.{picture.title}",
            (borrow(self),),
            key,
        )

    async def title_async(self, *, key: str | None = None) -> str:
        """Like `title`, in a thread of the event loop's executor."""
        return await in_thread(self.title, key=key)

    def tell_title(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `title`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:museum/rooms@3.1.4.{picture.title}",
            (borrow(self),),
            at,
            key,
        )


class Room(RemoteResource):
    """Has no constructor."""

    _DROP = "acme:museum/rooms@3.1.4.{room.drop}"

    @staticmethod
    def largest(caller: Caller, worker: str, *, key: str | None = None) -> Room:
        return Remote(caller, COMPONENT, worker).call_for_resource(
            _lift_own_room,
            "acme:museum/rooms@3.1.4.{room.largest}",
            (),
            key,
        )

    @staticmethod
    async def largest_async(
        caller: Caller,
        worker: str,
        *,
        key: str | None = None,
    ) -> Room:
        """Like `largest`, in a thread of the event loop's executor."""
        return await in_thread(Room.largest, caller, worker, key=key)

    @staticmethod
    def tell_largest(
        caller: Caller,
        worker: str,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `largest`, to run at `at` if given; its result is dropped."""
        return Remote(caller, COMPONENT, worker).send(
            "acme:museum/rooms@3.1.4.{room.largest}",
            (),
            at,
            key,
        )

    @staticmethod
    def merge(
        caller: Caller,
        worker: str,
        rooms: list[Room],
        *,
        key: str | None = None,
    ) -> Result[Room, None]:
        return Remote(caller, COMPONENT, worker).call_for_resource(
            _lift_result_own_room_none,
            "acme:museum/rooms@3.1.4.{room.merge}",
            (_lower_list_own_room(rooms),),
            key,
        )

    @staticmethod
    async def merge_async(
        caller: Caller,
        worker: str,
        rooms: list[Room],
        *,
        key: str | None = None,
    ) -> Result[Room, None]:
        """Like `merge`, in a thread of the event loop's executor."""
        return await in_thread(Room.merge, caller, worker, rooms, key=key)

    @staticmethod
    def tell_merge(
        caller: Caller,
        worker: str,
        rooms: list[Room],
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `merge`, to run at `at` if given; its result is dropped."""
        return Remote(caller, COMPONENT, worker).send(
            "acme:museum/rooms@3.1.4.{room.merge}",
            (_lower_list_own_room(rooms),),
            at,
            key,
        )

    @staticmethod
    def of(
        caller: Caller,
        worker: str,
        worker_name: str,
        component_id: int,
        scheduled_for: int,
        *,
        key: str | None = None,
    ) -> Room:
        return Remote(caller, COMPONENT, worker).call_for_resource(
            _lift_own_room,
            "acme:museum/rooms@3.1.4.{room.of}",
            (worker_name, component_id, scheduled_for),
            key,
        )

    @staticmethod
    async def of_async(
        caller: Caller,
        worker: str,
        worker_name: str,
        component_id: int,
        scheduled_for: int,
        *,
        key: str | None = None,
    ) -> Room:
        """Like `of`, in a thread of the event loop's executor."""
        return await in_thread(
            Room.of,
            caller,
            worker,
            worker_name,
            component_id,
            scheduled_for,
            key=key,
        )

    @staticmethod
    def tell_of(
        caller: Caller,
        worker: str,
        worker_name: str,
        component_id: int,
        scheduled_for: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `of`, to run at `at` if given; its result is dropped."""
        return Remote(caller, COMPONENT, worker).send(
            "acme:museum/rooms@3.1.4.{room.of}",
            (worker_name, component_id, scheduled_for),
            at,
            key,
        )

    def hang(self, picture: Picture, at_: int, *, key: str | None = None) -> None:
        self._remote.run(
            "acme:museum/rooms@3.1.4.{room.hang}",
            (borrow(self), own(picture), at_),
            key,
        )

    async def hang_async(
        self,
        picture: Picture,
        at_: int,
        *,
        key: str | None = None,
    ) -> None:
        """Like `hang`, in a thread of the event loop's executor."""
        await in_thread(self.hang, picture, at_, key=key)

    def tell_hang(
        self,
        picture: Picture,
        at_: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `hang`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:museum/rooms@3.1.4.{room.hang}",
            (borrow(self), own(picture), at_),
            at,
            key,
        )

    def take(self, at_: int, *, key: str | None = None) -> Picture | None:
        return self._remote.call_for_resource(
            _lift_option_own_picture,
            "acme:museum/rooms@3.1.4.{room.take}",
            (borrow(self), at_),
            key,
        )

    async def take_async(self, at_: int, *, key: str | None = None) -> Picture | None:
        """Like `take`, in a thread of the event loop's executor."""
        return await in_thread(self.take, at_, key=key)

    def tell_take(
        self,
        at_: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `take`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:museum/rooms@3.1.4.{room.take}",
            (borrow(self), at_),
            at,
            key,
        )

    def all(self, *, key: str | None = None) -> list[Picture]:
        return self._remote.call_for_resource(
            _lift_list_own_picture,
            "acme:museum/rooms@3.1.4.{room.all}",
            (borrow(self),),
            key,
        )

    async def all_async(self, *, key: str | None = None) -> list[Picture]:
        """Like `all`, in a thread of the event loop's executor."""
        return await in_thread(self.all, key=key)

    def tell_all(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `all`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:museum/rooms@3.1.4.{room.all}",
            (borrow(self),),
            at,
            key,
        )

    def neighbours(self, *, key: str | None = None) -> list[Room]:
        return self._remote.call_for_resource(
            _lift_list_own_room,
            "acme:museum/rooms@3.1.4.{room.neighbours}",
            (borrow(self),),
            key,
        )

    async def neighbours_async(self, *, key: str | None = None) -> list[Room]:
        """Like `neighbours`, in a thread of the event loop's executor."""
        return await in_thread(self.neighbours, key=key)

    def tell_neighbours(
        self,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `neighbours`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:museum/rooms@3.1.4.{room.neighbours}",
            (borrow(self),),
            at,
            key,
        )


class Desk:
    """Uses the resources of another interface, one of them under another name."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def show(self, painting: Picture, *, key: str | None = None) -> Room:
        return self._remote.call_for_resource(
            _lift_own_room,
            "acme:museum/desk@3.1.4.{show}",
            (borrow(painting),),
            key,
        )

    async def show_async(self, painting: Picture, *, key: str | None = None) -> Room:
        """Like `show`, in a thread of the event loop's executor."""
        return await in_thread(self.show, painting, key=key)

    def tell_show(
        self,
        painting: Picture,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `show`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:museum/desk@3.1.4.{show}",
            (borrow(painting),),
            at,
            key,
        )

    def sell(self, painting: Picture, *, key: str | None = None) -> None:
        self._remote.run("acme:museum/desk@3.1.4.{sell}", (own(painting),), key)

    async def sell_async(self, painting: Picture, *, key: str | None = None) -> None:
        """Like `sell`, in a thread of the event loop's executor."""
        await in_thread(self.sell, painting, key=key)

    def tell_sell(
        self,
        painting: Picture,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `sell`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:museum/desk@3.1.4.{sell}",
            (own(painting),),
            at,
            key,
        )

    def loans(self, *, key: str | None = None) -> list[Loan]:
        return self._remote.call_for_resource(
            _lift_list_loan,
            "acme:museum/desk@3.1.4.{loans}",
            (),
            key,
        )

    async def loans_async(self, *, key: str | None = None) -> list[Loan]:
        """Like `loans`, in a thread of the event loop's executor."""
        return await in_thread(self.loans, key=key)

    def tell_loans(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `loans`, to run at `at` if given; its result is dropped."""
        return self._remote.send("acme:museum/desk@3.1.4.{loans}", (), at, key)


class MuseumInlineFunctions:
    """Stands for `acme:museum-exports/museum-inline-functions@3.1.4`."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def museum(self, type: Era | None, *, key: str | None = None) -> Result[None, None]:
        """Has the name of the world."""
        return self._remote.call(
            None,
            "acme:museum-exports/museum-inline-functions@3.1.4.{museum}",
            (_lower_option_era(type),),
            key,
        )

    async def museum_async(
        self,
        type: Era | None,
        *,
        key: str | None = None,
    ) -> Result[None, None]:
        """Like `museum`, in a thread of the event loop's executor."""
        return await in_thread(self.museum, type, key=key)

    def tell_museum(
        self,
        type: Era | None,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `museum`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:museum-exports/museum-inline-functions@3.1.4.{museum}",
            (_lower_option_era(type),),
            at,
            key,
        )


def _lower_era(value: Era) -> Value:
    match value:
        case EraStone():
            return Case("stone")
        case EraIron():
            return Case("iron", value.value)
        case _:
            assert_never(value)


def _lower_loan(value: Loan) -> Value:
    return {
        "picture": own(value.picture),
        "until": value.until,
        "era": _lower_era(value.era),
    }


def _lift_own_picture(value: Value, remote: Remote) -> Picture:
    return resource_of(Picture, value, remote)


def _lift_era(value: Value) -> Era:
    match value.name:
        case "stone":
            return EraStone()
        case "iron":
            return EraIron(value.value)
        case _:
            raise ValueError(f"no case `{value.name}`")


def _lift_loan(value: Value, remote: Remote) -> Loan:
    return Loan(
        picture=_lift_own_picture(value["picture"], remote),
        until=value["until"],
        era=_lift_era(value["era"]),
    )


def _lift_result_loan_loan(value: Value, remote: Remote) -> Result[Loan, Loan]:
    payload = value.value
    if isinstance(value, Ok):
        return Ok(_lift_loan(payload, remote))
    return Err(_lift_loan(payload, remote))


def _lower_list_borrow_room(value: list[Room]) -> Value:
    return [borrow(item) for item in value]


def _lift_tuple_own_picture_own_picture(
    value: Value,
    remote: Remote,
) -> tuple[Picture, Picture]:
    return (_lift_own_picture(value[0], remote), _lift_own_picture(value[1], remote))


def _lift_own_room(value: Value, remote: Remote) -> Room:
    return resource_of(Room, value, remote)


def _lower_list_own_room(value: list[Room]) -> Value:
    return [own(item) for item in value]


def _lift_result_own_room_none(value: Value, remote: Remote) -> Result[Room, None]:
    payload = value.value
    if isinstance(value, Ok):
        return Ok(_lift_own_room(payload, remote))
    return Err(None)


def _lift_option_own_picture(value: Value, remote: Remote) -> Picture | None:
    if value is None:
        return None
    return _lift_own_picture(value, remote)


def _lift_list_own_picture(value: Value, remote: Remote) -> list[Picture]:
    return [_lift_own_picture(item, remote) for item in value]


def _lift_list_own_room(value: Value, remote: Remote) -> list[Room]:
    return [_lift_own_room(item, remote) for item in value]


def _lift_list_loan(value: Value, remote: Remote) -> list[Loan]:
    return [_lift_loan(item, remote) for item in value]


def _lower_option_era(value: Era | None) -> Value:
    if value is None:
        return None
    return _lower_era(value)
