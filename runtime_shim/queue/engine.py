"""The engine that all journals share: exactly once, in order, with durable answers.

QueueEngine ─▶ GuestCalls ─▶ Waiting ─▶ Runner ─▶ Order ─▶ Book ─▶ Journal
from outside   from guests   threads    attempts  turns    tasks   records
"""

from __future__ import annotations

import functools
import itertools
import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from runtime_shim.errors import HostTrouble, StoreError
from runtime_shim.protocol.ids import KeyId, WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicies
from runtime_shim.queue.book import Book, abandon
from runtime_shim.queue.calls import GuestCalls
from runtime_shim.queue.order import Order
from runtime_shim.queue.runner import Delivery, Handled, Runner
from runtime_shim.queue.task import Lane, Outcome, Request, Task, Waiter, asked
from runtime_shim.queue.waiting import Waiting
from runtime_shim.values import Ok, Value

if TYPE_CHECKING:
    from runtime_shim.protocol.health import Health
    from runtime_shim.protocol.seams import Handler, Program
    from runtime_shim.queue.journal import Journal
    from runtime_shim.queue.pool import Pool
    from runtime_shim.queue.recorded import Settled
    from runtime_shim.queue.scheduler import Timer
    from runtime_shim.queue.suspects import Suspects

_GRACE = 5.0  # seconds that running invocations get to end when the engine is closed


