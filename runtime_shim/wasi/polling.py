"""The host's side of pollables: events, with the ready ones recorded.

An event is behind each pollable that the host gives out: the end of a call, a moment. The guest sees
which of them `poll` finds ready, so that set is a step of the journal; waiting is not.
"""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runtime_shim.boundary.context import Context, HostFailure
from runtime_shim.offers.provide import HostFunction, Offer, Run
from runtime_shim.values import Value
from runtime_shim.wasi.pollables import timer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runtime_shim.protocol.seams import Future

HOSTED = 1 << 31
"""The bit that distinguishes an event's number from a handle of wasmtime's."""

_SLICE = 2_000_000  # ns between two checks for events of the host, if both kinds are polled


@dataclass(frozen=True, slots=True)
class Moment:
    """Ready at a time of the monotonic clock, in nanoseconds."""

    end: int

    def ready(self) -> bool:
        """Whether the time has come."""
        return time.monotonic_ns() >= self.end


def moment(end: int, most: int) -> Moment:
    """A time of the wall clock, which is at most so many nanoseconds away."""
    return Moment(time.monotonic_ns() + min(end - time.time_ns(), most))


@dataclass(frozen=True, slots=True)
class Finished:
    """Ready when a call is finished."""

    future: Future

    def ready(self) -> bool:
        """Whether it is ready."""
        return self.future.done()


@dataclass(frozen=True, slots=True)
class Arrival:
    """Ready when work of a host thread is done; `begin` makes sure that it gets done."""

    result: concurrent.futures.Future[Value]
    begin: Callable[[], None]

    def ready(self) -> bool:
        """Whether it is ready."""
        self.begin()
        return self.result.done()


Event = Moment | Finished | Arrival


class Polling:
    """The events of one instance.

    Attributes:
        behind: Whether the guest is behind the adapter, which asks here what is ready.
        events: What the guest's pollables stand for.
    """

    __slots__ = ("_given", "_number", "behind", "events")

    def __init__(self) -> None:
        self.behind = False
        self.events: dict[int, Event] = {}
        self._number = HOSTED
        self._given = 0

    def give(self, event: Event) -> None:
        """The pollable that the guest receives next represents `event`."""
        self._number = HOSTED | (self._number + 1)
        self.events[self._number] = event
        self._given = self._number

    def adopt(self) -> int:
        """The event of the pollable that the guest receives now, or 0."""
        given, self._given = self._given, 0
        return given

    def drop(self, number: int) -> None:
        """The guest dropped the pollable."""
        self.events.pop(number, None)

    def ready(self, items: Sequence[int]) -> list[int]:
        """The indices of those that are ready."""
        return [i for i, item in enumerate(items) if item & HOSTED and self.events[item].ready()]

    def wait(self, context: Context, items: Sequence[int]) -> list[int]:
        """Block until some are ready, or until it is worth checking again."""
        ready = self.ready(items)
        if ready:
            return ready
        events = [self.events[item] for item in items if item & HOSTED]
        ends = [event.end for event in events if isinstance(event, Moment)]
        timeout = max(0, min(ends) - time.monotonic_ns()) / 1e9 if ends else None
        futures = [event.future for event in events if isinstance(event, Finished)]
        arrivals = [event.result for event in events if isinstance(event, Arrival)]
        if futures and arrivals:
            timeout = _SLICE / 1e9 if timeout is None else min(timeout, _SLICE / 1e9)
        if futures:
            _wait_for_calls(context, futures, timeout)
            return self.ready(items)
        timeout = context.patience(timeout)
        if arrivals:
            concurrent.futures.wait(arrivals, timeout, concurrent.futures.FIRST_COMPLETED)
        elif timeout is not None:
            time.sleep(timeout)
        return self.ready(items)


def _wait_for_calls(context: Context, futures: list[Future], timeout: float | None) -> None:
    """Block until one of `futures` is finished, `timeout` seconds passed, or for a moment."""
    end = context.patience(timeout)
    if context.current.replaying:  # the guest wants nothing recorded; the engine does not wait then
        time.sleep(_SLICE / 1e9)
    context.current.wait_any(futures, None if timeout is None else end, end)


def pollable(context: Context, event: Event) -> Any:
    """A pollable for `event`; if the guest is not nested in the adapter, one that is ready."""
    polling = context.state(Polling)
    if polling.behind:
        polling.give(event)
        return timer(context, 0)
    if isinstance(event, Moment):
        return timer(context, max(0, event.end - time.monotonic_ns()))
    while not context.replaying and not event.ready():
        if isinstance(event, Finished):
            _wait_for_calls(context, [event.future], None)
        else:
            concurrent.futures.wait([event.result], context.patience())
    return timer(context, 0)


def offers() -> Offer:
    """The functions that the adapter imports."""
    functions: dict[str, Run] = {
        "adopt": lambda context: context.state(Polling).adopt(),
        "poll": _poll,
        "record": _record,
        "look": lambda context, items: context.state(Polling).ready(items),
        "slice": lambda context: timer(context, _SLICE),
        "ready": _ready,
        "drop": lambda context, item: context.state(Polling).drop(item),
    }
    return Offer({name: HostFunction(run) for name, run in functions.items()})


def _poll(context: Context, items: list[int]) -> Value:
    """The recorded answer; if live, the host's own for its own events, else None: see `_record`."""
    if not items:
        raise HostFailure("poll needs at least one pollable")
    polling = context.state(Polling)

    def live() -> list[int]:
        ready: list[int] = []
        while not ready:
            ready = polling.wait(context, items)
        return ready

    if context.replaying or all(item & HOSTED for item in items):
        return context.step("wasi:io/poll.poll", live)
    return []


def _record(context: Context, ready: list[int]) -> Value:
    return context.step("wasi:io/poll.poll", lambda: ready)


def _ready(context: Context, item: int, real: bool) -> Value:
    def live() -> bool:
        return bool(context.state(Polling).ready([item])) if item & HOSTED else real

    return context.step("wasi:io/poll.ready", live)
