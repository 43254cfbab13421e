"""`wasi:random` for guests: recorded, so that a replay sees the same numbers."""

from __future__ import annotations

import os
from collections.abc import Mapping

from runtime_shim.boundary.context import Context, HostFailure
from runtime_shim.offers.provide import Run
from runtime_shim.values import Value

MAX_RANDOM = 1 << 20
"""The most random bytes that a guest gets at once: they are all written to the journal."""


def _random_bytes(kind: str) -> Run:
    def run(context: Context, length: int) -> Value:
        if length > MAX_RANDOM:
            raise HostFailure(
                f"{kind}: {length} bytes requested, but at most {MAX_RANDOM} are allowed at once"
            )
        return context.step(kind, lambda: os.urandom(length))

    return run


def _random_u64(kind: str) -> Run:
    return lambda context: context.step(kind, _u64)


def _u64() -> int:
    return int.from_bytes(os.urandom(8), "little")


def _seed(context: Context) -> Value:
    return context.step("wasi:random/insecure-seed", lambda: (_u64(), _u64()))


FUNCTIONS: Mapping[str, Mapping[str, Run]] = {
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
}
"""What the host does instead of wasmtime, by interface without version."""
