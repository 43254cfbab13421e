"""The engine on a SQLite file: what was acknowledged survives the process.

Everything that is recorded goes into one buffer, in one order, and reaches the file in that order,
many rows a transaction. So what survives a crash is a prefix, in which nothing is without what it
depends on. Therefore only what leaves the system waits for the disk: an answer to an outside
caller, and an effect of a guest on the world. A call between workers waits for nothing.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from os import PathLike
from pathlib import Path

from runtime_shim.engines.sqlite.absent import MOST, UsedKeys
from runtime_shim.engines.sqlite.commits import Commits
from runtime_shim.engines.sqlite.ownership import Ownership
from runtime_shim.engines.sqlite.read import read_entries, read_history, read_pending
from runtime_shim.engines.sqlite.rows import (
    Op,
    environment,
    held_back,
    row_of,
    sorted_out,
    worker_row,
)
from runtime_shim.engines.sqlite.schema import (
    AT_ONCE,
    connect,
    guarded,
    reader,
    verify,
    write,
    write_at_once,
)
from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.retry import RetryPolicies
from runtime_shim.protocol.seams import Past
from runtime_shim.queue.engine import QueueEngine
from runtime_shim.queue.journal import Pending, Settled
from runtime_shim.queue.task import Lane, State, Task
from runtime_shim.values import Err, Ok, Value
from runtime_shim.values.codec import decode, encode

_TICK = 0.02  # seconds that a record waits at most before it is on its way to the disk
_IDLE = 25  # ticks without work after which the writer sleeps
_LOOKS = 64  # looks for keys after which it pays to know those that were used
_BACKLOG = 8192  # records in the buffer at which guests are made to wait

_DONE = State.DONE  # looked up once: an enum's members are not found as quickly as others
Gate = Callable[[str], None]


class SqliteEngine(QueueEngine):
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


class SqliteJournal:
    """A `Journal` in a SQLite file."""

    recording = True

    def __init__(self, path: Path, gate: Gate | None = None) -> None:
        self._path = path
        self._gate = gate or _open
        self._owner = Ownership(path, self._disown)
        try:
            self._writer = connect(path)
            self._reader = reader(path)
            self._digests = self._read_digests()
            self._next_worker = self._largest("worker") + 1
            self._owner.check()
        except BaseException:
            self._owner.release()
            raise
        self._commits = Commits(self._write, lambda: self._written)  # the writing connection
        self._reading = threading.Lock()  # the reading one
        # Appending, taking from the left and looking at the length are one step each, so that no
        # lock is needed to append. Whoever takes has the turn in `_commits`.
        self._log: deque[Op] = deque()
        self._hand: list[Op] = []  # taken, and not known to be in the file
        self._taken = 0
        self._written = 0
        self._used = UsedKeys()  # by this process
        self._earlier: UsedKeys | None = None  # the others, once there were so many looks
        self._looks = 0
        self._ends: dict[str, Task] = {}  # settled and not yet in the file
        self._latest: dict[str, Task] = {}  # brought there by the last transaction
        self._generation = 0
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
        if found is not None or self._new(key):
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

    def _new(self, key: str) -> bool:
        """Whether a key was certainly never used; a call's place is always looked up."""
        if "~" in key:
            return False
        earlier = self._earlier
        if earlier is None:
            looks = self._looks = self._looks + 1  # by itself, whatever others count meanwhile
            if looks == _LOOKS:  # whoever asks a few times reads no more than that
                self._learn()
            return False
        return key not in self._used and key not in earlier

    def _learn(self) -> None:
        """Take down the keys that are in the file, unless they are too many."""
        with self._reading, guarded(self._path):
            query = "SELECT key FROM invocation WHERE state != 'pending' LIMIT ?"
            keys = [key for (key,) in self._reader.execute(query, (MOST + 1,))]
        if len(keys) <= MOST:
            self._earlier = UsedKeys(keys)

    @property
    def generation(self) -> int:
        """How many transactions were written."""
        return self._generation

    def recent(self, key: str) -> Settled | None:
        """The end of an invocation that the last transaction or none has written."""
        task = self._ends.get(key) or self._latest.get(key)
        if task is None or task.outcome is None:
            return None
        return Settled(task.state, task.outcome)

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
        lane.environment = environment(row[3])
        lane.failure = row[5]
        lane.seq = 0 if last is None else last + 1
        return True

    def history(self, worker: WorkerId, upto: int) -> Iterator[Past]:
        """The first `upto` invocations of a worker, read lazily."""
        if upto == 0:
            return
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
        self._usable()
        component = lane.worker.component
        lane.journal = self._next_worker
        self._next_worker += 1
        if component not in self._digests:
            self._digests[component] = digest
            self._append((component, digest))
        self._append(worker_row(lane))

    def fail(self, lane: Lane) -> None:
        """Append why a worker runs nothing from now on."""
        self._append(worker_row(lane))

    def admit(self, task: Task) -> None:
        """Append that a task is pending, or is so again with another attempt and due time."""
        self._usable()
        row = row_of(task, "pending", None, None)
        self._append([row, *held_back(task)] if task.held else row)
        task.admitted = True

    def record(self, task: Task, kind: str, value: Value, packed: bytes | None = None) -> None:
        """Take down one entry of a running task."""
        row = (task.id, task.steps, kind, encode(value) if packed is None else packed)
        task.steps += 1
        if task.admitted:
            self._usable()
            self._append(row)
        elif task.held is None:
            task.held = [row]
        else:
            task.held.append(row)

    def recorded(self, task: Task) -> Sequence[tuple[str, Value]]:
        """What a task has recorded, read back: few are run again, and some are long."""
        self.sync()
        with self._reading, guarded(self._path):
            return read_entries(self._reader, task.id, task.steps)

    def flush(self, task: Task) -> None:
        """Append what is held back; wait when too much is on its way."""
        if not task.admitted:
            self.admit(task)
        if len(self._log) > _BACKLOG:
            self.sync()

    def pack(self, value: Value) -> bytes | None:
        """The bytes of a result."""
        return encode(value)

    def settle(self, task: Task) -> None:
        """Append the outcome of a task."""
        if task.outcome is None:
            raise AssertionError("a settled task has an outcome")
        done = task.state is _DONE
        result = task.packed_result if done else encode(task.outcome.value)
        seq = task.seq if done and task.lane.durable else None
        row = row_of(task, "done" if done else str(task.state), seq, result)
        if "~" not in task.key:
            self._used.add(task.key)
        self._ends[task.key] = task
        self._append([*held_back(task), row] if task.held else row)

    def _append(self, op: Op) -> None:
        self._log.append(op)
        if self._asleep:
            self._stirred.set()

    # --- writing -------------------------------------------------------------------------------

    def sync(self) -> None:
        """Block until everything appended so far is on disk.

        Whoever comes first writes for all who wait: there is no other thread to hand over to.
        """
        # In this order, and `_taken` grows before the log shrinks: never too small.
        waiting = len(self._log)
        target = self._taken + waiting
        if self._written >= target and self._error is None:
            return
        self._usable()
        self._commits.until(target)

    def close(self) -> None:
        """Write what is appended, then let go of the store."""
        try:
            self.sync()
        finally:
            with self._commits.alone():
                self._error = self._error or StoreError(f"{self._path} was closed")
                self._stirred.set()
            self._thread.join()
            with self._reading:
                self._reader.close()
            self._writer.close()
            self._owner.release()

    def _disown(self) -> None:
        """In a forked process: refuse everything, and leave SQLite's connections alone.

        Closing them here would touch the parent's locks and wait for threads that are not here.
        """
        self._error = StoreError(f"{self._path} is in use by the process that this was forked from")
        for connection in (self._writer, self._reader):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))

    def _write(self) -> None:
        """Move the log to the disk. The turn is this thread's.

        A thread may be told to stop at any place here, and nothing may be lost by it: what is taken
        stays where the next one finds it, and a row that is written twice is as it was.
        """
        self._usable()
        log, ops = self._log, self._hand
        for _ in range(len(log)):
            ops.append(log[0])
            self._taken += 1
            log.popleft()
        if not ops:
            self._written = self._taken
            return
        try:
            self._gate("before")
            with guarded(self._path):
                ended = self._transact(ops)
            self._owner.check()
            self._gate("after")
        except BaseException as error:
            if isinstance(error, StoreError):
                self._error = error
            if self._writer.in_transaction:
                self._writer.rollback()
            raise
        self._hand = []
        self._latest = {key: self._ends[key] for key in ended}  # first: they are in one or both
        for key in ended:
            del self._ends[key]
        self._generation += 1
        self._written = self._taken

    def _transact(self, ops: Iterable[Op]) -> list[str]:
        """Write, and give the keys that ended."""
        rows, entries, ended = sorted_out(ops)
        few = len(entries) + len(rows["invocation"]) <= AT_ONCE
        if few and not rows["component"] and not rows["worker"]:
            self._gate("within")
            write_at_once(self._writer, entries, rows["invocation"])
            return ended
        self._writer.execute("BEGIN IMMEDIATE")
        for table in ("component", "worker"):
            write(self._writer, table, rows[table])
        write(self._writer, "oplog", entries)
        write(self._writer, "invocation", rows["invocation"])
        self._gate("within")
        self._writer.execute("COMMIT")
        return ended

    def _run(self) -> None:
        """Write what nobody waits for, soon."""
        quiet = 0
        while self._error is None:
            quiet = 0 if self._log or self._written < self._taken else quiet + 1
            if quiet > _IDLE:
                self._stirred.clear()
                self._asleep = True  # before the last look: who appends sees this, or we see that
                if not self._log and self._error is None:
                    self._stirred.wait()
                self._asleep = False
            time.sleep(_TICK)  # first: who is to be told of the first record writes it himself
            try:
                self.sync()
            except StoreError:
                return  # whoever appends or waits next is told

    # --- rows ----------------------------------------------------------------------------------

    def _usable(self) -> None:
        if self._error is not None:
            raise self._error

    def _read_digests(self) -> dict[str, str]:
        with guarded(self._path):
            return dict(self._reader.execute("SELECT name, digest FROM component"))

    def _largest(self, table: str) -> int:
        with guarded(self._path):
            query = f"SELECT coalesce(max(id), 0) FROM {table}"  # noqa: S608 -- one of our tables
            [number] = self._reader.execute(query).fetchone()
        return int(number)


def _open(gate: str) -> None:
    """The gate of production."""
