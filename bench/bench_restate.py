"""What workers cost on a Restate server: against its own plain counter, and one host against two.

    pip install -e '.[restate]'
    python tests/support/restate_server.py install
    python bench/bench_restate.py

The plain counter is Restate's SDK alone, in its cheapest form: state that comes with the call, one value
read and written. Calls come from outside, or from another object or worker, which awaits each of them;
each has a key of its own. Both are served by processes of their own, on one server. Pairs of
rounds alternate, and the middle of the pairs' ratios counts, of time and of the processor time that the server and
the host took for a call, which says more where other programs run. At most 1.5 times with eight callers and 1.8
times with one. The engine on SQLite is asked the same in the same rounds, to tell what reach costs. Two hosts behind haproxy should do at least as much as one with calls of 100 ms that compute
and hold no lock of Python, as WebAssembly does. Exit status 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import restate_cluster
import restate_guests
from restate_server import Server, die_with_us, free_ports, missing

from runtime_shim.engines.restate.admin import Admin
from runtime_shim.engines.restate.engine import RestateEngine
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.seams import Engine

MOST = {1: 1.8, 8: 1.5}
TICK = os.sysconf("SC_CLK_TCK")
PLAIN, OURS, FILE = "plain", "ours", "file"
RPC_CALLS = {1: 100, 8: 40}  # that each caller makes in one of its own
Ask = Callable[[str, str], int]  # (the counter, a key) -> its number


def serve_plain(port: int) -> None:
    """A host of the SDK alone."""
    import hypercorn.asyncio
    import hypercorn.config
    import restate
    from restate.serde import BytesSerde

    kept = restate.VirtualObject("Plain"), restate.VirtualObject("PlainCaller")
    counter, caller = kept
    raw: dict[str, Any] = {"input_serde": BytesSerde(), "output_serde": BytesSerde()}
    raw |= dict.fromkeys(("accept", "content_type"), "application/octet-stream")

    @counter.handler(**raw)  # type: ignore[untyped-decorator]
    async def inc(context: Any, _: bytes) -> bytes:
        number = b"%d" % (int(await context.get("n", serde=raw["input_serde"]) or b"0") + 1)
        context.set("n", number, serde=raw["input_serde"])
        return number

    @caller.handler(**raw)  # type: ignore[untyped-decorator]
    async def many(context: Any, asked: bytes) -> bytes:
        target, calls = asked.decode().split()
        for number in range(int(calls)):
            key = f"{context.key()}-{number}"
            await context.generic_call("Plain", "inc", b"x", key=target, idempotency_key=key)
        return calls.encode()

    config = hypercorn.config.Config()
    config.bind, config.loglevel = [f"127.0.0.1:{port}"], "ERROR"
    config.h2_max_concurrent_streams = 2**31 - 1
    asyncio.run(hypercorn.asyncio.serve(restate.app(kept), config))


@dataclass(frozen=True)
class Peer:
    """Something that counts.

    Attributes:
        outside: Makes what asks it from outside.
        inside: Makes what has many calls made inside: the counter, the caller's name, how many.
        pids: Of whoever works for it.
    """

    outside: Callable[[], Ask]
    inside: Callable[[], Callable[[str, str, int], int]]
    pids: Sequence[int]


def processor(pids: Sequence[int]) -> float:
    """Seconds that processes have had."""
    found = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        found += int(fields[11]) + int(fields[12])
    return found / TICK


@contextmanager
def alone(port: int) -> Iterator[int]:
    """A process with the SDK alone."""
    process = subprocess.Popen(
        [sys.executable, __file__, "--serve", str(port)],
        preexec_fn=die_with_us,  # noqa: PLW1509 -- one call of C
    )
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def plain(server: Server, pids: Sequence[int]) -> Peer:
    """Restate by itself."""

    def post(connection: http.client.HTTPConnection, path: str, key: str, body: bytes) -> int:
        headers = {"idempotency-key": key, "content-type": "application/octet-stream"}
        connection.request("POST", path, body, headers)
        return int(connection.getresponse().read())

    def outside() -> Ask:
        connection = http.client.HTTPConnection("127.0.0.1", server.ports[0])
        return lambda name, key: post(connection, f"/Plain/{name}/inc", key, b"x")

    def inside() -> Callable[[str, str, int], int]:
        connection = http.client.HTTPConnection("127.0.0.1", server.ports[0])
        return lambda counter, name, calls: post(
            connection, f"/PlainCaller/{name}/many", name, f"{counter} {calls}".encode()
        )

    return Peer(outside, inside, pids)


def ours(engine: Engine, pids: Sequence[int], component: str = "counter") -> Peer:
    """Through this project."""

    def ask(worker: WorkerId, function: str, args: tuple[Any, ...], key: str) -> int:
        return int(engine.invoke(worker, function, args, key, Environment()))

    return Peer(
        lambda: lambda name, key: ask(WorkerId(component, name), "inc", (), key),
        lambda: lambda counter, name, calls: ask(
            WorkerId("caller", name), "many", (counter, calls), name
        ),
        pids,
    )


def measured(peer: Peer, callers: int, seconds: float, name: str, *, rpc: bool) -> Sequence[float]:
    """Seconds, and seconds of processors, for each call."""
    counts = [0] * callers
    failed: list[BaseException] = []
    before, begin = processor(peer.pids), time.perf_counter()
    end = begin + seconds

    def run(caller: int) -> None:
        counter = f"{name}-{caller}"
        try:
            if rpc:
                asked = peer.inside()
                while time.perf_counter() < end:
                    calls = RPC_CALLS[callers]
                    counts[caller] += asked(counter, f"{counter}-{counts[caller]}", calls)
                return
            ask = peer.outside()
            while time.perf_counter() < end:
                counts[caller] += 1
                number = ask(counter, f"{counter}-{counts[caller]}")
                assert number == counts[caller], "a call was lost or doubled"
        except BaseException as error:  # noqa: BLE001 -- raised below
            failed.append(error)

    threads = [threading.Thread(target=run, args=(caller,)) for caller in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    took, cost = time.perf_counter() - begin, processor(peer.pids) - before
    return took / sum(counts), cost / sum(counts)


def _ratio(those: Sequence[float], these: Sequence[float]) -> float:
    return statistics.median(a / b for a, b in zip(those, these, strict=True))


def overhead(peers: dict[str, Peer], pairs: int, seconds: float) -> int:
    """Print the table; how many goals are missed."""
    missed = 0
    print(
        f"{'milliseconds a call':24} {'plain':>8} {'witgen':>8} {'ratio':>7} {'at most':>8} "
        f"{'':4} {'SQLite':>8} {'faster':>7}"
    )
    for rpc in (False, True):
        for callers, most in MOST.items():
            found: dict[str, list[Sequence[float]]] = {name: [] for name in peers}
            for pair in range(-1, pairs):
                for name in peers if pair % 2 else reversed(peers):
                    long = 0.5 if pair < 0 else seconds  # the first ones are not counted
                    run = f"{'rpc' if rpc else 'out'}{callers}.{pair}"
                    one = measured(peers[name], callers, long, run, rpc=rpc)
                    if pair >= 0:
                        found[name].append(one)
            for what, at in (("time", 0), ("processors", 1)):
                columns = {name: [1000 * one[at] for one in found[name]] for name in peers}
                ratio = _ratio(columns[OURS], columns[PLAIN])
                missed += ratio > most
                title = f"{'RPC' if rpc else 'outside'}, {callers}, {what}"
                a, b, c = (statistics.median(columns[name]) for name in (PLAIN, OURS, FILE))
                verdict = "yes" if ratio <= most else "NO"
                line = f"{title:24} {a:8.2f} {b:8.2f} {ratio:7.2f} {most:8.1f} {verdict:4}"
                if what == "time":
                    line += f" {c:8.2f} {_ratio(columns[OURS], columns[FILE]):7.1f}"
                print(line, flush=True)
    return missed


def scaling(one: Peer, two: Peer, pairs: int, seconds: float) -> int:
    """Print how much two hosts do; 1 if that is less than one does."""
    ratios = []
    for pair in range(pairs):
        found = {}
        for name in ("one", "two") if pair % 2 else ("two", "one"):
            peer = one if name == "one" else two
            found[name], _ = measured(peer, 8, seconds, f"cpu{pair}", rpc=False)
        ratios.append(found["one"] / found["two"])
    ratio = statistics.median(ratios)
    verdict = "yes" if ratio >= 1 else "NO"
    print(f"calls of 100 ms: two hosts / one host: {ratio:.2f}  at least 1: {verdict}")
    return ratio < 1


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="a round")
    parser.add_argument("--recovery", choices=["explicit", "journal"], default="explicit")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve_plain(options.serve)
    if reason := missing():
        print(f"nothing is measured: {reason}")
        return 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="witgen-restate-")))
        server = Server(folder)
        stack.callback(server.kill)
        server.start()
        assert server.process is not None
        pid = server.process.pid

        def engine(application: str) -> RestateEngine:
            made = restate_guests.caller((server.ingress,), (server.admin,), application)
            return stack.enter_context(closing(made))

        def host(application: str, port: int, url: str) -> int:
            where = (str(port), server.ingress, server.admin, application, url)
            plan = (*where, options.recovery)
            return stack.enter_context(restate_guests.host(*plan)).pid

        port, other, *two = free_ports(4)
        own = host("one", port, f"http://127.0.0.1:{port}")
        apart = stack.enter_context(alone(other))
        Admin((server.admin,)).register(f"http://127.0.0.1:{other}")
        file = stack.enter_context(closing(SqliteEngine(folder / "store")))
        file.start(restate_guests.handler())
        peers = {
            PLAIN: plain(server, (pid, apart)),
            OURS: ours(engine("one"), (pid, own)),
            FILE: ours(file, ()),
        }
        missed = overhead(peers, options.pairs, options.seconds)
        if reason := restate_cluster.missing():
            print(f"two hosts are left out: {reason}")
            return 1 if missed else 0
        proxy = restate_cluster.Proxy(folder, two)
        stack.callback(proxy.kill)
        proxy.start()
        for each in two:
            host("two", each, proxy.url)
        one, both = (ours(engine(name), (), "computing") for name in ("one", "two"))
        missed += scaling(one, both, options.pairs, options.seconds)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
