"""A journal over a `Store`: what is recorded goes into one buffer, and from there to the store.

Everything reaches the store in the order in which it was recorded, many rows a transaction. So what
survives a crash is a prefix, in which nothing is without what it depends on. Therefore only what
leaves the system waits for the disk: an answer to an outside caller, and an effect of a guest on the
world. A call between workers waits for nothing.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from runtime_shim.engines.commits import Commits
from runtime_shim.engines.rows import Noted, pending_row, sorted_out, worker_row
from runtime_shim.errors import HostTrouble, StoreError
from runtime_shim.protocol.ids import Identity, KeyId, WorkerId
from runtime_shim.queue.task import Lane, State, Task
from runtime_shim.values import Value
from runtime_shim.values.codec import encode

if TYPE_CHECKING:
    from runtime_shim.engines.absent import UsedKeys
    from runtime_shim.engines.rows import Op
    from runtime_shim.engines.store import Store
    from runtime_shim.protocol.health import Health
    from runtime_shim.protocol.past import Past
    from runtime_shim.protocol.seams import Program
    from runtime_shim.queue.recorded import Settled
    from runtime_shim.queue.unfinished import Unfinished

_T = TypeVar("_T")
_TICK = 0.02  # seconds that a record waits at most before it is written
_IDLE = 25  # ticks without work after which the writer sleeps
_LOOKS = 64  # after which it pays to know the keys that were used
_BACKLOG = 8192  # records in the buffer from which on guests have to wait

_DONE = State.DONE  # looked up once: an enum's members are not found as quickly as others


class Buffer:
    """The log on its way to a store, and the thread that writes what nobody waits for.

    Args:
        store: Where it goes.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._commits = Commits(self._write, lambda: self._written)
        # Appending, taking from the left and looking at the length are one step each, so that no
        # lock is needed to append. The thread that takes has the turn in `_commits`.
        self._log: deque[Op] = deque()
        self._hand: list[Op] = []  # taken, and not known to be in the store
        self._taken = 0
        self._written = 0
        self.ends: dict[Identity, Task] = {}  # settled and not yet in the store
        self.latest: dict[Identity, Task] = {}  # written by the last transaction
        self.generation = 0  # how many transactions were written
        self._error: StoreError | None = None  # why nothing more is written
        self._trouble: HostTrouble | None = None  # why nothing is written now
        self._closing = threading.Event()
        self._stirred = threading.Event()
        self._stirred.set()
        self._asleep = False
        store.watch(self._lose)
        self._thread = threading.Thread(target=self._run, name="runtime-shim-writer", daemon=True)
        self._thread.start()

    def append(self, op: Op) -> None:
        """Put rows at the end."""
        self._log.append(op)
        if self._asleep:
            self._stirred.set()

    def waiting(self) -> int:
        """How many rows were not taken yet."""
        return len(self._log)

    @property
    def health(self) -> Health:
        """Whether what is appended gets into the store."""
        from runtime_shim.protocol.health import SERVING, Health

        if self._error is not None:
            return Health("stopped", str(self._error))
        return SERVING if self._trouble is None else Health("waiting", str(self._trouble))

    def usable(self) -> None:
        """Raise `StoreError` when something could not be written, or it was closed."""
        if self._error is not None:
            raise self._error

    def ready(self) -> None:
        """As `usable`; and if the store cannot be written now, wait while too much is pending."""
        self.usable()
        if self._trouble is not None and len(self._log) > _BACKLOG:
            self.sync()

    def sync(self) -> None:
        """Block until everything appended so far is on disk.

        The first thread writes for all that wait: there is no other thread to hand over to.
        """
        # In this order, and `_taken` grows before the log shrinks: never too small.
        waiting = len(self._log)
        target = self._taken + waiting
        if self._written >= target and self._error is None:
            return
        self.usable()
        self._commits.until(target)

    def alone(self, act: Callable[[], _T]) -> _T:
        """What `act` gives when everything is on disk and while nobody writes."""
        with self._commits.alone():
            self._write()
            return act()

    def close(self) -> None:
        """Write all records, then release the store."""
        self._closing.set()
        try:
            self.sync()
        finally:
            with self._commits.alone():
                self._error = self._error or StoreError("the store was closed")
                self._stirred.set()
            self._thread.join()
            self._store.close()

    def _lose(self, error: StoreError) -> None:
        """Refuse everything from now on."""
        self._error = error

    def _wait(self, trouble: HostTrouble) -> None:
        """Note why nothing is written now."""
        self.usable()
        self._trouble = trouble

    def _write(self) -> None:
        """Move the log to the store. The turn is this thread's.

        A thread may be interrupted at any point here without losing anything: taken records stay
        where the next thread finds them, and writing a row twice has no effect.
        """
        self.usable()
        log, ops = self._log, self._hand
        again = bool(ops)
        for _ in range(len(log)):
            ops.append(log[0])
            self._taken += 1
            log.popleft()
        if not ops:
            self._written = self._taken
            return
        rows = sorted_out(ops, int(time.time()), again=again)
        try:
            try:
                self._store.write(rows)
            except HostTrouble as trouble:
                from runtime_shim.engines.patience import outlast

                outlast(lambda: self._store.write(rows), trouble, self._wait, self._closing)
        except StoreError as error:
            self._error = error
            raise
        self._trouble = None
        self._hand = []
        self.latest = {task.identity: task for task in rows.ended}  # first: in one or both
        for identity in self.latest:
            del self.ends[identity]
        self.generation += 1
        self._written = self._taken

    def _run(self) -> None:
        """Write records that no thread waits for, soon."""
        quiet = 0
        while self._error is None:
            quiet = 0 if self._log or self._written < self._taken else quiet + 1
            if quiet > _IDLE:
                self._stirred.clear()
                self._asleep = (
                    True  # before the last check: the appending thread sees this, or we see that
                )
                if not self._log and self._error is None:
                    self._stirred.wait()
                self._asleep = False
            time.sleep(_TICK)  # the first: whoever waits for the first record writes it itself
            try:
                self.sync()
            except StoreError:
                return  # reported to whoever appends or waits next


