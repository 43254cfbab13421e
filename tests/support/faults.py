"""Faults for the harness that kills: of the disk, of the clock, of the keyboard, of keys and of guests."""

from __future__ import annotations

import logging
import os
import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from runtime_shim.engines.rows import Sorted
from runtime_shim.engines.sqlite.inspection import looking, repairing
from runtime_shim.engines.sqlite.store import SqliteStore
from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.keys import derived_key, root_key
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.seams import Invocation
from runtime_shim.queue.engine import QueueEngine

MINE = "mine"
INTERRUPTED = 3  # how a child ends that was told to by Ctrl-C
NOWHERE = Environment()


def die(seen: Seen, items: list[Any], invocation: Invocation) -> None:
    """A call that ends its process."""
    seen.note("ended by a call")
    os.kill(os.getpid(), signal.SIGKILL)


class Seen(logging.Handler):
    """Counts what took place, in a file that outlives those who write to it.

    As a handler of the host's log, it counts when the host waits for its store, and for what.
    """

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)

    def note(self, what: str) -> None:
        """It happened once more."""
        os.write(self.file, f"{what}\n".encode())

    def emit(self, record: logging.LogRecord) -> None:
        """Note a message about the store."""
        said = record.getMessage()
        if "calls wait" in said:
            self.note("waited for a lock" if "locked" in said else "waited for space")
        elif "can be written again" in said:
            self.note("went on")

    def counts(self) -> dict[str, int]:
        """How often each thing happened."""
        size = os.fstat(self.file).st_size
        return dict(sorted(Counter(os.pread(self.file, size, 0).decode().splitlines()).items()))


class Weather:
    """What happens to a process from within: its disk is full, its clock is set, and more.

    Args:
        dice: Decide what.
        seen: Is told.
        more: What else may happen.
    """

    def __init__(self, dice: random.Random, seen: Seen, *more: Callable[[], None]) -> None:
        self.dice = dice
        self.seen = seen
        self.more = more
        self.offset = 0.0
        self.full = False
        self.over = threading.Event()
        self.thread: threading.Thread | None = None

    def clock(self) -> float:
        """Seconds since the epoch, or some other time."""
        return time.time() + self.offset

    def begin(self, store: SqliteStore, longest: float) -> None:
        """Change the weather again and again, in a thread of its own.

        What is done to the disk, the thread does that writes. A statement of another thread on the
        same connection may be the one that ends a transaction, and then it is that one's failure.
        """
        transact = store._transact

        def within(rows: Sorted) -> None:
            if not self.full:
                return transact(rows)
            writer = store._writer
            [pages] = writer.execute("PRAGMA page_count").fetchone()
            writer.execute(f"PRAGMA max_page_count = {pages}")
            try:
                transact(rows)
            finally:
                writer.execute("PRAGMA max_page_count = 1000000000")

        store._transact = within  # type: ignore[method-assign]
        self.thread = threading.Thread(target=self._run, args=(longest,), daemon=True)
        self.thread.start()

    def end(self) -> None:
        """Let it be as it was."""
        self.over.set()
        if self.thread is not None:
            self.thread.join()
        self.offset = 0.0

    def _run(self, longest: float) -> None:
        actions = (self._fill, self._step, *self.more)
        while not self.over.wait(self.dice.uniform(0.002, longest)):
            with suppress(sqlite3.Error):
                self.dice.choice(actions)()

    def _step(self) -> None:
        """Set the clock."""
        self.seen.note("clock set")
        self.offset = self.dice.choice([0.0, self.dice.uniform(-4000, 4000)])

    def _fill(self) -> None:
        """Leave no room on the disk for a moment."""
        self.seen.note("disk full")
        self.full = True
        time.sleep(self.dice.uniform(0.001, 0.1))
        self.full = False


