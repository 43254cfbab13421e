"""Looking into a store, and the two repairs that an operator may make.

Reading needs no lock and disturbs nobody, also while a host uses the store. Repairs need the store
for themselves.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from runtime_shim.engines.sqlite.ownership import Ownership, owned
from runtime_shim.engines.sqlite.read import read_steps
from runtime_shim.engines.sqlite.schema import (
    INVOCATION,
    WORKER,
    Row,
    connect,
    guarded,
    reader,
    seal,
    verify,
)
from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.promises import COMPONENT as PROMISES
from runtime_shim.protocol.promises import ENTRIES, promise_worker
from runtime_shim.protocol.seams import Environment
from runtime_shim.values import Value
from runtime_shim.values.codec import decode

Store = str | PathLike[str]


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """A worker of a store.

    Attributes:
        worker: Its name and its component's.
        durable: Whether it has a history.
        status: `idle`, `pending` (something is queued or scheduled) or `failed`.
        invocations: How many are in its history.
        pending: How many are queued or scheduled.
        failure: Why it runs nothing any more.
        environment: What it was created with.
    """

    worker: WorkerId
    durable: bool
    status: str
    invocations: int
    pending: int
    failure: str | None
    environment: Environment


@dataclass(frozen=True, slots=True)
class InvocationInfo:
    """An invocation of a worker.

    Attributes:
        key: Its idempotency key.
        function: Its invocation name.
        args: The arguments.
        state: `pending`, `done`, `failed` or `cancelled`.
        attempt: The attempt that ended it or comes next, from 1.
        due: When that may begin, in seconds since the epoch.
        seq: Its place in the worker's history.
        result: The value when it is done; (kind, message) when it failed.
        steps: What it recorded: (kind, value).
    """

    key: str
    function: str
    args: tuple[Value, ...]
    state: str
    attempt: int
    due: float | None
    seq: int | None
    result: Value
    steps: tuple[tuple[str, Value], ...]


def workers(store: Store) -> tuple[WorkerInfo, ...]:
    """All workers, by component and name.

    Raises:
        StoreError: the store cannot be read.
    """
    with _reading(store) as connection:
        counts = {
            (worker, state): count
            for worker, state, count in connection.execute(
                "SELECT worker, state, count(*) FROM invocation GROUP BY worker, state"
            )
        }
        rows = connection.execute(f"SELECT {WORKER} FROM worker")  # noqa: S608 -- our column names
        found = [_worker(verify(row), counts) for row in rows]
    return tuple(sorted(found, key=lambda info: (info.worker.component, info.worker.name)))


def log(store: Store, worker: WorkerId) -> Iterator[InvocationInfo]:
    """A worker's invocations in the order of their arrival, each with its steps.

    Raises:
        StoreError: the store cannot be read, or knows no such worker.
    """
    with _reading(store) as connection:
        _numbers(connection, worker)
        rows = connection.execute(
            f"SELECT {INVOCATION} FROM invocation WHERE worker IN "  # noqa: S608 -- our column names
            "(SELECT id FROM worker WHERE component = ? AND name = ?) ORDER BY id",
            (worker.component, worker.name),
        )
        for row in rows:
            yield _invocation(connection, verify(row))


def delete(store: Store, worker: WorkerId) -> int:
    """Forget a worker, its promises and all that it was asked, keys included.

    Returns:
        How many invocations were forgotten.

    Raises:
        StoreError: the store is in use or cannot be written, or knows no such worker.
    """
    with _writing(store) as connection:
        forgotten = sum(_forget(connection, number) for number in _numbers(connection, worker))
        _forget_promises(connection, worker, 0)
    return forgotten


def revive(store: Store, worker: WorkerId) -> bool:
    """Let a failed worker serve again, from the history before the invocation that failed.

    Answers stay as they were given: the failed invocation's key is answered by its failure.

    Returns:
        Whether it had failed.

    Raises:
        StoreError: the store is in use or cannot be written, or knows no such worker.
    """
    with _writing(store) as connection:
        failed = False
        for number in _numbers(connection, worker):
            query = f"SELECT {WORKER} FROM worker WHERE id = ?"  # noqa: S608 -- our column names
            row = connection.execute(query, (number,)).fetchone()
            *rest, failure = verify(row)
            failed = failed or failure is not None
            *_, checksum = seal((*rest, None))
            connection.execute(
                "UPDATE worker SET failure = NULL, checksum = ? WHERE id = ?", (checksum, number)
            )
            if failure is not None:
                # What failed is no part of the history, so its oplog indexes are given out again.
                query = "SELECT count(seq) FROM invocation WHERE worker = ?"
                [served] = connection.execute(query, (number,)).fetchone()
                _forget_promises(connection, worker, served * ENTRIES)
    return failed


@contextmanager
def _reading(store: Store) -> Iterator[sqlite3.Connection]:
    path = Path(store)
    if not path.is_file():
        raise StoreError(f"{path}: no such store")
    with readable(path) as there, closing(reader(there)) as connection, guarded(path):
        connection.execute("BEGIN")  # one view of the store, whatever a host writes meanwhile
        yield connection


@contextmanager
def readable(path: Path) -> Iterator[Path]:
    """The store, or a copy of it where SQLite cannot make the files beside it that it needs.

    SQLite's `immutable` would do without them, and without what the write-ahead log holds.
    """
    store = path.resolve()
    beside = store.with_name(store.name + "-shm")  # there while a host uses the store
    if os.access(store.parent, os.W_OK) or beside.exists() or owned(store):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="witgen-") as temp:
        copy = Path(temp) / store.name
        for suffix in ("", "-wal"):
            source = store.with_name(store.name + suffix)
            if source.exists():
                shutil.copyfile(source, copy.with_name(copy.name + suffix))
        yield copy


@contextmanager
def _writing(store: Store) -> Iterator[sqlite3.Connection]:
    path = Path(store)
    if not path.is_file():
        raise StoreError(f"{path}: no such store")
    owner = Ownership(path)
    try:
        with closing(connect(path)) as connection, guarded(path):
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
    finally:
        owner.release()


def _forget(connection: sqlite3.Connection, number: int) -> int:
    """Delete a worker; how many invocations it had."""
    connection.execute(
        "DELETE FROM oplog WHERE invocation IN (SELECT id FROM invocation WHERE worker = ?)",
        (number,),
    )
    invocations = connection.execute("DELETE FROM invocation WHERE worker = ?", (number,))
    connection.execute("DELETE FROM worker WHERE id = ?", (number,))
    return invocations.rowcount


def _forget_promises(connection: sqlite3.Connection, worker: WorkerId, beyond: int) -> None:
    """Delete the promises that a worker created at oplog indexes beyond `beyond`."""
    _, before = promise_worker(worker.uri, 0)
    before = before[:-1]
    rows = connection.execute(
        "SELECT id, name FROM worker WHERE component = ? AND substr(name, 1, ?) = ?",
        (PROMISES, len(before), before),
    ).fetchall()
    for number, name in rows:
        index = name[len(before) :]
        if index.isdecimal() and int(index) > beyond:
            _forget(connection, number)


def _numbers(connection: sqlite3.Connection, worker: WorkerId) -> list[int]:
    """The rows of a worker: one, or one an invocation when it is ephemeral."""
    found = connection.execute(
        "SELECT id FROM worker WHERE component = ? AND name = ?", (worker.component, worker.name)
    ).fetchall()
    if not found:
        raise StoreError(f"the store knows no worker {worker.component}/{worker.name}")
    return [number for (number,) in found]


def _worker(row: Row, counts: dict[tuple[int, str], int]) -> WorkerInfo:
    number, component, name, environment, durable, failure = row
    variables, arguments = decode(environment)
    pending = counts.get((number, "pending"), 0)
    status = "failed" if failure is not None else "pending" if pending else "idle"
    return WorkerInfo(
        WorkerId(component, name),
        bool(durable),
        status,
        counts.get((number, "done"), 0),
        pending,
        failure,
        Environment(variables, arguments),
    )


def _invocation(connection: sqlite3.Connection, row: Row) -> InvocationInfo:
    _, key, _, seq, function, args, state, due, attempt, _, result = row
    steps = read_steps(connection, row)
    return InvocationInfo(
        key,
        function,
        decode(args),
        state,
        attempt,
        due,
        seq,
        None if result is None else decode(result),
        tuple((kind, decode(value)) for _, _, kind, value in steps),
    )
