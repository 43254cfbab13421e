"""`wasi:clocks` for guests: recorded, so that a replay sees the same time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from runtime_shim.boundary.context import Context
from runtime_shim.offers.provide import Run
from runtime_shim.values import Value
from runtime_shim.wasi.polling import moment, pollable

_EPOCH = time.time_ns() - time.monotonic_ns()


@dataclass(slots=True)
class Monotonic:
    """The latest time that the guest has seen, and what it is ahead, in nanoseconds."""

    latest: int = 0
    ahead: int = 0

    def now(self) -> int:
        """It begins as the wall clock of this process, or where an earlier process stopped."""
        now = time.monotonic_ns() + _EPOCH + self.ahead
        if now < self.latest:
            self.ahead += self.latest - now
        return max(now, self.latest)


def _wall_resolution(context: Context) -> Value:
    return {"seconds": 0, "nanoseconds": 1}


def _now(context: Context) -> Value:
    monotonic = context.state(Monotonic)
    monotonic.latest = context.step("wasi:clocks/monotonic-clock.now", monotonic.now)
    return monotonic.latest


def _resolution(context: Context) -> Value:
    return 1


def _subscribe_duration(context: Context, nanoseconds: int) -> Value:
    """A timer; its end is recorded, so that an interrupted wait only waits for the rest."""
    end = context.step(
        "wasi:clocks/monotonic-clock.subscribe",
        lambda: min(time.time_ns() + nanoseconds, 2**63 - 1),
    )
    return pollable(context, moment(end, nanoseconds))


def _subscribe_instant(context: Context, instant: int) -> Value:
    return _subscribe_duration(context, max(0, instant - context.state(Monotonic).now()))


def functions(clock: Callable[[], float]) -> Mapping[str, Mapping[str, Run]]:
    """What the host does instead of wasmtime, by interface without version.

    Args:
        clock: Seconds since the epoch, for the wall clock. The other one, by which guests measure
            and wait, is the system's.
    """

    def now() -> int:
        return time.time_ns() if clock is time.time else int(clock() * 1e9)

    def wall_now(context: Context) -> Value:
        seen = context.step("wasi:clocks/wall-clock.now", now)
        return {"seconds": seen // 10**9, "nanoseconds": seen % 10**9}

    return {
        "wasi:clocks/wall-clock": {"now": wall_now, "resolution": _wall_resolution},
        "wasi:clocks/monotonic-clock": {
            "now": _now,
            "resolution": _resolution,
            "subscribe-duration": _subscribe_duration,
            "subscribe-instant": _subscribe_instant,
        },
    }
