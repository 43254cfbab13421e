"""Kill hosts and the server again and again, then check that nothing was lost, doubled or reordered.

    python tests/support/restate_kills.py --kills 200 --hosts 2 --nodes 3 --seed 1
    python tests/support/restate_kills.py --every-write
    python tests/support/restate_kills.py --recovery journal

The guests, their injected failures and effects, and the checker are those of `kill_harness`. Callers
ask from the parent, which is not killed; hosts are processes of their own behind haproxy, each with its
address, and the server is one more process, or several nodes, of which one is killed, or all. With
`--every-write` a host kills itself before and after each change of a worker's state that it makes in a
round, one after the other. With `--recovery journal`, hosts do without the SDK's preview. Workers
move their calls to the log long before they have many.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import history_checker
import kill_harness
import restate_cluster
from kill_harness import FEW, NOWHERE, POLICY, RETRIES, Attempts, Guests
from nursery import FLAG, Child, Nursery, tend
from restate_server import free_ports

from runtime_shim.engines.restate import history
from runtime_shim.engines.restate.engine import RestateEngine, Settings
from runtime_shim.protocol.ids import WorkerId

STUCK = 120.0  # seconds after which a call counts as hung
APPLICATION = "kills"
CALLERS = 2
ROWS, BYTES = 5, 1000  # calls of a worker that are not in the log, and their bytes


def engine(where: dict[str, Any], port: int | None, grace: float = 0.1) -> RestateEngine:
    """A host's engine; without a port one that only calls."""
    settings = Settings(
        tuple(where["ingress"]),
        tuple(where["admin"]),
        APPLICATION,
        None if port is None else ("127.0.0.1", port),
        where["advertise"],
        grace=grace,
        patience=STUCK,
        recovery=where["recovery"],
    )
    return RestateEngine(settings, retries=RETRIES)


def serve(folder: str, seed: int, port: int, where: dict[str, Any], die: int | None) -> None:
    """A host, until it is killed, or before or after the change of state of this number."""
    history.ROWS, history.BYTES = ROWS, BYTES
    if die is not None:
        _die_at(die)
    dice = random.Random()  # noqa: S311 -- dice
    guests = Guests(Path(folder, "effects"), seed, dice)
    engine(where, port).start(Attempts(guests, Path(folder, "attempts")))
    Path(folder, f"ready-{port}").touch()
    signal.pause()


def _die_at(number: int) -> None:
    from runtime_shim.engines.restate.bridge import Bridge

    gates = itertools.count(1)
    before = Bridge.set

    def gated(self: Bridge, name: str, data: bytes) -> None:
        if next(gates) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        before(self, name, data)
        if next(gates) == number:
            # What was set may leave or not, as it happens.
            self._loop.call_soon(lambda: self._loop.call_soon(os.kill, os.getpid(), signal.SIGKILL))

    Bridge.set = gated  # type: ignore[method-assign]


