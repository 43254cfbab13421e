"""The builds of components in a store: their bytes, and which of them workers belong to."""

from __future__ import annotations

import sqlite3

from runtime_shim.engines.sqlite.schema import BINARY, verify


def read_binary(connection: sqlite3.Connection, number: int) -> bytes | None:
    """The compressed bytes of a build, if they are there.

    Raises:
        StoreError: they are damaged.
    """
    query = f"SELECT {BINARY} FROM binary WHERE id = ?"  # noqa: S608 -- our column names
    row = connection.execute(query, (number,)).fetchone()
    return None if row is None else bytes(verify(row)[1])


def forget_unused(connection: sqlite3.Connection) -> None:
    """Delete the builds that no worker belongs to, and the bytes of those that no durable one does."""
    connection.execute("DELETE FROM component WHERE id NOT IN (SELECT version FROM worker)")
    connection.execute(
        "DELETE FROM binary WHERE id NOT IN (SELECT version FROM worker WHERE durable = 1)"
    )
