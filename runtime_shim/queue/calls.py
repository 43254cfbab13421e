"""The calls that guests make of each other."""

from __future__ import annotations

from runtime_shim.protocol.ids import Identity, WorkerId
from runtime_shim.queue.book import Book
from runtime_shim.queue.live import Answer
from runtime_shim.queue.order import Order
from runtime_shim.queue.task import Outcome, Request, Task, Waiter
from runtime_shim.queue.waiting import Waiting
from runtime_shim.values import Err, Ok


class GuestCalls:
    """Implements `Calls`: what running tasks ask of the queue."""

    __slots__ = ("_book", "_order", "_waiting")

    def __init__(self, book: Book, order: Order, waiting: Waiting) -> None:
        self._book = book
        self._order = order
        self._waiting = waiting

    def call(self, caller: Task, target: WorkerId, function: str, request: Request) -> Answer:
        """Run or await the callee."""
        book, order = self._book, self._order
        refused = book.refused(target, function, request.args)
        if refused is not None:
            return refused, None
        book.journal.flush(caller)
        taken = order.take(caller, target, function, request)
        if taken is not None:
            caller.waiting_on = (taken,)
            try:
                return self._waiting.perform(taken, caller, None), taken.encoded_result
            finally:
                caller.waiting_on = ()
        waiter: Waiter | None = None
        with book.lock:
            found = book.known(function, request, fresh=caller.fresh)
            if isinstance(found, (Ok, Err)):
                return found, None
            made = caller.lane.environment
            task = found or book.new(target, function, request, made, own=caller.own)
            task.caller = caller
            if found is None and (stopped := book.stopped(task)):
                return stopped, None
            if found is not None or not order.claim(task, caller):
                from runtime_shim.queue.waits import closing_wait, cycle

                if closing_wait(caller, (task,)):
                    if found is None:
                        del book.tasks[request.identity]
                    return cycle(caller.worker, target), None
                waiter = self._waiting.watch(task, caller)
                if found is None:
                    order.enqueue(task)
            caller.waiting_on = (task,)
        try:
            outcome = self._waiting.perform(task, caller, waiter)
        finally:
            caller.waiting_on = ()
        return outcome, task.encoded_result

    def begin(
        self, caller: Task, target: WorkerId, function: str, request: Request
    ) -> Task | Outcome:
        """Start the callee in the background."""
        from runtime_shim.queue.apart import begin

        return begin(self._book, self._order, caller, target, function, request)

    def post(
        self, caller: Task, target: WorkerId, function: str, request: Request, due: float | None
    ) -> Outcome:
        """Queue the callee."""
        from runtime_shim.queue.apart import post

        return post(self._book, self._order, caller, target, function, request, due)

    def await_any(
        self, caller: Task, tasks: list[Task], timeout: float | None, patience: float | None
    ) -> Task | None:
        """Block until one is settled; returns a task that must not be waited for."""
        return self._waiting.any_of(caller, tasks, timeout, patience)

    def announced(self, target: WorkerId) -> int:
        """How often a worker announced something."""
        return self._book.announced(target)

    def announce(self, task: Task) -> None:
        """Wake those that wait for the worker of a task."""
        with self._book.lock:
            task.lane.announced += 1
            self._book.wake(task.worker)

    def pause(self, caller: Task, target: WorkerId, seen: int, timeout: float | None) -> None:
        """Block until `target` has announced something more often than `seen` times."""
        self._waiting.pause(caller, target, seen, timeout)

    def cancel(self, identity: Identity) -> bool:
        """Cancel what has not started."""
        from runtime_shim.queue.cancelling import cancel

        book = self._book
        with book.lock:
            return cancel(book, self._order, book.tasks.get(identity), begun=False)
