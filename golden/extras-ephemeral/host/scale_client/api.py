"""The client of `acme:scale/scale`, made by witgen for programs that embed the host.

Each class is connected to a worker of the component deployed as `acme:scale`,
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
    ListOf,
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

COMPONENT = "acme:scale"


class Api:
    """Stands for `acme:scale/api`."""

    def __init__(self, caller: Caller) -> None:
        self._remote = Remote(caller, COMPONENT, None)

    def weigh(self, what: bytes, *, key: str | None = None) -> float:
        return self._remote.call(API_WEIGH, what, key=key)

    async def weigh_async(self, what: bytes, *, key: str | None = None) -> float:
        """Like `weigh`, in a thread of the event loop's executor."""
        return await self._remote.call_async(API_WEIGH, what, key=key)

    def tell_weigh(
        self,
        what: bytes,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `weigh`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(API_WEIGH, what, at=at, key=key)

    def reset(self, *, key: str | None = None) -> None:
        self._remote.run(API_RESET, key=key)

    async def reset_async(self, *, key: str | None = None) -> None:
        """Like `reset`, in a thread of the event loop's executor."""
        await self._remote.run_async(API_RESET, key=key)

    def tell_reset(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `reset`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(API_RESET, at=at, key=key)


API_WEIGH = Function(
    "acme:scale/api.{weigh}",
    ("what", ListOf(Prim.U8)),
    result=Prim.F64,
)
API_RESET = Function("acme:scale/api.{reset}")
