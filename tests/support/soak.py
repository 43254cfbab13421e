"""Many threads call many workers for minutes; every answer is checked, and memory must not grow.

    python tests/support/soak.py --minutes 10 --threads 24 --workers 1000 --seed 1

Four of five workers are counters, the others relays that call counters; all are real components on
a journal with full synchronisation. The threads add at counters, directly and through relays, with
keys of their own; they ask again with keys that are settled and with keys that another thread is
using; they call ephemeral workers, good ones and ones that fail; they send calls for now and for
later; and some attempts trap in the host's hands, after the guest has changed its state, so that
workers are rebuilt. Some counters are called seldom, and fewer instances are kept than there are
workers.

Each addition tells the new total, and all totals of a counter must form one chain: none missing,
none twice. At the end all counters are read, and some of them once more by another host, which
rebuilds them from the journal. Resident memory at the end may be at most `--growth` times that
after a fifth of the time. Exit status 1 when anything is wrong.

With `--snapshots` workers are taken every few calls, or so many, and a tiny memory budget has all idle ones leave
again and again, so that they come back from snapshots all the time. A snapshot that cannot be used is
wrong.

With `--faults` the disk is full now and then, another process locks the store, stops this one for a
while and sends it SIGINT, and the clock is set; it is printed how often.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import signal
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import faults
import soak_guests as guests

from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.snapshots import SqliteSnapshots
from runtime_shim.errors import InvocationFailed, Trap
from runtime_shim.heap import share_heaps
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.keys import derived_key, root_key
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.snapshots import handler as snapshots
from runtime_shim.snapshots.program import SnapshotProgram

POLICY = RetryPolicy(max_attempts=3, min_delay=0.002, max_delay=0.02)
SELDOM = 0.05  # the share of calls that go to the last fifth of the workers
EVERY, TINY = 3, "1MiB"  # calls between snapshots, and memory, with `--snapshots` alone
COLD = 25  # counters that are read by another host at the end
SHARES = {
    "add": 50,
    "pass": 20,
    "again": 8,
    "twin": 4,
    "once": 8,
    "send": 5,
    "schedule": 2,
    "chancy": 1,
    "pass chancy": 1,
    "fail": 1,
    "forge": 1,
}


class Wrong(Exception):
    """An answer that cannot be."""


class Ledger:
    """What one counter has told.

    Attributes:
        given: The sum of all that was added to it.
        known: The total up to which the chain has no gap.
        ahead: Links behind the gap: where each begins and ends.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.given = self.known = 0
        self.ahead: dict[int, int] = {}
        self.lock = threading.Lock()

    def give(self, by: int) -> None:
        """Note that `by` is about to be added, or sent."""
        with self.lock:
            self.given += by

    def told(self, total: int, by: int) -> None:
        """Note that adding `by` gave `total`."""
        with self.lock:
            if total - by < self.known or total - by in self.ahead:
                raise Wrong(f"{self.name}: {by} more gave {total}, and {self.known} was known")
            self.ahead[total - by] = total
            while self.known in self.ahead:
                self.known = self.ahead.pop(self.known)


@dataclass
class Asked:
    """A call whose key is used more than once; whoever gets an answer compares it."""

    counter: int
    by: int
    key: str
    answer: int | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def told(self, total: int) -> bool:
        """Take down an answer; whether it is the first."""
        with self.lock:
            first, self.answer = self.answer is None, self.answer or total
            if self.answer != total:
                raise Wrong(f"{self.key} gave {self.answer}, then {total}")
        return first


class Luck:
    """What guests draw: a ticket is bad when it is drawn first, and good after that."""

    def __init__(self) -> None:
        self._drawn: set[int] = set()
        self._numbers = 0
        self._lock = threading.Lock()
        self.trapped = 0

    def ticket(self) -> int:
        """A new one; never 0."""
        with self._lock:
            self._numbers += 1
            return self._numbers

    def draw(self, ticket: int) -> None:
        """Trap the first time."""
        with self._lock:
            if ticket in self._drawn:
                self._drawn.remove(ticket)
                return
            self._drawn.add(ticket)
            self.trapped += 1
        raise Trap("bad luck")


