"""The client of `acme:museum/museum@3.1.4`, made by witgen.

The resources of `acme:museum-client/museum-client@3.1.4`. Each member is one call over golem:rpc: its
parameters are written with the codecs of their types, and the reply is read back.
"""

from __future__ import annotations

from typing import (
    Any,
    List,
    Optional,
    Self,
    Tuple,
)

from client_types import ERA
from componentize_py_types import (
    Result,
    Some,
)
from remote import (
    HandleOf,
    Param,
    Pending,
    Remote,
    RemoteInterface,
    RemoteResource,
    Resource,
)
from wit_value import (
    Codec,
    ListOf,
    NOTHING,
    OptionOf,
    RecordOf,
    ResultOf,
    S8,
    STRING,
    TupleOf,
    U32,
    U64,
    U8,
)
from wit_world.exports.museum_client import Loan
from wit_world.imports.kinds import Era
from wit_world.imports.poll import Pollable
from wit_world.imports.types import (
    CancellationToken,
    WorkerId,
)
from wit_world.imports.wall_clock import Datetime

from wit_world.exports import museum_client as _protocols

COMPONENT = "acme:museum"


class FutureLendResult(Resource, _protocols.FutureLendResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[Result[Loan, Loan]]:
        return self._pending.get(ResultOf(LOAN, LOAN))


class FutureCountResult(Resource, _protocols.FutureCountResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[int]:
        return self._pending.get(U32)


class FuturePictureBlankResult(Resource, _protocols.FuturePictureBlankResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[_protocols.Picture]:
        return self._pending.get(PICTURE_HANDLE)


class FuturePictureCompareResult(Resource, _protocols.FuturePictureCompareResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[int]:
        return self._pending.get(S8)


class FuturePictureSwapResult(Resource, _protocols.FuturePictureSwapResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[Tuple[_protocols.Picture, _protocols.Picture]]:
        return self._pending.get(TupleOf(PICTURE_HANDLE, PICTURE_HANDLE))


class FuturePictureTitleResult(Resource, _protocols.FuturePictureTitleResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[str]:
        return self._pending.get(STRING)


class FutureRoomLargestResult(Resource, _protocols.FutureRoomLargestResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[_protocols.Room]:
        return self._pending.get(ROOM_HANDLE)


class FutureRoomMergeResult(Resource, _protocols.FutureRoomMergeResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[Result[_protocols.Room, None]]:
        return self._pending.get(ResultOf(ROOM_HANDLE, NOTHING))


class FutureRoomOfResult(Resource, _protocols.FutureRoomOfResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[_protocols.Room]:
        return self._pending.get(ROOM_HANDLE)


class FutureRoomTakeResult(Resource, _protocols.FutureRoomTakeResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[Some[Optional[_protocols.Picture]]]:
        return self._pending.get_some(OptionOf(PICTURE_HANDLE))


class FutureRoomAllResult(Resource, _protocols.FutureRoomAllResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[List[_protocols.Picture]]:
        return self._pending.get(ListOf(PICTURE_HANDLE))


class FutureRoomNeighboursResult(Resource, _protocols.FutureRoomNeighboursResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[List[_protocols.Room]]:
        return self._pending.get(ListOf(ROOM_HANDLE))


class FutureShowResult(Resource, _protocols.FutureShowResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[_protocols.Room]:
        return self._pending.get(ROOM_HANDLE)


class FutureLoansResult(Resource, _protocols.FutureLoansResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[List[Loan]]:
        return self._pending.get(ListOf(LOAN))


class FutureMuseumResult(Resource, _protocols.FutureMuseumResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[Result[None, None]]:
        return self._pending.get(ResultOf(NOTHING, NOTHING))


class Kinds(RemoteInterface, _protocols.Kinds):
    """Only types: exported, it is a client resource without functions."""

    def __init__(
        self,
        worker_name: str,
    ) -> None:
        self._remote = Remote.worker(COMPONENT, worker_name)

    @classmethod
    def custom(
        cls,
        worker_id: WorkerId,
    ) -> Self:
        return cls._connected(Remote.worker_id(worker_id))


class Rooms(RemoteInterface, _protocols.Rooms):
    """Several resources, with several statics each, that refer to each other."""

    def __init__(
        self,
        worker_name: str,
    ) -> None:
        self._remote = Remote.worker(COMPONENT, worker_name)

    @classmethod
    def custom(
        cls,
        worker_id: WorkerId,
    ) -> Self:
        return cls._connected(Remote.worker_id(worker_id))

    def blocking_lend(
        self,
        loan: Loan,
    ) -> Loan:
        return self._remote.call_fallible(
            "acme:museum/rooms@3.1.4.{lend}",
            ResultOf(LOAN, LOAN),
            Param(LOAN, loan),
        )

    def lend(
        self,
        loan: Loan,
    ) -> FutureLendResult:
        return FutureLendResult(
            self._remote.start(
                "acme:museum/rooms@3.1.4.{lend}",
                Param(LOAN, loan),
            ),
        )

    def schedule_lend(
        self,
        loan: Loan,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:museum/rooms@3.1.4.{lend}",
            Param(LOAN, loan),
        )

    def blocking_count(
        self,
        rooms: List[_protocols.Room],
    ) -> int:
        return self._remote.call(
            "acme:museum/rooms@3.1.4.{count}",
            U32,
            Param(ListOf(ROOM_HANDLE), rooms),
        )

    def count(
        self,
        rooms: List[_protocols.Room],
    ) -> FutureCountResult:
        return FutureCountResult(
            self._remote.start(
                "acme:museum/rooms@3.1.4.{count}",
                Param(ListOf(ROOM_HANDLE), rooms),
            ),
        )

    def schedule_count(
        self,
        rooms: List[_protocols.Room],
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:museum/rooms@3.1.4.{count}",
            Param(ListOf(ROOM_HANDLE), rooms),
        )


class Picture(RemoteResource, _protocols.Picture):
    """Stands for `acme:museum/rooms@3.1.4.picture`."""

    _drop = "acme:museum/rooms@3.1.4.{picture.drop}"

    def __init__(
        self,
        golem_worker_name: str,
        title: str,
        worker_name: Optional[str],
    ) -> None:
        self._construct(
            Remote.worker(COMPONENT, golem_worker_name),
            "acme:museum/rooms@3.1.4.{picture.new}",
            Param(STRING, title),
            Param(OptionOf(STRING), worker_name),
        )

    @classmethod
    def custom(
        cls,
        worker_id: WorkerId,
        title: str,
        worker_name: Optional[str],
    ) -> Self:
        return cls._constructed(
            Remote.worker_id(worker_id),
            "acme:museum/rooms@3.1.4.{picture.new}",
            Param(STRING, title),
            Param(OptionOf(STRING), worker_name),
        )

    @classmethod
    def blocking_blank(
        cls,
        worker_name: str,
    ) -> Self:
        return Remote.worker(COMPONENT, worker_name).call(
            "acme:museum/rooms@3.1.4.{picture.blank}",
            HandleOf(cls),
        )

    @classmethod
    def blank(
        cls,
        worker_name: str,
    ) -> FuturePictureBlankResult:
        return FuturePictureBlankResult(
            Remote.worker(COMPONENT, worker_name).start(
                "acme:museum/rooms@3.1.4.{picture.blank}",
            ),
        )

    @classmethod
    def schedule_blank(
        cls,
        worker_name: str,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return Remote.worker(COMPONENT, worker_name).schedule(
            scheduled_for,
            "acme:museum/rooms@3.1.4.{picture.blank}",
        )

    @classmethod
    def blocking_compare(
        cls,
        left: Self,
        right: Self,
    ) -> int:
        return Remote.of(left).call(
            "acme:museum/rooms@3.1.4.{picture.compare}",
            S8,
            Param(HandleOf(cls), left),
            Param(HandleOf(cls), right),
        )

    @classmethod
    def compare(
        cls,
        left: Self,
        right: Self,
    ) -> FuturePictureCompareResult:
        return FuturePictureCompareResult(
            Remote.of(left).start(
                "acme:museum/rooms@3.1.4.{picture.compare}",
                Param(HandleOf(cls), left),
                Param(HandleOf(cls), right),
            ),
        )

    @classmethod
    def schedule_compare(
        cls,
        left: Self,
        right: Self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return Remote.of(left).schedule(
            scheduled_for,
            "acme:museum/rooms@3.1.4.{picture.compare}",
            Param(HandleOf(cls), left),
            Param(HandleOf(cls), right),
        )

    @classmethod
    def blocking_swap(
        cls,
        left: Self,
        right: Self,
    ) -> Tuple[Self, Self]:
        return Remote.of(left).call(
            "acme:museum/rooms@3.1.4.{picture.swap}",
            TupleOf(HandleOf(cls), HandleOf(cls)),
            Param(HandleOf(cls), left),
            Param(HandleOf(cls), right),
        )

    @classmethod
    def swap(
        cls,
        left: Self,
        right: Self,
    ) -> FuturePictureSwapResult:
        return FuturePictureSwapResult(
            Remote.of(left).start(
                "acme:museum/rooms@3.1.4.{picture.swap}",
                Param(HandleOf(cls), left),
                Param(HandleOf(cls), right),
            ),
        )

    @classmethod
    def schedule_swap(
        cls,
        left: Self,
        right: Self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return Remote.of(left).schedule(
            scheduled_for,
            "acme:museum/rooms@3.1.4.{picture.swap}",
            Param(HandleOf(cls), left),
            Param(HandleOf(cls), right),
        )

    def blocking_title(self) -> str:
        return self._remote.call(
            "acme:museum/rooms@3.1.4.{picture.title}",
            STRING,
            self._self(),
        )

    def title(self) -> FuturePictureTitleResult:
        return FuturePictureTitleResult(
            self._remote.start(
                "acme:museum/rooms@3.1.4.{picture.title}",
                self._self(),
            ),
        )

    def schedule_title(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:museum/rooms@3.1.4.{picture.title}",
            self._self(),
        )


class Room(RemoteResource, _protocols.Room):
    """Has no constructor."""

    _drop = "acme:museum/rooms@3.1.4.{room.drop}"

    def __init__(
        self,
        worker_name: str,
    ) -> None:
        self._construct(
            Remote.worker(COMPONENT, worker_name),
            "acme:museum/rooms@3.1.4.{room.new}",
        )

    @classmethod
    def custom(
        cls,
        worker_id: WorkerId,
    ) -> Self:
        return cls._constructed(
            Remote.worker_id(worker_id),
            "acme:museum/rooms@3.1.4.{room.new}",
        )

    @classmethod
    def blocking_largest(
        cls,
        worker_name: str,
    ) -> Self:
        return Remote.worker(COMPONENT, worker_name).call(
            "acme:museum/rooms@3.1.4.{room.largest}",
            HandleOf(cls),
        )

    @classmethod
    def largest(
        cls,
        worker_name: str,
    ) -> FutureRoomLargestResult:
        return FutureRoomLargestResult(
            Remote.worker(COMPONENT, worker_name).start(
                "acme:museum/rooms@3.1.4.{room.largest}",
            ),
        )

    @classmethod
    def schedule_largest(
        cls,
        worker_name: str,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return Remote.worker(COMPONENT, worker_name).schedule(
            scheduled_for,
            "acme:museum/rooms@3.1.4.{room.largest}",
        )

    @classmethod
    def blocking_merge(
        cls,
        worker_name: str,
        rooms: List[Self],
    ) -> Self:
        return Remote.worker(COMPONENT, worker_name).call_fallible(
            "acme:museum/rooms@3.1.4.{room.merge}",
            ResultOf(HandleOf(cls), NOTHING),
            Param(ListOf(HandleOf(cls)), rooms),
        )

    @classmethod
    def merge(
        cls,
        worker_name: str,
        rooms: List[Self],
    ) -> FutureRoomMergeResult:
        return FutureRoomMergeResult(
            Remote.worker(COMPONENT, worker_name).start(
                "acme:museum/rooms@3.1.4.{room.merge}",
                Param(ListOf(HandleOf(cls)), rooms),
            ),
        )

    @classmethod
    def schedule_merge(
        cls,
        worker_name: str,
        rooms: List[Self],
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return Remote.worker(COMPONENT, worker_name).schedule(
            scheduled_for,
            "acme:museum/rooms@3.1.4.{room.merge}",
            Param(ListOf(HandleOf(cls)), rooms),
        )

    @classmethod
    def blocking_of(
        cls,
        golem_worker_name: str,
        worker_name: str,
        component_id: int,
        scheduled_for: int,
    ) -> Self:
        return Remote.worker(COMPONENT, golem_worker_name).call(
            "acme:museum/rooms@3.1.4.{room.of}",
            HandleOf(cls),
            Param(STRING, worker_name),
            Param(U8, component_id),
            Param(U64, scheduled_for),
        )

    @classmethod
    def of(
        cls,
        golem_worker_name: str,
        worker_name: str,
        component_id: int,
        scheduled_for: int,
    ) -> FutureRoomOfResult:
        return FutureRoomOfResult(
            Remote.worker(COMPONENT, golem_worker_name).start(
                "acme:museum/rooms@3.1.4.{room.of}",
                Param(STRING, worker_name),
                Param(U8, component_id),
                Param(U64, scheduled_for),
            ),
        )

    @classmethod
    def schedule_of(
        cls,
        golem_worker_name: str,
        worker_name: str,
        component_id: int,
        scheduled_for: int,
        golem_scheduled_for: Datetime,
    ) -> CancellationToken:
        return Remote.worker(COMPONENT, golem_worker_name).schedule(
            golem_scheduled_for,
            "acme:museum/rooms@3.1.4.{room.of}",
            Param(STRING, worker_name),
            Param(U8, component_id),
            Param(U64, scheduled_for),
        )

    def blocking_hang(
        self,
        picture: _protocols.Picture,
        at: int,
    ) -> None:
        self._remote.call(
            "acme:museum/rooms@3.1.4.{room.hang}",
            NOTHING,
            self._self(),
            Param(PICTURE_HANDLE, picture),
            Param(U32, at),
        )

    def hang(
        self,
        picture: _protocols.Picture,
        at: int,
    ) -> None:
        self._remote.trigger(
            "acme:museum/rooms@3.1.4.{room.hang}",
            self._self(),
            Param(PICTURE_HANDLE, picture),
            Param(U32, at),
        )

    def schedule_hang(
        self,
        picture: _protocols.Picture,
        at: int,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:museum/rooms@3.1.4.{room.hang}",
            self._self(),
            Param(PICTURE_HANDLE, picture),
            Param(U32, at),
        )

    def blocking_take(
        self,
        at: int,
    ) -> Optional[_protocols.Picture]:
        return self._remote.call(
            "acme:museum/rooms@3.1.4.{room.take}",
            OptionOf(PICTURE_HANDLE),
            self._self(),
            Param(U32, at),
        )

    def take(
        self,
        at: int,
    ) -> FutureRoomTakeResult:
        return FutureRoomTakeResult(
            self._remote.start(
                "acme:museum/rooms@3.1.4.{room.take}",
                self._self(),
                Param(U32, at),
            ),
        )

    def schedule_take(
        self,
        at: int,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:museum/rooms@3.1.4.{room.take}",
            self._self(),
            Param(U32, at),
        )

    def blocking_all(self) -> List[_protocols.Picture]:
        return self._remote.call(
            "acme:museum/rooms@3.1.4.{room.all}",
            ListOf(PICTURE_HANDLE),
            self._self(),
        )

    def all(self) -> FutureRoomAllResult:
        return FutureRoomAllResult(
            self._remote.start(
                "acme:museum/rooms@3.1.4.{room.all}",
                self._self(),
            ),
        )

    def schedule_all(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:museum/rooms@3.1.4.{room.all}",
            self._self(),
        )

    def blocking_neighbours(self) -> List[Self]:
        return self._remote.call(
            "acme:museum/rooms@3.1.4.{room.neighbours}",
            ListOf(HandleOf(type(self))),
            self._self(),
        )

    def neighbours(self) -> FutureRoomNeighboursResult:
        return FutureRoomNeighboursResult(
            self._remote.start(
                "acme:museum/rooms@3.1.4.{room.neighbours}",
                self._self(),
            ),
        )

    def schedule_neighbours(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:museum/rooms@3.1.4.{room.neighbours}",
            self._self(),
        )


class Desk(RemoteInterface, _protocols.Desk):
    """Uses the resources of another interface, one of them under another name."""

    def __init__(
        self,
        worker_name: str,
    ) -> None:
        self._remote = Remote.worker(COMPONENT, worker_name)

    @classmethod
    def custom(
        cls,
        worker_id: WorkerId,
    ) -> Self:
        return cls._connected(Remote.worker_id(worker_id))

    def blocking_show(
        self,
        painting: _protocols.Picture,
    ) -> _protocols.Room:
        return self._remote.call(
            "acme:museum/desk@3.1.4.{show}",
            ROOM_HANDLE,
            Param(PICTURE_HANDLE, painting),
        )

    def show(
        self,
        painting: _protocols.Picture,
    ) -> FutureShowResult:
        return FutureShowResult(
            self._remote.start(
                "acme:museum/desk@3.1.4.{show}",
                Param(PICTURE_HANDLE, painting),
            ),
        )

    def schedule_show(
        self,
        painting: _protocols.Picture,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:museum/desk@3.1.4.{show}",
            Param(PICTURE_HANDLE, painting),
        )

    def blocking_sell(
        self,
        painting: _protocols.Picture,
    ) -> None:
        self._remote.call(
            "acme:museum/desk@3.1.4.{sell}",
            NOTHING,
            Param(PICTURE_HANDLE, painting),
        )

    def sell(
        self,
        painting: _protocols.Picture,
    ) -> None:
        self._remote.trigger(
            "acme:museum/desk@3.1.4.{sell}",
            Param(PICTURE_HANDLE, painting),
        )

    def schedule_sell(
        self,
        painting: _protocols.Picture,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:museum/desk@3.1.4.{sell}",
            Param(PICTURE_HANDLE, painting),
        )

    def blocking_loans(self) -> List[Loan]:
        return self._remote.call(
            "acme:museum/desk@3.1.4.{loans}",
            ListOf(LOAN),
        )

    def loans(self) -> FutureLoansResult:
        return FutureLoansResult(
            self._remote.start(
                "acme:museum/desk@3.1.4.{loans}",
            ),
        )

    def schedule_loans(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:museum/desk@3.1.4.{loans}",
        )


class MuseumInlineFunctions(RemoteInterface, _protocols.MuseumInlineFunctions):
    """Stands for `acme:museum-exports/museum-inline-functions@3.1.4`."""

    def __init__(
        self,
        worker_name: str,
    ) -> None:
        self._remote = Remote.worker(COMPONENT, worker_name)

    @classmethod
    def custom(
        cls,
        worker_id: WorkerId,
    ) -> Self:
        return cls._connected(Remote.worker_id(worker_id))

    def blocking_museum(
        self,
        type: Optional[Era],
    ) -> None:
        """Has the name of the world."""
        return self._remote.call_fallible(
            "acme:museum-exports/museum-inline-functions@3.1.4.{museum}",
            ResultOf(NOTHING, NOTHING),
            Param(OptionOf(ERA), type),
        )

    def museum(
        self,
        type: Optional[Era],
    ) -> FutureMuseumResult:
        """Has the name of the world."""
        return FutureMuseumResult(
            self._remote.start(
                "acme:museum-exports/museum-inline-functions@3.1.4.{museum}",
                Param(OptionOf(ERA), type),
            ),
        )

    def schedule_museum(
        self,
        type: Optional[Era],
        scheduled_for: Datetime,
    ) -> CancellationToken:
        """Has the name of the world."""
        return self._remote.schedule(
            scheduled_for,
            "acme:museum-exports/museum-inline-functions@3.1.4.{museum}",
            Param(OptionOf(ERA), type),
        )


PICTURE_HANDLE: Codec[_protocols.Picture] = HandleOf[Any](Picture)

ROOM_HANDLE: Codec[_protocols.Room] = HandleOf[Any](Room)

LOAN = RecordOf(
    Loan,
    ("picture", PICTURE_HANDLE),
    ("until", OptionOf(U64)),
    ("era", ERA),
)
