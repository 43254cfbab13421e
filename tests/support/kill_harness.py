"""Kill the host again and again, then check that nothing was lost, doubled or reordered.

    python tests/support/kill_harness.py --kills 100 --seed 1
    python tests/support/kill_harness.py --every-write
    python tests/support/kill_harness.py --faults --kills 500 --longest 3 --callers 8 --calls 100000
    python tests/support/kill_harness.py --snapshots 50 --kills 500

A child process runs rounds of calls against one store: callers append values to lists of their own
and to a list that they share, by awaited, spawned and triggered calls, each with a recorded host
call and an effect in a file outside. Failures are injected before and behind the host call and
during replay. The child dies by SIGKILL, half the time at a random moment, half the time at a
numbered gate before, within or after a transaction; with `--every-write` everything that is
appended is a transaction of its own, and round after round dies at the next gate, until every one
of a round has been died at. At the end an independent checker compares what the callers were told,
what the lists hold when rebuilt cold, the file, and what the attempts tell of retries. Nothing of
the engine is used to decide what is right.

With `--snapshots` lists are taken every so many calls, and leave memory all the time; there are gates
around and within the transactions that write them as well. At the end all lists are rebuilt without.

With `--faults` other things happen meanwhile: the disk is full, another program locks the store, the
clock is set, the child is interrupted or stopped for a while, keys of guests' calls are used from
outside, and some calls end their process until they are parked. A call that is parked because of
kills from outside is revived. Children that live longer have longer pauses between these, so that
about as many happen in each life; it is printed how often each took place.
"""

from __future__ import annotations

import argparse
import itertools
import json
import logging
import os
import random
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import faults
import history_checker

from runtime_shim.engines.buffered import Buffer, BufferedJournal
from runtime_shim.engines.rows import Op
from runtime_shim.engines.sqlite import snapshots
from runtime_shim.engines.sqlite.bases import read_base
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.store import Gate, SqliteStore
from runtime_shim.errors import StoreError, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.protocol.seams import History, Invocation
from runtime_shim.protocol.seams import Program as Seams
from runtime_shim.protocol.snapshots import Snapshots
from runtime_shim.queue import unfinished
from runtime_shim.queue.engine import QueueEngine
from runtime_shim.snapshots import handler
from runtime_shim.snapshots.content import Snapshot
from runtime_shim.snapshots.handler import SnapshotHandler
from runtime_shim.snapshots.program import SnapshotInstance, SnapshotProgram
from runtime_shim.values.codec import encode

CALLS = 60  # a caller and round
FEW = 6  # the same with `--every-write`
STUCK = 60.0  # seconds after which a child counts as hung
POLICY = RetryPolicy(max_attempts=None, min_delay=0.001, max_delay=0.005, jitter=0)
RETRIES = RetryPolicies(POLICY)
NOWHERE = Environment()
READS = "read "  # before the name of an attempt that is not noted


class Program:
    """A component of one function."""

    durable = True
    binary: bytes | None = None

    def __init__(self, function: str, run: Callable[..., Any]) -> None:
        self.function = function
        self.run = run
        self.digest = function.encode().hex().zfill(64)

    def earlier(self, binary: bytes) -> Program:
        """There is one."""
        return self

    def check(self, function: str, args: tuple[Any, ...]) -> None:
        """Everything fits."""

    def instantiate(self, worker: WorkerId, environment: Environment) -> Running:
        """A worker with an empty list."""
        return Running(self.run)


class Running:
    """An instance: a list."""

    def __init__(self, run: Callable[..., Any]) -> None:
        self.run = run
        self.items: list[Any] = []

    def call(self, function: str, args: tuple[Any, ...], invocation: Invocation) -> Any:
        """Run the one function."""
        return self.run(self.items, invocation, *args)

    def close(self) -> None:
        """Nothing to unload."""


