"""The calls that guests make of each other."""

from __future__ import annotations

from runtime_shim.protocol.ids import WorkerId
from runtime_shim.queue.book import Book
from runtime_shim.queue.live import Answer, Request, cycle
from runtime_shim.queue.order import Order
from runtime_shim.queue.task import Outcome, Task, Waiter
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
            found = book.known(request.key, fresh=caller.fresh)
            if isinstance(found, (Ok, Err)):
                return found, None
            task = found or self._new(caller, target, function, request)
            if found is None and (stopped := book.stopped(task)):
                return stopped, None
            if found is not None or not order.claim(task, caller):
                from runtime_shim.queue.waits import closing_wait

                if closing_wait(caller, (task,)):
                    if found is None:
                        del book.tasks[request.key]
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

    def _new(self, caller: Task, target: WorkerId, function: str, request: Request) -> Task:
        """A new call of a task, to a worker that is made like its caller's when it is new."""
        environment = caller.lane.environment
        return self._book.new(target, function, request, environment, own=caller.own)

    def begin(
        self, caller: Task, target: WorkerId, function: str, request: Request
    ) -> Task | Outcome:
        """Start the callee in the background."""
        book = self._book
        refused = book.refused(target, function, request.args)
        if refused is not None:
            return refused
        book.journal.flush(caller)
        with book.lock:
            found = book.known(request.key, fresh=caller.fresh)
            if found is not None:
                return found
            task = self._new(caller, target, function, request)
            if task.lane.parked is not None:
                book.stopped(task)
            self._order.submit(task)
            return task

    def post(
        self, caller: Task, target: WorkerId, function: str, request: Request, due: float | None
    ) -> Outcome:
        """Queue the callee."""
        book = self._book
        refused = book.refused(target, function, request.args)
        if refused is not None:
            return refused
        book.journal.flush(caller)
        with book.lock:
            if book.known(request.key, fresh=caller.fresh) is None:
                task = self._new(caller, target, function, request)
                task.due = due
                self._order.submit(task)
        return Ok(request.key)

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

    def cancel(self, key: str) -> bool:
        """Cancel what has not started."""
        with self._book.lock:
            task = self._book.tasks.get(key)
            return task is not None and self._order.cancel(task)
