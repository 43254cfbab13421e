"""Kill the host again and again, then check that nothing was lost, doubled or reordered.

    python tests/runtime_shim/kill_harness.py --kills 100 --seed 1

A child process runs rounds of calls against one store: callers append values to lists of their own
and to a list that they share, by awaited, spawned and triggered calls, each with a recorded host
call and an effect in a file outside. Failures are injected before and behind the host call and
during replay. The child dies by SIGKILL, half the time at a random moment, half the time at a
numbered gate before, within or after a transaction. At the end an independent checker compares
what the callers were told, what the lists hold when rebuilt cold, and the file. Nothing of the
engine is used to decide what is right.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

from runtime_shim.engines.sqlite import SqliteEngine
from runtime_shim.protocol import Environment, Invocation, Trap, WorkerId
from runtime_shim.retry import RetryPolicies, RetryPolicy
from runtime_shim.worker import WorkerHandler

CALLERS = 2
CALLS = 60  # a caller and round
STUCK = 60.0  # seconds after which a child counts as hung
RETRIES = RetryPolicies(RetryPolicy(max_attempts=None, min_delay=0.001, max_delay=0.005))
NOWHERE = Environment()


class Program:
    """A component of one function."""

    durable = True

    def __init__(self, function: str, run: Callable[..., Any]) -> None:
        self.function = function
        self.run = run
        self.digest = function.encode().hex().zfill(64)

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


class Guests:
    """The programs, with injected failures and an effect outside."""

    def __init__(self, effects: Path, dice: random.Random) -> None:
        self.dice = dice
        self.file = os.open(effects, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def fail(self, chance: float, where: str) -> None:
        """Trap now and then."""
        if self.dice.random() < chance:
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
        self.fail(0.0005 if invocation.replaying else 0.01, "before the step")
        key = invocation.key
        token = invocation.step("effect", lambda: self.effect(key, value), external=True)
        self.fail(0.0 if invocation.replaying else 0.01, "behind the step")
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
                self.fail(0.05, "between spawn and get")
                told += [[*future.get(), "0"] for future in futures]
            self.fail(0.002, "between calls")
        return told


def serve(store: Path, effects: Path, pipe: int, first: int, die: int | None, seed: int) -> None:
    """The child: rounds from `first` on; killed at gate number `die`, if not from outside."""
    gates = itertools.count(1)

    def gate(name: str) -> None:
        if next(gates) == die:
            os.kill(os.getpid(), signal.SIGKILL)

    guests = Guests(effects, random.Random(seed))  # noqa: S311 -- dice
    programs = {"list": Program("append", guests.append), "caller": Program("run", guests.run)}
    engine = SqliteEngine(store, retries=RETRIES, gate=gate)
    engine.start(WorkerHandler(programs))

    def ask(round_: int, caller: int) -> None:
        name = f"{round_}.{caller}"
        told = engine.invoke(WorkerId("caller", name), "run", (CALLS,), f"run {name}", NOWHERE)
        os.write(pipe, f"{json.dumps([round_, caller, told])}\n".encode())

    for round_ in itertools.count(first):
        threads = [threading.Thread(target=ask, args=(round_, n)) for n in range(1, CALLERS)]
        for thread in threads:
            thread.start()
        ask(round_, 0)
        for thread in threads:
            thread.join()


class Harness:
    """The parent: starts children, kills them, listens to what they acknowledge."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.store = folder / "store.db"
        self.effects = folder / "effects"
        self.dice = random.Random(seed)  # noqa: S311 -- dice
        self.told: dict[tuple[int, int], list[Any]] = {}
        self.problems: list[str] = []

    def round(self) -> int:
        """The first round that not every caller was told the end of."""
        return next(
            number
            for number in itertools.count()
            if any((number, caller) not in self.told for caller in range(CALLERS))
        )

    def kill(self, number: int) -> None:
        """One child, one death."""
        receive, send = os.pipe()
        die = self.dice.randint(1, 12) if number % 2 else None
        seed, first = self.dice.getrandbits(60), self.round()
        pause = self.dice.uniform(0.002, 0.12)
        child = os.fork()
        if child == 0:
            self._child(receive, send, first, die, seed)
        os.close(send)
        if die is None:
            time.sleep(pause)
            os.kill(child, signal.SIGKILL)
        else:
            threading.Timer(STUCK, _kill, (child,)).cancel()
        self._listen(receive, child, die is not None)

    def _child(self, receive: int, send: int, first: int, die: int | None, seed: int) -> NoReturn:
        try:
            os.close(receive)
            serve(self.store, self.effects, send, first, die, seed)
        finally:
            os._exit(1)

    def _listen(self, receive: int, child: int, patient: bool) -> None:
        """Take what the child said until it was dead."""
        alarm = threading.Timer(STUCK, _kill, (child,))
        alarm.start()
        begin = time.monotonic()
        with os.fdopen(receive, "rb") as pipe:
            lines = pipe.read().split(b"\n")
        _, status = os.waitpid(child, 0)
        alarm.cancel()
        if not os.WIFSIGNALED(status):
            self.problems.append(
                f"a child ended by itself with {os.waitstatus_to_exitcode(status)}"
            )
        if patient and time.monotonic() - begin > STUCK - 1:
            self.problems.append("a child hung")
        for line in lines[:-1]:
            round_, caller, told = json.loads(line)
            known = self.told.setdefault((round_, caller), told)
            if known != told:
                self.problems.append(f"caller {round_}.{caller} was told two things")

    def finish(self) -> dict[str, list[Any]]:
        """Let everything end without kills; the lists, rebuilt cold."""
        guests = Guests(self.effects, self.dice)
        programs = {"list": Program("append", guests.append), "caller": Program("run", guests.run)}
        with closing(SqliteEngine(self.store, retries=RETRIES)) as engine:
            engine.start(WorkerHandler(programs))
            for round_ in range(self.round() + 1):
                for caller in range(CALLERS):
                    name = f"{round_}.{caller}"
                    worker = WorkerId("caller", name)
                    told = engine.invoke(worker, "run", (CALLS,), f"run {name}", NOWHERE)
                    if self.told.setdefault((round_, caller), told) != told:
                        self.problems.append(f"caller {name} was told two things")
            engine.drain()
        lists = {}
        with closing(SqliteEngine(self.store, retries=RETRIES)) as engine:
            engine.start(WorkerHandler(programs))
            for name in self._names():
                worker = WorkerId("list", name)
                lists[name] = engine.invoke(worker, "append", (None,), f"read {name}", NOWHERE)
        return lists

    def _names(self) -> list[str]:
        rounds = {round_ for round_, _ in self.told}
        return [
            *(f"{round_}.shared" for round_ in sorted(rounds)),
            *(
                f"{round_}.{caller}{side}"
                for round_, caller in sorted(self.told)
                for side in ("", ".l", ".r", ".left")
            ),
        ]


