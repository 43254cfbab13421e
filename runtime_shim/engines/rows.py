"""The rows that a journal gives to its store, made of tasks and lanes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from runtime_shim.protocol.ids import KeyId
from runtime_shim.protocol.records import Environment
from runtime_shim.queue.task import Lane, State, Task
from runtime_shim.values.codec import encode

Row = tuple[Any, ...]
"""A row as `runtime_shim.engines.rows` makes it: of a component, worker, invocation or step."""

Op = Row | list[Row] | Task
"""A row; or several that are written together; or a task that is over, with what it held back."""

STATES = (State.PENDING, State.DONE, State.FAILED, State.CANCELLED)
"""The states of invocations, by their numbers in a store."""

TIME = 33  # bits of the time at which something ended; those above are milliseconds that it took
_DONE = State.DONE  # an enum's members are not found as quickly
_BETWEEN = b"\xff"  # in no text that is UTF-8
_FEW, _SHORT = 32, 4096  # steps, and bytes of each, that are written with an end at most


class Noted(NamedTuple):
    """What a journal notes of a worker."""

    number: int
    version: int  # the number of its component, as it was when the worker was created
    scope: int  # whose its keys are: its own number, or that of its component below zero


def row_of(
    task: Task, state: int, at: float, seq: int = -1, result: bytes | None = b"", log: bytes = b""
) -> Row:
    """The row of an invocation, with something that is empty or below zero for what it lacks."""
    note, identity = task.lane.journal, task.identity
    owner, name = (note.scope, identity.key) if type(identity) is KeyId else identity
    return (
        task.id,
        note.number,
        seq,
        owner,
        name,
        task.fixed or b"",
        task.function,
        task.encoded,
        state,
        at,
        task.attempt,
        task.crashes,
        task.steps,
        result,
        log,
    )


def pending_row(task: Task, now: float) -> Row:
    """The row of an invocation that is not over: when it is due, or the negative of when it was asked."""
    return row_of(task, 0, task.due or -now)


def _ended_row(task: Task, now: int, log: bytes) -> Row:
    """The row of an invocation that is over since about `now`, in seconds since the epoch."""
    at = now + (task.took << TIME)
    if task.state is _DONE:
        return row_of(task, 1, at, task.seq if task.lane.durable else -1, task.encoded_result, log)
    return row_of(task, STATES.index(task.state), at, -1, task.encoded_failure, log)


def _joined(steps: list[Row]) -> bytes:
    """Steps as they are written with the end of their invocation, empty if rows suit them better.

    A row has an overhead, and a place that must be searched; many or long steps are read in parts.
    """
    if not steps or len(steps) > _FEW or max([len(row[3]) for row in steps]) > _SHORT:
        return b""
    return _BETWEEN.join([part for _, _, kind, value in steps for part in (kind.encode(), value)])


def apart(number: int, log: bytes) -> list[Row]:
    """The rows of steps that were joined."""
    parts = log.split(_BETWEEN) if log else []
    kinds = map(bytes.decode, parts[::2])
    return [(number, at, *step) for at, step in enumerate(zip(kinds, parts[1::2], strict=True))]


def worker_row(lane: Lane) -> Row:
    """The row of a worker."""
    note, worker, environment = lane.journal, lane.worker, lane.environment
    encoded = encode((dict(environment.variables), environment.arguments))
    durable, failure = int(lane.durable), lane.failure
    return note.number, note.version, worker.component, worker.name, encoded, durable, failure


@dataclass(frozen=True, slots=True)
class Sorted:
    """What is written together, by table; of a row that changed, its last state.

    Attributes:
        components: (number, name, digest).
        binaries: (number of a component, its bytes).
        workers: As `worker_row` makes them.
        entries: (invocation, number, kind, value) of steps.
        invocations: As `row_of` makes them.
        ended: Whose ends are among those.
    """

    components: list[Row]
    binaries: list[Row]
    workers: list[Row]
    entries: list[Row]
    invocations: list[Row]
    ended: list[Task]


def sorted_out(ops: Iterable[Op], now: int, *, again: bool) -> Sorted:
    """Rows by table; tables are distinguished by their width, and no two tables are alike.

    Called with the same, it gives the same: nothing is taken from tasks.

    Args:
        ops: What is written, in its order.
        now: The time, in seconds since the epoch.
        again: Whether some of it may be in the store: steps that are rows there stay rows.
    """
    components: dict[int, Row] = {}
    binaries: list[Row] = []
    workers: dict[int, Row] = {}
    invocations: dict[int, Row] = {}
    steps: dict[int, list[Row]] = {}
    ended: list[Task] = []
    for op in ops:
        if isinstance(op, Task):
            number, own = op.id, op.held or steps.get(op.id, [])
            log = b"" if (again and not op.held) or len(own) < op.steps else _joined(own)
            if log:
                steps.pop(number, None)
            elif own:
                steps[number] = own
            invocations[number] = _ended_row(op, now, log)
            ended.append(op)
            continue
        for row in (op,) if type(op) is tuple else op:
            width = len(row)
            if width == 4:
                steps.setdefault(row[0], []).append(row)
            elif width == 15:
                invocations[row[0]] = row
            elif width == 7:
                workers[row[0]] = row
            elif width == 2:
                binaries.append(row)
            else:
                components[row[0]] = row
    return Sorted(
        list(components.values()),
        binaries,
        list(workers.values()),
        list(itertools.chain.from_iterable(steps.values())),
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
