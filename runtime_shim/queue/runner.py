"""Running a task that has its lane, and what follows its attempt."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from runtime_shim.errors import (
    BadArguments,
    Restart,
    StoreError,
    TooLarge,
    Trap,
    UnknownFunction,
    message_of,
)
from runtime_shim.protocol.retry import NEVER, policy_for
from runtime_shim.queue.book import Book
from runtime_shim.queue.live import Calls, Live
from runtime_shim.queue.order import Order
from runtime_shim.queue.task import State, Task
from runtime_shim.values import Err, Ok, Value
from runtime_shim.values.codec import CodecError

if TYPE_CHECKING:
    from runtime_shim.protocol.seams import Handler

log = logging.getLogger("runtime_shim")

_DONE = State.DONE  # an enum's members are not found as quickly


class Delivery(Protocol):
    """How an attempt at a task reaches its guest."""

    def start(self, handler: Handler, calls: Calls, runner: Runner) -> None:
        """Take what attempts need; called once, before the first."""

    def deliver(self, task: Task) -> Value:
        """The result of one attempt. Raises what the guest raises."""

    def close(self) -> None:
        """Unload kept instances of workers."""


class Handled:
    """Delivery to a handler, which rebuilds workers from the journal."""

    def __init__(self, book: Book) -> None:
        self._journal = book.journal
        self._handler: Handler | None = None
        self._calls: Calls | None = None

    def start(self, handler: Handler, calls: Calls, runner: Runner) -> None:
        """Deliver to `handler` from now on."""
        self._handler, self._calls = handler, calls

    def deliver(self, task: Task) -> Value:
        """The result of one attempt."""
        lane, journal = task.lane, self._journal
        if self._handler is None or self._calls is None:
            raise StoreError("the engine was not started")
        live = Live(self._calls, journal, task)
        history = journal.history(lane.worker, task.seq) if lane.durable else iter(())
        value = self._handler(live, history)
        live.finish()
        task.encoded_result = journal.pack(value)
        return value

    def close(self) -> None:
        """Nothing: the handler keeps the workers, and its owner closes it."""


class Runner:
    """Runs tasks, each in the thread that asks for it.

    Attributes:
        book: The tasks and lanes.
        order: Whose turn it is.
    """

    __slots__ = ("_delivery", "book", "order")

    def __init__(self, book: Book, order: Order, delivery: Delivery) -> None:
        self.book = book
        self.order = order
        self._delivery = delivery

    def attempt(self, task: Task) -> None:
        """Run a task that has its lane, once, in this thread."""
        try:
            value = self._delivery.deliver(task)
        except BaseException as error:  # noqa: BLE001 -- raised again when it is not the guest's
            self.ended(task, error)
            return
        book = self.book
        with book.lock:
            lane = task.lane
            lane.running = None
            lane.seq += 1
            book.running -= 1
            book.settle(task, _DONE, Ok(value))
            if lane.queue:
                self.order.dispatch(lane)

    def in_pool(self, task: Task) -> None:
        """As `attempt`, unless the queue was closed before a thread had time."""
        if self.book.closed:
            self.ended(task, StoreError("the engine was closed"))
        else:
            self.attempt(task)

    def ended(self, task: Task, error: BaseException) -> None:
        """See to what follows an attempt that gave no value.

        Raises:
            BaseException: `error`, if the thread was interrupted.
        """
        book = self.book
        match error:
            case CodecError():
                self._trapped(task, Trap(str(error), retriable=False))
            case UnknownFunction() | BadArguments() | TooLarge():
                outcome = Err(("protocol-error", str(error)))
                with book.lock:
                    book.release(task)
                    book.settle(task, State.FAILED, outcome)
                    self.order.dispatch(task.lane)
            case StoreError() | Trap(__cause__=StoreError()):
                cause = error if isinstance(error, StoreError) else error.__cause__
                with book.lock:
                    book.release(task)
                    book.park(task, StoreError(str(cause)))
            case Trap():
                self._trapped(task, error)
            case Exception():
                log.debug("an instance raised", exc_info=error)
                self._trapped(task, Trap(message_of(error)))
            case _:
                with book.lock:
                    book.interrupted(task)
                raise error

    def _trapped(self, task: Task, trap: Trap) -> None:
        """Plan the next attempt, or fail for good."""
        book, lane = self.book, task.lane
        if isinstance(trap, Restart):
            with book.lock:
                book.release(task)
                if book.closed:
                    book.park(task, StoreError("the engine was closed"))
                else:
                    task.attempt -= 1  # it did not fail
                    self.order.again(task, 0.0)
            return
        # Without records, it is unknown what the attempt has done so far.
        policy = policy_for(trap, lane.policy) if book.journal.recording else NEVER
        delay = policy.delay(task.attempt)
        with book.lock:
            book.release(task)
            if book.closed:
                book.park(task, StoreError("the engine was closed"))
            elif delay is None:
                if lane.durable:
                    lane.failure = trap.message
                    book.journal.fail(lane)
                book.settle(task, State.FAILED, Err(("remote-internal-error", trap.message)))
                self.order.dispatch(lane)
            else:
                self.order.again(task, delay)
        _report(task, trap, delay, policy.max_attempts)


def _report(task: Task, trap: Trap, delay: float | None, attempts: int | None) -> None:
    worker = f"{task.worker.component}/{task.worker.name}"
    if delay is None:
        log.error("%s: %s failed for good: %s", worker, task.function, trap.message)
        return
    log.warning(
        "%s: attempt %d%s at %s failed, next in %.2f s: %s",
        worker,
        task.attempt - 1,
        "" if attempts is None else f" of {attempts}",
        task.function,
        delay,
        trap.message,
    )
