"""The client of `acme:auction/auction@1.2.0`, made by witgen.

The resources of `acme:auction-client/auction-client@1.2.0`. Each member is one call over golem:rpc: its
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

from client_types import (
    CURRENCY,
    LOT,
    OUTCOME,
    RIGHTS,
    STAMP,
)
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
    Bytes,
    Codec,
    ListOf,
    NOTHING,
    NestedOptionOf,
    OptionOf,
    RecordOf,
    ResultOf,
    S8,
    STRING,
    U16,
    U32,
    U8,
)
from wit_world.exports.auction_client import Seat
from wit_world.exports.auction_types import (
    Currency,
    Lot,
    Outcome,
)
from wit_world.imports.poll import Pollable
from wit_world.imports.types import (
    CancellationToken,
    WorkerId,
)
from wit_world.imports.wall_clock import Datetime

from wit_world.exports import auction_client as _protocols

COMPONENT = "acme:auction"


class FutureOpenResult(Resource, _protocols.FutureOpenResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[Some[Optional[Outcome]]]:
        return self._pending.get_some(OptionOf(OUTCOME))


class FutureCheckResult(Resource, _protocols.FutureCheckResult):
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


class FutureStampsResult(Resource, _protocols.FutureStampsResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(
        self,
    ) -> Optional[List[Result[int, Tuple[int, int, str, bool, float, float]]]]:
        return self._pending.get(ListOf(ResultOf(U16, STAMP)))


class FutureSaleJoinResult(Resource, _protocols.FutureSaleJoinResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[_protocols.Sale]:
        return self._pending.get(SALE_HANDLE)


class FutureSaleFindResult(Resource, _protocols.FutureSaleFindResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[Some[Optional[_protocols.Sale]]]:
        return self._pending.get_some(OptionOf(SALE_HANDLE))


class FutureSaleBidResult(Resource, _protocols.FutureSaleBidResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[Result[int, str]]:
        return self._pending.get(ResultOf(U32, STRING))


class FuturePingResult(Resource, _protocols.FuturePingResult):
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


class Api(RemoteInterface, _protocols.Api):
    """Runs auctions."""

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

    def blocking_open(
        self,
        lots: List[Lot],
        from_: Currency,
    ) -> Optional[Outcome]:
        """Put lots up for sale."""
        return self._remote.call(
            "acme:auction/api@1.2.0.{open}",
            OptionOf(OUTCOME),
            Param(ListOf(LOT), lots),
            Param(CURRENCY, from_),
        )

    def open(
        self,
        lots: List[Lot],
        from_: Currency,
    ) -> FutureOpenResult:
        """Put lots up for sale."""
        return FutureOpenResult(
            self._remote.start(
                "acme:auction/api@1.2.0.{open}",
                Param(ListOf(LOT), lots),
                Param(CURRENCY, from_),
            ),
        )

    def schedule_open(
        self,
        lots: List[Lot],
        from_: Currency,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        """Put lots up for sale."""
        return self._remote.schedule(
            scheduled_for,
            "acme:auction/api@1.2.0.{open}",
            Param(ListOf(LOT), lots),
            Param(CURRENCY, from_),
        )

    def blocking_check(
        self,
        seat: Seat,
        deep: Optional[Some[Optional[int]]],
    ) -> None:
        return self._remote.call_fallible(
            "acme:auction/api@1.2.0.{check}",
            ResultOf(NOTHING, NOTHING),
            Param(SEAT, seat),
            Param(NestedOptionOf(OptionOf(U8)), deep),
        )

    def check(
        self,
        seat: Seat,
        deep: Optional[Some[Optional[int]]],
    ) -> FutureCheckResult:
        return FutureCheckResult(
            self._remote.start(
                "acme:auction/api@1.2.0.{check}",
                Param(SEAT, seat),
                Param(NestedOptionOf(OptionOf(U8)), deep),
            ),
        )

    def schedule_check(
        self,
        seat: Seat,
        deep: Optional[Some[Optional[int]]],
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:auction/api@1.2.0.{check}",
            Param(SEAT, seat),
            Param(NestedOptionOf(OptionOf(U8)), deep),
        )

    def blocking_stamps(
        self,
        at: List[Tuple[int, int, str, bool, float, float]],
        raw: bytes,
        signed: bytes,
    ) -> List[Result[int, Tuple[int, int, str, bool, float, float]]]:
        return self._remote.call(
            "acme:auction/api@1.2.0.{stamps}",
            ListOf(ResultOf(U16, STAMP)),
            Param(ListOf(STAMP), at),
            Param(Bytes(U8), raw),
            Param(Bytes(S8), signed),
        )

    def stamps(
        self,
        at: List[Tuple[int, int, str, bool, float, float]],
        raw: bytes,
        signed: bytes,
    ) -> FutureStampsResult:
        return FutureStampsResult(
            self._remote.start(
                "acme:auction/api@1.2.0.{stamps}",
                Param(ListOf(STAMP), at),
                Param(Bytes(U8), raw),
                Param(Bytes(S8), signed),
            ),
        )

    def schedule_stamps(
        self,
        at: List[Tuple[int, int, str, bool, float, float]],
        raw: bytes,
        signed: bytes,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:auction/api@1.2.0.{stamps}",
            Param(ListOf(STAMP), at),
            Param(Bytes(U8), raw),
            Param(Bytes(S8), signed),
        )

    def blocking_close(self) -> None:
        self._remote.call(
            "acme:auction/api@1.2.0.{close}",
            NOTHING,
        )

    def close(self) -> None:
        self._remote.trigger(
            "acme:auction/api@1.2.0.{close}",
        )

    def schedule_close(
        self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:auction/api@1.2.0.{close}",
        )


class Sale(RemoteResource, _protocols.Sale):
    """A sale under way."""

    _drop = "acme:auction/api@1.2.0.{sale.drop}"

    def __init__(
        self,
        worker_name: str,
        name: str,
    ) -> None:
        """Open it under a name."""
        self._construct(
            Remote.worker(COMPONENT, worker_name),
            "acme:auction/api@1.2.0.{sale.new}",
            Param(STRING, name),
        )

    @classmethod
    def custom(
        cls,
        worker_id: WorkerId,
        name: str,
    ) -> Self:
        """Open it under a name."""
        return cls._constructed(
            Remote.worker_id(worker_id),
            "acme:auction/api@1.2.0.{sale.new}",
            Param(STRING, name),
        )

    @classmethod
    def blocking_join(
        cls,
        first: Self,
        second: Self,
    ) -> Self:
        return Remote.of(first).call(
            "acme:auction/api@1.2.0.{sale.join}",
            HandleOf(cls),
            Param(HandleOf(cls), first),
            Param(HandleOf(cls), second),
        )

    @classmethod
    def join(
        cls,
        first: Self,
        second: Self,
    ) -> FutureSaleJoinResult:
        return FutureSaleJoinResult(
            Remote.of(first).start(
                "acme:auction/api@1.2.0.{sale.join}",
                Param(HandleOf(cls), first),
                Param(HandleOf(cls), second),
            ),
        )

    @classmethod
    def schedule_join(
        cls,
        first: Self,
        second: Self,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return Remote.of(first).schedule(
            scheduled_for,
            "acme:auction/api@1.2.0.{sale.join}",
            Param(HandleOf(cls), first),
            Param(HandleOf(cls), second),
        )

    @classmethod
    def blocking_find(
        cls,
        worker_name: str,
        name: str,
    ) -> Optional[Self]:
        return Remote.worker(COMPONENT, worker_name).call(
            "acme:auction/api@1.2.0.{sale.find}",
            OptionOf(HandleOf(cls)),
            Param(STRING, name),
        )

    @classmethod
    def find(
        cls,
        worker_name: str,
        name: str,
    ) -> FutureSaleFindResult:
        return FutureSaleFindResult(
            Remote.worker(COMPONENT, worker_name).start(
                "acme:auction/api@1.2.0.{sale.find}",
                Param(STRING, name),
            ),
        )

    @classmethod
    def schedule_find(
        cls,
        worker_name: str,
        name: str,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return Remote.worker(COMPONENT, worker_name).schedule(
            scheduled_for,
            "acme:auction/api@1.2.0.{sale.find}",
            Param(STRING, name),
        )

    def blocking_bid(
        self,
        amount: int,
    ) -> int:
        return self._remote.call_fallible(
            "acme:auction/api@1.2.0.{sale.bid}",
            ResultOf(U32, STRING),
            self._self(),
            Param(U32, amount),
        )

    def bid(
        self,
        amount: int,
    ) -> FutureSaleBidResult:
        return FutureSaleBidResult(
            self._remote.start(
                "acme:auction/api@1.2.0.{sale.bid}",
                self._self(),
                Param(U32, amount),
            ),
        )

    def schedule_bid(
        self,
        amount: int,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:auction/api@1.2.0.{sale.bid}",
            self._self(),
            Param(U32, amount),
        )

    def blocking_note(
        self,
        text: str,
    ) -> None:
        self._remote.call(
            "acme:auction/api@1.2.0.{sale.note}",
            NOTHING,
            self._self(),
            Param(STRING, text),
        )

    def note(
        self,
        text: str,
    ) -> None:
        self._remote.trigger(
            "acme:auction/api@1.2.0.{sale.note}",
            self._self(),
            Param(STRING, text),
        )

    def schedule_note(
        self,
        text: str,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:auction/api@1.2.0.{sale.note}",
            self._self(),
            Param(STRING, text),
        )


class AuctionInlineFunctions(RemoteInterface, _protocols.AuctionInlineFunctions):
    """Stands for `acme:auction-exports/auction-inline-functions@1.2.0`."""

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

    def blocking_ping(
        self,
        payload: str,
    ) -> str:
        return self._remote.call(
            "acme:auction-exports/auction-inline-functions@1.2.0.{ping}",
            STRING,
            Param(STRING, payload),
        )

    def ping(
        self,
        payload: str,
    ) -> FuturePingResult:
        return FuturePingResult(
            self._remote.start(
                "acme:auction-exports/auction-inline-functions@1.2.0.{ping}",
                Param(STRING, payload),
            ),
        )

    def schedule_ping(
        self,
        payload: str,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:auction-exports/auction-inline-functions@1.2.0.{ping}",
            Param(STRING, payload),
        )


SALE_HANDLE: Codec[_protocols.Sale] = HandleOf[Any](Sale)

SEAT = RecordOf(
    Seat,
    ("sale", SALE_HANDLE),
    ("rights", RIGHTS),
)
