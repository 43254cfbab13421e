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
    Remote,
    Sent,
    in_thread,
    made_for,
)

__all__ = [
    "Api",
    "COMPONENT",
]

made_for(1)

COMPONENT = "acme:scale"


class Api:
    """Stands for `acme:scale/api`."""

    def __init__(self, caller: Caller) -> None:
        self._remote = Remote(caller, COMPONENT, None)

    def weigh(self, what: bytes, *, key: str | None = None) -> float:
        return self._remote.call(None, "acme:scale/api.{weigh}", (what,), key)

    async def weigh_async(self, what: bytes, *, key: str | None = None) -> float:
        """Like `weigh`, in a thread of the event loop's executor."""
        return await in_thread(self.weigh, what, key=key)

    def tell_weigh(
        self,
        what: bytes,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `weigh`, to run at `at` if given; its result is dropped."""
        return self._remote.send("acme:scale/api.{weigh}", (what,), at, key)

    def reset(self, *, key: str | None = None) -> None:
        self._remote.run("acme:scale/api.{reset}", (), key)

    async def reset_async(self, *, key: str | None = None) -> None:
        """Like `reset`, in a thread of the event loop's executor."""
        await in_thread(self.reset, key=key)

    def tell_reset(self, *, at: datetime | None = None, key: str | None = None) -> Sent:
        """Queue `reset`, to run at `at` if given; its result is dropped."""
        return self._remote.send("acme:scale/api.{reset}", (), at, key)
