"""Calls that their callers do not wait for, or only later.

They may form a chain without end, so what the keys below them follow from is recorded with them.
"""

from __future__ import annotations

from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.keys import derived_key
from runtime_shim.queue.book import Book
from runtime_shim.queue.keys import base_of
from runtime_shim.queue.order import Order
from runtime_shim.queue.task import Outcome, Request, Task
from runtime_shim.values import Ok


def begin(
    book: Book, order: Order, caller: Task, target: WorkerId, function: str, request: Request
) -> Task | Outcome:
    """Start a call in the background."""
    refused = book.refused(target, function, request.args)
    if refused is not None:
        return refused
    book.journal.flush(caller)
    with book.lock:
        found = book.known(function, request, fresh=caller.fresh)
        if found is not None:
            return found
        task = _new(book, caller, target, function, request)
        if task.lane.parked is not None:
            book.stopped(task)
        order.submit(task)
        return task


def post(
    book: Book,
    order: Order,
    caller: Task,
    target: WorkerId,
    function: str,
    request: Request,
    due: float | None,
) -> Outcome:
    """Queue a call, whatever becomes of it."""
    refused = book.refused(target, function, request.args)
    if refused is not None:
        return refused
    book.journal.flush(caller)
    with book.lock:
        if book.known(function, request, fresh=caller.fresh) is None:
            task = _new(book, caller, target, function, request)
            task.due = due
            order.submit(task)
    return Ok(None)


def _new(book: Book, caller: Task, target: WorkerId, function: str, request: Request) -> Task:
    """A new call, to a worker that is made like its caller's when it is new."""
    task = book.new(target, function, request, caller.lane.environment, own=caller.own)
    task.base = derived_key(base_of(caller), int(request.identity[1]))
    task.fixed = task.base.bytes
    return task
