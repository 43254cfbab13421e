"""The client of `acme:clock/clock@0.1.0-rc.1`, made by witgen for programs that embed the host.

Each class is connected to a worker of the component deployed as `the "clock" of acme`,
by a caller, which is a `runtime_shim.Host`. A method waits for the result of its
function. With `_async` behind its name it is awaited; with `tell_` before it, the call
is queued, for a time when given. The `key` of a call makes it happen once, however often
it is made.
"""

from __future__ import annotations

from datetime import datetime

from runtime_shim.typed import (
    Caller,
    Function,
    Prim,
    Remote,
    Sent,
    made_for,
)

__all__ = [
    "Api",
    "COMPONENT",
]

made_for(2)

COMPONENT = 'the "clock" of acme'


class Api:
    """Stands for `acme:clock/api@0.1.0-rc.1`."""

    def __init__(self, caller: Caller) -> None:
        self._remote = Remote(caller, COMPONENT, None)

    def now(self, zone: str, *, key: str | None = None) -> str:
        return self._remote.call(API_NOW, zone, key=key)

    async def now_async(self, zone: str, *, key: str | None = None) -> str:
        """Like `now`, in a thread of the event loop's executor."""
        return await self._remote.call_async(API_NOW, zone, key=key)

    def tell_now(
        self,
        zone: str,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `now`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(API_NOW, zone, at=at, key=key)

    def tick(self, *, key: str | None = None) -> None:
        self._remote.run(API_TICK, key=key)

    async def tick_async(self, *, key: str | None = None) -> None:
        """Like `tick`, in a thread of the event loop's executor."""
        await self._remote.run_async(API_TICK, key=key)

    def tell_tick(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `tick`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(API_TICK, at=at, key=key)


API_NOW = Function(
    "acme:clock/api@0.1.0-rc.1.{now}",
    ("zone", Prim.STRING),
    result=Prim.STRING,
)
API_TICK = Function("acme:clock/api@0.1.0-rc.1.{tick}")
