"""Guests in Python that end the process of their host on Restate, and such hosts, one after the other."""

from __future__ import annotations

import os
import signal
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal

import restate_server
from engine_guests import FAST, HERE, Ephemeral, Guest, eventually, on_restate
from nursery import FLAG, Child, Nursery, tend

from runtime_shim.engines.restate.inspection import Server
from runtime_shim.errors import RpcError, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.protocol.seams import Invocation
from runtime_shim.replay.handler import WorkerHandler
from runtime_shim.values.codec import decode


class Guests:
    """What runs in a process, which says in a file what it begins.

    Args:
        folder: Where the files are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.steps = 0

    def handler(self) -> WorkerHandler:
        """All of them."""
        runs = (
            self.die,
            self.step,
            self.ask,
            self.listen,
            self.trap,
            self.hold,
            self.well,
            self.nothing,
        )
        durable = Guest(**{run.__name__: run for run in runs})
        return WorkerHandler({"g": durable, "once": Ephemeral(die=self.die)})

    def die(self, state: Any, invocation: Invocation) -> str:
        """End the process, unless a file says that all is well."""
        self._begin(invocation)
        if not Path(self.folder, "well").exists():
            os.kill(os.getpid(), signal.SIGKILL)
        return "lives"

    def step(self, state: Any, invocation: Invocation, steps: int) -> int:
        """Get on by a step in each process."""
        return sum(invocation.step("one", self._step, external=True) for _ in range(steps))

    def _step(self) -> int:
        self.steps += 1
        if self.steps > 1:  # and the server has acknowledged the first
            os.kill(os.getpid(), signal.SIGKILL)
        return 1

    def ask(self, state: Any, invocation: Invocation) -> str:
        """Wait for another worker that ends the process."""
        try:
            return str(invocation.call(WorkerId("g", "other"), "die", ()))
        except RpcError as error:
            return error.kind

    def listen(self, state: Any, invocation: Invocation) -> Any:
        """Wait for what nobody announces."""
        self._begin(invocation)
        return invocation.until(WorkerId("g", "silent"), "nothing", (), lambda: None)

    def nothing(self, state: Any, invocation: Invocation) -> None:
        """Give no answer."""

    def trap(self, state: Any, invocation: Invocation) -> None:
        """End the process once, and then only itself."""
        if not Path(self.folder, "begun").exists():
            self.die(state, invocation)
        raise Trap("no")

    def hold(self, state: Any, invocation: Invocation) -> str:
        """Take long, until a file says otherwise."""
        self._begin(invocation)
        while not Path(self.folder, "enough").exists():
            time.sleep(0.01)
        return "held"

    def well(self, state: Any, invocation: Invocation) -> str:
        """Do nothing."""
        return "well"

    def _begin(self, invocation: Invocation) -> None:
        with Path(self.folder, "begun").open("a") as file:
            file.write(f"{invocation.worker.name}\n")


def serve(
    folder: str,
    ingress: str,
    admin: str,
    application: str,
    port: int,
    most: int,
    recovery: Literal["explicit", "journal"],
) -> None:
    """A host, until it is killed or gets SIGTERM."""
    from runtime_shim.engines.restate import suspects
    from runtime_shim.engines.restate.engine import RestateEngine, Settings

    suspects.MOST_CRASHES = most  # type: ignore[misc]
    listen = "127.0.0.1", port
    settings = Settings((ingress,), (admin,), application, listen, grace=0.1, recovery=recovery)
    slow = RetryPolicies(RetryPolicy(min_delay=60, max_delay=60))
    engine = RestateEngine(settings, retries=slow)
    signal.signal(signal.SIGTERM, lambda *_: None)
    engine.start(Guests(Path(folder)).handler())
    Path(folder, "up").touch()
    signal.pause()
    engine.close()
    os._exit(0)  # whatever its guests do


class Lives:
    """Processes of one host after each other.

    Args:
        folder: Where guests say what they begin.
        nursery: Begins processes.
        most: How many ends are too many.
        recovery: How attempts begin that follow others.

    Attributes:
        child: The process that lives, or was the last.
    """

    def __init__(self, folder: Path, nursery: Nursery, most: int, recovery: str) -> None:
        server = restate_server.server()
        self.folder = folder
        self.most = most
        self.application = f"t{uuid.uuid4().hex[:12]}"
        self.engine = on_restate(self.application, listen=None, retries=FAST)
        self.engine.start(Guests(folder).handler())
        [port] = restate_server.free_ports(1)
        self._plan = (server.ingress, server.admin, self.application, port, most, recovery)
        self._nursery = nursery
        self.child: Child | None = None
        self.store = Server(server.ingress, server.admin, self.application)

    def begin(self) -> Child:
        """Another process, once it serves or has ended."""
        up = self.folder / "up"
        up.unlink(missing_ok=True)
        child = self.child = self._nursery.begin(str(self.folder), *self._plan)
        eventually(lambda: up.exists() or not child.alive())
        return child

    def end(self, times: int) -> None:
        """Processes that end by their guests."""
        for _ in range(times):
            if self.child is None or not self.child.alive():
                self.begin()
            eventually(lambda: self.child is not None and not self.child.alive())

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End the process, by a signal."""
        child = self.child
        assert child is not None
        child.send(number)
        eventually(lambda: not child.alive())

    def park(self, worker: str = "g/w", function: str = "die") -> None:
        """Have a call parked, and a host that serves."""
        self.send(worker, function)
        self.end(self.most + 1)
        self.begin()
        eventually(self.parked)

    def send(self, worker: str, function: str, *args: Any, key: str = "k") -> None:
        """Send a call, to a host that serves."""
        if self.child is None:
            self.begin()
        self.engine.send(WorkerId(*worker.split("/")), function, args, key, HERE)

    def call(self, worker: str, function: str, *args: Any, key: str = "k") -> Any:
        """Invoke, in time."""
        return self.engine.invoke(WorkerId(*worker.split("/")), function, args, key, HERE, 30)

    def statuses(self) -> dict[str, str]:
        """Those of the workers that a view of the server shows, by component and name."""
        with self.store.looking() as records:
            return {f"{one.worker}": one.status for one in records.workers()}

    def parked(self) -> list[str]:
        """The workers that are."""
        return [name for name, status in self.statuses().items() if status == "parked"]

    def next_attempt(self) -> int:
        """The attempt that comes next at the call of `g/w`."""
        with self.store.looking() as records:
            return next(iter(records.log(WorkerId("g", "w")))).attempt

    def begun(self) -> list[str]:
        """The workers whose guests have begun, as often as they have."""
        file = self.folder / "begun"
        return file.read_text().splitlines() if file.exists() else []

    def notes(self) -> dict[str, int]:
        """The counts that the server keeps, by worker."""
        rows = self.engine.admin.query(
            "SELECT service_key, value FROM state WHERE key = 'begun' "  # noqa: S608 -- ours
            f"AND service_name IN ('{self.application}.Worker', '{self.application}.Ephemeral')"
        )
        found: dict[str, Any] = {r["service_key"]: decode(bytes.fromhex(r["value"])) for r in rows}
        return {worker: count for worker, (_, count, _) in found.items()}

    def close(self) -> None:
        """End all of them."""
        if self.child is not None:
            self.child.kill()
        self.engine.close()


@contextmanager
def lives(folder: Path, nursery: Nursery, most: int, recovery: str = "explicit") -> Iterator[Lives]:
    """Processes for a while."""
    with ExitStack() as stack:
        made = Lives(folder, nursery, most, recovery)
        stack.callback(made.close)
        yield made


if __name__ == "__main__" and FLAG in sys.argv:
    from runtime_shim.engines.restate import objects, server  # noqa: F401 -- before hosts fork

    tend(serve)