class Load:
    """What all threads share."""

    def __init__(self, host: Host, luck: Luck, workers: int) -> None:
        self.host = host
        self.luck = luck
        relays = max(workers // 5, 1)
        self.ledgers = [Ledger(f"c{number}") for number in range(workers - relays)]
        self.boxes = [Ledger(f"b{number}") for number in range(max(workers // 50, 1))]
        self.relays = [f"r{number}" for number in range(relays)]
        self.twins: deque[Asked] = deque(maxlen=64)
        self.problems: list[str] = []
        self.stop = threading.Event()

    def problem(self, text: str) -> None:
        """Note what is wrong, and end early when much is."""
        self.problems.append(text)
        if len(self.problems) >= 20:
            self.stop.set()


class Caller:
    """A thread of calls."""

    def __init__(self, load: Load, seed: str) -> None:
        self.load = load
        self.dice = random.Random(seed)  # noqa: S311 -- dice
        self.calls: Counter[str] = Counter()
        self.settled: deque[Asked] = deque(maxlen=64)
        self.passed: deque[tuple[Ledger, str]] = deque(maxlen=64)  # with the keys of their calls
        self.thread = threading.Thread(target=self.run, name=f"caller-{seed}", daemon=True)

    def run(self) -> None:
        """Call until told to stop."""
        kinds, weights = tuple(SHARES), tuple(SHARES.values())
        actions: dict[str, Callable[[], None]] = {
            kind: getattr(self, kind.replace(" ", "_")) for kind in kinds if kind != "pass"
        }
        actions["pass"] = self.pass_
        while not self.load.stop.is_set():
            [kind] = self.dice.choices(kinds, weights)
            try:
                actions[kind]()
            except Exception as error:  # noqa: BLE001 -- told at the end
                self.load.problem(f"{kind}: {type(error).__name__}: {error}")
            self.calls[kind] += 1

    def key(self) -> str:
        """A new key."""
        return str(uuid.UUID(int=self.dice.getrandbits(128), version=4))

    def pick(self, some: list[Any]) -> Any:
        """One of the workers, seldom of the last fifth."""
        often = max(len(some) * 4 // 5, 1)
        if often < len(some) and self.dice.random() < SELDOM:
            return some[self.dice.randrange(often, len(some))]
        return some[self.dice.randrange(often)]

    def count(
        self, component: str, worker: str, function: str, *args: Any, key: str | None = None
    ) -> int:
        """A blocking call with a key of its own."""
        return int(self.load.host.invoke(component, worker, function, args, key=key or self.key()))

    def add(self) -> None:
        """Add at a counter; the key may be used again."""
        number = self.load.ledgers.index(self.pick(self.load.ledgers))
        asked = Asked(number, self.dice.randint(1, 9), self.key())
        self.load.ledgers[number].give(asked.by)
        self.ask(asked)
        self.settled.append(asked)

    def ask(self, asked: Asked) -> None:
        """Use a key."""
        ledger = self.load.ledgers[asked.counter]
        total = self.load.host.invoke(
            guests.COUNTER, ledger.name, guests.ADD, (asked.by,), key=asked.key
        )
        if asked.told(int(total)):
            ledger.told(int(total), asked.by)

    def again(self) -> None:
        """Use a key that is settled."""
        if self.settled:
            self.ask(self.dice.choice(self.settled))

    def twin(self) -> None:
        """Use a key that another thread may be using now."""
        if self.load.twins and self.dice.random() < 0.7:
            self.ask(self.load.twins[-1])
            return
        asked = Asked(self.dice.randrange(len(self.load.ledgers)), 1, self.key())
        self.load.ledgers[asked.counter].give(asked.by)
        self.load.twins.append(asked)
        self.ask(asked)

    def chancy(self) -> None:
        """Add at a counter that traps once."""
        ledger, by = self.pick(self.load.ledgers), self.dice.randint(1, 9)
        ledger.give(by)
        ticket = self.load.luck.ticket()
        ledger.told(self.count(guests.COUNTER, ledger.name, guests.CHANCY, by, ticket), by)

    def pass_(self, theirs: int = 0, mine: int = 0) -> None:
        """Add through a relay."""
        ledger, by = self.pick(self.load.ledgers), self.dice.randint(1, 9)
        ledger.give(by)
        relay = self.pick(self.load.relays)
        arguments, key = (ledger.name, by, theirs, mine), self.key()
        ledger.told(self.count(guests.RELAY, relay, guests.PASS, *arguments, key=key), by)
        base = root_key(WorkerId(guests.RELAY, relay), key)
        self.passed.append((ledger, str(derived_key(base, self.dice.randrange(3)))))

    def pass_chancy(self) -> None:
        """The same, when the counter, the relay after its call, or both trap once."""
        which = self.dice.randint(1, 3)
        luck = self.load.luck
        self.pass_(luck.ticket() if which & 1 else 0, luck.ticket() if which & 2 else 0)

    def once(self) -> None:
        """Call an ephemeral worker, which begins with nothing."""
        by = self.dice.randint(1, 9)
        if self.count(guests.ONCE, self.key(), guests.ADD, by) != by:
            raise Wrong("an ephemeral worker has a past")

    def forge(self) -> None:
        """Add at a counter with the key that guests see of a call that a relay made."""
        if self.passed:
            (ledger, key), by = self.passed.pop(), self.dice.randint(1, 9)
            ledger.give(by)
            ledger.told(self.count(guests.COUNTER, ledger.name, guests.ADD, by, key=key), by)

    def fail(self) -> None:
        """Call an ephemeral worker that fails for good."""
        try:
            self.count(guests.ONCE, self.key(), guests.FAIL)
        except InvocationFailed:
            return
        raise Wrong("what traps always gave an answer")

    def send(self, due: float | None = None) -> None:
        """Have something added later."""
        box, by = self.dice.choice(self.load.boxes), self.dice.randint(1, 9)
        box.give(by)
        self.load.host.send(guests.COUNTER, box.name, guests.ADD, (by,), key=self.key(), due=due)

    def schedule(self) -> None:
        """Have it added in a moment."""
        self.send(time.time() + self.dice.random())


def say(text: str) -> None:
    """Print a line now."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def resident() -> int:
    """Resident memory in KiB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise LookupError("the system does not tell VmRSS")


class Doubts(logging.Handler):
    """Notes what the host says against snapshots, and counts how often they serve.

    Args:
        counts: What took place.
    """

    def __init__(self, counts: Counter[str]) -> None:
        super().__init__()
        self.counts = counts
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note a warning of the handler."""
        if Path(record.pathname) == Path(snapshots.__file__):
            self.said.append(record.getMessage())

    def watch(self, every: int) -> None:
        """Take workers every so many calls, and count."""
        snapshots.AFTER, snapshots.CALLS = 1e9, every
        snapshots._LEAVES = snapshots._STAYS = 0
        for of, name in ((SqliteSnapshots, "keep"), (SnapshotProgram, "restore")):
            setattr(of, name, self._counted(getattr(of, name), name))

    def _counted(self, act: Callable[..., Any], name: str) -> Callable[..., Any]:
        def counted(*args: Any) -> Any:
            done = act(*args)
            self.counts[name] += bool(done)
            return done

        return counted


def open_host(
    store: Path,
    luck: Luck,
    warm: int,
    clock: Callable[[], float] = time.time,
    *,
    budget: str | None = None,
) -> Host:
    """The host with the three components; with a budget it has snapshots."""
    imports = guests.imports(luck.draw)
    counter = guests.counter()
    return Host(
        engine=SqliteEngine(store, retries=RetryPolicies(POLICY), clock=clock),
        components={
            guests.COUNTER: Deployment(counter, imports=imports),
            guests.ONCE: Deployment(counter, durable=False, imports=imports),
            guests.RELAY: Deployment(guests.relay(), imports=imports),
        },
        warm=warm,
        memory_budget=budget,
        snapshots=budget is not None,
    )


def watch(
    load: Load, callers: list[Caller], store: Path, seconds: float, most: int | None
) -> tuple[int, int]:
    """Sample memory until the time is over; what it was after a fifth of it, and at the end.

    It is over earlier when so many calls were made.
    """
    begin, every, early = time.monotonic(), min(10.0, seconds / 10), 0
    step = 0
    while not load.stop.is_set():
        step += 1
        load.stop.wait(max(begin + step * every - time.monotonic(), 0))
        passed = time.monotonic() - begin
        memory = resident()
        if not early and passed >= seconds / 5 - every / 10:
            early = memory
        calls = sum(caller.calls.total() for caller in callers)
        journal = sum(file.stat().st_size for file in store.parent.glob("store*")) >> 20
        say(
            f"{passed:6.1f} s  {memory:8d} KiB  {calls:9d} calls  "
            f"{threading.active_count():3d} threads  {journal:5d} MiB of journal"
        )
        if passed >= seconds - every / 10 or (most is not None and calls >= most):
            load.stop.set()
    return early or memory, memory


def read_all(host: Host, ledgers: list[Ledger], load: Load) -> None:
    """Compare what counters hold with what was added."""
    for ledger in ledgers:
        total = host.invoke(guests.COUNTER, ledger.name, guests.ADD, (0,))
        if total != ledger.given:
            load.problem(f"{ledger.name} holds {total}, and was given {ledger.given}")


def soak(options: argparse.Namespace, folder: Path) -> int:
    """Run everything; the exit status."""
    luck, store = Luck(), folder / "store"
    warm = options.workers * 9 // 10 if options.warm is None else options.warm
    dice = random.Random(options.seed)  # noqa: S311 -- dice
    seen = faults.Seen(folder / "seen")
    weather = faults.Weather(dice, seen)
    log = logging.getLogger("runtime_shim")
    served, budget = Counter[str](), None
    doubts = Doubts(served)
    if options.snapshots:
        doubts.watch(options.snapshots)
        log.setLevel(logging.WARNING)
        log.propagate = False
        log.addHandler(doubts)
        budget = TINY
    if options.faults:
        log.setLevel(logging.WARNING)
        log.propagate = False  # what is said is counted
        log.addHandler(seen)
        signal.signal(signal.SIGINT, lambda number, frame: seen.note("interrupted"))
        disturber = faults.Outside(store, dice, seen, 4.0).beside()
    with open_host(store, luck, warm, weather.clock, budget=budget) as host:
        load = Load(host, luck, options.workers)
        if options.faults:
            journal: Any = host.engine
            weather.begin(journal.journal._store, 2.0)
        callers = [Caller(load, f"{options.seed}-{number}") for number in range(options.threads)]
        for caller in callers:
            caller.thread.start()
        early, late = watch(load, callers, store, options.minutes * 60, options.calls)
        for caller in callers:
            caller.thread.join(60)
            if caller.thread.is_alive():
                load.problem(f"{caller.thread.name} hangs")
        weather.end()
        if options.faults:
            os.kill(disturber, signal.SIGKILL)
            os.waitpid(disturber, 0)
        time.sleep(1.1)  # what is scheduled becomes due
        host.drain()
        for ledger in load.ledgers:
            if ledger.ahead or ledger.known != ledger.given:
                load.problem(f"{ledger.name}: the chain of totals has a gap at {ledger.known}")
        read_all(host, load.ledgers + load.boxes, load)
    with open_host(store, luck, warm) as host:
        sample = dice.sample(load.ledgers, min(COLD, len(load.ledgers)))
        read_all(host, sample, load)
    load.problems += doubts.said
    if options.snapshots:
        say(f"{served['keep']} snapshots were kept, {served['restore']} put back")
        if not served["restore"]:
            load.problem("no worker came back from a snapshot")
    calls = Counter[str]()
    for caller in callers:
        calls.update(caller.calls)
    say(", ".join(f"{number} {kind}" for kind, number in sorted(calls.items())))
    if options.faults:
        say(", ".join(f"{number} {what}" for what, number in seen.counts().items()))
    growth = late / early
    say(
        f"{calls.total()} calls, {luck.trapped} attempts trapped, {len(load.problems)} errors; "
        f"memory {early} KiB, then {late} KiB: x {growth:.3f} of at most {options.growth:g}"
    )
    for problem in load.problems:
        say(problem)
    return 1 if load.problems or growth > options.growth else 0


def main() -> int:
    """Parse the options and run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--calls", type=int, help="end when so many were made")
    parser.add_argument("--threads", type=int, default=24)
    parser.add_argument("--workers", type=int, default=1000, help="counters and relays")
    parser.add_argument("--warm", type=int, help="instances kept; nine of ten by default")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", action="store_true", help="let other things happen as well")
    more = {"metavar": "CALLS", "help": "take workers every so many calls, with little memory"}
    parser.add_argument("--snapshots", type=int, nargs="?", const=EVERY, **more)
    parser.add_argument("--growth", type=float, default=1.1, help="of memory, at most")
    options = parser.parse_args()
    share_heaps()  # as `witgen serve` does
    logging.getLogger("runtime_shim").setLevel(logging.CRITICAL)  # traps are meant
    say(f"process {os.getpid()}")
    with tempfile.TemporaryDirectory() as folder:
        return soak(options, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
