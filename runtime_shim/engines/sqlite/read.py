"""Reading single rows back, against their checksums: a worker, the end of an invocation."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from runtime_shim.engines.rows import STATES, Kept, Noted
from runtime_shim.engines.sqlite.schema import INVOCATION, WORKER, verify
from runtime_shim.protocol.ids import Identity, KeyId, WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.queue.task import State
from runtime_shim.values import Err, Ok, Value
from runtime_shim.values.codec import decode

if TYPE_CHECKING:
    from runtime_shim.queue.recorded import Settled

Entries = tuple[tuple[str, Value], ...]


WORKER_ROW = f"SELECT {WORKER} FROM worker WHERE component = ? AND name = ? AND durable = 1"  # noqa: S608 -- our column names
_CALL = f"SELECT {INVOCATION} FROM invocation WHERE"  # noqa: S608 -- our column names
OF_CALLER = f"{_CALL} owner = ? AND name = ?"
_OWN = "SELECT id FROM worker WHERE component = ? AND name = ? AND durable = 1"
_OF_WORKER = f"{_CALL} owner = ({_OWN}) AND name = ?"
_OF_COMPONENT = f"{_CALL} owner IN (SELECT -id FROM component WHERE name = ?) AND name = ?"  # noqa: S608 -- our column names


def read_worker(connection: sqlite3.Connection, worker: WorkerId) -> Kept | None:
    """What is known of a durable worker.

    Raises:
        StoreError: its row is damaged.
    """
    row = connection.execute(WORKER_ROW, worker).fetchone()
    if row is None:
        return None
    number, version, _, _, encoded, _, failure = verify(row)
    [last] = connection.execute(
        "SELECT max(seq) FROM invocation WHERE worker = ? AND seq >= 0", (number,)
    ).fetchone()
    note = Noted(number, version, number)
    return Kept(note, environment(encoded), failure, 0 if last is None else last + 1)


def read_end(connection: sqlite3.Connection, identity: Identity) -> Settled | None:
    """The end of an invocation, None when it has not ended or is not there.

    Raises:
        StoreError: its row is damaged.
    """
    if not isinstance(identity, KeyId):
        found = connection.execute(OF_CALLER, identity)
    elif isinstance(identity.scope, str):
        found = connection.execute(_OF_COMPONENT, identity)
    else:
        found = connection.execute(_OF_WORKER, (*identity.scope, identity.key))
    row = found.fetchone()
    if row is None:
        return None
    *_, function, args, number, _, _, _, _, encoded, _ = verify(row)
    if number == 0:
        return None
    result = decode(encoded)
    from runtime_shim.queue.recorded import Settled

    state = STATES[number]
    outcome = Ok(result) if state is State.DONE else Err(result)
    return Settled(state, outcome, function, args)


def environment(data: bytes) -> Environment:
    """What a worker was created with, read back.

    Raises:
        StoreError: it is damaged.
    """
    variables, arguments = decode(data)
    return Environment(variables, arguments)
