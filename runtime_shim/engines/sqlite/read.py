"""Reading single rows back, against their checksums: a worker, the end of an invocation."""

from __future__ import annotations

import sqlite3

from runtime_shim.engines.rows import Kept
from runtime_shim.engines.sqlite.schema import verify
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.queue.recorded import Settled
from runtime_shim.queue.task import State
from runtime_shim.values import Err, Ok, Value
from runtime_shim.values.codec import decode

Entries = tuple[tuple[str, Value], ...]


WORKER_ROW = "SELECT * FROM worker WHERE component = ? AND name = ? AND durable = 1"


def read_worker(connection: sqlite3.Connection, worker: WorkerId) -> Kept | None:
    """What is known of a durable worker.

    Raises:
        StoreError: its row is damaged.
    """
    row = connection.execute(WORKER_ROW, worker).fetchone()
    if row is None:
        return None
    number, _, _, encoded, _, failure = verify(row)
    [last] = connection.execute(
        "SELECT max(seq) FROM invocation WHERE worker = ? AND seq IS NOT NULL", (number,)
    ).fetchone()
    return Kept(number, environment(encoded), failure, 0 if last is None else last + 1)


def read_end(connection: sqlite3.Connection, key: str) -> Settled | None:
    """The end of an invocation, None when it has not ended or is not there.

    Raises:
        StoreError: its row is damaged.
    """
    row = connection.execute(
        "SELECT * FROM invocation WHERE key = ? AND state != 'pending'", (key,)
    ).fetchone()
    if row is None:
        return None
    row = verify(row)
    state, result = State(row[6]), decode(row[10])
    return Settled(state, Ok(result) if state is State.DONE else Err(result))


def environment(data: bytes) -> Environment:
    """What a worker was created with, read back.

    Raises:
        StoreError: it is damaged.
    """
    variables, arguments = decode(data)
    return Environment(variables, arguments)
