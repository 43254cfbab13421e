"""`Records` of a SQLite file."""

from __future__ import annotations

import functools
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runtime_shim.engines.binaries import unpacked
from runtime_shim.engines.records import InvocationInfo, Taken, WorkerInfo
from runtime_shim.engines.rows import STATES, TIME
from runtime_shim.engines.sqlite.bases import read_base
from runtime_shim.engines.sqlite.builds import forget_unused, move, read_binary, read_builds
from runtime_shim.engines.sqlite.history import read_history, read_steps
from runtime_shim.engines.sqlite.read import OF_CALLER, environment, read_worker
from runtime_shim.engines.sqlite.schema import INVOCATION, WORKER, checksum, verify
from runtime_shim.engines.sqlite.snapshots import forget, read, there
from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.protocol.promises import COMPONENT as PROMISES
from runtime_shim.protocol.promises import ENTRIES, promise_worker
from runtime_shim.queue.task import CANCELLED, State
from runtime_shim.queue.unfinished import MOST_CRASHES
from runtime_shim.values.codec import decode, encode

if TYPE_CHECKING:
    from runtime_shim.engines.rows import Row
    from runtime_shim.protocol.past import Past
    from runtime_shim.protocol.records import Environment
    from runtime_shim.values import Value

_CRASHES = INVOCATION.split(", ").index("crashes")
_PARKED = (
    f"i.state = 0 AND i.crashes >= {MOST_CRASHES} AND i.steps >= "  # noqa: S608 -- a number
    "(SELECT count(*) FROM oplog o WHERE o.invocation = i.id)"
)
_KNOWN = "(i.name = ? OR typeof(i.name) = 'integer' AND i.owner || '.' || i.name = ?)"
_ENDED = (1 << TIME) - 1
_FEW = 64  # environments that are kept while workers are listed


