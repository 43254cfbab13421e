"""The limits of a component on its instances and their calls; loaded where there are any."""

from __future__ import annotations

import time
from collections.abc import Callable

import wasmtime

from runtime_shim.boundary.clock import ticks
from runtime_shim.boundary.context import Context
from runtime_shim.program.deployment import Limits


def limit(context: Context, engine: wasmtime.Engine, limits: Limits) -> Callable[[], None] | None:
    """Give an instance its limits; wasmtime's own are 10,000 parts and unlimited memory.

    Returns:
        What gives a call its fuel and deadline, if there are such limits.
    """
    memory, table, parts = (
        -1 if limit is None else limit for limit in (limits.memory, limits.table, limits.parts)
    )
    if (memory, table, parts) != (-1, -1, -1):
        context.store.set_limits(
            memory_size=memory, table_elements=table, instances=parts, tables=parts, memories=parts
        )
    fuel, deadline = limits.fuel, limits.deadline
    if fuel is None and deadline is None:
        return None

    def begin() -> None:
        if fuel is not None:
            context.store.set_fuel(fuel)
        if deadline is not None:
            left = ticks(engine, deadline)
            if context.slice is None:  # else it is asked at each tick
                context.store.set_epoch_deadline(left)
            context.deadline = time.monotonic() + deadline

    return begin
