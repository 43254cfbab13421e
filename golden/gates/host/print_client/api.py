"""The client of `acme:print/print@1.2.0`, made by witgen for programs that embed the host.

Each class is connected to a worker of the component deployed as `acme:print`,
by a caller, which is a `runtime_shim.Host`. A method waits for the result of its
function. With `_async` behind its name it is awaited; with `tell_` before it, the call
is queued, for a time when given. The `key` of a call makes it happen once, however often
it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Self

from runtime_shim.typed import (
    Caller,
    Remote,
    RemoteResource,
    Sent,
    Value,
    borrow,
    in_thread,
    made_for,
)

__all__ = [
    "COMPONENT",
    "Ink",
    "Jobs",
    "Palette",
    "Sheet",
]

made_for(1)

COMPONENT = "acme:print"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The record `sheet`."""

    width: int
    height: int


class Ink(Enum):
    """Only with colours."""

    CYAN = "cyan"
    MAGENTA = "magenta"


class Jobs:
    """Prints."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def print(self, sheets: list[Sheet], *, key: str | None = None) -> int:
        return self._remote.call(
            None,
            "acme:print/jobs@1.2.0.{print}",
            (_lower_list_sheet(sheets),),
            key,
        )

    async def print_async(self, sheets: list[Sheet], *, key: str | None = None) -> int:
        """Like `print`, in a thread of the event loop's executor."""
        return await in_thread(self.print, sheets, key=key)

    def tell_print(
        self,
        sheets: list[Sheet],
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `print`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:print/jobs@1.2.0.{print}",
            (_lower_list_sheet(sheets),),
            at,
            key,
        )

    def tint(self, ink: Ink, *, key: str | None = None) -> bool:
        """Behind a feature that is on."""
        return self._remote.call(
            None,
            "acme:print/jobs@1.2.0.{tint}",
            (ink.value,),
            key,
        )

    async def tint_async(self, ink: Ink, *, key: str | None = None) -> bool:
        """Like `tint`, in a thread of the event loop's executor."""
        return await in_thread(self.tint, ink, key=key)

    def tell_tint(
        self,
        ink: Ink,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `tint`, to run at `at` if given; its result is dropped."""
        return self._remote.send("acme:print/jobs@1.2.0.{tint}", (ink.value,), at, key)


class Palette(RemoteResource):
    """Stands for `acme:print/jobs@1.2.0.palette`."""

    _DROP = "acme:print/jobs@1.2.0.{palette.drop}"

    def __init__(self, caller: Caller, worker: str, *, key: str | None = None) -> None:
        self._construct(
            Remote(caller, COMPONENT, worker),
            "acme:print/jobs@1.2.0.{palette.new}",
            (),
            key,
        )

    @classmethod
    async def new_async(
        cls,
        caller: Caller,
        worker: str,
        *,
        key: str | None = None,
    ) -> Self:
        """Like the constructor, in a thread of the event loop's executor."""
        return await in_thread(cls, caller, worker, key=key)

    def mix(self, ink: Ink, *, key: str | None = None) -> int:
        return self._remote.call(
            None,
            "acme:print/jobs@1.2.0.{palette.mix}",
            (borrow(self), ink.value),
            key,
        )

    async def mix_async(self, ink: Ink, *, key: str | None = None) -> int:
        """Like `mix`, in a thread of the event loop's executor."""
        return await in_thread(self.mix, ink, key=key)

    def tell_mix(
        self,
        ink: Ink,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `mix`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:print/jobs@1.2.0.{palette.mix}",
            (borrow(self), ink.value),
            at,
            key,
        )


def _lower_sheet(value: Sheet) -> Value:
    return {
        "width": value.width,
        "height": value.height,
    }


def _lower_list_sheet(value: list[Sheet]) -> Value:
    return [_lower_sheet(item) for item in value]