class Harness:
    """The parent."""

    def __init__(
        self, folder: Path, seed: int, hosts: int, nodes: int, calls: int, recovery: str
    ) -> None:
        self.folder = folder
        self.seed = seed
        self.calls = calls
        self.dice = random.Random(seed)  # noqa: S311 -- dice
        self.nursery = Nursery(__file__)
        self.nodes = restate_cluster.nodes(folder, nodes)
        restate_cluster.start(self.nodes)
        self.ports = free_ports(hosts)
        self.proxy = restate_cluster.Proxy(folder, self.ports) if hosts > 1 else None
        if self.proxy is not None:
            self.proxy.start()
        self.where = {
            "ingress": [node.ingress for node in self.nodes],
            "admin": [node.admin for node in self.nodes],
            "advertise": self.proxy and self.proxy.url,
            "recovery": recovery,
        }
        self.hosts: list[Child | None] = [None] * hosts
        self.told: dict[tuple[int, int], list[Any]] = {}
        self.problems: list[str] = []
        self.longest = 0.0
        self.kills = {"host": 0, "server": 0, "node": 0}
        self.caller = engine(self.where, None)
        self.caller.start(
            Attempts(Guests(folder / "effects", seed, self.dice), folder / "attempts")
        )

    def host(self, number: int, die: int | None = None) -> None:
        """Start a host."""
        self._ready(number).unlink(missing_ok=True)
        plan = (str(self.folder), self.seed, self.ports[number], self.where, die)
        self.hosts[number] = self.nursery.begin(*plan)

    def _ready(self, number: int) -> Path:
        """The file that a host writes when the server knows it."""
        return self.folder / f"ready-{self.ports[number]}"

    def kill(self, number: int) -> None:
        """Kill a host."""
        if (child := self.hosts[number]) is not None:
            child.kill()
            while child.alive():
                time.sleep(0.002)
            self.hosts[number] = None

    def disturb(self) -> None:
        """Kill something, and start it again."""
        time.sleep(self.dice.uniform(0.05, 1.0))
        for number, child in enumerate(self.hosts):
            if child is not None and not child.alive():
                self.host(number)  # it could not reach the server in time
        ready = [n for n in range(len(self.hosts)) if self._ready(n).exists()]
        if not ready:
            return  # or nothing would ever get done
        several = len(self.nodes) > 1
        [what] = self.dice.choices(list(self.kills), (6, 1, 3) if several else (8, 2, 0))
        self.kills[what] += 1
        if what == "node":
            node = self.dice.choice(self.nodes)
            node.kill()
            time.sleep(self.dice.uniform(0.0, 2.0))
            node.start()
        elif what == "server":
            for node in self.nodes:
                node.kill()
            restate_cluster.start(self.nodes)
        else:
            number = self.dice.choice(ready)
            self.kill(number)
            if len(self.hosts) > 1:
                time.sleep(self.dice.uniform(0.0, 0.3))
            self.host(number)

    def round(self, number: int) -> list[threading.Thread]:
        """Begin what the callers ask in a round."""
        threads = [
            threading.Thread(target=self._ask, args=(number, caller), daemon=True)
            for caller in range(CALLERS)
        ]
        for thread in threads:
            thread.start()
        return threads

    def _ask(self, number: int, caller: int) -> None:
        name, begin = f"{number}.{caller}", time.monotonic()
        worker = WorkerId("caller", name)
        try:
            told = self.caller.invoke(worker, "run", (self.calls,), f"run-{name}", NOWHERE)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the caller was not answered
            self.problems.append(f"caller {name} got {error!r}")
            return
        self.told[number, caller] = told
        self.longest = max(self.longest, time.monotonic() - begin)

    def wait(self, threads: list[threading.Thread]) -> None:
        """Have callers end."""
        for thread in threads:
            thread.join(STUCK)
            if thread.is_alive():
                self.problems.append(f"a caller hung: {self._unfinished()}")

    def _unfinished(self) -> list[dict[str, Any]]:
        """What the server says of the calls that are not over."""
        return self.caller.admin.query(
            "SELECT target, status, retry_count, last_failure, journal_size FROM sys_invocation "
            "WHERE status != 'completed'"
        )

    def run(self, kills: int) -> None:
        """Rounds, while things are killed."""
        for number in range(len(self.hosts)):
            self.host(number)
        for number in itertools.count():
            threads = self.round(number)
            while any(thread.is_alive() for thread in threads) and sum(self.kills.values()) < kills:
                self.disturb()
            self.wait(threads)
            if sum(self.kills.values()) >= kills or self.problems:
                return

    def every_write(self) -> None:
        """A round for each change of state in one."""
        for die in itertools.count(1):
            self.host(0, die)
            whole = threading.Thread(target=self._whole, args=(die - 1,), daemon=True)
            whole.start()
            child = self.hosts[0]
            begin = time.monotonic()
            while whole.is_alive() and time.monotonic() < begin + 2 * STUCK:
                if child is not None and not child.alive():
                    self.kills["host"] += 1
                    self.host(0)
                    child = None
                time.sleep(0.02)
            if whole.is_alive():
                self.problems.append("a round hung")
            self.kill(0)
            if child is not None or self.problems:
                return

    def _whole(self, number: int) -> None:
        """A round, and what it has begun."""
        self.wait(self.round(number))
        self.caller.drain()

    def finish(self) -> None:
        """Read the lists on a host that rebuilds them, and check."""
        for number in range(len(self.hosts)):
            self.kill(number)
        self.host(0)
        self.caller.drain()
        lists = {}
        for name in kill_harness.names(self.told):
            worker = WorkerId("list", name)
            lists[name] = self.caller.invoke(worker, "append", (None,), f"read-{name}", NOWHERE)
        self.problems += history_checker.check(
            self.told, lists, self.folder / "effects", self.calls
        )
        self.problems += history_checker.check_attempts(self.folder / "attempts", {}, POLICY)
        self.appended = sum(map(len, lists.values()))

    def close(self) -> None:
        """End everything."""
        for number in range(len(self.hosts)):
            self.kill(number)
        self.caller.close()
        self.nursery.close()
        if self.proxy is not None:
            self.proxy.kill()
        for node in self.nodes:
            node.kill()


def run(
    kills: int,
    hosts: int,
    nodes: int,
    seed: int,
    calls: int,
    *,
    every_write: bool = False,
    recovery: str = "explicit",
) -> dict[str, Any]:
    """A run and what was found."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="witgen-restate-") as name:
        harness = Harness(Path(name), seed, hosts, nodes, calls, recovery)
        try:
            if every_write:
                harness.every_write()
            else:
                harness.run(kills)
            if not harness.problems:
                harness.finish()
        finally:
            harness.close()
    return {
        **harness.kills,
        "seed": seed,
        "rounds": len(harness.told) // CALLERS,
        "calls": getattr(harness, "appended", 0),
        "longest round": round(harness.longest, 1),
        "seconds": round(time.monotonic() - begin, 1),
        "problems": harness.problems[:10],
    }


def main() -> int:
    """Run, check and print one line of JSON; 1 when something is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--hosts", type=int, default=1, help="several are behind haproxy")
    parser.add_argument("--nodes", type=int, default=1, help="of the server")
    parser.add_argument("--calls", type=int, default=60, help="of a caller in a round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every-write", action="store_true")
    parser.add_argument("--recovery", choices=["explicit", "journal"], default="explicit")
    options = parser.parse_args()
    calls = FEW if options.every_write else options.calls
    hosts = 1 if options.every_write else options.hosts
    found = run(
        options.kills,
        hosts,
        options.nodes,
        options.seed,
        calls,
        every_write=options.every_write,
        recovery=options.recovery,
    )
    print(json.dumps(found))  # noqa: T201 -- the product of the script
    return 1 if found["problems"] else 0


if __name__ == "__main__":
    if FLAG in sys.argv:
        from runtime_shim.engines.restate import objects, server  # noqa: F401 -- before hosts fork

        tend(serve)
    else:
        sys.exit(main())
