"""WASI for guests: nothing of the host by default, and everything that varies is recorded.

`add_wasip2` answers inside wasmtime, out of reach of the journal. So the random numbers and the
clocks are shadowed here, each an interface of the version that the component imports, and go
through `Invocation.step`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from runtime_shim.boundary.compile import EngineOptions
from runtime_shim.boundary.context import Context, HostFailure
from runtime_shim.offers.provide import HostFunction, Offer
from runtime_shim.values import Value
from runtime_shim.wasi.polling import Moment, pollable

MAX_RANDOM = 1 << 20
"""The most random bytes that a guest gets at once: they are all written to the journal."""


def offers(name: str, options: EngineOptions) -> Offer | None:
    """The shadow of the WASI interface `name` (with its version), where there is one."""
    interface = name.partition("@")[0]
    functions = _SHADOWS.get(interface)
    if functions is None:
        return None
    return Offer({member: HostFunction(make(options)) for member, make in functions.items()})


def _random_bytes(kind: str) -> Callable[[EngineOptions], Callable[..., Value]]:
    def run(context: Context, length: int) -> Value:
        if length > MAX_RANDOM:
            raise HostFailure(f"{kind}: {length} bytes at once, at most {MAX_RANDOM} are given")
        return context.current.step(kind, lambda: os.urandom(length))

    return lambda options: run


def _random_u64(kind: str) -> Callable[[EngineOptions], Callable[..., Value]]:
    def run(context: Context) -> Value:
        return context.current.step(kind, _u64)

    return lambda options: run


def _u64() -> int:
    return int.from_bytes(os.urandom(8), "little")


def _seed(options: EngineOptions) -> Callable[..., Value]:
    def run(context: Context) -> Value:
        step = context.current.step
        return step("wasi:random/insecure-seed", lambda: (_u64(), _u64()))

    return run


def _wall_now(options: EngineOptions) -> Callable[..., Value]:
    def run(context: Context) -> Value:
        now = context.current.step("wasi:clocks/wall-clock.now", time.time_ns)
        return {"seconds": now // 10**9, "nanoseconds": now % 10**9}

    return run


def _wall_resolution(options: EngineOptions) -> Callable[..., Value]:
    return lambda context: {"seconds": 0, "nanoseconds": 1}


def _now(context: Context) -> int:
    """The monotonic clock: the wall clock, held back, so that it also goes on between processes."""
    now: int = context.current.step(
        "wasi:clocks/monotonic-clock.now",
        lambda: max(time.time_ns(), context.extras.get("monotonic", 0)),
    )
    context.extras["monotonic"] = now
    return now


def _until(context: Context, nanoseconds: int, options: EngineOptions) -> Value:
    """A timer; its end is recorded, so that what is interrupted waits only for what is left."""
    end = context.current.step(
        "wasi:clocks/monotonic-clock.subscribe",
        lambda: min(time.time_ns() + nanoseconds, 2**63 - 1),
    )
    return pollable(context, Moment(end), options)


def _subscribe_duration(options: EngineOptions) -> Callable[..., Value]:
    return lambda context, duration: _until(context, duration, options)


def _subscribe_instant(options: EngineOptions) -> Callable[..., Value]:
    def run(context: Context, instant: int) -> Value:
        now = max(time.time_ns(), context.extras.get("monotonic", 0))
        return _until(context, max(0, instant - now), options)

    return run


_SHADOWS: dict[str, dict[str, Callable[[EngineOptions], Callable[..., Value]]]] = {
    "wasi:random/random": {
        "get-random-bytes": _random_bytes("wasi:random/random.get-random-bytes"),
        "get-random-u64": _random_u64("wasi:random/random.get-random-u64"),
    },
    "wasi:random/insecure": {
        "get-insecure-random-bytes": _random_bytes("wasi:random/insecure.bytes"),
        "get-insecure-random-u64": _random_u64("wasi:random/insecure.u64"),
    },
    "wasi:random/insecure-seed": {
        "insecure-seed": _seed,
        "get-insecure-seed": _seed,
    },
    "wasi:clocks/wall-clock": {
        "now": _wall_now,
        "resolution": _wall_resolution,
    },
    "wasi:clocks/monotonic-clock": {
        "now": lambda options: _now,
        "resolution": lambda options: lambda context: 1,
        "subscribe-duration": _subscribe_duration,
        "subscribe-instant": _subscribe_instant,
    },
}
