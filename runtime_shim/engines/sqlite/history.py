"""Reading invocations back with what they recorded, every row against its checksum."""

from __future__ import annotations

import functools
import sqlite3
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from runtime_shim.engines.rows import Noted, apart
from runtime_shim.engines.sqlite.read import WORKER_ROW, Entries, environment
from runtime_shim.engines.sqlite.schema import INVOCATION, OPLOG, WORKER, verify
from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import CallId, KeyId, WorkerId
from runtime_shim.protocol.past import Past
from runtime_shim.queue.unfinished import Unfinished
from runtime_shim.values import Value
from runtime_shim.values.codec import decode

if TYPE_CHECKING:
    from runtime_shim.engines.rows import Row

_CHUNK = 256  # invocations of a history that are read together


Bases = Callable[[int], uuid.UUID]
"""Finds what the derived keys of an invocation follow from, by its number."""

_BYTES = 1 << 20  # of arguments, steps and results, after which no more are read with them


def read_history(
    connection: sqlite3.Connection, worker: WorkerId, start: int, stop: int, bases: Bases
) -> tuple[Past, ...]:
    """Some of a worker's finished invocations, from number `start` on and before `stop`.

    At least one, and no more than a chunk has: what is read is in memory at once.

    Raises:
        StoreError: one is missing or damaged.
    """
    found = connection.execute(WORKER_ROW, worker).fetchone()
    if found is None:
        raise StoreError("the store is damaged: a worker is missing")
    stop = min(stop, start + _CHUNK)
    bounds = (found[0], start, stop)
    columns = ", ".join(f"o.{name}" for name in OPLOG.split(", "))
    with (
        closing(
            connection.execute(
                f"SELECT {INVOCATION} FROM invocation "  # noqa: S608 -- our column names
                "WHERE worker = ? AND seq >= ? AND seq < ? AND seq >= 0 ORDER BY seq",
                bounds,
            )
        ) as rows,
        closing(
            connection.execute(
                f"SELECT {columns} FROM invocation i JOIN oplog o ON o.invocation = i.id "  # noqa: S608 -- our column names
                "WHERE i.worker = ? AND i.seq >= ? AND i.seq < ? AND i.seq >= 0 ORDER BY i.seq, o.number",
                bounds,
            )
        ) as steps,
    ):
        return tuple(_some(map(verify, rows), map(verify, steps), start, stop, bases))


def _some(
    rows: Iterable[Row], steps: Iterator[Row], start: int, stop: int, bases: Bases
) -> Iterator[Past]:
    """As many invocations as have some bytes together, of rows and steps in their order."""
    size, seq = 0, start
    step = next(steps, None)
    for row in rows:
        number, _, found, _, name, _, function, args, _, _, _, _, count, result, log = row
        if found != seq:
            raise StoreError("the store is damaged: an invocation is missing")
        own = [entry(step) for step in apart(number, log)] if log else []
        size += len(args) + len(result) + len(log)
        while step is not None and step[0] == number:
            if step[1] != len(own):
                raise StoreError("the store is damaged: a step is missing")
            own.append(entry(step))
            size += len(step[3])
            step = next(steps, None)
        if len(own) != count:
            raise StoreError("the store is damaged: a step is missing")
        key, base = name if isinstance(name, str) else None, functools.partial(bases, number)
        yield Past(number, key, base, function, decode(args), tuple(own), decode(result))
        seq += 1
        if size > _BYTES:
            return
    if seq != stop:
        raise StoreError("the store is damaged: an invocation is missing")


def read_pending(connection: sqlite3.Connection, bases: Bases) -> tuple[Unfinished, ...]:
    """Every unfinished invocation, in the order of arrival.

    Raises:
        StoreError: one is damaged.
    """
    rows = connection.execute(
        f"SELECT {INVOCATION} FROM invocation WHERE state = 0 ORDER BY id"  # noqa: S608 -- our column names
    ).fetchall()
    workers = {
        row[0]: verify(row)
        for row in connection.execute(
            f"SELECT {WORKER} FROM worker WHERE id IN "  # noqa: S608 -- our column names
            "(SELECT worker FROM invocation WHERE state = 0)"
        )
    }
    entries = _entries(
        connection.execute(
            f"SELECT {OPLOG} FROM oplog WHERE invocation IN "  # noqa: S608 -- our column names
            "(SELECT id FROM invocation WHERE state = 0) ORDER BY invocation, number"
        )
    )
    return tuple(_unfinished(verify(row), workers, entries, bases) for row in rows)


def entry(row: Row) -> tuple[str, Value]:
    """The kind and the value of a row of `oplog`, without its checksum."""
    _, _, kind, value = row
    return kind, decode(value)


def read_steps(connection: sqlite3.Connection, row: Row) -> tuple[Row, ...]:
    """The steps of an invocation, given its verified row.

    Raises:
        StoreError: one is missing or damaged.
    """
    number, *_, state, _, _, _, steps, _, log = row
    own = (*apart(number, log), *_own(connection, number))
    if len(own) < steps or (len(own) > steps and state):
        raise StoreError("the store is damaged: a step is missing")
    return own


def read_entries(connection: sqlite3.Connection, number: int, steps: int) -> Entries:
    """The steps of the invocation with this number, decoded.

    Raises:
        StoreError: one is missing or damaged.
    """
    own = _own(connection, number)
    if len(own) != steps:
        raise StoreError("the store is damaged: a step is missing")
    return tuple(map(entry, own))


def _own(connection: sqlite3.Connection, number: int) -> tuple[Row, ...]:
    query = f"SELECT {OPLOG} FROM oplog WHERE invocation = ? ORDER BY number"  # noqa: S608 -- our column names
    return tuple(_entries(connection.execute(query, (number,))).get(number, ()))


def _entries(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        checked = verify(row)
        own = found[checked[0]]
        if checked[1] != len(own):
            raise StoreError("the store is damaged: a step is missing")
        own.append(checked)
    return found


def _unfinished(
    row: Row, workers: dict[int, Row], entries: dict[int, list[Row]], bases: Bases
) -> Unfinished:
    number, worker, _, owner, name, base, *rest = row
    function, args, _, due, attempt, crashes, steps, _, _ = rest
    own = tuple(entries.get(number, ()))
    if len(own) < steps:
        raise StoreError("the store is damaged: a step is missing")
    if worker not in workers:
        raise StoreError("the store is damaged: a worker is missing")
    _, version, *named, encoded, durable, _ = workers[worker]
    target, inside = WorkerId(*named), not isinstance(name, str)
    return Unfinished(
        number,
        CallId(owner, name) if inside else KeyId(target if durable else target.component, name),
        base or None,
        functools.partial(bases, number) if inside else None,
        target,
        environment(encoded),
        function,
        decode(args),
        args,
        attempt,
        crashes if len(own) == steps else 0,  # it got on since they were counted
        due if due > 0 else None,
        Noted(worker, version, worker if durable else -version),
        len(own),
    )
