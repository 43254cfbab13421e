"""A host that is stopped after a call and before its answer, and goes on after another has run the call.

    python tests/support/restate_stale.py --rounds 20
    python tests/support/restate_stale.py --rounds 3 --no-marks

It has an instance then that has been through as many calls as the worker, one of which did something
else. Both hosts are behind a balancer, which here is a few lines and sends everything to one of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine_guests import FAST, Guest
from restate_server import Server, free_ports

from runtime_shim.engines.restate import attempts, state
from runtime_shim.engines.restate.engine import RestateEngine, Settings
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.seams import Invocation
from runtime_shim.replay.handler import WorkerHandler

HELD = "held"
NOWHERE = Environment()


def draw(state: dict[str, Any], invocation: Invocation) -> list[str]:
    """Draw another token; all of them."""
    token = str(invocation.step("draw", lambda: secrets.token_hex(4)))
    state.setdefault("tokens", []).append(token)
    return list(state["tokens"])


def handler() -> WorkerHandler:
    return WorkerHandler({"urn": Guest(draw=draw, held=draw)})


def engine(where: list[str], port: int | None, advertise: str | None) -> RestateEngine:
    listen = None if port is None else ("127.0.0.1", port)
    ingress, admin = where
    return RestateEngine(Settings((ingress,), (admin,), "stale", listen, advertise), retries=FAST)


def serve(where: list[str], port: int, advertise: str, folder: str, marks: bool) -> None:
    """A host that holds each call of `held` back once, after it has run."""
    end = attempts._end
    if not marks:
        state.os = type("Os", (), {"urandom": staticmethod(bytes)})  # type: ignore[assignment, attr-defined]

    async def held(site: Any, under: Any, live: Any, *rest: Any) -> bytes:
        name = os.path.join(folder, live.worker.name)  # noqa: PTH118 -- in an event loop
        if live.function == HELD and not os.access(name, os.F_OK):
            os.close(os.open(name, os.O_CREAT))
            await asyncio.sleep(1.0)
        return await end(site, under, live, *rest)

    attempts._end = held
    made = engine(where, port, advertise)
    made.start(handler())
    signal.pause()


class Balancer:
    """Connections to whichever port is chosen."""

    def __init__(self) -> None:
        self.target = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def choose(self, port: int) -> None:
        """Send what comes to a port, and cut what went elsewhere."""
        self.target = port
        for one in tuple(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Cut everything."""
        self._listening.close()
        self.choose(0)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    near.close()
                    continue
                for pair in ((near, far), (far, near)):
                    self._open.add(pair[0])
                    threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._open.discard(source)
        source.close()


def run(rounds: int, *, marks: bool) -> dict[str, Any]:
    """How often a call was served by an instance that had done something else."""
    stale = 0
    slowest = 0.0
    with tempfile.TemporaryDirectory(prefix="witgen-restate-") as name:
        server = Server(Path(name))
        server.start()
        balancer, ports = Balancer(), free_ports(2)
        where, children = [server.ingress, server.admin], []
        caller = engine(where, None, None)
        try:
            for port in ports:
                balancer.choose(port)
                plan = json.dumps([where, port, f"http://127.0.0.1:{balancer.port}", name, marks])
                children.append(subprocess.Popen([sys.executable, __file__, "--serve", plan]))
                _until(lambda port=port: _listens(port))
            time.sleep(1.0)
            caller.start(handler())
            for number in range(rounds):
                begin = time.monotonic()
                stale += _round(caller, balancer, ports, children, Path(name), f"w{number}")
                slowest = max(slowest, time.monotonic() - begin)
        finally:
            for child in children:
                child.kill()
                child.wait()
            caller.close()
            balancer.close()
            server.kill()
    return {"rounds": rounds, "marks": marks, "stale": stale, "slowest round": round(slowest, 1)}


def _round(
    caller: RestateEngine,
    balancer: Balancer,
    ports: list[int],
    children: list[subprocess.Popen[bytes]],
    folder: Path,
    name: str,
) -> bool:
    """Whether the instance of the host that was stopped is used once more."""
    worker = WorkerId("urn", name)
    told: list[Any] = []
    balancer.choose(ports[0])

    def ask(function: str) -> Any:
        return caller.invoke(worker, function, (), f"{name}-{function}", NOWHERE)

    thread = threading.Thread(target=lambda: told.append(ask(HELD)))
    thread.start()
    _until((folder / name).exists)
    children[0].send_signal(signal.SIGSTOP)
    balancer.choose(ports[1])
    thread.join(60)
    assert told, "nobody has taken over"
    children[0].send_signal(signal.SIGCONT)
    time.sleep(1.2)  # it is not held any longer
    balancer.choose(ports[0])
    tokens = ask("draw")
    return bool(tokens[0] != told[0][0])


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def _until(look: Any) -> None:
    end = time.monotonic() + 60
    while not look():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def main() -> int:
    """Run, and print one line of JSON; 1 when an instance was stale."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--no-marks", action="store_true")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(*json.loads(options.serve))
    found = run(options.rounds, marks=not options.no_marks)
    print(json.dumps(found))  # noqa: T201 -- the product of the script
    return 1 if found["stale"] else 0


if __name__ == "__main__":
    sys.exit(main())
