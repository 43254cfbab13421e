"""Waiting that would never end."""

from __future__ import annotations

from collections.abc import Iterable

from runtime_shim.engines.task import State, Task


def closing_wait(caller: Task, targets: Iterable[Task]) -> tuple[Task, Task] | None:
    """The wait that would close a circle if `caller` waited for one of `targets`, or None.

    A task waits for what runs in the lane of what it waits for, and who waits for several goes on
    with any. So it waits for ever when nothing that it can be led to goes on by itself. Calls that
    nobody awaits never wait, so a circle of triggered calls is none.

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
