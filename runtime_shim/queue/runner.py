"""Running a task that has its lane, and what follows its attempt."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from runtime_shim.errors import StoreError
from runtime_shim.queue.book import Book
from runtime_shim.queue.live import Calls, Live
from runtime_shim.queue.order import Order
from runtime_shim.queue.task import State, Task
from runtime_shim.values import Ok, Value

if TYPE_CHECKING:
    from runtime_shim.protocol.past import Past
    from runtime_shim.protocol.seams import Handler
    from runtime_shim.queue.journal import Journal

_LONGEST = (1 << 30) - 1  # milliseconds that stores have room for: twelve days
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
        self._book = book
        self._journal = book.journal
        self._handler: Handler | None = None
        self._calls: Calls | None = None

    def start(self, handler: Handler, calls: Calls, runner: Runner) -> None:
        """Deliver to `handler` from now on."""
        self._handler, self._calls = handler, calls

    def deliver(self, task: Task) -> Value:
        """The result of one attempt."""
        journal = self._journal
        if self._handler is None or self._calls is None:
            raise StoreError("the engine was not started")
        begin = monotonic()
        try:
            live = Live(self._calls, journal, task)
            value = self._handler(live, Before(journal, task), self._book.serving(task.worker))
            live.finish()
            task.encoded_result = journal.pack(value)
            return value
        finally:
            if (spent := monotonic() - begin) >= 0.001:
                task.took = min(task.took + int(spent * 1000), _LONGEST)

    def close(self) -> None:
        """Nothing: the handler keeps the workers, and its owner closes it."""


class Before:
    """What a worker has been through before a task: the `History` of a journal that one host writes.

    So marks need not be compared: whoever counted as many invocations counted these.
    """

    __slots__ = ("_journal", "_task")

    def __init__(self, journal: Journal, task: Task) -> None:
        self._journal = journal
        self._task = task

    def after(self, seq: int, mark: str) -> Iterator[Past] | None:
        """What came after the first `seq`; None where those are more than there are."""
        stop = self._task.seq
        return None if seq > stop else self._journal.history(self._task.worker, seq, stop)


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
            if task.watched:
                from runtime_shim.queue.watched import count  # a crash loads it

                count(self.book.journal, task)
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
        from runtime_shim.queue.endings import follow  # the first of them loads it

        follow(self.book, self.order, task, error)
