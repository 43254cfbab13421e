"""WASI for guests: nothing of the host by default, and everything that varies is recorded.

`add_wasip2` answers inside wasmtime, out of reach of the journal. So the random numbers and the
clocks are shadowed here, each an interface of the version that the component imports, and go
through `Invocation.step`.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass

import wasmtime

from runtime_shim.boundary.compile import EngineOptions
from runtime_shim.boundary.context import Context, HostFailure
from runtime_shim.offers.provide import HostFunction, Offer
from runtime_shim.protocol.seams import Environment, WorkerId, component_uuid
from runtime_shim.values import Value
from runtime_shim.wasi.polling import Moment, pollable

MAX_RANDOM = 1 << 20
"""The most random bytes that a guest gets at once: they are all written to the journal."""

STDERR_KEPT = 1 << 13
"""How much of a guest's output is kept for the message of a trap, in bytes."""


@dataclass(frozen=True, slots=True)
class Directory:
    """A folder that a guest may use: where it is, under what name, and whether it may write."""

    host: str
    guest: str
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Grants:
    """What a component may do outside; by default nothing.

    Attributes:
        directories: Folders that it sees.
        http: To whom it may make HTTP requests (`wasi:http/outgoing-handler`): `HOST[:PORT]`,
            without a port on any, an IPv6 address in brackets.
    """

    directories: tuple[Directory, ...] = ()
    http: tuple[str, ...] = ()

    def allows(self, host: str, port: int) -> bool:
        """Whether it may make HTTP requests to `host`, an IPv6 address without brackets."""
        name = f"[{host}]" if ":" in host else host
        return any(grant.lower() in {name, f"{name}:{port}"} for grant in self.http)


Output = Callable[[bytes], None]
"""Where the output of guests goes."""


def variables(worker: WorkerId, environment: Environment) -> dict[str, str]:
    """What `wasi:cli/environment` gives: the worker's own variables and Golem's three."""
    return {
        **environment.variables,
        "GOLEM_WORKER_NAME": worker.name,
        "GOLEM_COMPONENT_ID": str(component_uuid(worker.component)),
        "GOLEM_COMPONENT_VERSION": "0",
    }


_writers: weakref.WeakSet[Callable[[bytes], None]] = weakref.WeakSet()
_PATIENCE = 0.5  # seconds


def settle() -> None:
    """Wait until wasmtime has let go of where closed guests printed.

    It does so in threads of its own, later than the store is closed, and calls into Python: in an
    interpreter that is ending, that ends the process with an abort.
    """
    end = time.monotonic() + _PATIENCE
    while len(_writers) and time.monotonic() < end:
        time.sleep(0.002)


def configure(context: Context, output: Output) -> None:
    """Give the store of `context` its WASI; arguments are as given, without a program name."""
    config = wasmtime.WasiConfig()
    config.argv = list(context.environment.arguments)
    config.env = list(variables(context.worker, context.environment).items())

    def write(data: bytes) -> None:
        """Keep the end for a trap's message; on replay the guest prints again: drop it."""
        context.stderr += data
        del context.stderr[:-STDERR_KEPT]
        invocation = context.invocation
        if invocation is None or not invocation.replaying:
            output(data)

    _writers.add(write)
    config.stdout_custom = write
    config.stderr_custom = write
    context.extras["write"] = write
    context.store.set_wasi(config)


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
