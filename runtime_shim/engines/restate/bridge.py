"""One attempt's way between its guest, which blocks a thread, and the event loop of the server's calls.

The only module that knows more of the SDK than its documentation says: how to wait for several
results, and to go on after a signal to end that was not meant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Executor
from datetime import timedelta
from typing import Any, TypeVar

from restate.exceptions import TerminalError
from restate.serde import BytesSerde
from restate.vm import FirstCompletedUnresolvedFuture, SingleUnresolvedFuture

from runtime_shim.errors import HostTrouble, ShimError, StoreError

_T = TypeVar("_T")
BYTES = BytesSerde()
CANCELLED = 409
"""The status of what was cancelled before it began."""
KILLED = "killed"
"""The message of what an operator has ended."""
_OVER = "this attempt is over; the server makes another one"


async def _nothing() -> bytes:
    return b""


class Bridge:
    """The way of one attempt.

    Args:
        context: The SDK's.
        beat: Seconds after which the server hears of a guest that computes.

    Attributes:
        over: What has ended the attempt, such as its suspension; the guest only unwinds since then.
    """

    def __init__(self, context: Any, beat: float) -> None:
        self.context = context
        self.over: BaseException | None = None
        self._loop = asyncio.get_running_loop()
        self._beat = beat
        self._waiting = False

    async def run(self, pool: Executor, job: Callable[[], _T]) -> _T:
        """What `job`, which may call `do`, gives in a thread of the pool.

        Raises:
            HostTrouble: There is no thread for it.
        """
        try:
            task = self._loop.run_in_executor(pool, job)
        except RuntimeError as error:
            # A thread that is free later begins with it nevertheless.
            self.over = HostTrouble(f"a guest has no thread: {error}")
            raise self.over from None
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=self._beat)
                if not (task.done() or self._waiting or self.over):
                    self.context.set("beat", b"", serde=BYTES)
                    await self.push()
        except BaseException as error:
            self.over = self.over or error
            task.add_done_callback(_look)
            raise
        return task.result()

    def do(self, act: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """What `act` gives on the event loop; called by the guest's thread.

        Raises:
            StoreError: The attempt is over.
        """
        if self.over is not None:
            raise StoreError(_OVER)
        work = act()
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:
            work.close()
            raise StoreError("the engine was closed") from None
        self._waiting = True
        try:
            return future.result()
        except ShimError:
            raise
        except BaseException as error:  # the SDK's way to end an attempt is one
            self.over = error
            if isinstance(error, KeyboardInterrupt):
                raise
        finally:
            self._waiting = False
        raise StoreError(_OVER)

    async def push(self) -> None:
        """Send what was set."""
        await self.context.take_and_send_output()

    async def sync(self) -> None:
        """Have the server acknowledge everything so far, and hear what it has said meanwhile."""
        await self.settled([self.noted("sync")])

    def noted(self, name: str) -> Any:
        """What is settled once the server has acknowledged everything so far."""
        return self.context.run(name, _nothing, serde=BYTES)

    @property
    def replaying(self) -> bool:
        """Whether the SDK expects what an earlier attempt has asked of the server."""
        return bool(self.context.vm.is_replaying())

    async def sleep(self, seconds: float) -> None:
        """Wait, also across a suspension."""
        await self.settled([self.timer(seconds)])

    def timer(self, seconds: float) -> Any:
        """What is settled after some seconds."""
        return self.context.sleep(timedelta(seconds=max(0.001, seconds)))

    async def settled(self, futures: Sequence[Any]) -> None:
        """Wait for any of the SDK's futures."""
        known = [SingleUnresolvedFuture(future.handle) for future in futures]
        wanted = known[0] if len(known) == 1 else FirstCompletedUnresolvedFuture(list(known))
        while not any(map(self.completed, futures)):
            try:
                await self.context.create_poll_or_cancel_coroutine(wanted)
            except TerminalError as error:
                if error.status_code != CANCELLED:
                    raise
                # A signal to cancel what has begun already; whoever insists ends it without asking.

    def completed(self, future: Any) -> bool:
        """Whether one of the SDK's futures has a result that was not taken."""
        return bool(self.context.vm.is_completed(future.handle))

    async def get(self, name: str) -> bytes | None:
        """The bytes under a key of the object, or those of another one."""
        future = self.context.get(name, serde=BYTES)
        await self.settled([future])
        found = await self.context.must_take_notification(future.handle)
        return None if found is None else bytes(found)

    async def call(self, service: str, handler: str, key: str, data: bytes) -> bytes:
        """The answer of a call that may run more than once."""
        while True:
            future = self.context.generic_call(service, handler, data, key=key)
            await self.settled([future])
            try:
                return bytes(await self.context.must_take_notification(future.handle))
            except TerminalError as error:
                if error.status_code != CANCELLED:
                    raise
                # A signal to the caller, which was not meant, reaches its calls.

    def set(self, name: str, data: bytes) -> None:
        """Put bytes under a key of the object."""
        self.context.set(name, data, serde=BYTES)

    def clear(self, name: str) -> None:
        """Remove a key of the object."""
        self.context.clear(name)


def _look(task: asyncio.Future[Any]) -> None:
    """Nobody waits for it any more."""
    if not task.cancelled():
        task.exception()
