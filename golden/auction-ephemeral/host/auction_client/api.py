"""The client of `acme:auction/auction@1.2.0`, made by witgen for programs that embed the host.

Each class is connected to a worker of the component deployed as `acme:auction`,
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
    EnumOf,
    FlagsOf,
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
    Some,
    TupleOf,
    VariantOf,
    in_thread,
    made_for,
    remote_of,
)

__all__ = [
    "Api",
    "AuctionInlineFunctions",
    "COMPONENT",
    "Currency",
    "Lot",
    "Outcome",
    "OutcomeNone_",
    "OutcomePassed",
    "OutcomeSold",
    "Rights",
    "Sale",
    "Seat",
    "Stamp",
]

made_for(2)

COMPONENT = "acme:auction"


@dataclass(frozen=True, slots=True)
class Lot:
    """What is sold."""

    title: str
    _: KW_ONLY
    reserve: int | None = None
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
class OutcomeNone_:
    """The case `none` of `outcome`."""


Outcome: TypeAlias = OutcomeSold | OutcomePassed | OutcomeNone_


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

    def __init__(self, caller: Caller) -> None:
        self._remote = Remote(caller, COMPONENT, None)

    def open(
        self,
        lots: list[Lot],
        from_: Currency,
        *,
        key: str | None = None,
    ) -> Outcome | None:
        """Put lots up for sale."""
        return self._remote.call(API_OPEN, lots, from_, key=key)

    async def open_async(
        self,
        lots: list[Lot],
        from_: Currency,
        *,
        key: str | None = None,
    ) -> Outcome | None:
        """Like `open`, in a thread of the event loop's executor."""
        return await self._remote.call_async(API_OPEN, lots, from_, key=key)

    def tell_open(
        self,
        lots: list[Lot],
        from_: Currency,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `open`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(API_OPEN, lots, from_, at=at, key=key)

    def check(
        self,
        seat: Seat,
        deep: Optional[Some[int | None]] = None,
        *,
        key: str | None = None,
    ) -> Result[None, None]:
        return self._remote.call(API_CHECK, seat, deep, key=key)

    async def check_async(
        self,
        seat: Seat,
        deep: Optional[Some[int | None]] = None,
        *,
        key: str | None = None,
    ) -> Result[None, None]:
        """Like `check`, in a thread of the event loop's executor."""
        return await self._remote.call_async(API_CHECK, seat, deep, key=key)

    def tell_check(
        self,
        seat: Seat,
        deep: Optional[Some[int | None]] = None,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `check`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(API_CHECK, seat, deep, at=at, key=key)

    def stamps(
        self,
        at_: list[Stamp],
        raw: bytes,
        signed: list[int],
        *,
        key: str | None = None,
    ) -> list[Result[int, Stamp]]:
        return self._remote.call(API_STAMPS, at_, raw, signed, key=key)

    async def stamps_async(
        self,
        at_: list[Stamp],
        raw: bytes,
        signed: list[int],
        *,
        key: str | None = None,
    ) -> list[Result[int, Stamp]]:
        """Like `stamps`, in a thread of the event loop's executor."""
        return await self._remote.call_async(API_STAMPS, at_, raw, signed, key=key)

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
        return self._remote.tell(API_STAMPS, at_, raw, signed, at=at, key=key)

    def close(self, *, key: str | None = None) -> None:
        self._remote.run(API_CLOSE, key=key)

    async def close_async(self, *, key: str | None = None) -> None:
        """Like `close`, in a thread of the event loop's executor."""
        await self._remote.run_async(API_CLOSE, key=key)

    def tell_close(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `close`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(API_CLOSE, at=at, key=key)


class Sale(RemoteResource):
    """A sale under way."""

    _DROP = "acme:auction/api@1.2.0.{sale.drop}"

    def __init__(self, caller: Caller, name: str, *, key: str | None = None) -> None:
        """Open it under a name."""
        self._construct(Remote(caller, COMPONENT, None), SALE_NEW, name, key=key)

    @classmethod
    async def new_async(
        cls,
        caller: Caller,
        name: str,
        *,
        key: str | None = None,
    ) -> Self:
        """Like the constructor, in a thread of the event loop's executor."""
        return await in_thread(cls, caller, name, key=key)

    @staticmethod
    def join(first: Sale, second: Sale, *, key: str | None = None) -> Sale:
        return remote_of(first, SALE_JOIN, "first").call(
            SALE_JOIN,
            first,
            second,
            key=key,
        )

    @staticmethod
    async def join_async(first: Sale, second: Sale, *, key: str | None = None) -> Sale:
        """Like `join`, in a thread of the event loop's executor."""
        return await remote_of(first, SALE_JOIN, "first").call_async(
            SALE_JOIN,
            first,
            second,
            key=key,
        )

    @staticmethod
    def tell_join(
        first: Sale,
        second: Sale,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `join`, to run at `at` if given; its result is dropped."""
        return remote_of(first, SALE_JOIN, "first").tell(
            SALE_JOIN,
            first,
            second,
            at=at,
            key=key,
        )

    @staticmethod
    def find(caller: Caller, name: str, *, key: str | None = None) -> Sale | None:
        return Remote(caller, COMPONENT, None).call(SALE_FIND, name, key=key)

    @staticmethod
    async def find_async(
        caller: Caller,
        name: str,
        *,
        key: str | None = None,
    ) -> Sale | None:
        """Like `find`, in a thread of the event loop's executor."""
        return await Remote(caller, COMPONENT, None).call_async(
            SALE_FIND,
            name,
            key=key,
        )

    @staticmethod
    def tell_find(
        caller: Caller,
        name: str,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `find`, to run at `at` if given; its result is dropped."""
        return Remote(caller, COMPONENT, None).tell(SALE_FIND, name, at=at, key=key)

    def bid(self, amount: int, *, key: str | None = None) -> Result[int, str]:
        return self._remote.call(SALE_BID, self, amount, key=key)

    async def bid_async(
        self,
        amount: int,
        *,
        key: str | None = None,
    ) -> Result[int, str]:
        """Like `bid`, in a thread of the event loop's executor."""
        return await self._remote.call_async(SALE_BID, self, amount, key=key)

    def tell_bid(
        self,
        amount: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `bid`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(SALE_BID, self, amount, at=at, key=key)

    def note(self, text: str, *, key: str | None = None) -> None:
        self._remote.run(SALE_NOTE, self, text, key=key)

    async def note_async(self, text: str, *, key: str | None = None) -> None:
        """Like `note`, in a thread of the event loop's executor."""
        await self._remote.run_async(SALE_NOTE, self, text, key=key)

    def tell_note(
        self,
        text: str,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `note`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(SALE_NOTE, self, text, at=at, key=key)


class AuctionInlineFunctions:
    """Stands for `acme:auction-exports/auction-inline-functions@1.2.0`."""

    def __init__(self, caller: Caller) -> None:
        self._remote = Remote(caller, COMPONENT, None)

    def ping(self, payload: str, *, key: str | None = None) -> str:
        return self._remote.call(AUCTION_INLINE_FUNCTIONS_PING, payload, key=key)

    async def ping_async(self, payload: str, *, key: str | None = None) -> str:
        """Like `ping`, in a thread of the event loop's executor."""
        return await self._remote.call_async(
            AUCTION_INLINE_FUNCTIONS_PING,
            payload,
            key=key,
        )

    def tell_ping(
        self,
        payload: str,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `ping`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(AUCTION_INLINE_FUNCTIONS_PING, payload, at=at, key=key)


LOT = RecordOf(
    Lot,
    ("title", Prim.STRING),
    ("reserve", OptionOf(Prim.U32)),
    ("tags", ListOf(Prim.STRING)),
)
CURRENCY = EnumOf(Currency)
OUTCOME = VariantOf(
    "outcome",
    ("sold", OutcomeSold, Prim.U64),
    ("passed", OutcomePassed, Prim.STRING),
    ("none", OutcomeNone_, None),
)
API_OPEN = Function(
    "acme:auction/api@1.2.0.{open}",
    ("lots", ListOf(LOT)),
    ("from", CURRENCY),
    result=OptionOf(OUTCOME),
)
SALE_OWNED = HandleOf(Sale, owned=True)
RIGHTS = FlagsOf(Rights, "see", "bid", "close-early")
SEAT = RecordOf(
    Seat,
    ("sale", SALE_OWNED),
    ("rights", RIGHTS),
)
OPTION_OPTION_U8 = OptionOf(OptionOf(Prim.U8))
API_CHECK = Function(
    "acme:auction/api@1.2.0.{check}",
    ("seat", SEAT),
    ("deep", OPTION_OPTION_U8),
    result=ResultOf(None, None),
)
STAMP = TupleOf(Prim.U64, Prim.S32, Prim.CHAR, Prim.BOOL, Prim.F32, Prim.F64)
LIST_RESULT_U16_STAMP = ListOf(ResultOf(Prim.U16, STAMP))
API_STAMPS = Function(
    "acme:auction/api@1.2.0.{stamps}",
    ("at", ListOf(STAMP)),
    ("raw", ListOf(Prim.U8)),
    ("signed", ListOf(Prim.S8)),
    result=LIST_RESULT_U16_STAMP,
)
API_CLOSE = Function("acme:auction/api@1.2.0.{close}")
SALE_NEW = Function(
    "acme:auction/api@1.2.0.{sale.new}",
    ("name", Prim.STRING),
    result=SALE_OWNED,
)
SALE_LENT = HandleOf(Sale, owned=False)
SALE_JOIN = Function(
    "acme:auction/api@1.2.0.{sale.join}",
    ("first", SALE_OWNED),
    ("second", SALE_LENT),
    result=SALE_OWNED,
)
SALE_FIND = Function(
    "acme:auction/api@1.2.0.{sale.find}",
    ("name", Prim.STRING),
    result=OptionOf(SALE_OWNED),
)
SALE_BID = Function(
    "acme:auction/api@1.2.0.{sale.bid}",
    ("self", SALE_LENT),
    ("amount", Prim.U32),
    result=ResultOf(Prim.U32, Prim.STRING),
)
SALE_NOTE = Function(
    "acme:auction/api@1.2.0.{sale.note}",
    ("self", SALE_LENT),
    ("text", Prim.STRING),
)
AUCTION_INLINE_FUNCTIONS_PING = Function(
    "acme:auction-exports/auction-inline-functions@1.2.0.{ping}",
    ("payload", Prim.STRING),
    result=Prim.STRING,
)