class QueueEngine:
    """An `Engine`: one queue over a `Journal`.

    Args:
        journal: Where everything is recorded, if at all; the engine closes it.
        delivery: How guests are reached; by default through the handler, which rebuilds them.
        retries: When trapped invocations are retried; by default Golem's policy.
        clock: Seconds since the epoch, for guests too.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        delivery: Delivery | None = None,
        retries: RetryPolicies | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._journal = journal
        self._process = os.getpid()
        self._making = threading.Lock()
        self._book = Book(journal, retries or RetryPolicies())
        self.clock = clock
        self.suspects: Suspects | None = None  # if an earlier process left something
        self._timers: list[Timer] = []  # one, once something is due later
        self._pools: list[Pool] = []  # one, once a task runs in it
        self._delivery = delivery or Handled(self._book)
        self._order = Order(self._book, self._at, clock, self._in_pool)
        self._runner = Runner(self._book, self._order, self._delivery)
        self._waiting = Waiting(self._book, self._order, self._runner, self._pools)
        self._calls = GuestCalls(self._book, self._order, self._waiting)

    @property
    def journal(self) -> Journal:
        """Where everything is recorded."""
        return self._journal

    @property
    def health(self) -> Health:
        """Whether the store can be written; if not, whether calls wait for it or fail."""
        return self._journal.health

    def start(self, handler: Handler) -> None:
        """Start delivering to `handler`, beginning with calls left queued by an earlier process.

        They go on beside new calls. Workers that were created with other builds are served by those.
        """
        self._delivery.start(handler, self._calls, self._runner)
        book = self._book
        book.programs = handler.programs
        if mixed := [name for name, one in book.programs.items() if book.journal.known(name, one)]:
            from runtime_shim.queue.builds import Builds

            book.mixed = Builds(book.lock, book.lanes, book.journal, book.programs, mixed)
        with book.lock:
            book.ids = itertools.count(self._journal.last_id() + 1)
            left = self._journal.pending()
            if left:
                from runtime_shim.queue.recovery import recover

                self.suspects = recover(book, self._order, self.clock, left)

    def invoke(
        self,
        worker: WorkerId,
        function: str,
        args: tuple[Value, ...],
        key: str,
        environment: Environment,
        timeout: float | None = None,
    ) -> Value:
        """Run once for `key`, however often it is called; blocks, with `timeout` so many seconds.

        Raises:
            TimedOut: It is not over by then, and goes on.
            InvocationFailed: Retries are exhausted, or the worker has already failed.
            UnknownFunction, BadArguments: nothing was queued.
            KeyReused: the key has another function or other arguments.
            StoreError: the journal cannot be written.
        """
        self._at_home()
        request = Request(args, asked(worker, environment, args, key), self._named(worker, key))
        book = self._book
        objection = book.objection(worker, function, args)
        waiter: Waiter | None = None
        generation, settled = self._journal.generation, self._journal.find(request.identity)
        with book.lock:
            found = self._asked(function, request, generation, settled)
            if isinstance(found, Task):
                waiter = self._waiting.watch(found, None, runs=timeout is None)
            elif found is None:
                if objection is not None:
                    raise objection
                found = book.new(worker, function, request, environment)
                stopped = book.stopped(found)
                if stopped is not None:
                    found = stopped
                else:
                    book.admit(found)
                    if timeout is not None or not self._order.claim(found, None):
                        waiter = self._waiting.watch(found, None, runs=timeout is None)
                        self._order.enqueue(found)
        if timeout is not None and waiter is not None and isinstance(found, Task):
            from runtime_shim.queue.outside import awaited

            found = awaited(book, found, waiter, timeout)
        outcome = self._waiting.perform(found, None, waiter) if isinstance(found, Task) else found
        self._journal.sync()
        if isinstance(outcome, Ok):
            return outcome.value
        from runtime_shim.queue.endings import failure

        raise failure(outcome, worker, function)

    def send(
        self,
        worker: WorkerId,
        function: str,
        args: tuple[Value, ...],
        key: str,
        environment: Environment,
        due: float | None = None,
    ) -> None:
        """Queue durably and return.

        Raises:
            UnknownFunction, BadArguments: nothing was queued.
            KeyReused: the key has another function or other arguments.
            StoreError: the journal cannot be written.
        """
        self._at_home()
        data = asked(worker, environment, args, key, due)
        request = Request(args, data, self._named(worker, key))
        book = self._book
        objection = book.objection(worker, function, args)
        generation, settled = self._journal.generation, self._journal.find(request.identity)
        with book.lock:
            found = self._asked(function, request, generation, settled)
            if isinstance(found, Task):
                book.adopt(found)
            elif found is None:
                if objection is not None:
                    raise objection
                task = book.new(worker, function, request, environment)
                task.due = None if due is None else max(float(due), 0.0)
                self._order.submit(task)
        self._journal.sync()

    def cancel(
        self, worker: WorkerId, key: str, interrupt: Callable[[], None] | None = None
    ) -> bool:
        """Cancel a call from outside unless it has ended; whether it was cancelled.

        One that runs ends only where guests look whether they are to end after `interrupt`.
        """
        self._at_home()
        from runtime_shim.queue.cancelling import cancel, stop

        book, call = self._book, self._named(worker, key)
        with book.lock:
            cancelled = cancel(book, self._order, book.tasks.get(call), begun=True)
        if cancelled and self.suspects is not None:
            self.suspects.forget(call)
        cancelled = cancelled or (interrupt is not None and stop(book, call, interrupt))
        self._journal.sync()
        return cancelled

    def status(self, worker: WorkerId, key: str) -> str | None:
        """`pending`, `running`, `done`, `failed`, `cancelled`, or None when unknown."""
        self._at_home()
        identity = self._named(worker, key)
        with self._book.lock:
            found = self._book.tasks.get(identity) or self._journal.find(identity)
        return None if found is None else str(found.state)

    def worker_exists(self, worker: WorkerId) -> bool:
        """Whether a durable worker has been created."""
        self._at_home()
        with self._book.lock:
            if worker in self._book.lanes:
                return True
            return self._journal.load(Lane(worker, Environment(), durable=True))

    def serving(self, worker: WorkerId) -> Program | None:
        """What serves a worker: the deployed component, or the build that it was created with."""
        return self._book.serving(worker)

    def ring(self, worker: WorkerId, key: str, bell: Callable[[], None]) -> bool:
        """Call `bell`, which is short and never raises, when a call is over; False if it is."""
        from runtime_shim.queue.outside import ring

        return ring(self._book, self._named(worker, key), bell)

    def unfinished(self) -> tuple[tuple[WorkerId, str, str], ...]:
        """The worker, function and key of each call from outside that is not over."""
        from runtime_shim.queue.outside import unfinished

        return unfinished(self._book)

    def drain(self, *, everything: bool = False) -> None:
        """Deliver what is queued and due, retries included, and see it on disk; pauses stay.

        That is what this process asked for, and what that asked for. Calls that an earlier process
        left are delivered meanwhile, and waited for with `everything`.
        """
        self._at_home()
        self._fire()
        if self._book.busy:
            from runtime_shim.queue.waits import until_quiet

            until_quiet(self._book, self._fire, everything=everything)
        self._journal.sync()

    def close(self) -> None:
        """Stop, with everything acknowledged on disk; nothing in a forked process."""
        if os.getpid() != self._process:
            return
        book = self._book
        with book.quiet:
            if book.closed:
                return
            book.closed = True
            self._waiting.end()
        for timer in self._timers:
            timer.close()
        for pool in self._pools:
            pool.close()
        end = time.monotonic() + _GRACE
        with book.quiet:
            while book.running:
                if not book.quiet.wait(end - time.monotonic()):
                    break
            for task in book.tasks.values():
                abandon(task, StoreError("the engine was closed"))
            if self.suspects is not None:
                self.suspects.close()
        self._journal.close()
        self._delivery.close()

    def _at_home(self) -> None:
        """Refuse a forked process, which has no threads of the engine and may find its locks held.

        Raises:
            StoreError: this is not the process that made the engine.
        """
        if os.getpid() != self._process:
            raise StoreError("the engine belongs to the process that this one was forked from")

    def _fire(self) -> None:
        """Have the timer act on what is due."""
        for timer in self._timers:
            timer.fire()

    def _at(self, due: float, action: Callable[[], None], steady: bool) -> None:
        """Have the timer act. The queue's lock is held."""
        if not self._timers:
            from runtime_shim.queue.scheduler import Timer

            self._timers.append(Timer(self.clock))
        self._timers[0].at(due, action, steady=steady)

    def _in_pool(self, task: Task) -> None:
        """Run a task in a thread of the pool. The queue's lock is held."""
        with self._making:
            if not self._pools:
                from runtime_shim.queue.pool import Pool

                self._pools.append(Pool())
        try:
            self._pools[0].submit(functools.partial(self._runner.in_pool, task))
        except HostTrouble as error:
            from runtime_shim.queue.endings import put_off

            put_off(self._book, self._order, task, error)

    def _named(self, worker: WorkerId, key: str) -> KeyId:
        """A call from outside: a key is its worker's, or the component's of an ephemeral one."""
        program = self._book.programs.get(worker.component)
        return KeyId(worker if program is None or program.durable else worker.component, key)

    def _asked(
        self, function: str, request: Request, generation: int, settled: Settled | None
    ) -> Task | Outcome | None:
        """The task or the outcome of a call that was looked for on the disk before the lock."""
        if settled is None:
            found = self._book.known(function, request, fresh=True)
            if found is not None:
                return found
            if self._journal.generation <= generation + 1:
                settled = self._journal.recent(request.identity)
            else:
                settled = self._journal.find(request.identity)
        if settled is None:
            return None
        from runtime_shim.queue.keys import same

        same(settled, function, request)
        return settled.outcome
