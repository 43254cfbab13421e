"""The engine on a SQLite file: what was acknowledged survives the process.

Everything that is recorded goes into one buffer, in one order, and reaches the file in that order,
many rows a transaction. So what survives a crash is a prefix, in which nothing is without what it
depends on. Therefore only what leaves the system waits for the disk: an answer to an outside
caller, and an effect of a guest on the world. A call between workers waits for nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

from runtime_shim.codec import decode, encode
from runtime_shim.engines.core import JournaledEngine
from runtime_shim.engines.filelock import FileLock
from runtime_shim.engines.read import read_history, read_pending
from runtime_shim.engines.schema import (
    Row,
    connect,
    guarded,
    reader,
    seal,
    seal_entry,
    verify,
    write,
)
from runtime_shim.engines.task import Lane, Pending, Settled, State, Task
from runtime_shim.protocol import Environment, Past, StoreError, WorkerId
from runtime_shim.retry import RetryPolicies
from runtime_shim.values import Err, Ok, Value

_TICK = 0.005  # seconds that a record waits at most before it is on its way to the disk
_IDLE = 100  # ticks without work after which the writer sleeps
_BACKLOG = 8192  # records in the buffer at which guests are made to wait

Gate = Callable[[str], None]


class SqliteEngine(JournaledEngine):
    """An engine whose journal is a SQLite file in WAL mode with full synchronisation.

    Args:
        path: The store; made when it does not exist.
        retries: When trapped invocations are tried again; Golem's policy by default.
        clock: Seconds since the epoch.
        gate: Called before and after every transaction, with where it stands; for tests that
            kill the process there.

    Raises:
        StoreError: the store is in use, cannot be opened, is damaged or of another format.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        retries: RetryPolicies | None = None,
        clock: Callable[[], float] = time.time,
        gate: Gate | None = None,
    ) -> None:
        super().__init__(SqliteJournal(Path(path), gate), retries=retries, clock=clock)


@dataclass(slots=True)
class _Batch:
    """What is on its way to the disk; later states of a row replace earlier ones."""

    components: dict[str, Row] = field(default_factory=dict)
    workers: dict[int, Row] = field(default_factory=dict)
    invocations: dict[int, Row] = field(default_factory=dict)
    entries: list[Row] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def before(self, later: _Batch) -> _Batch:
        """Both in one."""
        return _Batch(
            self.components | later.components,
            self.workers | later.workers,
            self.invocations | later.invocations,
            self.entries + later.entries,
            self.ended + later.ended,
        )


@dataclass(slots=True)
class _Notes:
    """What the journal keeps with a task: its row exists or is in the buffer; what comes next."""

    admitted: bool = False
    entries: list[Row] = field(default_factory=list)


