"""Finding what the keys that an invocation derives follow from."""

from __future__ import annotations

import sqlite3
import uuid

from runtime_shim.engines.sqlite.schema import INVOCATION, WORKER, verify
from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.keys import derived_key, root_key

_OF_NUMBER = f"SELECT {INVOCATION} FROM invocation WHERE id = ?"  # noqa: S608 -- our column names


def read_base(connection: sqlite3.Connection, number: int) -> uuid.UUID:
    """What the derived keys of an invocation follow from.

    Raises:
        StoreError: its row is damaged, or that of a caller.
    """
    steps: list[int] = []
    while True:
        row = connection.execute(_OF_NUMBER, (number,)).fetchone()
        if row is None:
            raise StoreError("the store is damaged: an invocation is missing")
        _, worker, _, owner, name, base, *_ = verify(row)
        if base or isinstance(name, str):
            break
        steps.append(name)
        number = owner
    if not base:
        query = f"SELECT {WORKER} FROM worker WHERE id = ?"  # noqa: S608 -- our column names
        row = connection.execute(query, (worker,)).fetchone()
        if row is None:
            raise StoreError("the store is damaged: a worker is missing")
        _, _, *worker, _, _, _ = verify(row)
        found = root_key(WorkerId(*worker), name)
    else:
        found = uuid.UUID(bytes=base[:16])
    for step in reversed(steps):
        found = derived_key(found, step)
    return found
