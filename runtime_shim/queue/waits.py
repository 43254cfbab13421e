"""Waiting that would never end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from runtime_shim.protocol.ids import WorkerId
from runtime_shim.queue.task import Outcome, State, Task
from runtime_shim.values import Err, Value

if TYPE_CHECKING:
    from runtime_shim.queue.book import Book


def closing_wait(caller: Task, targets: Iterable[Task]) -> tuple[Task, Task] | None:
    """The wait that would close a cycle if `caller` waited for one of `targets`, or None.

    A task waits for whatever runs in the lane of its target, and one that waits for several
    continues with any. So it waits forever if nothing that it depends on continues by itself.
    Calls that nothing awaits never wait, so triggered calls cannot form a cycle.

    Returns:
        (who waits, for what): a task that waits for something queued behind `caller`; or `caller`
        itself and a target, when it is `caller` that the others wait for.
    """
    closing: tuple[Task, Task] | None = None
    seen: set[int] = set()
    stack = [(caller, target, target) for target in targets]
    while stack:
        waiting, task, target = stack.pop()
        head = task if task.state is State.RUNNING else task.lane.running
        if task.settled or head is None or not (head is caller or head.waiting_on):
            return None
        if head is caller:
            closing = closing or ((caller, target) if task is caller else (waiting, task))
        elif id(head) not in seen:
            seen.add(id(head))
            stack.extend((head, awaited, target) for awaited in head.waiting_on)
    return closing


def until_quiet(book: Book, fire: Callable[[], None], *, everything: bool) -> None:
    """Wait until nothing of this process is under way, or nothing at all.

    Args:
        book: The tasks; its lock is not held.
        fire: Runs what is due.
        everything: Whether what an earlier process left counts as well.
    """
    while True:
        fire()
        with book.quiet:
            if book.busy == (0 if everything else book.left) or book.closed:
                return
            tasks = book.tasks.values()
            if held_up(book.paused, (task for task in tasks if everything or task.own)):
                return
            book.quiet.wait(1.0)


def held_up(paused: Collection[object], tasks: Iterable[Task]) -> bool:
    """Whether none of `tasks` continues before one of those that are `paused`.

    Calls that are scheduled for later or not deployed here do not count.
    """
    if not paused:
        return False
    seen: set[int] = set()
    stack = list(tasks)
    while stack:
        task = stack.pop()
        head = task if task.state is State.RUNNING else task.lane.running
        if head is None:
            if task.lane.queue and task.lane.parked is None:
                return False
        elif id(head) not in seen:
            seen.add(id(head))
            if head.paused is None:
                if not head.waiting_on:
                    return False
                stack.extend(head.waiting_on)
    return True


def withdraw(book: Book, task: Task, caller: Task | None) -> Outcome:
    """Take back a call that would never return."""
    with book.lock:
        if task in task.lane.queue and book.tasks.get(task.identity) is task:
            task.lane.queue.remove(task)
            del book.tasks[task.identity]
            book.count(task, -1)
    return cycle(task.worker if caller is None else caller.worker, task.worker)


def cycle(caller: WorkerId, target: WorkerId) -> Err[Value]:
    """The outcome of a call that would wait for its own caller."""
    message = (
        f"{target.uri} waits for {caller.uri}, which waits for this call: it would never return"
        if caller != target
        else f"{caller.uri} calls itself and waits: the call would never return"
    )
    return Err(("denied", message))