class SqliteRecords:
    """What is in a SQLite store, within the transaction of a connection.

    Every method raises `StoreError` where a row is damaged, or the worker is not known.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def workers(self, only: WorkerId | None = None) -> Iterator[WorkerInfo]:
        """The workers by component and name, or those of this name, as they are read."""
        chosen, named = ("", ()) if only is None else ("WHERE component = ? AND name = ?", only)
        own = f"SELECT id FROM worker {chosen}"  # noqa: S608 -- our texts
        counts: dict[int, list[Any]] = {
            worker: found
            for worker, *found in self._connection.execute(
                "SELECT worker, sum(state = 0), sum(state = 1), "  # noqa: S608 -- our texts
                f"max(iif(state, at & {_ENDED}, 0)), sum(iif(state, at >> {TIME}, 0)), "
                "min(iif(state = 0 AND at < 0, -at, NULL)), max(iif(state = 2, result, NULL)) "
                f"FROM invocation WHERE worker IN ({own}) GROUP BY worker",
                named,
            )
        }
        parks = f"SELECT i.worker FROM invocation i WHERE {_PARKED}"  # noqa: S608 -- our texts
        parked = {worker for (worker,) in self._connection.execute(parks)}
        query = f"SELECT {WORKER} FROM worker {chosen} ORDER BY component, name, id"  # noqa: S608 -- our texts
        builds = read_builds(self._connection)
        known = functools.lru_cache(_FEW)(environment)  # most are made with the same
        for row in self._connection.execute(query, named):
            yield _worker(verify(row), counts, parked, known, builds)

    def components(self) -> Iterator[str]:
        """The components that have workers."""
        for (name,) in self._connection.execute("SELECT name FROM component ORDER BY name"):
            yield name

    def log(
        self, worker: WorkerId, *, pending: bool = False, key: str | None = None, after: int = 0
    ) -> Iterator[InvocationInfo]:
        """A worker's invocations in the order of their arrival, each with its steps."""
        which = "i.id > ?" + (" AND i.state = 0" if pending else "")
        named = () if key is None else (key, key)
        which += f" AND {_KNOWN}" if named else ""
        for row in self._invocations(worker, which, after, *named):
            yield self._invocation(row)

    def history(self, worker: WorkerId, start: int = 0) -> Iterator[Past]:
        """What a durable worker has been through, from `start` on, as it is read."""
        kept = read_worker(self._connection, worker)
        stop = 0 if kept is None else kept.seq
        bases = functools.partial(read_base, self._connection)
        while start < stop:
            part = read_history(self._connection, worker, start, stop, bases)
            yield from part
            start += len(part)

    def binary(self, component: str, digest: str) -> bytes | None:
        """The bytes of a build that workers belong to, if they are there."""
        query = "SELECT id FROM component WHERE name = ? AND digest = ?"
        found = self._connection.execute(query, (component, digest)).fetchone()
        data = None if found is None else read_binary(self._connection, *found)
        return None if data is None else unpacked(component, digest, data)

    def taken(self, worker: WorkerId) -> Taken | None:
        """The newest snapshot of a worker; None where no host has kept any here."""
        if not there(self._connection):
            return None
        found = {kept.seq: kept.data for kept in read(self._connection, worker, sys.maxsize)}
        calls = max(found, default=0)
        reason = found.get(0, b"").decode("utf-8", "replace")
        return Taken(calls, len(found[calls]) if calls else 0, reason)

    def asked(self, call: CallId) -> tuple[Value, ...] | None:
        """What a guest's call was given, if it is there."""
        row = self._connection.execute(OF_CALLER, call).fetchone()
        return None if row is None else decode(verify(row)[7])

    def move(self, workers: Iterable[WorkerId], component: str, digest: str, packed: bytes) -> None:
        """Have durable workers of a component belong to a build; `packed` are its bytes by zlib."""
        move(self._connection, workers, component, digest, packed)

    def delete(self, worker: WorkerId) -> int:
        """Forget a worker, its promises and all that it was asked; how many invocations."""
        forgotten = sum(self._forget(number) for number in self._numbers(worker))
        self._forget_promises(worker, 0)
        forget_unused(self._connection)
        return forgotten

    def revive(self, worker: WorkerId) -> bool:
        """Let a failed or parked worker serve again; whether it was either."""
        failed = self._acquit(worker)
        for number in self._numbers(worker):
            query = f"SELECT {WORKER} FROM worker WHERE id = ?"  # noqa: S608 -- our column names
            row = self._connection.execute(query, (number,)).fetchone()
            *rest, failure = verify(row)
            failed = failed or failure is not None
            total = checksum((*rest, None))
            self._connection.execute(
                "UPDATE worker SET failure = NULL, checksum = ? WHERE id = ?", (total, number)
            )
            if failure is not None:
                # The failed invocation is not part of the history, so its oplog indexes are reused.
                query = "SELECT count(*) FROM invocation WHERE worker = ? AND seq >= 0"
                [served] = self._connection.execute(query, (number,)).fetchone()
                self._forget_promises(worker, served * ENTRIES)
        return failed

    def cancel(self, worker: WorkerId, key: str) -> bool:
        """Cancel a call that is not over; one by a guest only if it has not begun or is parked.

        Returns whether it was cancelled. What it has done stays done.
        """
        for row in self._invocations(worker, f"i.state = 0 AND {_KNOWN}", key, key):
            number, *before, _, _, attempt, crashes, steps, _, _ = row
            *_, name, _, _, _ = before
            own = read_steps(self._connection, row)
            begun, parked = attempt > 1 or own, crashes >= MOST_CRASHES and len(own) == steps
            if not isinstance(name, str) and begun and not parked:
                return False
            end = (STATES.index(State.CANCELLED), int(time.time()))
            result = (len(own), encode(CANCELLED.value))
            total = checksum((number, *before, *end, attempt, crashes, *result, b""))
            self._connection.execute(
                "UPDATE invocation SET state = ?, at = ?, steps = ?, result = ?, checksum = ? "
                "WHERE id = ?",
                (*end, *result, total, number),
            )
            return True
        return False

    def _acquit(self, worker: WorkerId) -> bool:
        """Forget how many processes ended while calls of a worker ran; whether one was parked."""
        parked = False
        for row in self._invocations(worker, "i.state = 0 AND i.crashes > 0"):
            parked = parked or row[_CRASHES] >= MOST_CRASHES
            total = checksum((*row[:_CRASHES], 0, *row[_CRASHES + 1 :]))
            self._connection.execute(
                "UPDATE invocation SET crashes = 0, checksum = ? WHERE id = ?", (total, row[0])
            )
        return parked

    def _forget(self, number: int) -> int:
        """Delete a worker; how many invocations it had."""
        self._fix_keys(number)
        self._connection.execute(
            "DELETE FROM oplog WHERE invocation IN (SELECT id FROM invocation WHERE worker = ?)",
            (number,),
        )
        gone = self._connection.execute("DELETE FROM invocation WHERE worker = ?", (number,))
        forget(self._connection, number)
        self._connection.execute("DELETE FROM worker WHERE id = ?", (number,))
        return gone.rowcount

    def _fix_keys(self, number: int) -> None:
        """Record what the derived keys of a worker's calls follow from, which follows from theirs."""
        query = (
            f"SELECT {INVOCATION} FROM invocation WHERE base = x'' AND worker != ? AND typeof(name) = 'integer' AND owner IN "  # noqa: S608 -- our column names
            "(SELECT id FROM invocation WHERE worker = ?)"
        )
        for row in self._connection.execute(query, (number, number)).fetchall():
            called = verify(row)
            base = read_base(self._connection, called[0]).bytes
            total = checksum((*called[:5], base, *called[6:]))
            self._connection.execute(
                "UPDATE invocation SET base = ?, checksum = ? WHERE id = ?",
                (base, total, called[0]),
            )

    def _forget_promises(self, worker: WorkerId, beyond: int) -> None:
        """Delete the promises that a worker created at oplog indexes beyond `beyond`."""
        _, before = promise_worker(worker.uri, 0)
        before = before[:-1]
        rows = self._connection.execute(
            "SELECT id, name FROM worker WHERE component = ? AND substr(name, 1, ?) = ?",
            (PROMISES, len(before), before),
        ).fetchall()
        for number, name in rows:
            index = name[len(before) :]
            if index.isdecimal() and int(index) > beyond:
                self._forget(number)

    def _numbers(self, worker: WorkerId) -> list[int]:
        """The rows of a worker: one, or one per invocation if it is ephemeral."""
        found = self._connection.execute(
            "SELECT id FROM worker WHERE component = ? AND name = ?", worker
        ).fetchall()
        if not found:
            raise StoreError(f"the store has no worker {worker}")
        return [number for (number,) in found]

    def _invocations(self, worker: WorkerId, which: str, *values: str | int) -> Iterator[Row]:
        """The rows of a worker's invocations for which a condition holds, as they were sealed."""
        self._numbers(worker)
        rows = self._connection.execute(
            f"SELECT {INVOCATION} FROM invocation i WHERE i.worker IN "  # noqa: S608 -- our texts
            f"(SELECT id FROM worker WHERE component = ? AND name = ?) AND {which} ORDER BY i.id",
            (*worker, *values),
        )
        return map(verify, rows)

    def _invocation(self, row: Row) -> InvocationInfo:
        number, _, seq, owner, name, _, function, *rest = row
        args, state, at, attempt, crashes, _, result, _ = rest
        inside, steps = not isinstance(name, str), read_steps(self._connection, row)
        due, ended, took, since = _times(state, at)
        return InvocationInfo(
            number,
            None if inside else name,
            CallId(owner, name) if inside else None,
            function,
            decode(args),
            str(STATES[state]),
            attempt,
            crashes,
            due,
            None if seq < 0 else seq,
            decode(result) if result else None,
            ended,
            tuple((kind, decode(value)) for _, _, kind, value in steps),
            took,
            since,
        )


def _times(state: int, at: object) -> tuple[float | None, int | None, float | None, float | None]:
    """When a call is due, when it ended, how long it took, and since when it waits."""
    match at:
        case int() if state:
            return None, at & _ENDED or None, (at >> TIME) / 1000 or None, None
        case int() | float() if not state:
            return at if at > 0 else None, None, None, -at if at < 0 else None
        case _:
            raise StoreError("the store is damaged: a time is none")


def _worker(
    row: Row,
    counts: Mapping[int, Sequence[Any]],
    parked: set[int],
    read: Callable[[bytes], Environment],
    builds: Mapping[int, str],
) -> WorkerInfo:
    number, version, component, name, encoded, durable, failure = row
    pending, done, ended, took, since, failed = counts.get(number, (0, 0, 0, 0, None, None))
    if failed is not None and not durable:  # its one call, while a durable one may serve again
        failure = str(decode(failed)[1])
    waits = "parked" if number in parked else "pending" if pending else "idle"
    status = waits if failure is None else "failed"
    return WorkerInfo(
        WorkerId(component, name),
        bool(durable),
        status,
        done,
        pending,
        failure,
        read(encoded),
        builds.get(version, ""),
        ended or None,
        took / 1000 or None,
        since,
    )