class Forger:
    """Somebody outside who uses the keys of guests' calls.

    Args:
        engine: What is asked.
        effects: A file with the keys of calls that were made.
        first: The round whose calls are going to be made.
        dice: Decide which.
        seen: Is told.
    """

    def __init__(
        self, engine: QueueEngine, effects: Path, first: int, dice: random.Random, seen: Seen
    ) -> None:
        self.seen = seen
        self.engine = engine
        self.effects = effects
        self.first = first
        self.dice = dice

    def forge(self) -> None:
        """Read a list with the key of a call that appends to it."""
        caller = f"{self.first}.0"
        key = str(derived_key(root_key(WorkerId("caller", caller), f"run-{caller}"), 1))
        worker = WorkerId("list", caller)
        lines = self.effects.read_text().splitlines()
        if lines and self.dice.random() < 0.8:
            key, value, _ = self.dice.choice(lines).split(" ")
            worker = WorkerId("list", value.partition(":")[0])
        try:
            found = self.engine.invoke(worker, "append", (None,), key, NOWHERE)
        except StoreError:
            return
        self.seen.note("key forged")
        if any(type(item) is not list for item in found):
            os.write(2, f"forged: {found}\n".encode())
            os._exit(4)  # so that it counts as an end by itself


def lock(store: Path, dice: random.Random) -> None:
    """Write to a store, and take time for it."""
    with closing(sqlite3.connect(store, timeout=0, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(dice.uniform(0.001, 0.3))
        other.execute("ROLLBACK")


class Outside:
    """What happens to a process from outside, and what an operator does after it has ended."""

    def __init__(self, store: Path, dice: random.Random, seen: Seen, longest: float) -> None:
        self.store = store
        self.longest = longest  # seconds between two disturbances
        self.dice = dice
        self.seen = seen
        self.revived = 0

    @contextmanager
    def around(self, child: int) -> Iterator[None]:
        """Disturb a process as long as it lives."""
        over = threading.Event()
        thread = threading.Thread(target=self._disturb, args=(child, over))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def beside(self) -> int:
        """A new process that disturbs this one until it is killed: its id."""
        parent = os.getpid()
        disturber = os.fork()
        if disturber == 0:
            try:
                self._disturb(parent, threading.Event())
            finally:
                os._exit(1)
        return disturber

    def _disturb(self, child: int, over: threading.Event) -> None:
        actions: list[Callable[[int], None]] = [self._stop, self._lock, self._lock, self._interrupt]
        while not over.wait(self.dice.uniform(0.01, self.longest)):
            action = self.dice.choice(actions)
            with suppress(ProcessLookupError, sqlite3.Error):
                action(child)
                self.seen.note(action.__name__.strip("_"))

    def _stop(self, child: int) -> None:
        os.kill(child, signal.SIGSTOP)
        time.sleep(self.dice.uniform(0.001, 0.2))
        os.kill(child, signal.SIGCONT)

    def _interrupt(self, child: int) -> None:
        os.kill(child, signal.SIGINT)

    def _lock(self, child: int) -> None:
        lock(self.store, self.dice)

    def tend(self) -> None:
        """Revive what is parked and is not to blame: it was killed too often from outside."""
        with suppress(StoreError):
            with looking(self.store) as records:
                parked = {info.worker for info in records.workers() if info.status == "parked"}
            for worker in sorted(parked):
                if worker.component != MINE:
                    with repairing(self.store) as repairs:
                        self.revived += repairs.revive(worker)

    def clear(self) -> tuple[int, int]:
        """Cancel the calls that end their process: how many there are, and how many were parked."""
        with repairing(self.store) as repairs:
            mine = [info for info in repairs.workers() if info.worker.component == MINE]
            for info in mine:
                for call in list(repairs.log(info.worker, pending=True)):
                    if not repairs.cancel(info.worker, str(call.key)):
                        raise AssertionError(f"{call.key} could not be cancelled")
        return len(mine), sum(info.status == "parked" for info in mine)
