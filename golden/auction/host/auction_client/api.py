"""The client of `acme:auction/auction@1.2.0`, made by witgen for programs that embed the host.

Each class is connected to a worker of the component deployed as `acme:auction`,
by a caller, which is a `runtime_shim.Host`. A method waits for the result of its
function. With `_async` behind its name it is awaited; with `tell_` before it, the call
is queued, for a time when given. The `key` of a call makes it happen once, however often
it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import (
    Enum,
    Flag,
)
from typing import (
    Optional,
    Self,
    TypeAlias,
)

from runtime_shim.typed import (
    Caller,
    Remote,
    RemoteResource,
    Result,
    Sent,
    Some,
    Value,
    borrow,
    flag_names,
    in_thread,
    made_for,
    own,
    remote_of,
    resource_of,
)

__all__ = [
    "Api",
    "AuctionInlineFunctions",
    "COMPONENT",
    "Currency",
    "Lot",
    "Outcome",
    "OutcomeNone",
    "OutcomePassed",
    "OutcomeSold",
    "Rights",
    "Sale",
    "Seat",
    "Stamp",
]

made_for(1)

COMPONENT = "acme:auction"


@dataclass(frozen=True, slots=True)
class Lot:
    """What is sold."""

    title: str
    reserve: int | None
    """In cents, none without a reserve."""
    tags: list[str]


class Currency(Enum):
    """The enum `currency`."""

    EURO = "euro"
    DOLLAR = "dollar"


@dataclass(frozen=True, slots=True)
class OutcomeSold:
    """The case `sold` of `outcome`."""

    value: int


@dataclass(frozen=True, slots=True)
class OutcomePassed:
    """The case `passed` of `outcome`."""

    value: str


@dataclass(frozen=True, slots=True)
class OutcomeNone:
    """The case `none` of `outcome`."""


Outcome: TypeAlias = OutcomeSold | OutcomePassed | OutcomeNone


class Rights(Flag):
    """The flags `rights`."""

    SEE = 1 << 0
    BID = 1 << 1
    CLOSE_EARLY = 1 << 2


@dataclass(frozen=True, slots=True)
class Seat:
    """The record `seat`."""

    sale: Sale
    rights: Rights


Stamp: TypeAlias = tuple[int, int, str, bool, float, float]


class Api:
    """Runs auctions."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def open(
        self,
        lots: list[Lot],
        from_: Currency,
        *,
        key: str | None = None,
    ) -> Outcome | None:
        """Put lots up for sale."""
        return self._remote.call(
            _lift_option_outcome,
            "acme:auction/api@1.2.0.{open}",
            (_lower_list_lot(lots), from_.value),
            key,
        )

    async def open_async(
        self,
        lots: list[Lot],
        from_: Currency,
        *,
        key: str | None = None,
    ) -> Outcome | None:
        """Like `open`, in a thread of the event loop's executor."""
        return await in_thread(self.open, lots, from_, key=key)

    def tell_open(
        self,
        lots: list[Lot],
        from_: Currency,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `open`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:auction/api@1.2.0.{open}",
            (_lower_list_lot(lots), from_.value),
            at,
            key,
        )

    def check(
        self,
        seat: Seat,
        deep: Optional[Some[int | None]],
        *,
        key: str | None = None,
    ) -> Result[None, None]:
        return self._remote.call(
            None,
            "acme:auction/api@1.2.0.{check}",
            (_lower_seat(seat), deep),
            key,
        )

    async def check_async(
        self,
        seat: Seat,
        deep: Optional[Some[int | None]],
        *,
        key: str | None = None,
    ) -> Result[None, None]:
        """Like `check`, in a thread of the event loop's executor."""
        return await in_thread(self.check, seat, deep, key=key)

    def tell_check(
        self,
        seat: Seat,
        deep: Optional[Some[int | None]],
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `check`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:auction/api@1.2.0.{check}",
            (_lower_seat(seat), deep),
            at,
            key,
        )

    def stamps(
        self,
        at_: list[Stamp],
        raw: bytes,
        signed: list[int],
        *,
        key: str | None = None,
    ) -> list[Result[int, Stamp]]:
        return self._remote.call(
            list,
            "acme:auction/api@1.2.0.{stamps}",
            (_lower_list_stamp(at_), raw, list(signed)),
            key,
        )

    async def stamps_async(
        self,
        at_: list[Stamp],
        raw: bytes,
        signed: list[int],
        *,
        key: str | None = None,
    ) -> list[Result[int, Stamp]]:
        """Like `stamps`, in a thread of the event loop's executor."""
        return await in_thread(self.stamps, at_, raw, signed, key=key)

    def tell_stamps(
        self,
        at_: list[Stamp],
        raw: bytes,
        signed: list[int],
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `stamps`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:auction/api@1.2.0.{stamps}",
            (_lower_list_stamp(at_), raw, list(signed)),
            at,
            key,
        )

    def close(self, *, key: str | None = None) -> None:
        self._remote.run("acme:auction/api@1.2.0.{close}", (), key)

    async def close_async(self, *, key: str | None = None) -> None:
        """Like `close`, in a thread of the event loop's executor."""
        await in_thread(self.close, key=key)

    def tell_close(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `close`, to run at `at` if given; its result is dropped."""
        return self._remote.send("acme:auction/api@1.2.0.{close}", (), at, key)


class Sale(RemoteResource):
    """A sale under way."""

    _DROP = "acme:auction/api@1.2.0.{sale.drop}"

    def __init__(
        self,
        caller: Caller,
        worker: str,
        name: str,
        *,
        key: str | None = None,
    ) -> None:
        """Open it under a name."""
        self._construct(
            Remote(caller, COMPONENT, worker),
            "acme:auction/api@1.2.0.{sale.new}",
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
    def join(first: Sale, second: Sale, *, key: str | None = None) -> Sale:
        return remote_of(first).call_for_resource(
            _lift_own_sale,
            "acme:auction/api@1.2.0.{sale.join}",
            (own(first), borrow(second)),
            key,
        )

    @staticmethod
    async def join_async(first: Sale, second: Sale, *, key: str | None = None) -> Sale:
        """Like `join`, in a thread of the event loop's executor."""
        return await in_thread(Sale.join, first, second, key=key)

    @staticmethod
    def tell_join(
        first: Sale,
        second: Sale,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `join`, to run at `at` if given; its result is dropped."""
        return remote_of(first).send(
            "acme:auction/api@1.2.0.{sale.join}",
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
    ) -> Sale | None:
        return Remote(caller, COMPONENT, worker).call_for_resource(
            _lift_option_own_sale,
            "acme:auction/api@1.2.0.{sale.find}",
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
    ) -> Sale | None:
        """Like `find`, in a thread of the event loop's executor."""
        return await in_thread(Sale.find, caller, worker, name, key=key)

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
            "acme:auction/api@1.2.0.{sale.find}",
            (name,),
            at,
            key,
        )

    def bid(self, amount: int, *, key: str | None = None) -> Result[int, str]:
        return self._remote.call(
            None,
            "acme:auction/api@1.2.0.{sale.bid}",
            (borrow(self), amount),
            key,
        )

    async def bid_async(
        self,
        amount: int,
        *,
        key: str | None = None,
    ) -> Result[int, str]:
        """Like `bid`, in a thread of the event loop's executor."""
        return await in_thread(self.bid, amount, key=key)

    def tell_bid(
        self,
        amount: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `bid`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:auction/api@1.2.0.{sale.bid}",
            (borrow(self), amount),
            at,
            key,
        )

    def note(self, text: str, *, key: str | None = None) -> None:
        self._remote.run(
            "acme:auction/api@1.2.0.{sale.note}",
            (borrow(self), text),
            key,
        )

    async def note_async(self, text: str, *, key: str | None = None) -> None:
        """Like `note`, in a thread of the event loop's executor."""
        await in_thread(self.note, text, key=key)

    def tell_note(
        self,
        text: str,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `note`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:auction/api@1.2.0.{sale.note}",
            (borrow(self), text),
            at,
            key,
        )


class AuctionInlineFunctions:
    """Stands for `acme:auction-exports/auction-inline-functions@1.2.0`."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def ping(self, payload: str, *, key: str | None = None) -> str:
        return self._remote.call(
            None,
            "acme:auction-exports/auction-inline-functions@1.2.0.{ping}",
            (payload,),
            key,
        )

    async def ping_async(self, payload: str, *, key: str | None = None) -> str:
        """Like `ping`, in a thread of the event loop's executor."""
        return await in_thread(self.ping, payload, key=key)

    def tell_ping(
        self,
        payload: str,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `ping`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:auction-exports/auction-inline-functions@1.2.0.{ping}",
            (payload,),
            at,
            key,
        )


def _lower_lot(value: Lot) -> Value:
    return {
        "title": value.title,
        "reserve": value.reserve,
        "tags": list(value.tags),
    }


def _lower_list_lot(value: list[Lot]) -> Value:
    return [_lower_lot(item) for item in value]


def _lift_outcome(value: Value) -> Outcome:
    match value.name:
        case "sold":
            return OutcomeSold(value.value)
        case "passed":
            return OutcomePassed(value.value)
        case "none":
            return OutcomeNone()
        case _:
            raise ValueError(f"no case `{value.name}`")


def _lift_option_outcome(value: Value) -> Outcome | None:
    if value is None:
        return None
    return _lift_outcome(value)


_RIGHTS = (
    ("see", Rights.SEE),
    ("bid", Rights.BID),
    ("close-early", Rights.CLOSE_EARLY),
)


def _lower_rights(value: Rights) -> Value:
    return flag_names(_RIGHTS, value)


def _lower_seat(value: Seat) -> Value:
    return {
        "sale": own(value.sale),
        "rights": _lower_rights(value.rights),
    }


def _lower_stamp(value: Stamp) -> Value:
    return (value[0], value[1], value[2], value[3], float(value[4]), float(value[5]))


def _lower_list_stamp(value: list[Stamp]) -> Value:
    return [_lower_stamp(item) for item in value]


def _lift_own_sale(value: Value, remote: Remote) -> Sale:
    return resource_of(Sale, value, remote)


def _lift_option_own_sale(value: Value, remote: Remote) -> Sale | None:
    if value is None:
        return None
    return _lift_own_sale(value, remote)
