"""Commands that run guests: the work in one thread, signals in another.

Python runs the handlers of signals on the main thread, so guests stay away from it: a handler never
meets a guest, and the main thread is free to interrupt one.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Generic, NoReturn, TypeVar

_T = TypeVar("_T")

INTERRUPTED = 128  # plus the number of the signal: the exit status
_NAME = "witgen-work"


class _Work(Generic[_T]):
    """A function that runs in a thread of its own, and what became of it."""

    def __init__(self, run: Callable[[], _T], ended: Callable[[], None]) -> None:
        self._run = run
        self._ended = ended
        self._results: list[_T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name=_NAME, daemon=True)
        self._thread.start()

    def result(self) -> _T:
        """What the function gave, or raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._results[0]

    def _work(self) -> None:
        try:
            self._results.append(self._run())
        except BaseException as error:  # noqa: BLE001  # raised again by `result`
            self._error = error
        finally:
            self._ended()


def aside(run: Callable[[], _T]) -> _T:
    """What `run` gives, in a thread of its own: Ctrl-C does not wait for a compiler, but leaves it behind."""
    if threading.current_thread() is not threading.main_thread():
        return run()
    return _Work(run, lambda: None).result()


def leave(status: int) -> NoReturn:
    """End the process.

    Nothing stops a compiler. Where one is left behind, Python does not take itself apart around it.
    """
    if any(thread.name == _NAME for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)
    sys.exit(status)


def supervised(run: Callable[[], _T], on_signal: Callable[[int], None]) -> _T:
    """What `run` gives, in a thread of its own.

    The first SIGINT or SIGTERM is given to `on_signal`, in this thread, which may raise to leave the work
    behind; the second ends the process.
    """
    if threading.current_thread() is not threading.main_thread():
        return run()  # there are no signals here
    events: SimpleQueue[int | None] = SimpleQueue()  # what a handler may put into while one waits
    taken: list[int] = []

    def handle(number: int, frame: object) -> None:
        if taken:
            os._exit(INTERRUPTED + number)
        taken.append(number)
        events.put(number)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        work = _Work(run, lambda: events.put(None))
        while (number := events.get()) is not None:
            on_signal(number)
        return work.result()
    finally:
        for number, handler in before.items():
            with suppress(TypeError):  # None: one that Python did not set
                signal.signal(number, handler)
