"""The rows of a store, made of tasks and lanes, and sorted out for a transaction."""

from __future__ import annotations

from collections.abc import Iterable

from runtime_shim.engines.sqlite.schema import TABLES, Row, seal, seal_entry
from runtime_shim.protocol.seams import Environment
from runtime_shim.queue.task import Lane, Task
from runtime_shim.values.codec import decode, encode

Op = Row | list[Row]
"""A row, not sealed yet; or several that go into one transaction."""


def row_of(task: Task, state: str, seq: int | None, result: bytes | None) -> Row:
    """The row of an invocation."""
    return (
        task.id,
        task.key,
        task.lane.journal,
        seq,
        task.function,
        task.packed,
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
    packed = encode((dict(environment.variables), environment.arguments))
    return number, worker.component, worker.name, packed, int(lane.durable), lane.failure


def held_back(task: Task) -> list[Row]:
    """What was held back of a task until now."""
    held, task.held = task.held, None
    return held or []


def sorted_out(ops: Iterable[Op]) -> tuple[dict[str, list[Row]], list[Row], list[str]]:
    """The rows by table, steps, and keys that ended; later states of a row replace earlier ones."""
    latest: dict[str, dict[object, Row]] = {"component": {}, "worker": {}, "invocation": {}}
    entries: list[Row] = []
    for op in ops:
        for row in (op,) if type(op) is tuple else op:
            table = TABLES[len(row)]
            if table == "oplog":
                entries.append(seal_entry(*row))
            else:
                latest[table][row[0]] = row
    ended = [row[1] for row in latest["invocation"].values() if row[6] != "pending"]
    rows = {table: [seal(row) for row in found.values()] for table, found in latest.items()}
    rows["component"] = list(latest["component"].values())
    return rows, entries, ended


def environment(data: bytes) -> Environment:
    """What a worker was created with, read back.

    Raises:
        StoreError: it is damaged.
    """
    variables, arguments = decode(data)
    return Environment(variables, arguments)
