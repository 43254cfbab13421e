"""The rows that a journal gives to its store, made of tasks and lanes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from runtime_shim.protocol.records import Environment
from runtime_shim.queue.task import Lane, Task
from runtime_shim.values.codec import encode

Row = tuple[Any, ...]
"""A row as `runtime_shim.engines.rows` makes it: of a component, worker, invocation or step."""

Op = Row | list[Row]
"""A row; or several that are written together."""


def row_of(task: Task, state: str, seq: int | None, result: bytes | None) -> Row:
    """The row of an invocation."""
    return (
        task.id,
        task.key,
        task.lane.journal,
        seq,
        task.function,
        task.encoded,
        state,
        task.due,
        task.attempt,
        task.steps,
        result,
    )


def worker_row(lane: Lane) -> Row:
    """The row of a worker."""
    number = lane.journal
    if type(number) is not int:
        raise AssertionError("a recorded worker has a number")
    worker, environment = lane.worker, lane.environment
    encoded = encode((dict(environment.variables), environment.arguments))
    return number, worker.component, worker.name, encoded, int(lane.durable), lane.failure


def held_back(task: Task) -> list[Row]:
    """The records of a task held back until now."""
    held, task.held = task.held, None
    return held or []


@dataclass(frozen=True, slots=True)
class Sorted:
    """What is written together, by table; of a row that changed, its last state.

    Attributes:
        components: (name, digest).
        workers: As `worker_row` makes them.
        entries: (invocation, number, kind, value) of steps.
        invocations: As `row_of` makes them.
        ended: The keys of those of them that ended.
    """

    components: list[Row]
    workers: list[Row]
    entries: list[Row]
    invocations: list[Row]
    ended: list[str]


def sorted_out(ops: Iterable[Op]) -> Sorted:
    """Rows by table; tables are distinguished by their width, and no two tables are alike."""
    components: dict[str, Row] = {}
    workers: dict[int, Row] = {}
    invocations: dict[int, Row] = {}
    entries: list[Row] = []
    for op in ops:
        for row in (op,) if type(op) is tuple else op:
            width = len(row)
            if width == 4:
                entries.append(row)
            elif width == 11:
                invocations[row[0]] = row
            elif width == 6:
                workers[row[0]] = row
            else:
                components[row[0]] = row
    ended = [row[1] for row in invocations.values() if row[6] != "pending"]
    return Sorted(
        list(components.values()),
        list(workers.values()),
        entries,
        list(invocations.values()),
        ended,
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """What a store knows of a durable worker.

    Attributes:
        number: The worker's own.
        environment: What it was created with.
        failure: Why it runs nothing any more.
        seq: How many invocations are in its history.
    """

    number: int
    environment: Environment
    failure: str | None
    seq: int
