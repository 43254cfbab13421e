"""The repairs of an operator, in a store that a host is using."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from runtime_shim.engines.buffered import BufferedJournal
from runtime_shim.engines.records import Repairs
from runtime_shim.engines.sqlite.records import SqliteRecords
from runtime_shim.engines.sqlite.schema import connect, guarded
from runtime_shim.errors import StillBusy
from runtime_shim.protocol.ids import KeyId, WorkerId
from runtime_shim.protocol.promises import COMPONENT, promise_worker
from runtime_shim.queue.book import Book
from runtime_shim.queue.keys import base_of
from runtime_shim.queue.task import State

_T = TypeVar("_T")


def moved(
    path: Path,
    book: Book,
    journal: BufferedJournal,
    worker: WorkerId,
    move: Callable[[Repairs], bool],
) -> bool:
    """What `move` gives, which has a worker belong to another build, while nothing of it has begun.

    Raises:
        StillBusy: It is in the middle of a call.
        StoreError: the store has no such worker, or cannot be written.
    """

    def act() -> bool:
        with closing(connect(path)) as connection, guarded(path):
            connection.execute("BEGIN IMMEDIATE")
            found = move(SqliteRecords(connection))
            connection.execute("COMMIT")
        journal.learn()
        if lane is not None:
            journal.load(lane)
        return found

    with book.lock:
        lane = book.lanes.get(worker)
        own = [task for task in book.tasks.values() if task.worker == worker]
        for task in own:
            if task.state is State.RUNNING or task.attempt > 1 or task.steps:
                name = f"{worker.component}/{worker.name}"
                raise StillBusy(f"{name} is in the middle of {task.function}")
        for thread in journal.keeping:
            thread.join()
        return journal.buffer.alone(act)


def repaired(
    path: Path,
    book: Book,
    journal: BufferedJournal,
    worker: WorkerId,
    repair: Callable[[Repairs], _T],
) -> _T:
    """What `repair` gives for a worker that has nothing to do.

    Unlike anywhere else, the queue's lock is held while the disk is written: whoever calls the worker
    meanwhile must not find it half repaired.

    Raises:
        StillBusy: It has calls that are not over.
        StoreError: the store has no such worker, or cannot be written.
    """
    promises = promise_worker(worker.uri, 0).name.removesuffix("0")

    def own(other: WorkerId) -> bool:
        return other == worker or (other.component == COMPONENT and other.name.startswith(promises))

    def act() -> _T:
        with closing(connect(path)) as connection, guarded(path):
            connection.execute("BEGIN IMMEDIATE")
            repaired = repair(SqliteRecords(connection))
            connection.execute("COMMIT")
        journal.learn()  # a build may have gone
        latest = journal.buffer.latest
        for key in [key for key, task in latest.items() if own(task.worker)]:
            del latest[key]
        for other in [other for other in book.lanes if own(other)]:
            del book.lanes[other]  # loaded again with its next call
        return repaired

    with book.lock:
        if any(own(task.worker) for task in book.tasks.values()):
            raise StillBusy(f"{worker.component}/{worker.name} has calls that are not over")
        for task in book.tasks.values():
            if not isinstance(task.identity, KeyId):  # its caller may be about to be deleted
                task.fixed = base_of(task).bytes
        for thread in journal.keeping:
            thread.join()
        return journal.buffer.alone(act)
