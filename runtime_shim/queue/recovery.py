"""What an earlier process left: queued again, as far as it may run."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable

from runtime_shim.queue.book import Book
from runtime_shim.queue.keys import serial
from runtime_shim.queue.order import Order
from runtime_shim.queue.suspects import Suspects
from runtime_shim.queue.task import Lane, Task
from runtime_shim.queue.unfinished import Unfinished

log = logging.getLogger("runtime_shim")
_MOST = 20  # workers that are named


def recover(
    book: Book, order: Order, clock: Callable[[], float], left: Iterable[Unfinished]
) -> Suspects:
    """Queue what was left, and let it run. The lock is held.

    Returns what looks after those that may have ended the process.
    """
    for pending in sorted(left, key=lambda found: found.turn()):
        _queue(book, order, clock, pending)
    suspects = Suspects(book, order)
    suspects.hold(crashed=book.journal.crashed)
    lanes = {id(task.lane): task.lane for task in book.tasks.values()}
    _report(lane for lane in lanes.values() if lane.parked is None and lane.queue)
    for lane in lanes.values():
        order.dispatch(lane)
    return suspects


def _report(lanes: Iterable[Lane]) -> None:
    """Say what goes on, so that nobody wonders about work that was not asked for."""
    if not log.isEnabledFor(logging.INFO):
        return
    counts: Counter[str] = Counter()
    for lane in lanes:
        counts[str(lane.worker)] += len(lane.queue)
    for name, count in counts.most_common(_MOST):
        log.info("delivering %d queued call%s of `%s`", count, "" if count == 1 else "s", name)
    if len(counts) > _MOST:
        log.info("and those of %d more workers", len(counts) - _MOST)


def _queue(book: Book, order: Order, clock: Callable[[], float], pending: Unfinished) -> None:
    lane = _lane(book, pending)
    identity = pending.identity
    task = Task(identity, lane, pending.function, pending.args, pending.encoded, pending.id)
    task.attempt, task.due, task.steps = pending.attempt, pending.due, pending.steps
    task.fixed, task.origin = pending.fixed, pending.origin
    task.crashes = pending.crashes
    task.fresh, task.admitted, task.own = False, True, False
    book.tasks[identity] = task
    wait = 0.0 if task.due is None else task.due - clock()
    retried = task.attempt > 1
    if wait > 0 and task.due is not None and not (retried or task.steps or task.crashes):
        order.schedule(task, task.due)
        return
    if lane.parked is None:
        book.count(task, 1)
    lane.queue.append(task)
    if wait > 0 and retried:  # also if the clock was set back since
        order.pause(task, min(wait, lane.policy.max_delay))


def _lane(book: Book, pending: Unfinished) -> Lane:
    worker = pending.worker
    program = book.programs.get(worker.component)
    if program is not None and program.durable:
        return book.lane(worker, pending.environment)
    lane = Lane(worker, pending.environment, durable=False, journal=pending.note)
    lane.policy = book.retries.of(worker)
    lane.seq = serial(pending.identity, pending.fixed)
    if program is None:
        lane.parked = f"{worker.component} is not deployed here"
    return lane