class Taken(SnapshotProgram):
    """A `Program` whose instances can be taken."""

    durable = True
    binary: bytes | None = None
    parts = ()

    def __init__(self, function: str, run: Callable[..., Any], restored: Path) -> None:
        self.plain = Program(function, run)
        self.digest = self.plain.digest
        self.restored = os.open(restored, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def check(self, function: str, args: tuple[Any, ...]) -> None:
        """Everything fits."""

    def instantiate(self, worker: WorkerId, environment: Environment) -> TakenRunning:
        """A worker with an empty list."""
        return TakenRunning(self, [])

    def restore(
        self, snapshot: Snapshot, invocation: Invocation
    ) -> tuple[TakenRunning, RetryPolicy | None]:
        """One with the list of a snapshot."""
        os.write(self.restored, b".")
        return TakenRunning(self, list(snapshot.counts)), None


class TakenRunning(SnapshotInstance):
    """A `Running` that can be taken."""

    def __init__(self, program: Taken, items: list[Any]) -> None:
        self.running = program.plain.instantiate(WorkerId("", ""), NOWHERE)
        self.running.items = items
        self.digest = program.digest

    def call(self, function: str, args: tuple[Any, ...], invocation: Invocation) -> Any:
        """Run the one function."""
        return self.running.call(function, args, invocation)

    def snapshot(self) -> Snapshot:
        """The list."""
        counts = list(self.running.items)
        return Snapshot(self.digest, 0, "", (), (), (), {}, (), {}, counts)

    def close(self) -> None:
        """Nothing to unload."""


class Attempts(SnapshotHandler):
    """The handler, with a line in a file for the beginning and the failure of every attempt.

    Args:
        guests: The programs.
        file: Where it writes.
        place: Where it keeps what it takes of lists; without, they are run again from the start.
    """

    def __init__(self, guests: Guests, file: Path, place: Snapshots | None = None) -> None:
        plain = Program("append", guests.append)
        restored = file.with_name("restored")
        super().__init__(
            {
                "list": plain if place is None else Taken("append", guests.append, restored),
                "caller": Program("run", guests.run),
                faults.MINE: Program(
                    "die", partial(faults.die, faults.Seen(file.with_name("seen")))
                ),
            },
            capacity=None if place is None else 1,
        )
        if place is not None:
            self.place = place
        self.guests = guests
        self.file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def __call__(
        self, invocation: Invocation, history: History, program: Seams | None = None
    ) -> Any:
        """Run one attempt."""
        now = self.guests.now
        below = getattr(now, "name", None)  # of the caller, on whose stack this one runs
        reads = READS if invocation.args == (None,) else ""
        now.name = f"{reads}{invocation.key} {invocation.attempt}"
        self.note("begin")
        try:
            return super().__call__(invocation, history, program)
        except Trap:
            self.note("trap")
            raise
        finally:
            now.name = below

    def note(self, what: str) -> None:
        """Write a line, unless a list is only read."""
        if self.guests.now.name.startswith(READS):
            return
        line = f"{what} {self.guests.now.name} {time.time()}\n"
        os.write(self.file, line.encode())


class Guests:
    """The programs, with injected failures and an effect outside.

    Whether an attempt fails depends on its key and number alone, so that a kill changes nothing.
    """

    def __init__(self, effects: Path, seed: int, dice: random.Random) -> None:
        self.seed = seed
        self.dice = dice
        self.now = threading.local()  # name: the key and the number of the attempt that runs
        self.file = os.open(effects, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def fail(self, chance: float, where: str, key: str) -> None:
        """Trap now and then."""
        dice = random.Random(f"{self.seed} {self.now.name} {where} {key}")  # noqa: S311 -- dice
        if dice.random() < chance:
            raise Trap(f"injected {where}")

    def effect(self, key: str, value: str) -> str:
        """Act on the world; another token every time."""
        token = f"{self.dice.getrandbits(60):015x}"
        os.write(self.file, f"{key} {value} {token}\n".encode())
        return token

    def append(self, items: list[Any], invocation: Invocation, value: str | None) -> Any:
        """Append with an effect; None reads the list."""
        if value is None:
            return list(items)
        key = invocation.key
        self.fail(0.0005 if invocation.replaying else 0.01, "before the step", key)
        token = invocation.step("effect", lambda: self.effect(key, value), external=True)
        self.fail(0.0 if invocation.replaying else 0.01, "behind the step", key)
        items.append([value, token])
        return [value, token, len(items)]

    def run(self, items: list[Any], invocation: Invocation, calls: int) -> list[Any]:
        """One caller's round."""
        name = invocation.worker.name
        round_, _, _ = name.partition(".")
        own, shared = WorkerId("list", name), WorkerId("list", f"{round_}.shared")
        told = []
        for number in range(calls):
            chance = invocation.step("random", lambda: self.dice.getrandbits(30))
            answer = invocation.call(own, "append", (f"{name}:{number}:{chance}",))
            told.append([*answer, str(chance)])
            if number % 5 == 0:
                invocation.send(shared, "append", (f"{name}:{number}:sent",))
            if number % 15 == 0:
                sides = [WorkerId("list", f"{name}.{side}") for side in "lr"]
                futures = [
                    invocation.spawn(side, "append", (f"{side.name}:{number}:0",)) for side in sides
                ]
                invocation.spawn(
                    WorkerId("list", f"{name}.left"), "append", (f"{name}.left:{number}:0",)
                )
                self.fail(0.05, "between spawn and get", str(number))
                told += [[*future.get(), "0"] for future in futures]
            self.fail(0.002, "between calls", str(number))
        return told


class WriteThrough(Buffer):
    """A buffer in which everything that is appended is a transaction of its own."""

    def append(self, op: Op) -> None:
        super().append(op)
        self.sync()


@dataclass(frozen=True)
class Plan:
    """What a child does.

    Attributes:
        first: The round that it begins with, or goes on with.
        die: The number of the gate at which it kills itself; None leaves that to others.
        fresh: Whether gates are counted from the beginning of the round after `first`.
        calls: How many a caller makes a round.
        callers: How many there are.
        every: Whether everything is written by itself.
        faults: How long it may live, if other things happen meanwhile than its death.
        mine: The number of a call that ends it, if there is to be one.
        snapshots: After how many calls a list is taken; 0 is never.
    """

    first: int
    die: int | None
    fresh: bool = False
    calls: int = CALLS
    callers: int = 2
    every: bool = False
    faults: float = 0.0
    mine: int | None = None
    snapshots: int = 0


def serve(folder: Path, seed: int, dice: random.Random, pipe: int, plan: Plan) -> None:
    """The child: rounds until it dies, or is interrupted."""
    engines: list[QueueEngine] = []
    try:
        rounds(folder, seed, dice, pipe, plan, engines)
    except KeyboardInterrupt:
        with suppress(StoreError, KeyboardInterrupt):
            for engine in engines if dice.random() < 0.5 else ():
                engine.close()
        os._exit(faults.INTERRUPTED)


def rounds(
    folder: Path,
    seed: int,
    dice: random.Random,
    pipe: int,
    plan: Plan,
    engines: list[QueueEngine],
) -> None:
    """Ask round after round."""
    gates = itertools.count(1)
    counting = not plan.fresh

    def gate(name: str) -> None:
        if counting and next(gates) == plan.die:
            os.kill(os.getpid(), signal.SIGKILL)

    seen = faults.Seen(folder / "seen")
    logging.getLogger("runtime_shim").addHandler(seen)
    weather = faults.Weather(dice, seen)
    store = SqliteStore(folder / "store.db", gate)
    buffer = WriteThrough(store) if plan.every else None
    journal = BufferedJournal(store, buffer)
    engine = QueueEngine(journal, retries=RETRIES, clock=weather.clock)
    engines.append(engine)
    guests = Guests(folder / "effects", seed, dice)
    place = kept(folder / "store.db", journal, plan.snapshots, gate) if plan.snapshots else None
    engine.start(Attempts(guests, folder / "attempts", place))
    if plan.faults:
        forger = faults.Forger(engine, folder / "effects", plan.first, dice, seen)
        weather.more = (forger.forge,)
        weather.begin(store, plan.faults / 12)
    if plan.mine is not None:
        engine.send(WorkerId(faults.MINE, f"m{plan.mine}"), "die", (), f"m{plan.mine}", NOWHERE)

    def ask(round_: int, caller: int) -> None:
        # The main thread closes the engine when it is interrupted.
        with suppress(StoreError) if caller and plan.faults else nullcontext():
            told(round_, caller)

    def told(round_: int, caller: int) -> None:
        name = f"{round_}.{caller}"
        worker = WorkerId("caller", name)
        answer = engine.invoke(worker, "run", (plan.calls,), f"run-{name}", NOWHERE)
        os.write(pipe, f"{json.dumps([round_, caller, answer])}\n".encode())

    for round_ in itertools.count(plan.first):
        threads = [threading.Thread(target=ask, args=(round_, n)) for n in range(1, plan.callers)]
        for thread in threads:
            thread.start()
        ask(round_, 0)
        for thread in threads:
            thread.join()
        engine.drain()
        if plan.fresh and counting:
            os.write(pipe, b"[]\n")  # a whole round has fewer gates
            time.sleep(STUCK)
        counting = True


def kept(file: Path, journal: BufferedJournal, every: int, gate: Gate) -> Snapshots:
    """Where lists are kept that are taken every so many calls."""
    handler.AFTER, handler.CALLS, handler._LEAVES, handler._STAYS = 1e9, every, 0, 0
    write = snapshots._write

    def written(*args: Any) -> None:
        gate("before a snapshot")
        write(*args)
        gate("within a snapshot")

    def alone(act: Callable[[], bool]) -> bool:
        done = journal.buffer.alone(act)
        gate("after a snapshot")
        return done

    snapshots._write = written  # in this process
    return snapshots.SqliteSnapshots(file, alone)


class Harness:
    """The parent: starts children, kills them, listens to what they acknowledge."""

    def __init__(
        self,
        folder: Path,
        seed: int,
        callers: int,
        outside: faults.Outside | None = None,
        snapshots: int = 0,
    ) -> None:
        self.snapshots = snapshots
        self.folder = folder
        self.seed = seed
        self.callers = callers
        self.outside = outside
        self.dice = random.Random(seed)  # noqa: S311 -- dice
        self.told: dict[tuple[int, int], list[Any]] = {}
        self.problems: list[str] = []
        self.complete = False  # every gate of a round has been died at
        self.kills = 0

    def round(self) -> int:
        """The first round that not every caller was told the end of."""
        return next(
            number
            for number in itertools.count()
            if any((number, caller) not in self.told for caller in range(self.callers))
        )

    def kill(self, longest: float) -> None:
        """One child, one death: at a random moment, at some gate, or around the next write."""
        number, self.kills = self.kills, self.kills + 1
        plan = Plan(self.round(), None, callers=self.callers)
        if number % 3 == 1:
            plan = replace(plan, die=self.dice.randint(1, max(12, int(100 * longest))))
        elif number % 3 == 2:
            plan = replace(plan, die=1 + number // 3 % 3, every=True)
        pause = self.dice.uniform(0.002, longest) if plan.die is None else None
        if self.outside is not None:
            mine = number if number % 42 == 21 else None
            plan = replace(plan, every=False, faults=longest, mine=mine)
        self._run(plan, pause)

    def every_write(self) -> None:
        """A round for each gate of a round."""
        while not self.complete:
            self.kills += 1
            plan = Plan(self.round(), self.kills, fresh=True, calls=FEW, every=True)
            self._run(plan, None)

    def _run(self, plan: Plan, pause: float | None) -> None:
        plan = replace(plan, snapshots=self.snapshots)
        receive, send = os.pipe()
        dice = random.Random(self.dice.getrandbits(60))  # noqa: S311 -- dice
        child = os.fork()
        if child == 0:
            try:
                os.close(receive)
                serve(self.folder, self.seed, dice, send, plan)
            finally:
                os._exit(1)
        os.close(send)
        with nullcontext() if self.outside is None else self.outside.around(child):
            if pause is not None:
                time.sleep(pause)
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            self._listen(receive, child)
        if self.outside is not None:
            self.outside.tend()

    def _listen(self, receive: int, child: int) -> None:
        """Take what the child said until it was dead."""
        alarm = threading.Timer(STUCK, os.kill, (child, signal.SIGTERM))
        alarm.start()
        rest = b""
        with os.fdopen(receive, "rb", buffering=0) as pipe:
            while data := pipe.read(1 << 16):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._heard(json.loads(line), child)
        _, status = os.waitpid(child, 0)
        alarm.cancel()
        end = os.waitstatus_to_exitcode(status)
        if end == -signal.SIGTERM:
            self.problems.append("a child hung")
        elif self.outside and end == faults.INTERRUPTED:
            self.outside.seen.note("ended by an interrupt")
        elif end != -signal.SIGKILL:
            self.problems.append(f"a child ended by itself with {end}")

    def _heard(self, said: list[Any], child: int) -> None:
        if not said:
            self.complete = True
            os.kill(child, signal.SIGKILL)
            return
        round_, caller, told = said
        if self.told.setdefault((round_, caller), told) != told:
            self.problems.append(f"caller {round_}.{caller} was told two things")

    def finish(self, calls: int) -> dict[str, list[Any]]:
        """Let everything end without kills; the lists, rebuilt cold."""
        guests = Guests(self.folder / "effects", self.seed, self.dice)
        attempts, store = self.folder / "attempts", self.folder / "store.db"
        with closing(SqliteEngine(store, retries=RETRIES)) as engine:
            engine.start(Attempts(guests, attempts))
            for round_ in range(self.round() + 1):
                for caller in range(self.callers):
                    name = f"{round_}.{caller}"
                    worker = WorkerId("caller", name)
                    told = engine.invoke(worker, "run", (calls,), f"run-{name}", NOWHERE)
                    if self.told.setdefault((round_, caller), told) != told:
                        self.problems.append(f"caller {name} was told two things")
            engine.drain()
        lists = {}
        with closing(SqliteEngine(store, retries=RETRIES)) as engine:
            engine.start(Attempts(guests, attempts))
            for name in names(self.told):
                worker = WorkerId("list", name)
                lists[name] = engine.invoke(worker, "append", (None,), f"read-{name}", NOWHERE)
        return lists


def names(told: Iterable[tuple[int, int]]) -> list[str]:
    """The lists that these callers (round, caller) have appended to."""
    callers = sorted(told)
    return [
        *(f"{round_}.shared" for round_ in sorted({round_ for round_, _ in callers})),
        *(
            f"{round_}.{caller}{side}"
            for round_, caller in callers
            for side in ("", ".l", ".r", ".left")
        ),
    ]


def last_attempts(store: Path) -> dict[str, int]:
    """The number of the last attempt by the key that guests see, by the journal."""
    with closing(sqlite3.connect(store)) as connection:
        rows = connection.execute(
            "SELECT id, attempt, iif(typeof(name) = 'text', name, NULL) FROM invocation "
            "WHERE args != ?",
            (encode((None,)),),
        )
        return {
            str(read_base(connection, number)) if key is None else key: attempt
            for number, attempt, key in rows.fetchall()
        }


def taken(folder: Path) -> dict[str, int]:
    """How many snapshots there are at the end, and how many were put back in all."""
    store, restored = folder / "store.db", folder / "restored"
    with closing(sqlite3.connect(store)) as connection:
        there = snapshots.there(connection)
        query = "SELECT count(*) FROM snapshot WHERE seq > 0"
        [count] = connection.execute(query).fetchone() if there else (0,)
    return {"kept": count, "put back": restored.stat().st_size if restored.exists() else 0}


def main() -> int:
    """Run, check and print one line of JSON; 1 when something is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--calls", type=int, default=0, help="go on until so many were answered")
    parser.add_argument("--callers", type=int, default=2, help="a round, all at once")
    parser.add_argument("--longest", type=float, default=0.12, help="seconds that a child lives")
    parser.add_argument("--every-write", action="store_true")
    parser.add_argument("--faults", action="store_true", help="let other things happen as well")
    parser.add_argument("--snapshots", type=int, default=0, help="take lists every so many calls")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if not options.faults:
        unfinished.MOST_CRASHES = 1000  # no call is to blame for these
    calls = FEW if options.every_write else CALLS
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dice = random.Random(-options.seed)  # noqa: S311 -- dice
        outside = None
        if options.faults:
            seen = faults.Seen(folder / "seen")
            outside = faults.Outside(folder / "store.db", dice, seen, options.longest / 4)
        harness = Harness(folder, options.seed, options.callers, outside, options.snapshots)
        if options.every_write:
            harness.every_write()
        else:
            while harness.kills < options.kills:
                harness.kill(options.longest)
            longest = options.longest
            while sum(map(len, harness.told.values())) < options.calls:
                # On a busy machine a child gets less done in the same time.
                longest = min(2 * longest, STUCK / 4)
                harness.kill(longest)
        mine = outside.clear() if outside else (0, 0)
        lists = harness.finish(calls)
        last = last_attempts(folder / "store.db")
        problems = harness.problems + history_checker.check(
            harness.told, lists, folder / "effects", calls
        )
        problems += [
            problem
            for problem in history_checker.check_attempts(folder / "attempts", last, POLICY)
            if not (outside and problem.endswith("too early"))  # clocks were set
        ]
        text = (folder / "effects").read_text()
        effects = Counter(line.split(" ")[1] for line in text.splitlines())
        summary = {
            "kills": harness.kills,
            "seed": options.seed,
            "rounds": len(harness.told) // options.callers,
            "calls": sum(len(items) for items in lists.values()),
            "failed attempts": sum(last.values()) - len(last),
            **(taken(folder) if options.snapshots else {}),
            "effects done again": sum(effects.values()) - len(effects),
            **(
                {"deadly calls, parked": mine, "revived": outside.revived, **outside.seen.counts()}
                if outside
                else {}
            ),
            "seconds": round(time.monotonic() - begin, 1),
            "problems": problems[:10],
        }
    print(json.dumps(summary))  # noqa: T201 -- the product of the script
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
