"""Calls that may have ended the process: delivered alone and after the others, and parked at last."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from runtime_shim.errors import HostTrouble, StoreError
from runtime_shim.protocol.ids import Identity, KeyId, WorkerId
from runtime_shim.queue import unfinished
from runtime_shim.queue.book import Book, abandon
from runtime_shim.queue.endings import relieve
from runtime_shim.queue.order import Order
from runtime_shim.queue.task import Lane, State, Task
from runtime_shim.queue.watched import discount

log = logging.getLogger("runtime_shim")

_OTHERS = 5.0  # seconds that suspected calls wait for the others at most
_ALONE = 10.0  # seconds after which the next of them need not wait for one that goes on
_LOOK = 0.02


class Suspects:
    """What a crash has left.

    Args:
        book: The tasks and lanes.
        order: Lets them run.
    """

    def __init__(self, book: Book, order: Order) -> None:
        self._book = book
        self._order = order
        self._held: list[Task] = []
        self._parked: dict[Identity, Lane] = {}
        self._others: list[tuple[Task, int]] = []

    def hold(self, *, crashed: bool) -> None:
        """Watch what may have run if it `crashed`; keep back what is suspected. The lock is held."""
        lanes = {id(task.lane): task.lane for task in self._book.tasks.values() if task.lane.queue}
        for lane in lanes.values():
            first = lane.queue[0]
            first.watched = crashed or first.crashes > 0
            if lane.parked is not None:
                continue
            if first.crashes >= unfinished.MOST_CRASHES:
                self._park(first)
            elif first.crashes:
                lane.running = first  # the lane is taken
                self._held.append(first)
            else:
                self._others.append((first, first.steps))
        self._held.sort(key=lambda task: task.crashes)
        if self._held:
            thread = threading.Thread(target=self._run, name="runtime-shim-suspects", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # the system allows no more threads
                raise HostTrouble(f"the calls left cannot be delivered: {error}") from None

    def forget(self, identity: Identity) -> None:
        """Let the worker of a parked call go on that was cancelled."""
        lane = self._parked.pop(identity, None)
        if lane is not None:
            relieve(self._book, self._order, lane)

    def acquit(self, worker: WorkerId) -> bool:
        """Let a parked worker run again, as if its call had ended no process; whether it was."""
        with self._book.lock:
            found = [known for known, lane in self._parked.items() if lane.worker == worker]
            lanes = [self._parked.pop(known) for known in found]
            for lane in lanes:
                lane.queue[0].crashes = 0
        for lane in lanes:
            relieve(self._book, self._order, lane)
        return bool(lanes)

    def close(self) -> None:
        """Discount what still runs. The lock is held."""
        with suppress(StoreError):
            for task in self._book.tasks.values():
                discount(self._book.journal, task)

    def _park(self, task: Task) -> None:
        lane, known = task.lane, task.identity
        name = known.key if isinstance(known, KeyId) else "{}.{}".format(*known)
        self._parked[known] = lane
        lane.parked = (
            f"{task.worker} is parked: the process ended "
            f"{task.crashes} times while it ran {task.function} (key {name}); "
            "`witgen worker revive` lets it run again, `witgen worker cancel` drops the call"
        )
        log.error(lane.parked)
        for queued in lane.queue:
            abandon(queued, StoreError(lane.parked))
            self._book.count(queued, -1)

    def _run(self) -> None:
        """Deliver what is suspected, one by one."""
        book = self._book
        self._until(lambda: all(_rests(task, steps) for task, steps in self._others), _OTHERS)
        for task in self._held:
            with book.lock:
                if book.closed:
                    return
                task.lane.running = None
                self._order.dispatch(task.lane)
            steps = task.steps
            self._until(lambda: _rests(task, steps), _ALONE)  # noqa: B023 -- called in this round

    def _until(self, condition: Callable[[], bool], most: float) -> None:
        end = time.monotonic() + most
        with self._book.quiet:
            while not condition() and not self._book.closed and time.monotonic() < end:
                self._book.quiet.wait(_LOOK)


def _rests(task: Task, steps: int) -> bool:
    """Whether a task that was left with so many steps cannot end the process, or has got on."""
    waits = task.waiting_on or task.paused is not None
    return bool(task.state is not State.RUNNING or waits or task.steps > steps)