class SqliteJournal:
    """A `Journal` in a SQLite file."""

    def __init__(self, path: Path, gate: Gate | None = None) -> None:
        self._path = path
        self._gate = gate or _open
        self._lock = FileLock(path)
        try:
            self._writer = connect(path)
            self._reader = reader(path)
            self._digests = self._read_digests()
            self._next_worker = self._largest("worker") + 1
        except BaseException:
            self._lock.release()
            raise
        self._mutex = threading.Lock()  # the buffer
        self._committing = threading.Lock()  # the writing connection
        self._reading = threading.Lock()  # the reading one
        self._batch = _Batch()
        self._ends: dict[str, Settled] = {}  # settled and not yet in the file
        self._latest: dict[str, Settled] = {}  # brought there by the last transaction
        self._generation = 0
        self._appended = 0
        self._written = 0
        self._error: StoreError | None = None
        self._stirred = threading.Event()
        self._stirred.set()
        self._asleep = False
        self._thread = threading.Thread(target=self._run, name="runtime-shim-writer", daemon=True)
        self._thread.start()

    # --- reading -------------------------------------------------------------------------------

    def digest(self, component: str) -> str | None:
        """The recorded digest of a component."""
        return self._digests.get(component)

    def pending(self) -> Sequence[Pending]:
        """What is unfinished, in the order of arrival."""
        with self._reading, guarded(self._path):
            return read_pending(self._reader)

    def last_id(self) -> int:
        """The largest id of an invocation."""
        with self._reading:
            return self._largest("invocation")

    def find(self, key: str) -> Settled | None:
        """The end of an invocation that is settled."""
        found = self.recent(key)
        if found is not None:
            return found
        with self._reading, guarded(self._path):
            row = self._reader.execute(
                "SELECT * FROM invocation WHERE key = ? AND state != 'pending'", (key,)
            ).fetchone()
        if row is None:
            return None
        row = verify(row)
        state, result = State(row[6]), decode(row[10])
        return Settled(state, Ok(result) if state is State.DONE else Err(result))

    @property
    def generation(self) -> int:
        """How many transactions were written."""
        return self._generation

    def recent(self, key: str) -> Settled | None:
        """The end of an invocation that the last transaction or none has written."""
        with self._mutex:
            return self._ends.get(key) or self._latest.get(key)

    def load(self, lane: Lane) -> bool:
        """Fill in what is known of a durable worker; whether anything is."""
        worker = lane.worker
        with self._reading, guarded(self._path):
            row = self._reader.execute(
                "SELECT * FROM worker WHERE component = ? AND name = ? AND durable = 1",
                (worker.component, worker.name),
            ).fetchone()
            if row is None:
                return False
            row = verify(row)
            [last] = self._reader.execute(
                "SELECT max(seq) FROM invocation WHERE worker = ? AND seq IS NOT NULL", (row[0],)
            ).fetchone()
        lane.journal = row[0]
        lane.environment = _environment(row[3])
        lane.failure = row[5]
        lane.seq = 0 if last is None else last + 1
        return True

    def history(self, worker: WorkerId, upto: int) -> Iterator[Past]:
        """The first `upto` invocations of a worker, read lazily."""
        self.sync()
        with self._reading, guarded(self._path):
            [number] = self._reader.execute(
                "SELECT id FROM worker WHERE component = ? AND name = ? AND durable = 1",
                (worker.component, worker.name),
            ).fetchone()
        start = 0
        while start < upto:
            with self._reading, guarded(self._path):
                chunk = read_history(self._reader, number, start, upto)
            yield from chunk
            start += len(chunk)

    # --- appending -----------------------------------------------------------------------------

    def create(self, lane: Lane, digest: str) -> None:
        """Append that a worker came to be."""
        component = lane.worker.component
        with self._mutex:
            self._usable()
            lane.journal = self._next_worker
            self._next_worker += 1
            if component not in self._digests:
                self._digests[component] = digest
                self._batch.components[component] = (component, digest)
            self._worker_row(lane)

    def fail(self, lane: Lane) -> None:
        """Append why a worker runs nothing from now on."""
        with self._mutex:
            self._worker_row(lane)

    def admit(self, task: Task) -> None:
        """Append that a task is pending, or is so again with another attempt and due time."""
        notes = self._notes(task)
        row = _row(task, State.PENDING, None, None)
        with self._mutex:
            self._usable()
            notes.admitted = True
            self._batch.invocations[task.id] = row
            self._batch.entries += notes.entries
            self._appended += 1 + len(notes.entries)
            notes.entries = []
            self._stir()

    def record(self, task: Task, kind: str, value: Value) -> None:
        """Take down one entry of a running task."""
        row = seal_entry(task.id, len(task.entries), kind, encode(value))
        self._notes(task).entries.append(row)

    def flush(self, task: Task) -> None:
        """Append what `record` took down; wait when too much is on its way."""
        notes = self._notes(task)
        if not notes.admitted:
            self.admit(task)
        elif notes.entries:
            with self._mutex:
                self._usable()
                self._batch.entries += notes.entries
                self._appended += len(notes.entries)
                self._stir()
            notes.entries = []
        if self._appended - self._written > _BACKLOG:
            self.sync()

    def pack(self, value: Value) -> object:
        """The bytes of a result."""
        return encode(value)

    def settle(self, task: Task, packed: object) -> None:
        """Append the outcome of a task."""
        if task.outcome is None:
            raise AssertionError("a settled task has an outcome")
        notes = self._notes(task)
        done = task.state is State.DONE
        result = packed if done else encode(task.outcome.value)
        row = _row(task, task.state, task.seq if done and task.lane.durable else None, result)
        with self._mutex:
            self._batch.invocations[task.id] = row
            self._batch.entries += notes.entries
            self._batch.ended.append(task.key)
            self._ends[task.key] = Settled(task.state, task.outcome)
            self._appended += 1 + len(notes.entries)
            notes.entries = []
            self._stir()

    # --- writing -------------------------------------------------------------------------------

    def sync(self) -> None:
        """Block until everything appended so far is on disk.

        Whoever comes first writes for all who wait: there is no other thread to hand over to.
        """
        target = self._appended
        if self._written >= target and self._error is None:
            return
        with self._committing:
            if self._error is not None:
                raise self._error
            if self._written < target:
                self._write()

    def close(self) -> None:
        """Write what is appended, then let go of the store."""
        try:
            self.sync()
        finally:
            with self._committing, self._mutex:
                self._error = self._error or StoreError(f"{self._path} was closed")
                self._stirred.set()
            self._thread.join()
            with self._reading:
                self._reader.close()
            self._writer.close()
            self._lock.release()

    def _write(self) -> None:
        """Move the buffer to the disk. `_committing` is held."""
        with self._mutex:
            batch, self._batch = self._batch, _Batch()
            target = self._appended
        try:
            self._gate("before")
            with guarded(self._path):
                self._transact(batch)
            self._gate("after")
        except BaseException as error:
            with self._mutex:
                self._batch = batch.before(self._batch)
            if isinstance(error, StoreError):
                self._error = error
            if self._writer.in_transaction:
                self._writer.rollback()
            raise
        self._written = target
        with self._mutex:
            self._latest = {key: self._ends.pop(key) for key in batch.ended}
            self._generation += 1

    def _transact(self, batch: _Batch) -> None:
        self._writer.execute("BEGIN IMMEDIATE")
        write(self._writer, "component", list(batch.components.values()))
        write(self._writer, "worker", list(batch.workers.values()))
        write(self._writer, "oplog", batch.entries)
        write(self._writer, "invocation", list(batch.invocations.values()))
        self._gate("within")
        self._writer.execute("COMMIT")

    def _run(self) -> None:
        """Write what nobody waits for, soon."""
        quiet = 0
        while self._error is None:
            quiet = 0 if self._written < self._appended else quiet + 1
            if quiet > _IDLE:
                with self._mutex:
                    self._asleep = self._written == self._appended
                    if self._asleep:
                        self._stirred.clear()
                self._stirred.wait()
            try:
                self.sync()
            except StoreError:
                return  # whoever appends or waits next is told
            time.sleep(_TICK)

    def _stir(self) -> None:
        """See to it that the writer looks. `_mutex` is held."""
        if self._asleep:
            self._asleep = False
            self._stirred.set()

    # --- rows ----------------------------------------------------------------------------------

    def _usable(self) -> None:
        if self._error is not None:
            raise self._error

    def _notes(self, task: Task) -> _Notes:
        notes = task.journal
        if not isinstance(notes, _Notes):
            notes = task.journal = _Notes(admitted=not task.fresh)
        return notes

    def _worker_row(self, lane: Lane) -> None:
        number = lane.journal
        if type(number) is not int:
            raise AssertionError("a recorded worker has a number")
        worker, environment = lane.worker, lane.environment
        packed = encode((dict(environment.variables), environment.arguments))
        self._batch.workers[number] = seal(
            (number, worker.component, worker.name, packed, int(lane.durable), lane.failure)
        )
        self._appended += 1
        self._stir()

    def _read_digests(self) -> dict[str, str]:
        with guarded(self._path):
            return dict(self._reader.execute("SELECT name, digest FROM component"))

    def _largest(self, table: str) -> int:
        with guarded(self._path):
            query = f"SELECT coalesce(max(id), 0) FROM {table}"  # noqa: S608 -- one of our tables
            [number] = self._reader.execute(query).fetchone()
        return int(number)


def _row(task: Task, state: State, seq: int | None, result: object) -> Row:
    return seal(
        (
            task.id,
            task.key,
            task.lane.journal,
            seq,
            task.function,
            task.packed,
            str(state),
            task.due,
            task.attempt,
            len(task.entries),
            result,
        )
    )


def _environment(data: bytes) -> Environment:
    variables, arguments = decode(data)
    return Environment(variables, arguments)


def _open(gate: str) -> None:
    """The gate of production."""
