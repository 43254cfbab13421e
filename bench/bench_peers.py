"""Acknowledged calls a second of one counter: this host's two engines, DBOS and a single-node Restate.

    pip install -e '.[bench]'
    npm install --ignore-scripts --prefix DIR @restatedev/restate-server
    python bench/bench_peers.py [--restate-server DIR/node_modules/…/bin/restate-server]

The counter is the same everywhere: a call has a key of its own, records one step (the time) and
gives the next number; the caller has its answer when the call is on disk (SQLite in WAL mode with
full synchronisation; Restate as it is shipped). All are called from outside, one call at a time a
caller, each caller its own counter, everything on the loopback interface. Rounds alternate, medians
count, and whoever is not installed is left out with the reason. This host should do five times as
much as each peer, and twice as much for eight callers as for one. `bench_restate.py` says more of its engine on
Restate. Exit status 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import importlib.util
import json
import logging
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.seams import Engine, Invocation
from runtime_shim.replay.handler import WorkerHandler

GOAL = 5.0
GROUP = 2.0
THROUGH = "witgen on Restate"
Call = Callable[[int, str], int]  # (the caller's number, a key) -> the counter
Peer = Callable[[Path], contextlib.AbstractContextManager[Callable[[], Call]]]
"""Starts a host in a folder and gives what makes a caller."""


class Missing(Exception):
    """A peer is not installed."""


class Counter:
    """The component, and its instances: a number, with one recorded host call a call."""

    durable = True
    binary: bytes | None = None
    digest = "counter"

    def __init__(self) -> None:
        self.number = 0

    def earlier(self, binary: bytes) -> Counter:
        """There is one."""
        return self

    def check(self, function: str, args: tuple[Any, ...]) -> None:
        pass

    def instantiate(self, worker: WorkerId, environment: Environment) -> Counter:
        return Counter()

    def call(self, function: str, args: tuple[Any, ...], invocation: Invocation) -> int:
        invocation.step("clock", time.time_ns)
        self.number += 1
        return self.number

    def close(self) -> None:
        pass


@contextmanager
def ours(folder: Path) -> Iterator[Callable[[], Call]]:
    """This host's engine."""
    engine = SqliteEngine(folder / "store")
    engine.start(WorkerHandler({"counter": Counter()}))
    with closing(engine):
        yield lambda: _calls_of(engine)


def _calls_of(engine: Engine) -> Call:
    def call(caller: int, key: str) -> int:
        return int(engine.invoke(WorkerId("counter", str(caller)), "inc", (), key, Environment()))

    return call