class BufferedJournal:
    """A `Journal` over a `Store`, which it closes.

    Args:
        store: Where everything is kept.
        buffer: What is on its way there; by default a new one.
    """

    recording = True

    def __init__(self, store: Store, buffer: Buffer | None = None) -> None:
        self._store = store
        self.crashed = store.crashed
        self._builds: dict[tuple[str, str], int] = {}  # the numbers of components
        self._digests: dict[int, str] = {}
        self._kept: set[int] = set()  # those whose bytes are kept, or will be
        self.keeping: list[threading.Thread] = []
        self.learn()
        workers, self._last = store.largest()
        self._next_worker = workers + 1
        self._used: UsedKeys | None = None
        self._looks = 0
        self.buffer = buffer or Buffer(store)

    # --- reading -------------------------------------------------------------------------------

    def learn(self) -> None:
        """See which builds there are."""
        found = self._store.components()
        self._builds = {(name, digest): number for number, name, digest, _ in found}
        self._digests = {number: digest for number, _, digest, _ in found}
        self._kept = {number for number, *_, kept in found if kept}

    def known(self, component: str, program: Program) -> bool:
        """Whether there may be workers of other builds of a component; this one's bytes are kept."""
        for (name, digest), number in self._builds.items():
            if (name, digest) == (component, program.digest):
                self._keep(number, program)  # its process may have died before
        return any(name == component and one != program.digest for name, one in self._builds)

    def binary(self, component: str, digest: str) -> bytes:
        """The bytes of a build that durable workers were created with."""
        from runtime_shim.engines.binaries import unpacked

        return unpacked(component, digest, self._store.binary(self._builds[component, digest]))

    def pending(self) -> Sequence[Unfinished]:
        """What is unfinished, in the order of arrival."""
        return self._store.pending()

    def last_id(self) -> int:
        """The largest number of an invocation, when the journal was opened."""
        return self._last

    def find(self, identity: Identity) -> Settled | None:
        """The end of an invocation that is settled."""
        found = self.recent(identity)
        # A guest's call is always looked up; a key from outside is new more often than not.
        if found is not None or (isinstance(identity, KeyId) and self._unused(identity.key)):
            return found
        return self._store.find(identity)

    def _unused(self, key: str) -> bool:
        """Whether a key was certainly never used: worth knowing for whoever looks often."""
        if self._used is None:
            looks = self._looks = self._looks + 1  # by itself, whatever others count meanwhile
            if looks == _LOOKS:
                from runtime_shim.engines.absent import UsedKeys

                used = self._used = UsedKeys()
                used.read((*self.buffer.ends, *self.buffer.latest), self._store.keys)
            return False
        return key not in self._used

    @property
    def generation(self) -> int:
        """How many transactions were written."""
        return self.buffer.generation

    def recent(self, identity: Identity) -> Settled | None:
        """The end of an invocation that was written by the last transaction or not yet."""
        task = self.buffer.ends.get(identity) or self.buffer.latest.get(identity)
        if task is None or task.outcome is None:
            return None
        from runtime_shim.queue.recorded import Settled

        return Settled(task.state, task.outcome, task.function, task.encoded)

    def load(self, lane: Lane) -> bool:
        """Fill in what is recorded of a durable worker; whether anything is."""
        kept = self._store.worker(lane.worker)
        if kept is None:
            return False
        lane.journal = kept.note
        lane.version = self._digests.get(kept.note.version)
        lane.environment = kept.environment
        lane.failure = kept.failure
        lane.seq = kept.seq
        return True

    def history(self, worker: WorkerId, start: int, stop: int) -> Iterator[Past]:
        """Some invocations of a worker, read a part at a time."""
        if start < stop:
            self.sync()
        while start < stop:
            part = self._store.history(worker, start, stop)
            yield from part
            start += len(part)

    def recorded(self, task: Task) -> Sequence[tuple[str, Value]]:
        """What a task has recorded, read back: few are run again, and some are long."""
        self.sync()
        return self._store.steps(task.id, task.steps)

    # --- appending -----------------------------------------------------------------------------

    def create(self, lane: Lane, program: Program) -> None:
        """Append that a worker was created."""
        self.buffer.usable()
        build, number = (lane.worker.component, program.digest), self._next_worker
        version = self._builds.get(build)
        if version is None:
            version = self._builds[build] = max(self._digests, default=0) + 1
            self._digests[version] = program.digest
            self.buffer.append((version, *build))
        if lane.durable:
            self._keep(version, program)
        self._next_worker += 1
        lane.version = program.digest
        lane.journal = Noted(number, version, number if lane.durable else -version)
        self.buffer.append(worker_row(lane))

    def _keep(self, version: int, program: Program) -> None:
        """Have the bytes of a build in the store, some time from now."""
        binary = program.binary
        if version not in self._kept and binary is not None:
            self._kept.add(version)
            keep = threading.Thread(
                target=lambda: self.buffer.append((version, zlib.compress(binary, 1)))
            )
            try:
                keep.start()
                self.keeping.append(keep)
            except RuntimeError:  # the system allows no more threads
                keep.run()

    def fail(self, lane: Lane) -> None:
        """Append why a worker runs nothing more."""
        self.buffer.append(worker_row(lane))

    def admit(self, task: Task) -> None:
        """Append that a task is pending, possibly again with another attempt and due time."""
        self.buffer.usable()
        row, held = pending_row(task, time.time()), task.held
        self.buffer.append([row, *held] if held else row)
        task.admitted, task.held = True, None

    def record(self, task: Task, kind: str, value: Value, encoded: bytes | None = None) -> None:
        """Record one entry of a running task."""
        if not kind.isascii():
            encode(kind)  # which raises `CodecError` for a lone surrogate
        row = (task.id, task.steps, kind, encode(value) if encoded is None else encoded)
        task.steps += 1
        if task.admitted:
            self.buffer.ready()
            self.buffer.append(row)
        elif task.held is None:
            task.held = [row]
        else:
            task.held.append(row)

    def flush(self, task: Task) -> None:
        """Append what is held back; wait if too much is pending."""
        if not task.admitted:
            self.admit(task)
        if self.buffer.waiting() > _BACKLOG:
            self.sync()

    def pack(self, value: Value) -> bytes | None:
        """The bytes of a result."""
        return encode(value)

    def settle(self, task: Task) -> None:
        """Append the outcome of a task."""
        if task.outcome is None:
            raise AssertionError("a settled task has an outcome")
        if task.state is not _DONE:
            task.encoded_failure = encode(task.outcome.value)
        identity = task.identity
        self.buffer.ends[identity] = task  # first: whoever begins to note used keys looks there
        if self._used is not None and type(identity) is KeyId:
            self._used.add(identity.key)
        self.buffer.append(task)

    @property
    def health(self) -> Health:
        """Whether records get into the store."""
        return self.buffer.health

    def sync(self) -> None:
        """Block until everything appended so far is on disk."""
        self.buffer.sync()

    def close(self) -> None:
        """Write all records, then release the store."""
        for thread in self.keeping:
            thread.join()
        self.buffer.close()
