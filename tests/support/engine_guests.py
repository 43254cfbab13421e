"""Guests that are Python functions, and an engine that runs them."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import restate_server

from runtime_shim.engines.direct import DirectEngine
from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import BadArguments, Trap, UnknownFunction
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.protocol.seams import Invocation
from runtime_shim.queue.engine import QueueEngine
from runtime_shim.replay.handler import WorkerHandler

Function = Callable[..., Any]  # (state, invocation, *args) -> value
HERE = Environment({"A": "1"}, ("x",))
FAST = RetryPolicies(RetryPolicy(min_delay=0.002, max_delay=0.02))


class Guest:
    """A component whose functions get the worker's state, the invocation and the arguments."""

    durable = True
    binary: bytes | None = None

    def __init__(self, **functions: Function) -> None:
        self.digest = "0" * 64
        self.functions = {name.replace("_", "-"): run for name, run in functions.items()}
        self.made = 0

    def earlier(self, binary: bytes) -> Guest:
        return self

    def check(self, function: str, args: tuple[Any, ...]) -> None:
        if function not in self.functions:
            raise UnknownFunction(f"no function {function}")
        if "bad" in args:
            raise BadArguments("bad argument")

    def instantiate(self, worker: WorkerId, environment: Environment) -> Running:
        self.made += 1
        return Running(self)


class Ephemeral(Guest):
    """A component whose workers live for one invocation."""

    durable = False


class Running:
    def __init__(self, guest: Guest) -> None:
        self.guest = guest
        self.state: dict[str, Any] = {}
        self.closed = False

    def call(self, function: str, args: tuple[Any, ...], invocation: Invocation) -> Any:
        assert not self.closed
        if function not in self.guest.functions:
            raise UnknownFunction(f"no function {function}")
        return self.guest.functions[function](self.state, invocation, *args)

    def close(self) -> None:
        self.closed = True


def inc(state: dict[str, Any], invocation: Invocation, by: int = 1) -> int:
    invocation.step("clock", time.time_ns)
    state["n"] = int(state.get("n", 0)) + by
    return int(state["n"])


def append(state: dict[str, Any], invocation: Invocation, value: Any) -> list[Any]:
    state.setdefault("list", []).append(value)
    return list(state["list"])


def relay(state: dict[str, Any], invocation: Invocation, path: list[str]) -> list[str]:
    """Call along a path of workers of `relay`, and come back."""
    if not path:
        return [invocation.worker.name]
    found = invocation.call(WorkerId("relay", path[0]), "relay", (path[1:],))
    return [invocation.worker.name, *found]


def many(state: dict[str, Any], invocation: Invocation, times: int) -> list[int]:
    return [invocation.call(WorkerId("counter", "c"), "inc", (1,)) for _ in range(times)]


COUNTER: dict[str, Function] = {"inc": inc, "append": append}


class Clock:
    """The time of day, and what tests skip of it."""

    def __init__(self) -> None:
        self.skipped = 0.0

    def __call__(self) -> float:
        return time.time() + self.skipped

    def skip(self, seconds: float) -> None:
        self.skipped += seconds


class Sent(NamedTuple):
    """A call from outside, as an engine knows it."""

    worker: WorkerId
    key: str


class Host:
    """An engine with guests.

    Attributes:
        remote: Whether a server delivers, which asks again by itself and by its own clock.
    """

    def __init__(self, engine: QueueEngine, clock: Clock | None = None, unit: float = 0.02) -> None:
        self.engine = engine
        self.remote = not isinstance(engine, QueueEngine)
        self.clock = clock or Clock()
        self.unit = unit
        self.keys = 0
        self.asked: dict[str, WorkerId] = {}  # the worker that was last asked with a key

    def deploy(self, **guests: Guest) -> Host:
        counter = Guest(**COUNTER)
        relays = Guest(relay=relay)
        self.handler = WorkerHandler({"counter": counter, "relay": relays} | guests)
        self.engine.start(self.handler)
        self.engine.drain(everything=True)  # of what an earlier process left
        return self

    def call(self, worker: str, function: str, *args: Any, key: str | Sent | None = None) -> Any:
        component, _, name = worker.partition("/")
        self.keys += 1
        key = key.key if isinstance(key, Sent) else key or f"key-{self.keys}"
        self.asked[key] = target = WorkerId(component, name)
        return self.engine.invoke(target, function, args, key, HERE)

    def status(self, key: str | Sent) -> str | None:
        """That of a call made here."""
        return self.engine.status(*key if isinstance(key, Sent) else (self.asked[key], key))

    def send(self, worker: str, function: str, *args: Any, due: float | None = None) -> Sent:
        component, _, name = worker.partition("/")
        self.keys += 1
        sent = Sent(WorkerId(component, name), f"key-{self.keys}")
        self.engine.send(sent.worker, function, args, sent.key, HERE, due)
        return sent


