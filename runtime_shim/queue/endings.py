"""What follows an attempt that gave no value: another one, failure, or waiting for the host."""

from __future__ import annotations

import logging
from contextlib import suppress

from runtime_shim.errors import (
    BadArguments,
    HostTrouble,
    InvocationFailed,
    Refused,
    Restart,
    ShimError,
    StoreError,
    TooLarge,
    Trap,
    UnknownFunction,
    message_of,
)
from runtime_shim.protocol.failures import NEVER, policy_for
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.queue.book import Book, abandon
from runtime_shim.queue.order import Order
from runtime_shim.queue.task import CANCELLED, Lane, State, Task
from runtime_shim.values import Err
from runtime_shim.values.codec import CodecError

log = logging.getLogger("runtime_shim")
FAILED, RETRIED = (
    "%s at %s: %s",
    "%s at %s: %s; attempt %d%s in %.2f s",
)  # what is logged of attempts

_SOON, _LATEST = (
    0.25,
    30.0,
)  # seconds until a call is delivered again for which the host lacked something


def follow(book: Book, order: Order, task: Task, error: BaseException) -> None:
    """See to what follows an attempt that ended with `error`.

    Raises:
        BaseException: `error`, if the thread was interrupted.
    """
    if task.counted is not None:
        from runtime_shim.queue.watched import discount

        with suppress(StoreError):
            discount(book.journal, task)
    if task.cancelled and isinstance(error, Exception):
        with book.lock:
            book.release(task)
            book.settle(task, State.CANCELLED, CANCELLED)
            order.dispatch(task.lane)
        return
    match error:
        case CodecError():
            _trapped(book, order, task, Trap(message_of(error), retriable=False))
        case UnknownFunction() | BadArguments() | TooLarge():
            outcome = Err(("protocol-error", message_of(error)))
            with book.lock:
                book.release(task)
                book.settle(task, State.FAILED, outcome)
                order.dispatch(task.lane)
        case StoreError():
            _stopped(book, order, task, error)
        case Trap(__cause__=StoreError() as cause):
            _stopped(book, order, task, cause)
        case Trap():
            _trapped(book, order, task, error)
        case Exception():
            log.debug("an instance raised", exc_info=error)
            _trapped(book, order, task, Trap(message_of(error)))
        case _:
            with book.lock:
                interrupted(book, task)
            raise error


def _stopped(book: Book, order: Order, task: Task, error: StoreError) -> None:
    """Leave a task that could not go on to the journal, or to later if that may help."""
    with book.lock:
        if isinstance(error, HostTrouble) and book.journal.recording:
            put_off(book, order, task, error)
        else:
            book.release(task)
            park(book, task, StoreError(str(error)))


def park(book: Book, task: Task, error: ShimError) -> None:
    """Run no more of a lane in this process; in the journal everything stays pending.

    The lock is held.
    """
    lane = task.lane
    lane.parked = str(error)
    task.state = State.PENDING
    lane.queue.appendleft(task)
    for queued in lane.queue:
        abandon(queued, error)
        book.count(queued, -1)


def interrupted(book: Book, task: Task) -> None:
    """Leave a task whose thread was stopped (Ctrl-C) to whoever opens the store next.

    The lock is held.
    """
    book.release(task)
    park(book, task, StoreError("interrupted"))


def put_off(book: Book, order: Order, task: Task, error: HostTrouble) -> None:
    """Tell those who wait that the host lacks something, and try again later. The lock is held."""
    task.troubles += 1
    delay = min(_SOON * 2**task.troubles, _LATEST)
    book.release(task)
    park(book, task, HostTrouble(str(error)))
    order.later(delay, lambda: relieve(book, order, task.lane))
    log.warning("%s: %s is put off for %.1f s: %s", task.worker, task.function, delay, error)


def relieve(book: Book, order: Order, lane: Lane) -> None:
    """Let a lane run again that was parked because the host lacked something."""
    with book.lock:
        try:
            for task in lane.queue:
                book.journal.admit(task)  # with what it recorded so far
        except StoreError:
            return
        for task in lane.queue:
            task.error = task.outcome = None
            task.fresh = False  # what it called is in the journal
            book.count(task, 1)
        lane.parked = None
        order.dispatch(lane)


def _trapped(book: Book, order: Order, task: Task, trap: Trap) -> None:
    """Plan the next attempt, or fail for good."""
    lane = task.lane
    if isinstance(trap, Restart):
        with book.lock:
            book.release(task)
            if book.closed:
                park(book, task, StoreError("the engine was closed"))
            else:
                task.attempt -= 1  # it did not fail
                _again(book, order, task, 0.0)
        return
    # Without records, it is unknown what the attempt has done so far.
    policy = policy_for(trap, lane.policy) if book.journal.recording else NEVER
    delay = policy.delay(task.attempt)
    with book.lock:
        book.release(task)
        if book.closed:
            park(book, task, StoreError("the engine was closed"))
        elif delay is None:
            if lane.durable:
                lane.failure = trap.message
                book.journal.fail(lane)
            book.settle(task, State.FAILED, Err(("remote-internal-error", trap.message)))
            order.dispatch(lane)
        else:
            _again(book, order, task, delay)
    report(task.worker, task.function, trap, task.attempt, delay, policy.max_attempts)


def _again(book: Book, order: Order, task: Task, delay: float) -> None:
    """Plan another attempt at a task that was released. The lock is held."""
    task.attempt += 1
    task.fresh = False  # what it called is in the journal
    task.due = order.clock() + delay
    task.state = State.PENDING
    try:
        book.journal.admit(task)
    except StoreError as error:
        park(book, task, error)
        return
    task.lane.queue.appendleft(task)
    order.pause(task, delay)


def failure(outcome: Err[tuple[str, str]], worker: WorkerId, function: str) -> InvocationFailed:
    """What a caller outside gets, with a note of the call: a program may have made many."""
    kind, message = outcome.value
    made = Refused(message) if kind == "protocol-error" else InvocationFailed(message)
    made.add_note(f"{worker} at {function.removeprefix(f'{worker.component}/')}")
    return made


def report(
    worker: WorkerId, function: str, trap: Trap, attempt: int, delay: float | None, most: int | None
) -> None:
    """Log that an attempt failed: after `delay` seconds comes `attempt`, or nothing."""
    function = function.removeprefix(f"{worker.component}/")
    if delay is None:
        log.error(FAILED, worker, function, trap.message)
    else:
        of = "" if most is None else f" of {most}"
        log.warning(RETRIED, worker, function, trap.message, attempt, of, delay)
