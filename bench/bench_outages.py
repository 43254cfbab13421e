"""How long a call takes at most while a part of a Restate application is gone, and what a rebuild takes.

    pip install -e '.[restate]'
    python tests/support/restate_server.py install
    python bench/bench_outages.py

Eight callers ask a counter of their own each, one call at a time, when something is killed or stopped; it counts how long
the slowest call took of those that were under way or came later, and, where all wait for it, how much of that a new
process took to begin. Hosts are behind haproxy where there are two. Also: a worker with many calls in its history on a host
that has not seen it yet; a host that is down so long that Restate, as it is shipped, would pause the
calls that wait for it; and how many instances are made for the workers of two hosts, which is one
each with a sticky balancer. Exit status 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import restate_cluster
import restate_guests
from restate_cluster import STICKY, TURNS, Proxy
from restate_server import Server, free_ports, missing

from runtime_shim.engines.restate.engine import RestateEngine
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment

CALLERS = 8
AFTER = 3.0  # seconds, at least, that callers go on when what was gone is back
STOPPED = 8.0  # seconds that a host is stopped
REBUILD, MANY = 3.0, 10_000
WORKERS, EACH = 20, 20  # for counting instances
SEEN = 2.0  # seconds until haproxy has looked at both hosts


class Application:
    """A server, or three nodes of it, and one host, or two behind haproxy."""

    def __init__(
        self, stack: ExitStack, nodes: int = 1, hosts: int = 1, balance: str = STICKY
    ) -> None:
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="witgen-")))
        self.nodes = restate_cluster.nodes(self.folder, nodes)
        for node in self.nodes:
            stack.callback(node.kill)
        restate_cluster.start(self.nodes)
        self.ports = free_ports(hosts)
        self.url = f"http://127.0.0.1:{self.ports[0]}"
        if hosts > 1:
            proxy = Proxy(self.folder, self.ports, balance)
            stack.callback(proxy.kill)
            proxy.start()
            self.url = proxy.url
        self.hosts: list[subprocess.Popen[bytes]] = [self.host(port) for port in self.ports]
        stack.callback(self._end)
        self.engine: RestateEngine = restate_guests.caller(
            tuple(node.ingress for node in self.nodes),
            tuple(node.admin for node in self.nodes),
            "outages",
        )
        stack.enter_context(closing(self.engine))
        self.call("warm")

    def host(self, port: int) -> subprocess.Popen[bytes]:
        """Start a host."""
        ingress = " ".join(node.ingress for node in self.nodes)
        admin = " ".join(node.admin for node in self.nodes)
        plan = (str(port), ingress, admin, "outages", self.url)
        return restate_guests.begin(*plan, **{restate_guests.COUNT: str(self.counted)})

    def _end(self) -> None:
        for one in self.hosts:
            one.kill()
            one.wait()

    @property
    def counted(self) -> Path:
        """What has a byte for each instance."""
        return self.folder / "instances"

    def kill(self, number: int) -> None:
        """Kill a host."""
        self.hosts[number].kill()
        self.hosts[number].wait()

    def restart(self, number: int = 0) -> None:
        """Kill a host, and start it."""
        self.kill(number)
        self.hosts[number] = self.host(self.ports[number])

    def call(self, name: str) -> int:
        """A call of a counter."""
        key = str(uuid.uuid4())
        return int(self.engine.invoke(WorkerId("counter", name), "inc", (), key, Environment()))


@contextmanager
def application(nodes: int = 1, hosts: int = 1, balance: str = STICKY) -> Iterator[Application]:
    """One, for a while."""
    with ExitStack() as stack:
        yield Application(stack, nodes, hosts, balance)


def slowest(made: Application, event: Callable[[], None]) -> float:
    """Seconds of the slowest call while `event` happens."""
    longest = [0.0] * CALLERS
    failed: list[BaseException] = []
    over = threading.Event()

    def run(caller: int) -> None:
        name, count = f"{uuid.uuid4()}", 0
        try:
            while not over.is_set():
                begin = time.monotonic()
                count += 1
                assert made.call(name) == count, "a call was lost or doubled"
                longest[caller] = max(longest[caller], time.monotonic() - begin)
        except BaseException as error:  # noqa: BLE001 -- raised below
            failed.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CALLERS)]
    for thread in threads:
        thread.start()
    time.sleep(1.0)
    event()
    time.sleep(AFTER)
    over.set()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return max(longest)


class Begun:
    """An event, with how long what it starts takes to begin."""

    def __init__(self, event: Callable[[], None]) -> None:
        self.event, self.took = event, 0.0

    def __call__(self) -> None:
        begin = time.monotonic()
        self.event()
        self.took = max(self.took, time.monotonic() - begin)


def stopped(made: Application) -> None:
    """A host that is there and does nothing."""
    made.hosts[0].send_signal(signal.SIGSTOP)
    time.sleep(STOPPED)
    made.hosts[0].send_signal(signal.SIGCONT)


def gone(made: Application) -> None:
    """A host that is gone for a while."""
    made.kill(0)
    time.sleep(STOPPED)
    made.hosts[0] = made.host(made.ports[0])


def restarted(node: Server) -> None:
    """A server that is started again at once."""
    node.kill()
    node.start()


def absent(node: Server) -> None:
    """A node that is gone for longer than others take to notice."""
    node.kill()
    time.sleep(STOPPED)
    node.start()


def said(what: str, found: float, most: float, unit: str = "s") -> bool:
    """Print a line; whether the goal is missed."""
    verdict = "yes" if found <= most else "NO"
    print(f"{what:46} {found:8.2f} {unit:2} at most {most:g}: {verdict}", flush=True)
    return found > most


def outages(rounds: int) -> int:
    """How many goals are missed."""
    missed = 0
    with application(hosts=2) as made:
        found = max(slowest(made, lambda: gone(made)) for _ in range(rounds))
        missed += said("one of two hosts is killed", found, 1.0)
        found = max(slowest(made, lambda: stopped(made)) for _ in range(rounds))
        missed += said("one of two hosts is stopped", found, 5.0)
    with application() as made:
        for what, most, event in (
            ("host", 3.0, Begun(made.restart)),
            ("server", 2.0, Begun(lambda: restarted(made.nodes[0]))),
        ):
            found = max(slowest(made, event) for _ in range(rounds))
            missed += said(f"the only {what} is killed and started", found, most)
            print(f"{'  of which it takes to begin':46} {event.took:8.2f} s", flush=True)
    with application(nodes=3) as made:
        found = max(
            slowest(made, lambda node=node: absent(node))  # type: ignore[misc]
            for node in made.nodes[:rounds]
        )
        missed += said("a node of three is killed", found, 10.0)
    return missed


def rebuild(calls: int) -> int:
    """Whether a rebuild takes too long."""
    with application() as made:
        worker = WorkerId("counter", "long")

        def send(first: int) -> None:
            for number in range(first, calls, CALLERS):
                made.engine.send(worker, "inc", (), f"send-{number}", Environment())

        threads = [threading.Thread(target=send, args=(first,)) for first in range(CALLERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        made.engine.drain()
        made.restart()
        made.call("other")
        begin = time.monotonic()
        assert made.call("long") == calls + 1, "calls were lost"
        return said(f"a worker with {calls:,} calls is rebuilt", time.monotonic() - begin, REBUILD)


def down(seconds: float) -> int:
    """Whether calls are paused while a host is down."""
    with application() as made:
        made.kill(0)
        numbers: list[int] = []
        threads = [
            threading.Thread(target=lambda name=name: numbers.append(made.call(name)))
            for name in ("a", "b", "c")
        ]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        paused = made.engine.admin.query("SELECT id FROM sys_invocation WHERE status = 'paused'")
        made.hosts[0] = made.host(made.ports[0])
        begin = time.monotonic()
        for thread in threads:
            thread.join()
        missed = said(f"calls paused by a host down for {seconds:g} s", len(paused), 0, "")
        assert numbers == [1, 1, 1], "calls were lost or doubled"
        said("  until they are answered then", time.monotonic() - begin, 3.0)
        return missed


def instances() -> int:
    """Whether workers are rebuilt though their calls go to the same host."""
    missed = 0
    for balance in (STICKY, TURNS):
        with application(hosts=2, balance=balance) as made:
            time.sleep(SEEN)
            before = made.counted.stat().st_size

            def run(first: int, made: Application = made) -> None:
                for number in range(EACH * WORKERS // CALLERS):
                    made.call(f"{(first + number * CALLERS) % WORKERS}")

            threads = [threading.Thread(target=run, args=(first,)) for first in range(CALLERS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            again = made.counted.stat().st_size - before - WORKERS
            what = f"instances made again, {WORKERS * EACH} calls, "
            if balance == STICKY:
                missed += said(f"{what}sticky", again, 0, "")
            else:
                print(f"{what + 'in turns':46} {again:8.2f}")
    return missed


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3, help="of each event")
    parser.add_argument("--calls", type=int, default=MANY, help="of the worker that is rebuilt")
    parser.add_argument("--down", type=float, default=180.0, help="seconds that a host is down")
    parser.add_argument("--only", choices=["outages", "rebuild", "down", "instances"])
    options = parser.parse_args()
    if reason := missing() or restate_cluster.missing():
        print(f"nothing is measured: {reason}")
        return 0
    parts: dict[str, Callable[[], int]] = {
        "outages": lambda: outages(options.rounds),
        "instances": instances,
        "rebuild": lambda: rebuild(options.calls),
        "down": lambda: down(options.down),
    }
    missed = sum(run() for name, run in parts.items() if options.only in {None, name})
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