@dataclass(frozen=True)
class Kind:
    """An engine that the conformance suite runs on.

    Attributes:
        make: Makes one in a folder.
        unit: The seconds by which calls that are scheduled are apart; an engine on other machines
            needs more of them. No clock is turned.
    """

    make: Callable[[Path, Clock], Any]
    unit: float = 0.02


def on_restate(application: str, retries: RetryPolicies = FAST, **settings: Any) -> Any:
    """An engine on the server of this process; one application sees nothing of the others."""
    server = restate_server.server()
    from runtime_shim.engines.restate.engine import RestateEngine, Settings

    made = Settings((server.ingress,), (server.admin,), application, **{"grace": 0.2} | settings)
    return RestateEngine(made, retries=retries)


ENGINES = {
    "memory": Kind(lambda folder, clock: MemoryEngine(retries=FAST, clock=clock)),
    "sqlite": Kind(lambda folder, clock: SqliteEngine(folder / "store", retries=FAST, clock=clock)),
    "direct": Kind(lambda folder, clock: DirectEngine(clock=clock)),
    "restate": Kind(lambda folder, clock: on_restate(f"t{uuid.uuid4().hex[:12]}"), unit=0.2),
    "restate-journal": Kind(
        lambda folder, clock: on_restate(f"t{uuid.uuid4().hex[:12]}", recovery="journal"), unit=0.2
    ),
}
LOCAL = tuple(name for name in ENGINES if not name.startswith("restate"))
"""Those of one process."""
BY_JOURNAL = pytest.param("restate-journal", marks=pytest.mark.long)
ON_RESTATE = (pytest.param("restate", marks=pytest.mark.long), BY_JOURNAL)
QUICK = (*LOCAL, "restate", BY_JOURNAL)
"""All of them, with what the quick run of `test_conformance` has."""
EVERY = (*LOCAL, *ON_RESTATE)
"""All of them; the quick run has only those of one process."""
KEEPING = ("memory", "sqlite", *ON_RESTATE)
"""Those that keep keys, answers and what was recorded."""


def hosts(kind: str, folder: Path) -> Iterator[Host]:
    """A host on an engine of a kind of `ENGINES`, closed afterwards: the body of a fixture."""
    clock = Clock()
    engine = ENGINES[kind].make(folder, clock)
    yield Host(engine, clock, ENGINES[kind].unit)
    engine.close()


def eventually(look: Callable[[], Any]) -> None:
    """Return once `look` gives something true."""
    end = time.monotonic() + 30
    while not look():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.002)


def timely(host: Host, plan: Callable[[str, float, float], Any]) -> tuple[str, Any]:
    """Do all of `plan(name, start, unit)` before `start`, on a slow machine with longer units.

    Returns the name, another one for each attempt, and what `plan` gave.
    """
    for attempt in range(12):
        unit = host.unit * 2**attempt
        name, start = f"attempt-{attempt}", host.clock() + 3 * unit
        found = plan(name, start, unit)
        if host.clock() < start:
            return name, found
    raise AssertionError("too slow")


def side_by_side(*actions: Callable[[], Any]) -> list[Any]:
    """The results of running `actions` in a thread each; a stuck one fails the test."""
    results: list[Any] = [None] * len(actions)

    def run(number: int) -> None:
        try:
            results[number] = actions[number]()
        except Exception as error:  # noqa: BLE001 -- compared by the test
            results[number] = error

    threads = [
        threading.Thread(target=run, args=(number,), daemon=True) for number in range(len(actions))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive(), "stuck"
    return results


def flaky(failures: int, trap: type[Trap] = Trap, *, retriable: bool = True) -> Function:
    def run(state: dict[str, Any], invocation: Invocation) -> list[Any]:
        target = WorkerId("counter", "effects")
        before = invocation.call(target, "inc", (1,))
        chance = invocation.step("random", time.perf_counter_ns)
        if invocation.attempt <= failures:
            raise trap(f"failure {invocation.attempt}", retriable=retriable)
        state["n"] = state.get("n", 0) + 1
        return [before, invocation.attempt, state["n"], chance > 0]

    return run
