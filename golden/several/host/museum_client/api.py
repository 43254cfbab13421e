"""The client of `acme:museum/museum@3.1.4`, made by witgen for programs that embed the host.

Each class is connected to a worker of the component deployed as `acme:museum`,
by a caller, which is a `runtime_shim.Host`. A method waits for the result of its
function. With `_async` behind its name it is awaited; with `tell_` before it, the call
is queued, for a time when given. The `key` of a call makes it happen once, however often
it is made.
"""

from __future__ import annotations

from dataclasses import (
    KW_ONLY,
    dataclass,
)
from datetime import datetime
from typing import (
    Self,
    TypeAlias,
)

from runtime_shim.typed import (
    Caller,
    Function,
    HandleOf,
    ListOf,
    OptionOf,
    Prim,
    RecordOf,
    Remote,
    RemoteResource,
    Result,
    ResultOf,
    Sent,
    TupleOf,
    VariantOf,
    in_thread,
    made_for,
    remote_of,
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

made_for(2)

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
    _: KW_ONLY
    until: int | None = None
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
        return self._remote.call(ROOMS_LEND, loan, key=key)

    async def lend_async(
        self,
        loan: Loan,
        *,
        key: str | None = None,
    ) -> Result[Loan, Loan]:
        """Like `lend`, in a thread of the event loop's executor."""
        return await self._remote.call_async(ROOMS_LEND, loan, key=key)

    def tell_lend(
        self,
        loan: Loan,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `lend`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(ROOMS_LEND, loan, at=at, key=key)

    def count(self, rooms: list[Room], *, key: str | None = None) -> int:
        return self._remote.call(ROOMS_COUNT, rooms, key=key)

    async def count_async(self, rooms: list[Room], *, key: str | None = None) -> int:
        """Like `count`, in a thread of the event loop's executor."""
        return await self._remote.call_async(ROOMS_COUNT, rooms, key=key)

    def tell_count(
        self,
        rooms: list[Room],
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `count`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(ROOMS_COUNT, rooms, at=at, key=key)


class Picture(RemoteResource):
    """Stands for `acme:museum/rooms@3.1.4.picture`."""

    _DROP = "acme:museum/rooms@3.1.4.{picture.drop}"

    def __init__(
        self,
        caller: Caller,
        worker: str,
        title: str,
        worker_name: str | None = None,
        *,
        key: str | None = None,
    ) -> None:
        self._construct(
            Remote(caller, COMPONENT, worker),
            PICTURE_NEW,
            title,
            worker_name,
            key=key,
        )

    @classmethod
    async def new_async(
        cls,
        caller: Caller,
        worker: str,
        title: str,
        worker_name: str | None = None,
        *,
        key: str | None = None,
    ) -> Self:
        """Like the constructor, in a thread of the event loop's executor."""
        return await in_thread(cls, caller, worker, title, worker_name, key=key)

    @staticmethod
    def blank(caller: Caller, worker: str, *, key: str | None = None) -> Picture:
        return Remote(caller, COMPONENT, worker).call(PICTURE_BLANK, key=key)

    @staticmethod
    async def blank_async(
        caller: Caller,
        worker: str,
        *,
        key: str | None = None,
    ) -> Picture:
        """Like `blank`, in a thread of the event loop's executor."""
        return await Remote(caller, COMPONENT, worker).call_async(
            PICTURE_BLANK,
            key=key,
        )

    @staticmethod
    def tell_blank(
        caller: Caller,
        worker: str,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `blank`, to run at `at` if given; its result is dropped."""
        return Remote(caller, COMPONENT, worker).tell(PICTURE_BLANK, at=at, key=key)

    @staticmethod
    def compare(left: Picture, right: Picture, *, key: str | None = None) -> int:
        return remote_of(left, PICTURE_COMPARE, "left").call(
            PICTURE_COMPARE,
            left,
            right,
            key=key,
        )

    @staticmethod
    async def compare_async(
        left: Picture,
        right: Picture,
        *,
        key: str | None = None,
    ) -> int:
        """Like `compare`, in a thread of the event loop's executor."""
        return await remote_of(left, PICTURE_COMPARE, "left").call_async(
            PICTURE_COMPARE,
            left,
            right,
            key=key,
        )

    @staticmethod
    def tell_compare(
        left: Picture,
        right: Picture,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `compare`, to run at `at` if given; its result is dropped."""
        return remote_of(left, PICTURE_COMPARE, "left").tell(
            PICTURE_COMPARE,
            left,
            right,
            at=at,
            key=key,
        )

    @staticmethod
    def swap(
        left: Picture,
        right: Picture,
        *,
        key: str | None = None,
    ) -> tuple[Picture, Picture]:
        return remote_of(left, PICTURE_SWAP, "left").call(
            PICTURE_SWAP,
            left,
            right,
            key=key,
        )

    @staticmethod
    async def swap_async(
        left: Picture,
        right: Picture,
        *,
        key: str | None = None,
    ) -> tuple[Picture, Picture]:
        """Like `swap`, in a thread of the event loop's executor."""
        return await remote_of(left, PICTURE_SWAP, "left").call_async(
            PICTURE_SWAP,
            left,
            right,
            key=key,
        )

    @staticmethod
    def tell_swap(
        left: Picture,
        right: Picture,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `swap`, to run at `at` if given; its result is dropped."""
        return remote_of(left, PICTURE_SWAP, "left").tell(
            PICTURE_SWAP,
            left,
            right,
            at=at,
            key=key,
        )

    def title(self, *, key: str | None = None) -> str:
        return self._remote.call(PICTURE_TITLE, self, key=key)

    async def title_async(self, *, key: str | None = None) -> str:
        """Like `title`, in a thread of the event loop's executor."""
        return await self._remote.call_async(PICTURE_TITLE, self, key=key)

    def tell_title(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `title`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(PICTURE_TITLE, self, at=at, key=key)


class Room(RemoteResource):
    """Has no constructor."""

    _DROP = "acme:museum/rooms@3.1.4.{room.drop}"

    @staticmethod
    def largest(caller: Caller, worker: str, *, key: str | None = None) -> Room:
        return Remote(caller, COMPONENT, worker).call(ROOM_LARGEST, key=key)

    @staticmethod
    async def largest_async(
        caller: Caller,
        worker: str,
        *,
        key: str | None = None,
    ) -> Room:
        """Like `largest`, in a thread of the event loop's executor."""
        return await Remote(caller, COMPONENT, worker).call_async(ROOM_LARGEST, key=key)

    @staticmethod
    def tell_largest(
        caller: Caller,
        worker: str,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `largest`, to run at `at` if given; its result is dropped."""
        return Remote(caller, COMPONENT, worker).tell(ROOM_LARGEST, at=at, key=key)

    @staticmethod
    def merge(
        caller: Caller,
        worker: str,
        rooms: list[Room],
        *,
        key: str | None = None,
    ) -> Result[Room, None]:
        return Remote(caller, COMPONENT, worker).call(ROOM_MERGE, rooms, key=key)

    @staticmethod
    async def merge_async(
        caller: Caller,
        worker: str,
        rooms: list[Room],
        *,
        key: str | None = None,
    ) -> Result[Room, None]:
        """Like `merge`, in a thread of the event loop's executor."""
        return await Remote(caller, COMPONENT, worker).call_async(
            ROOM_MERGE,
            rooms,
            key=key,
        )

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
        return Remote(caller, COMPONENT, worker).tell(ROOM_MERGE, rooms, at=at, key=key)

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
        return Remote(caller, COMPONENT, worker).call(
            ROOM_OF,
            worker_name,
            component_id,
            scheduled_for,
            key=key,
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
        return await Remote(caller, COMPONENT, worker).call_async(
            ROOM_OF,
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
        return Remote(caller, COMPONENT, worker).tell(
            ROOM_OF,
            worker_name,
            component_id,
            scheduled_for,
            at=at,
            key=key,
        )

    def hang(self, picture: Picture, at_: int, *, key: str | None = None) -> None:
        self._remote.run(ROOM_HANG, self, picture, at_, key=key)

    async def hang_async(
        self,
        picture: Picture,
        at_: int,
        *,
        key: str | None = None,
    ) -> None:
        """Like `hang`, in a thread of the event loop's executor."""
        await self._remote.run_async(ROOM_HANG, self, picture, at_, key=key)

    def tell_hang(
        self,
        picture: Picture,
        at_: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `hang`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(ROOM_HANG, self, picture, at_, at=at, key=key)

    def take(self, at_: int, *, key: str | None = None) -> Picture | None:
        return self._remote.call(ROOM_TAKE, self, at_, key=key)

    async def take_async(self, at_: int, *, key: str | None = None) -> Picture | None:
        """Like `take`, in a thread of the event loop's executor."""
        return await self._remote.call_async(ROOM_TAKE, self, at_, key=key)

    def tell_take(
        self,
        at_: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `take`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(ROOM_TAKE, self, at_, at=at, key=key)

    def all(self, *, key: str | None = None) -> list[Picture]:
        return self._remote.call(ROOM_ALL, self, key=key)

    async def all_async(self, *, key: str | None = None) -> list[Picture]:
        """Like `all`, in a thread of the event loop's executor."""
        return await self._remote.call_async(ROOM_ALL, self, key=key)

    def tell_all(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `all`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(ROOM_ALL, self, at=at, key=key)

    def neighbours(self, *, key: str | None = None) -> list[Room]:
        return self._remote.call(ROOM_NEIGHBOURS, self, key=key)

    async def neighbours_async(self, *, key: str | None = None) -> list[Room]:
        """Like `neighbours`, in a thread of the event loop's executor."""
        return await self._remote.call_async(ROOM_NEIGHBOURS, self, key=key)

    def tell_neighbours(
        self,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `neighbours`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(ROOM_NEIGHBOURS, self, at=at, key=key)


class Desk:
    """Uses the resources of another interface, one of them under another name."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def show(self, painting: Picture, *, key: str | None = None) -> Room:
        return self._remote.call(DESK_SHOW, painting, key=key)

    async def show_async(self, painting: Picture, *, key: str | None = None) -> Room:
        """Like `show`, in a thread of the event loop's executor."""
        return await self._remote.call_async(DESK_SHOW, painting, key=key)

    def tell_show(
        self,
        painting: Picture,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `show`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(DESK_SHOW, painting, at=at, key=key)

    def sell(self, painting: Picture, *, key: str | None = None) -> None:
        self._remote.run(DESK_SELL, painting, key=key)

    async def sell_async(self, painting: Picture, *, key: str | None = None) -> None:
        """Like `sell`, in a thread of the event loop's executor."""
        await self._remote.run_async(DESK_SELL, painting, key=key)

    def tell_sell(
        self,
        painting: Picture,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `sell`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(DESK_SELL, painting, at=at, key=key)

    def loans(self, *, key: str | None = None) -> list[Loan]:
        return self._remote.call(DESK_LOANS, key=key)

    async def loans_async(self, *, key: str | None = None) -> list[Loan]:
        """Like `loans`, in a thread of the event loop's executor."""
        return await self._remote.call_async(DESK_LOANS, key=key)

    def tell_loans(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `loans`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(DESK_LOANS, at=at, key=key)


class MuseumInlineFunctions:
    """Stands for `acme:museum-exports/museum-inline-functions@3.1.4`."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def museum(
        self,
        type: Era | None = None,
        *,
        key: str | None = None,
    ) -> Result[None, None]:
        """Has the name of the world."""
        return self._remote.call(MUSEUM_INLINE_FUNCTIONS_MUSEUM, type, key=key)

    async def museum_async(
        self,
        type: Era | None = None,
        *,
        key: str | None = None,
    ) -> Result[None, None]:
        """Like `museum`, in a thread of the event loop's executor."""
        return await self._remote.call_async(
            MUSEUM_INLINE_FUNCTIONS_MUSEUM,
            type,
            key=key,
        )

    def tell_museum(
        self,
        type: Era | None = None,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `museum`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(MUSEUM_INLINE_FUNCTIONS_MUSEUM, type, at=at, key=key)


PICTURE_OWNED = HandleOf(Picture, owned=True)
ERA = VariantOf(
    "era",
    ("stone", EraStone, None),
    ("iron", EraIron, Prim.U16),
)
LOAN = RecordOf(
    Loan,
    ("picture", PICTURE_OWNED),
    ("until", OptionOf(Prim.U64)),
    ("era", ERA),
)
ROOMS_LEND = Function(
    "acme:museum/rooms@3.1.4.{lend}",
    ("loan", LOAN),
    result=ResultOf(LOAN, LOAN),
)
ROOM_LENT = HandleOf(Room, owned=False)
ROOMS_COUNT = Function(
    "acme:museum/rooms@3.1.4.{count}",
    ("rooms", ListOf(ROOM_LENT)),
    result=Prim.U32,
)
PICTURE_NEW = Function(
    "acme:museum/rooms@3.1.4.{picture.new}",
    ("title", Prim.STRING),
    ("worker-name", OptionOf(Prim.STRING)),
    result=PICTURE_OWNED,
)
PICTURE_BLANK = Function(
    "acme:museum/rooms@3.1.4.{picture.blank}",
    result=PICTURE_OWNED,
)
PICTURE_LENT = HandleOf(Picture, owned=False)
PICTURE_COMPARE = Function(
    "acme:museum/rooms@3.1.4.{picture.compare}",
    ("left", PICTURE_LENT),
    ("right", PICTURE_LENT),
    result=Prim.S8,
)
PICTURE_SWAP = Function(
    "acme:museum/rooms@3.1.4.{picture.swap}",
    ("left", PICTURE_OWNED),
    ("right", PICTURE_OWNED),
    result=TupleOf(PICTURE_OWNED, PICTURE_OWNED),
)
PICTURE_TITLE = Function(
    "acme:museum/rooms@3.1.4.{picture.title}",
    ("self", PICTURE_LENT),
    result=Prim.STRING,
)
ROOM_OWNED = HandleOf(Room, owned=True)
ROOM_LARGEST = Function("acme:museum/rooms@3.1.4.{room.largest}", result=ROOM_OWNED)
ROOM_MERGE = Function(
    "acme:museum/rooms@3.1.4.{room.merge}",
    ("rooms", ListOf(ROOM_OWNED)),
    result=ResultOf(ROOM_OWNED, None),
)
ROOM_OF = Function(
    "acme:museum/rooms@3.1.4.{room.of}",
    ("worker-name", Prim.STRING),
    ("component-id", Prim.U8),
    ("scheduled-for", Prim.U64),
    result=ROOM_OWNED,
)
ROOM_HANG = Function(
    "acme:museum/rooms@3.1.4.{room.hang}",
    ("self", ROOM_LENT),
    ("picture", PICTURE_OWNED),
    ("at", Prim.U32),
)
ROOM_TAKE = Function(
    "acme:museum/rooms@3.1.4.{room.take}",
    ("self", ROOM_LENT),
    ("at", Prim.U32),
    result=OptionOf(PICTURE_OWNED),
)
ROOM_ALL = Function(
    "acme:museum/rooms@3.1.4.{room.all}",
    ("self", ROOM_LENT),
    result=ListOf(PICTURE_OWNED),
)
ROOM_NEIGHBOURS = Function(
    "acme:museum/rooms@3.1.4.{room.neighbours}",
    ("self", ROOM_LENT),
    result=ListOf(ROOM_OWNED),
)
DESK_SHOW = Function(
    "acme:museum/desk@3.1.4.{show}",
    ("painting", PICTURE_LENT),
    result=ROOM_OWNED,
)
DESK_SELL = Function("acme:museum/desk@3.1.4.{sell}", ("painting", PICTURE_OWNED))
DESK_LOANS = Function("acme:museum/desk@3.1.4.{loans}", result=ListOf(LOAN))
MUSEUM_INLINE_FUNCTIONS_MUSEUM = Function(
    "acme:museum-exports/museum-inline-functions@3.1.4.{museum}",
    ("type", OptionOf(ERA)),
    result=ResultOf(None, None),
)
