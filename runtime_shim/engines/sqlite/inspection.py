"""Looking into a SQLite store, and the repairs that an operator may make.

Reading needs no lock and does not disturb a host that uses the store. Repairs need exclusive use of
the store.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from os import PathLike
from pathlib import Path

from runtime_shim.engines.records import InvocationInfo, Records, Repairs, WorkerInfo
from runtime_shim.engines.sqlite.ownership import Ownership, owned
from runtime_shim.engines.sqlite.records import SqliteRecords
from runtime_shim.engines.sqlite.schema import FORMAT, connect, guarded, reader
from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import WorkerId

Store = str | PathLike[str]


def workers(store: Store) -> tuple[WorkerInfo, ...]:
    """All workers, by component and name.

    Raises:
        StoreError: the store cannot be read.
    """
    with looking(store) as records:
        return tuple(records.workers())


def log(store: Store, worker: WorkerId) -> Iterator[InvocationInfo]:
    """A worker's invocations in the order of their arrival, each with its steps, as they are read.

    Raises:
        StoreError: the store cannot be read, or has no such worker.
    """
    with looking(store) as records:
        yield from records.log(worker)


def delete(store: Store, worker: WorkerId) -> int:
    """Delete a worker, its promises and all its invocations, keys included.

    Returns:
        How many invocations were deleted.

    Raises:
        StoreError: the store is in use or cannot be written, or has no such worker.
    """
    with repairing(store) as records:
        return records.delete(worker)


def revive(store: Store, worker: WorkerId) -> bool:
    """Let a failed worker serve again, from the history before the failed invocation.

    Answers are unchanged: the failed invocation's key keeps its failure as the answer.

    Returns:
        Whether it had failed.

    Raises:
        StoreError: the store is in use or cannot be written, or has no such worker.
    """
    with repairing(store) as records:
        return records.revive(worker)


@contextmanager
def looking(store: Store) -> Iterator[Records]:
    """What is in one view of a store.

    Raises:
        StoreError: the store cannot be read.
    """
    with reading(store) as connection:
        yield SqliteRecords(connection)


@contextmanager
def reading(store: Store, format_: int = FORMAT) -> Iterator[sqlite3.Connection]:
    """One view of a store, whatever a host writes meanwhile.

    Raises:
        StoreError: the store cannot be read.
    """
    path = Path(store)
    if not path.is_file():
        raise StoreError(f"{path}: no such store")
    with readable(path) as there, closing(reader(there, format_)) as connection, guarded(path):
        connection.execute("BEGIN")
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
def repairing(store: Store) -> Iterator[Repairs]:
    """A store for oneself; what was changed is written in the end, unless something fails.

    Raises:
        StoreError: the store is in use or cannot be written.
    """
    path = Path(store)
    if not path.is_file():
        raise StoreError(f"{path}: no such store")
    owner = Ownership(path)
    try:
        with closing(connect(path)) as connection, guarded(path):
            connection.execute("BEGIN IMMEDIATE")
            yield SqliteRecords(connection)
            connection.execute("COMMIT")
    finally:
        owner.release()
