"""Counting the processes that end while a call runs.

Nothing is noted when a call begins, so the end of a process leaves no trace of what ran. But what a
crash leaves is watched when it is delivered again: each attempt is counted on the disk before it
begins, and discounted when it ends, waits, or the engine is closed. If the process ends in between,
the count stays, unless the call has recorded a step by then. So each count is a process that ended
while this call ran and got nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from runtime_shim.queue.task import Task

if TYPE_CHECKING:
    from runtime_shim.queue.journal import Journal


def count(journal: Journal, task: Task) -> None:
    """Note on the disk that a watched task runs from here on."""
    if task.watched and task.counted is None:
        task.crashes += 1
        task.counted = task.steps
        journal.admit(task)
        journal.sync()


def discount(journal: Journal, task: Task) -> None:
    """Note that a task does not run any more, or not now, and the process is still there."""
    if task.counted is None:
        return
    if task.steps == task.counted:
        task.crashes -= 1
        journal.admit(task)
    else:
        task.crashes, task.watched = 0, False  # so does who finds more steps than were counted
    task.counted = None


@contextmanager
def waiting(journal: Journal, task: Task) -> Iterator[None]:
    """While a watched task waits."""
    discount(journal, task)
    yield
    count(journal, task)
