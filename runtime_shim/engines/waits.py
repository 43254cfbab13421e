"""Waiting that would never end."""

from __future__ import annotations

from collections.abc import Iterable

from runtime_shim.engines.task import State, Task


def closing_wait(caller: Task, targets: Iterable[Task]) -> tuple[Task, Task] | None:
    """The wait that would close a circle if `caller` waited for one of `targets`, or None.

    A task waits for what runs in the lane of what it waits for. Calls that nobody awaits never
    wait, so a circle of triggered calls is none.

    Returns:
        (who waits, for what): a task that waits for something queued behind `caller`; or `caller`
        itself and a target, when it is `caller` that the others wait for.
    """
    seen: set[int] = set()
    stack = [(caller, target, target) for target in targets]
    while stack:
        waiting, task, target = stack.pop()
        if id(task) in seen or task.settled:
            continue
        seen.add(id(task))
        head = task if task.state is State.RUNNING else task.lane.running
        if head is caller:
            return (caller, target) if task is caller else (waiting, task)
        if head is not None:
            stack.extend((head, awaited, target) for awaited in head.waiting_on)
    return None
