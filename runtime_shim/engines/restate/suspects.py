"""Calls that may have ended a host's process: counted before they run, and parked at last.

Nothing is noted when a call begins, so the end of a process leaves no trace of what ran. But a host asks
the server, before it takes any call, what has begun and is not over: its suspects. While one of those
runs, a note in the worker's object says so, which goes when the guest ends or waits, or the host is closed.
So what a later process finds there is the number of processes that ended while this call ran. Once it has
recorded a step, it is counted from the beginning. Only what was counted before runs one by one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

from restate.exceptions import RetryableError

from runtime_shim.engines.restate.admin import Admin, quoted
from runtime_shim.engines.restate.state import BEGUN
from runtime_shim.engines.restate.wire import Services, fields, worker_of
from runtime_shim.queue.unfinished import MOST_CRASHES
from runtime_shim.values.codec import encode

if TYPE_CHECKING:
    from runtime_shim.engines.restate.bridge import Bridge
    from runtime_shim.engines.restate.recording import Recording
    from runtime_shim.engines.restate.wire import Request

_T = TypeVar("_T")
log = logging.getLogger("runtime_shim")

_ALONE = 10.0  # seconds after which the next of them need not wait for one that goes on
_LONG = timedelta(minutes=1)  # until another attempt, if the server does not pause it
_SOON = 2.0  # seconds to take counts back


class Attempt(Protocol):
    """What is asked of an attempt."""

    bridge: Bridge
    request: Request
    records: Recording


class Suspects:
    """Those of a host that has not begun to listen.

    Args:
        admin: The server's side for operators.
        services: The application's services.

    Attributes:
        counts: By what the server knows them by: how many processes ended, and how many batches of
            entries there were then; None where that was not read yet.
        turn: Who has it runs alone.
        running: The attempts that are counted now.
        closed: Whether the process ends in order.

    Raises:
        StoreError: The server does not say what has begun.
    """

    def __init__(self, admin: Admin, services: Services) -> None:
        names = ", ".join(quoted(name) for name in (services.worker, services.ephemeral))
        rows = admin.query(
            "SELECT invocation_id AS id FROM sys_keyed_service_status "  # noqa: S608 -- quoted
            f"WHERE service_name IN ({names})"
        )
        self.counts: dict[str, tuple[int, int] | None] = dict.fromkeys(row["id"] for row in rows)
        self.turn = asyncio.Lock()
        self.running: set[Counted] = set()
        self.closed = False
        self._admin = admin
        self._loop: asyncio.AbstractEventLoop | None = None

    async def counted(self, live: Attempt) -> Counted | None:
        """An attempt that is counted from here on; None if it is not suspected.

        Raises:
            RetryableError: The call is parked.
        """
        invocation = live.bridge.context.request().id if self.counts else None
        if invocation not in self.counts:
            return None
        self._loop = asyncio.get_running_loop()
        if self.counts[invocation] is None:
            self.counts[invocation] = await _noted(live)
        made = Counted(self, live, invocation)
        if made.before >= MOST_CRASHES:
            await self._park(live, invocation)
        await made.begin()
        return made

    def close(self) -> None:
        """Take back the counts of what still runs."""
        self.closed = True
        if self.running and self._loop is not None:
            taken = asyncio.run_coroutine_threadsafe(self._leave(), self._loop)
            with suppress(TimeoutError):
                taken.result(_SOON)

    async def _leave(self) -> None:
        for one in tuple(self.running):
            one.rest()
            await one.push()

    async def _park(self, live: Attempt, invocation: str) -> None:
        request, bridge = live.request, live.bridge
        worker = worker_of(bridge.context.key())
        name = "{}.{}".format(*request.call) if request.key is None else request.key
        said = (
            f"{worker} is parked: the process ended "
            f"{MOST_CRASHES} times while it ran {request.function} (key {name}); "
            "`witgen worker revive` lets it run again, `witgen worker cancel` drops the call"
        )
        self.counts[invocation] = 0, live.records.batches
        bridge.clear(BEGUN)
        await bridge.sync()
        # It pauses as soon as this attempt has ended.
        if await asyncio.get_running_loop().run_in_executor(None, self._admin.pause, invocation):
            log.error(said)
        raise RetryableError(said, retry_after=_LONG)


class Counted:
    """An attempt at a suspect. On the event loop.

    Args:
        suspects: Those of the host.
        live: The attempt.
        invocation: What the server knows it by.
    """

    def __init__(self, suspects: Suspects, live: Attempt, invocation: str) -> None:
        self._suspects = suspects
        self._live = live
        self._invocation = invocation
        self._turn: asyncio.TimerHandle | None = None

    @property
    def before(self) -> int:
        """How many processes ended while the call ran, since it recorded its newest step."""
        count, batches = self._suspects.counts[self._invocation] or (0, 0)
        return count if batches == self._live.records.batches else 0

    async def begin(self) -> None:
        """Have the server know that the guest runs, once it is this call's turn."""
        suspects, before = self._suspects, self.before
        if suspects.closed:
            return
        if before:
            await suspects.turn.acquire()
            self._turn = asyncio.get_running_loop().call_later(_ALONE, self._release)
        try:
            self._note(before + 1)
            await self._live.bridge.sync()
        except BaseException:
            self._release()
            raise
        suspects.running.add(self)

    def rest(self) -> None:
        """Take the count back: the guest waits, or its host is closed."""
        self._suspects.running.discard(self)
        self._note(self.before)
        self._release()

    async def push(self) -> None:
        """Have that on its way."""
        await self._live.bridge.push()

    async def run(self, pool: Executor, job: Callable[[], _T]) -> _T:
        """As that of the bridge; then the call is not counted any more."""
        bridge = self._live.bridge
        try:
            return await bridge.run(pool, job)
        finally:
            self._suspects.running.discard(self)
            if bridge.over is None:
                bridge.clear(BEGUN)
            self._release()

    def _note(self, count: int) -> None:
        live = self._live
        batches = live.records.batches
        self._suspects.counts[self._invocation] = self.before, batches
        if count:
            live.bridge.set(BEGUN, encode((live.request.identity, count, batches)))
        else:
            live.bridge.clear(BEGUN)

    def _release(self) -> None:
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
            self._suspects.turn.release()


async def _noted(live: Attempt) -> tuple[int, int]:
    """How many processes ended while a call ran, and how many batches there were then."""
    data = await live.bridge.get(BEGUN)
    if data is None:
        return 0, 0
    identity, count, batches = fields(data, str, int, int)
    return (count, batches) if identity == live.request.identity else (0, 0)
