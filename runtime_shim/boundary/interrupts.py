"""Guests that can be interrupted while they run, by wasmtime's epochs.

wasmtime asks an armed store at each tick whether it may go on. The clock ticks only while some
component has a deadline, and after `interrupt`, so nothing is slower before.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Iterable
from typing import Any

import wasmtime

from runtime_shim.boundary.clock import ticks
from runtime_shim.boundary.context import Context, innermost
from runtime_shim.boundary.ffi import capi, new_error
from runtime_shim.boundary.probe import AVAILABLE
from runtime_shim.errors import Interrupted

_SLICE = 0.2  # seconds that a host function waits at most without looking here

_P = ctypes.c_void_p
_REACHED = ctypes.CFUNCTYPE(ctypes.c_size_t, _P, _P, ctypes.POINTER(ctypes.c_uint64), _P)
if AVAILABLE:
    _on_deadline = capi("wasmtime_store_epoch_deadline_callback", None, _P, _REACHED, _P, _P)


class Interrupts:
    """The guests of a host."""

    __slots__ = ("_requested",)

    def __init__(self) -> None:
        self._requested = False

    def arm(self, context: Context) -> None:
        """Let the guest of `context` be interrupted."""
        context.slice = functools.partial(self._slice, context)
        context.store.set_epoch_deadline(1)
        _on_deadline(context.store.ptr(), _asks, None, None)

    def interrupt(self, engines: Iterable[wasmtime.Engine]) -> None:
        """Interrupt every guest that runs, and those that begin from now on."""
        self._requested = True
        self.look(engines)

    def look(self, engines: Iterable[wasmtime.Engine]) -> None:
        """Have every guest that runs look whether its call was cancelled."""
        for engine in engines:
            ticks(engine, 0)

    def _slice(self, context: Context, timeout: float | None) -> float:
        """How many seconds of `timeout` a host function may wait before it asks again.

        Raises:
            Interrupted: It must not wait.
        """
        # Only calls that an engine delivers can be cancelled.
        if self._requested or getattr(context.invocation, "cancelled", False):
            raise Interrupted("interrupted")
        return _SLICE if timeout is None else min(timeout, _SLICE)


def _asked(store: int | None, data: int | None, delta: Any, kind: int | None) -> int:
    """Answer wasmtime: an error, or 0 and after how many ticks to ask again; `kind` is 0 already."""
    try:
        context = innermost()
        try:
            context.patience()
        except BaseException as error:  # noqa: BLE001  # nothing may unwind through wasmtime
            return new_error(context.fail(error).encode())
        delta[0] = 1
    except BaseException:  # noqa: BLE001  # as above
        return new_error(b"the host failed where it was asked for time")
    return 0


_asks = _REACHED(_asked)
