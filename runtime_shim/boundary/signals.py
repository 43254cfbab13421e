"""Signals while a guest runs on the main thread.

Python runs the handlers of signals on the main thread, between any two instructions, and a handler
may raise: Ctrl-C does. An exception that leaves a function which wasmtime has called ends the
process, and one in the middle of a conversion leaves memory in disorder. So while a guest runs
there, handlers wait for a place where raising does no harm: in what a host function does, or behind
the guest.
"""

from __future__ import annotations

import importlib
import signal
import threading
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, TypeVar

_T = TypeVar("_T")
# The module below `signal`, which makes an enum of each number: that takes longer than all else here.
_signal: Any = importlib.import_module("_signal")
_get, _set = _signal.getsignal, _signal.signal

_UNCAUGHT = ("KILL", "STOP", "SEGV", "BUS", "FPE", "ILL", "ABRT", "TRAP")  # or useless if late
_SIGNALS = tuple(
    int(number)
    for number in signal.valid_signals()
    if getattr(number, "name", "SIGSTOP").removeprefix("SIG") not in _UNCAUGHT  # of RT: no name
)


class Guard:
    """Keeps the handlers of signals waiting; there is one, for the main thread.

    Whatever is interrupted in here, handlers stay in order: each is put back before it is forgotten,
    and the one that is left in place calls what it stands for.
    """

    __slots__ = ("_handlers", "_inside", "_shut", "_waiting")

    def __init__(self) -> None:
        self._inside = False
        self._shut = False
        self._handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}
        self._waiting: list[int] = []

    def run(self, guest: Callable[..., _T], *args: Any) -> _T:
        """What `guest` gives. Handlers wait meanwhile, and may raise at its end."""
        if self._inside:
            opened = not self._shut
            try:
                self._shut = True
                return guest(*args)
            finally:
                if opened:
                    self._shut = False
                    if self._waiting:
                        self._deliver()
        try:
            self._inside = True
            self._put_off()
            self._shut = True
            return guest(*args)
        finally:
            self._inside = self._shut = False
            self._put_back()
            self._deliver()

    def open(self, act: Callable[..., _T], context: Any, args: Sequence[Any]) -> _T:
        """What `act` gives, called by a guest. Handlers may raise in it."""
        try:
            self._shut = False
            if self._waiting:
                self._deliver()
            return act(context, *args)
        finally:
            self._shut = True

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._shut:
            if number not in self._waiting:
                self._waiting.append(number)
            return
        self._shut = self._inside  # if it raises, there is one exception and no second on its way
        self._handlers[number](number, frame)
        self._shut = False

    def _put_off(self) -> None:
        for number in _SIGNALS:
            handler = _get(number)
            if callable(handler) and handler != self._handle:
                self._handlers[number] = handler
                _set(number, self._handle)

    def _put_back(self) -> None:
        for number in tuple(self._handlers):
            if _get(number) == self._handle:  # the program may have set another one
                _set(number, self._handlers[number])
            del self._handlers[number]

    def _deliver(self) -> None:
        if self._waiting:
            number = self._waiting.pop(0)
            handler = self._handlers.get(number) or _get(number)
            try:
                if callable(handler):
                    handler(number, None)
            finally:
                self._deliver()


_guard = Guard()
_main = threading.main_thread().ident


def guard() -> Guard | None:
    """The guard of the running thread; None where no handlers run."""
    return _guard if threading.get_ident() == _main else None