@contextmanager
def dbos(folder: Path) -> Iterator[Callable[[], Call]]:
    """DBOS: a call is a workflow with the key as its id, and one step."""
    if importlib.util.find_spec("dbos") is None:
        raise Missing("dbos is not installed: pip install -e '.[bench]'")
    import sqlalchemy
    from dbos import DBOS, SetWorkflowID

    @sqlalchemy.event.listens_for(sqlalchemy.Engine, "connect")
    def full(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    logging.getLogger("dbos").setLevel(logging.ERROR)
    url = f"sqlite:///{folder / 'dbos.sqlite'}"
    DBOS(config={"name": "counter", "system_database_url": url, "log_level": "ERROR"})
    numbers: dict[int, int] = {}

    @DBOS.step()
    def clock() -> int:
        return time.time_ns()

    @DBOS.workflow()
    def count(caller: int) -> int:
        clock()
        numbers[caller] = numbers.get(caller, 0) + 1
        return numbers[caller]

    DBOS.launch()

    def call(caller: int, key: str) -> int:
        with SetWorkflowID(key):
            return int(count(caller))

    try:
        yield lambda: call
    finally:
        DBOS.destroy()


SERVICE = """
import time, restate, asyncio, hypercorn.asyncio, hypercorn.config, sys
counter = restate.VirtualObject("Counter")

@counter.handler()
async def inc(ctx: restate.ObjectContext, body: None) -> int:
    await ctx.run_typed("clock", lambda: time.time_ns())
    number = ((await ctx.get("n")) or 0) + 1
    ctx.set("n", number)
    return number

config = hypercorn.config.Config()
config.bind = ["127.0.0.1:" + sys.argv[1]]
config.loglevel = "ERROR"
asyncio.run(hypercorn.asyncio.serve(restate.app(services=[counter]), config))
"""


class RestateAt:
    """Where the binary is; makes the peers that use it, each with a server of its own."""

    def __init__(self, server: str | None) -> None:
        self.server = server

    @contextmanager
    def _running(self, folder: Path, service: int | None = None) -> Iterator[tuple[int, int, Path]]:
        """The ports of ingress and administration, and the log, of a server that runs meanwhile."""
        if self.server is None:
            raise Missing("there is no restate-server: name one with --restate-server")
        for name in ("restate", "hypercorn"):
            if importlib.util.find_spec(name) is None:
                raise Missing(f"{name} is not installed: pip install -e '.[bench]'")
        ingress, admin, node = _ports(3)
        environment = os.environ | {
            "RESTATE_BASE_DIR": str(folder),
            "RESTATE_LISTEN_MODE": "tcp",
            "RESTATE_BIND_IP": "127.0.0.1",
            "RESTATE_BIND_PORT": str(node),
            "RESTATE_ADVERTISED_ADDRESS": f"http://127.0.0.1:{node}",
            "RESTATE_INGRESS__BIND_ADDRESS": f"127.0.0.1:{ingress}",
            "RESTATE_ADMIN__BIND_ADDRESS": f"127.0.0.1:{admin}",
            "RESTATE_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "1",
        }
        log = folder / "log"
        commands = [[self.server, "--no-logo"]]
        if service is not None:
            commands.append([sys.executable, "-c", SERVICE, str(service)])
        with log.open("wb") as output:
            started = [
                subprocess.Popen(command, env=environment, stdout=output, stderr=output)
                for command in commands
            ]
        try:
            yield ingress, admin, log
        finally:
            for process in started:
                process.kill()  # by its id, and hard: hypercorn does not end by itself
                process.wait()

    @contextmanager
    def plain(self, folder: Path) -> Iterator[Callable[[], Call]]:
        """Restate: a call is one of a virtual object, with the key as its idempotency key."""
        [service] = _ports(1)
        with self._running(folder, service) as (ingress, admin, log):
            deployment = {"uri": f"http://127.0.0.1:{service}"}
            _until(lambda: _post(admin, "/deployments", deployment, {})[0] in {200, 201}, log)

            def caller() -> Call:
                connection = http.client.HTTPConnection("127.0.0.1", ingress, timeout=30)

                def call(number: int, key: str) -> int:
                    headers = {"idempotency-key": key, "content-type": "application/json"}
                    connection.request("POST", f"/Counter/{number}/inc", None, headers)
                    return int(connection.getresponse().read())

                return call

            probe = caller()
            _until(lambda: probe(10**6, str(uuid.uuid4())) > 0, log)
            yield caller

    @contextmanager
    def through(self, folder: Path) -> Iterator[Callable[[], Call]]:
        """This host's engine on Restate."""
        with self._running(folder) as (ingress, admin, log):
            from runtime_shim.engines.restate.engine import RestateEngine, Settings

            _until(lambda: _get(admin, "/health") == 200, log)
            settings = Settings((f"http://127.0.0.1:{ingress}",), (f"http://127.0.0.1:{admin}",))
            engine = RestateEngine(settings)
            engine.start(WorkerHandler({"counter": Counter()}))
            with closing(engine):
                call = _calls_of(engine)
                _until(lambda: call(10**6, str(uuid.uuid4())) > 0, log)
                yield lambda: call


def _ports(count: int) -> list[int]:
    """Ports that are free now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _post(port: int, path: str, body: object, headers: dict[str, str]) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        given = {"content-type": "application/json"} | headers
        connection.request("POST", path, json.dumps(body), given)
        answer = connection.getresponse()
        return answer.status, answer.read()


def _get(port: int, path: str) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def _until(ready: Callable[[], bool], log: Path) -> None:
    """Wait until `ready` gives True."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            if ready():
                return
        time.sleep(0.1)
    raise TimeoutError(log.read_text(errors="replace")[-2000:])


def rate(make: Callable[[], Call], callers: int, seconds: float, base: int) -> float:
    """Acknowledged calls a second; every counter must have counted every call."""
    counts = [0] * callers
    end = time.perf_counter() + seconds

    def run(caller: int) -> None:
        call, last = make(), None
        while time.perf_counter() < end:
            number = call(base + caller, str(uuid.uuid4()))
            assert last is None or number == last + 1, "a call was lost or doubled"
            last = number
            counts[caller] += 1

    threads = [threading.Thread(target=run, args=(caller,)) for caller in range(callers)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - begin)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--restate-server", default=shutil.which("restate-server"))
    parser.add_argument("--seconds", type=float, default=5.0, help="a round, host and callers")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    restate = RestateAt(options.restate_server)
    peers: dict[str, Peer] = {
        "witgen": ours,
        "DBOS": dbos,
        "Restate": restate.plain,
        THROUGH: restate.through,
    }
    rates: dict[str, dict[int, list[float]]] = {}
    with contextlib.ExitStack() as stack:
        callers = {}
        for name, start in peers.items():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            try:
                callers[name] = stack.enter_context(start(folder))
                rates[name] = {1: [], 8: []}
            except Missing as reason:
                print(f"{name} is left out: {reason}")
        for round_ in range(options.rounds):
            for number in (1, 8):
                for name, make in callers.items():
                    found = rate(make, number, options.seconds, 1000 * round_ + 10 * number)
                    rates[name][number].append(found)
    return report(rates)


def report(rates: dict[str, dict[int, list[float]]]) -> int:
    """Print the medians; 1 when a goal is missed."""
    middle = {
        name: {callers: statistics.median(found) for callers, found in by.items()}
        for name, by in rates.items()
    }
    scale = middle["witgen"][8] / middle["witgen"][1]
    missed = int(missed_scale := scale < GROUP)
    print(f"{'acknowledged calls a second':30} {'1 caller':>10} {'8 callers':>10}")
    for name, by in middle.items():
        print(f"{name:30} {by[1]:10.0f} {by[8]:10.0f}")
    for name, by in middle.items():
        if name in {"witgen", THROUGH}:
            continue
        for callers in (1, 8):
            ratio = middle["witgen"][callers] / by[callers]
            missed += ratio < GOAL
            verdict = "yes" if ratio >= GOAL else "NO"
            print(f"witgen / {name}, {callers} callers: {ratio:.1f}  at least {GOAL:g}: {verdict}")
    verdict = "NO" if missed_scale else "yes"
    print(f"witgen, 8 callers / 1 caller: {scale:.1f}  at least {GROUP:g}: {verdict}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
