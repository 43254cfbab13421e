"""The rows that a journal gives to its store, made of tasks and lanes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from runtime_shim.protocol.ids import KeyId
from runtime_shim.protocol.records import Environment
from runtime_shim.queue.task import Lane, Task
from runtime_shim.values.codec import encode

Row = tuple[Any, ...]
"""A row as `runtime_shim.engines.rows` makes it: of a component, worker, invocation or step."""

Op = Row | list[Row]
"""A row; or several that are written together."""


class Noted(NamedTuple):
    """What a journal notes of a worker."""

    number: int
    version: int  # the number of its component, as it was when the worker was created
    scope: int  # whose its keys are: its own number, or that of its component below zero


def row_of(task: Task, state: str, seq: int | None, result: bytes | None, ended: int | None) -> Row:
    """The row of an invocation; `ended` is in seconds since the epoch."""
    note, identity = task.lane.journal, task.identity
    caller: int | None
    step: int | None
    key: str | None
    if isinstance(identity, KeyId):
        caller = step = None
        scope, key = note.scope, identity.key
    else:
        caller, step = identity
        scope, key = None, task.given
    return (
        task.id,
        note.number,
        seq,
        caller,
        step,
        scope,
        key,
        task.fixed,
        task.function,
        task.encoded,
        state,
        task.due,
        task.attempt,
        task.crashes,
        task.steps,
        result,
        ended,
    )


def worker_row(lane: Lane) -> Row:
    """The row of a worker."""
    note, worker, environment = lane.journal, lane.worker, lane.environment
    encoded = encode((dict(environment.variables), environment.arguments))
    durable, failure = int(lane.durable), lane.failure
    return note.number, note.version, worker.component, worker.name, encoded, durable, failure


def held_back(task: Task) -> list[Row]:
    """The records of a task held back until now."""
    held, task.held = task.held, None
    return held or []


@dataclass(frozen=True, slots=True)
class Sorted:
    """What is written together, by table; of a row that changed, its last state.

    Attributes:
        components: (number, name, digest).
        binaries: (number of a component, its bytes).
        workers: As `worker_row` makes them.
        entries: (invocation, number, kind, value) of steps.
        invocations: As `row_of` makes them.
        ended: The numbers of those of them that ended.
    """

    components: list[Row]
    binaries: list[Row]
    workers: list[Row]
    entries: list[Row]
    invocations: list[Row]
    ended: list[int]


def sorted_out(ops: Iterable[Op]) -> Sorted:
    """Rows by table; tables are distinguished by their width, and no two tables are alike."""
    components: dict[int, Row] = {}
    binaries: list[Row] = []
    workers: dict[int, Row] = {}
    invocations: dict[int, Row] = {}
    entries: list[Row] = []
    for op in ops:
        for row in (op,) if type(op) is tuple else op:
            width = len(row)
            if width == 4:
                entries.append(row)
            elif width == 17:
                invocations[row[0]] = row
            elif width == 7:
                workers[row[0]] = row
            elif width == 2:
                binaries.append(row)
            else:
                components[row[0]] = row
    ended = [row[0] for row in invocations.values() if row[10] != "pending"]
    return Sorted(
        list(components.values()),
        binaries,
        list(workers.values()),
        entries,
        list(invocations.values()),
        ended,
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """What a store knows of a durable worker.

    Attributes:
        note: The worker's number and that of its component.
        environment: What it was created with.
        failure: Why it runs nothing any more.
        seq: How many invocations are in its history.
    """

    note: Noted
    environment: Environment
    failure: str | None
    seq: int