def _kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)


def check(
    told: dict[tuple[int, int], list[Any]], lists: dict[str, list[Any]], effects: Path
) -> list[str]:
    """What is wrong with a history; nothing, it is hoped."""
    problems: list[str] = []

    def demand(right: bool, message: str) -> None:
        if not right:
            problems.append(message)

    for (round_, caller), answers in sorted(told.items()):
        name = f"{round_}.{caller}"
        for worker, every in ((name, 1), (f"{name}.l", 15), (f"{name}.r", 15)):
            mine = [answer for answer in answers if answer[0].split(":")[0] == worker]
            steps = range(0, CALLS, every)
            demand([a[2] for a in mine] == list(range(1, len(steps) + 1)), f"{worker}: positions")
            demand(
                [f"{worker}:{number}:{a[3]}" for number, a in zip(steps, mine, strict=False)]
                == [a[0] for a in mine],
                f"{worker}: the caller made one call and remembers another",
            )
            demand(
                [[value, token] for value, token, _, _ in mine] == lists[worker],
                f"{worker}: the list is not what its caller was told",
            )
        left = [value for value, _ in lists[f"{name}.left"]]
        demand(
            left == [f"{name}.left:{number}:0" for number in range(0, CALLS, 15)],
            f"{name}: calls that nobody awaited were lost, doubled or reordered",
        )
        shared = [value for value, _ in lists[f"{round_}.shared"]]
        demand(
            [value for value in shared if value.startswith(f"{name}:")]
            == [f"{name}:{number}:sent" for number in range(0, CALLS, 5)],
            f"{name}: triggered calls were lost, doubled or reordered",
        )
    keys: dict[str, set[str]] = defaultdict(set)
    tokens: dict[str, set[str]] = defaultdict(set)
    for line in effects.read_text().splitlines():
        key, value, token = line.split(" ")
        keys[value].add(key)
        tokens[value].add(token)
    for worker, items in lists.items():
        for value, token in items:
            demand(len(keys[value]) == 1, f"{worker}: {value} had effects under several keys")
            demand(token in tokens[value], f"{worker}: {value} has a token of no effect")
    present = {value for items in lists.values() for value, _ in items}
    demand(set(keys) <= present, f"effects without a call: {sorted(set(keys) - present)[:3]}")
    return problems


def retries(store: Path) -> int:
    """How many attempts failed, by the journal."""
    with closing(sqlite3.connect(store)) as connection:
        [count] = connection.execute("SELECT sum(attempt - 1) FROM invocation").fetchone()
    return int(count)


def main() -> int:
    """Run, check and print one line of JSON; 1 when something is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        harness = Harness(Path(folder), options.seed)
        for number in range(options.kills):
            harness.kill(number)
        lists = harness.finish()
        problems = harness.problems + check(harness.told, lists, harness.effects)
        effects = Counter(line.split(" ")[1] for line in harness.effects.read_text().splitlines())
        summary = {
            "kills": options.kills,
            "seed": options.seed,
            "rounds": len(harness.told) // CALLERS,
            "calls": sum(len(items) for items in lists.values()),
            "failed attempts": retries(harness.store),
            "effects done again": sum(effects.values()) - len(effects),
            "seconds": round(time.monotonic() - begin, 1),
            "problems": problems[:10],
        }
    print(json.dumps(summary))  # noqa: T201 -- the product of the script
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
