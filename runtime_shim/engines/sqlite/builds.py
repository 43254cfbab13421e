"""The builds of components in a store: their bytes, and which of them workers belong to."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from runtime_shim.engines.sqlite.read import WORKER_ROW
from runtime_shim.engines.sqlite.schema import BINARY, COMPONENT, checksum, seal, verify, write
from runtime_shim.engines.sqlite.snapshots import forget
from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import WorkerId


def read_builds(connection: sqlite3.Connection) -> dict[int, str]:
    """The digests of the builds that have workers, by their numbers.

    Raises:
        StoreError: a row is damaged.
    """
    query = f"SELECT {COMPONENT} FROM component"  # noqa: S608 -- our column names
    return {number: digest for number, _, digest in map(verify, connection.execute(query))}


def read_binary(connection: sqlite3.Connection, number: int) -> bytes | None:
    """The compressed bytes of a build, if they are there.

    Raises:
        StoreError: they are damaged.
    """
    query = f"SELECT {BINARY} FROM binary WHERE id = ?"  # noqa: S608 -- our column names
    row = connection.execute(query, (number,)).fetchone()
    return None if row is None else bytes(verify(row)[1])


def move(
    connection: sqlite3.Connection,
    workers: Iterable[WorkerId],
    component: str,
    digest: str,
    packed: bytes,
) -> None:
    """Have durable workers of a component belong to a build, whose compressed bytes are `packed`.

    Their snapshots are of another build.

    Raises:
        StoreError: a worker is missing, or a row is damaged.
    """
    query = "SELECT id FROM component WHERE name = ? AND digest = ?"
    found = connection.execute(query, (component, digest)).fetchone()
    if found is None:
        query = "SELECT coalesce(max(id), 0) + 1 FROM component"
        found = connection.execute(query).fetchone()
        write(connection, "component", [seal((*found, component, digest))])
    if connection.execute("SELECT 1 FROM binary WHERE id = ?", found).fetchone() is None:
        write(connection, "binary", [seal((*found, packed))])
    for worker in workers:
        row = connection.execute(WORKER_ROW, worker).fetchone()
        if row is None:
            raise StoreError(f"the store has no worker {worker}")
        number, _, *rest = verify(row)
        total = checksum((number, *found, *rest))
        connection.execute(
            "UPDATE worker SET version = ?, checksum = ? WHERE id = ?", (*found, total, number)
        )
        forget(connection, number)
    forget_unused(connection)


def forget_unused(connection: sqlite3.Connection) -> None:
    """Delete the builds that no worker belongs to, and the bytes of those that no durable one does."""
    connection.execute("DELETE FROM component WHERE id NOT IN (SELECT version FROM worker)")
    connection.execute(
        "DELETE FROM binary WHERE id NOT IN (SELECT version FROM worker WHERE durable = 1)"
    )
