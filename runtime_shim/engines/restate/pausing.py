"""Waiting for what another worker announces."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from runtime_shim.engines.restate import state
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.values import Value

if TYPE_CHECKING:
    from runtime_shim.engines.restate.bridge import Bridge
    from runtime_shim.engines.restate.recording import Recording
    from runtime_shim.engines.restate.suspects import Counted

_FIRST, _LONGEST = 0.04, 30.0  # seconds between two looks at how often it has
_MORE = 1.1  # times as many: a tenth of the wait so far, since the server's journal keeps each look


class Asking(Protocol):
    """The invocation that asks."""

    bridge: Bridge
    records: Recording
    counted: Counted | None

    @property
    def replaying(self) -> bool:
        """Whether the next answer comes from what is recorded."""

    def call(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Value:
        """Invoke and await."""


def until(
    live: Asking,
    place: tuple[str, str],
    target: WorkerId,
    function: str,
    args: tuple[Value, ...],
    patience: Callable[[], float | None],
) -> Value:
    """Ask a worker until it has an answer.

    Args:
        live: Who asks.
        place: The service and the object of the worker.
        target: The worker.
        function: What it is asked.
        args: The arguments.
        patience: How many seconds are left; raises when there are none.
    """
    bridge = live.bridge
    look = functools.partial(_announced, live, place)
    while True:
        asks = not live.replaying  # a recorded answer may be older than what was announced
        seen = bridge.do(look) if asks else 0
        value = live.call(target, function, args)
        if value is not None:
            return value
        if not asks:
            continue
        bridge.do(functools.partial(_say, live, paused=True))
        pause = _FIRST
        while bridge.do(look) <= seen:
            left = patience()
            bridge.do(functools.partial(bridge.sleep, pause if left is None else min(pause, left)))
            pause = min(_MORE * pause, _LONGEST)
        bridge.do(functools.partial(_say, live, paused=False))


async def _announced(live: Asking, place: tuple[str, str]) -> int:
    service, key = place
    return int(await live.bridge.call(service, "announced", key, b"w1"))


async def _say(live: Asking, *, paused: bool) -> None:
    """Say whether the invocation waits for an announcement.

    The answer until now is kept: another attempt would get the same one for this call again, and
    wait for an announcement that has come before it looked.
    """
    live.records.save(everything=True)
    if paused:
        live.bridge.set(state.WAITS, state.PAUSED)
        if live.counted is not None:
            live.counted.rest()
    else:
        live.bridge.clear(state.WAITS)
        if live.counted is not None:
            await live.counted.begin()
