"""`wasi:cli` for guests: arguments, variables and output."""

from __future__ import annotations

import functools
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass

import wasmtime

from runtime_shim.boundary.context import Context
from runtime_shim.protocol.ids import WorkerId, component_uuid
from runtime_shim.protocol.records import Environment

STDERR_KEPT = 1 << 13
"""How much of a guest's output is kept for the message of a trap, in bytes."""

Output = Callable[[WorkerId, bytes], None]
"""Takes what guests print: a worker and a line of it; then b"" when the call that printed is over."""


def variables(worker: WorkerId, environment: Environment) -> dict[str, str]:
    """What `wasi:cli/environment` gives: the worker's own variables and Golem's three."""
    return {
        **environment.variables,
        "GOLEM_WORKER_NAME": worker.name,
        "GOLEM_COMPONENT_ID": str(component_uuid(worker.component)),
        "GOLEM_COMPONENT_VERSION": "0",
    }


def _nowhere(data: bytes, stream: int = 1) -> None:
    """What is printed goes nowhere, as long as nobody says where."""


@dataclass(slots=True)
class Standard:
    """Where an instance prints."""

    write: Callable[..., None] = _nowhere


_writers: weakref.WeakSet[Callable[[bytes], None]] = weakref.WeakSet()


_PATIENCE = 0.5  # seconds


def settle() -> None:
    """Wait until wasmtime has released the output of closed guests.

    It does so in its own threads, after the store is closed, and calls into Python: while the
    interpreter shuts down, that would abort the process.
    """
    end = time.monotonic() + _PATIENCE
    while len(_writers) and time.monotonic() < end:
        time.sleep(0.002)


def configure(context: Context, output: Output) -> None:
    """Give the store of `context` its WASI; arguments are as given, without a program name."""
    config = wasmtime.WasiConfig()
    config.argv = list(context.environment.arguments)
    config.env = list(variables(context.worker, context.environment).items())

    def write(data: bytes, stream: int = 1) -> None:
        """Keep the end for a trap's message; drop what the guest prints again on replay."""
        context.stderr += data
        del context.stderr[:-STDERR_KEPT]
        invocation = context.invocation
        if invocation is None or not invocation.replaying:
            from runtime_shim.wasi.lines import Lines

            context.state(Lines).give(context, output, data, stream)

    errors = functools.partial(write, stream=2)
    _writers.update((write, errors))
    config.stdout_custom = write
    config.stderr_custom = errors
    context.state(Standard).write = write
    context.store.set_wasi(config)
