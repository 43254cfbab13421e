"""Hosts with snapshots on a Restate server that kill themselves, each at a later write than the one before.

    python tests/support/restate_snapshot_kills.py --kills 20 [--leaves]

A write is one of a message of a blob, or of a piece of a worker's state; a host dies before or after it.
The worker is taken with each call: when the next one begins, so that the blob comes after the row, or with `--leaves` as
soon as its guest is done, as if others needed the memory just then, so that the blob comes before the row. Its guest adds up
random numbers, so no attempt is like another.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import signal
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import restate_server
from nursery import FLAG, Nursery, tend
from restate_server import free_ports
from wasmtime import wat2wasm

from runtime_shim.engines.restate.engine import RestateEngine, Settings
from runtime_shim.engines.restate.inspection import Server, View
from runtime_shim.engines.restate.wire import fields
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.replay.handler import WorkerHandler
from runtime_shim.values import Value

if TYPE_CHECKING:
    from runtime_shim.snapshots.handler import SnapshotHandler

GUEST = """(component
  (import "wasi:random/random@0.2.0" (instance $random
    (export "get-random-u64" (func (result u64)))))
  (core func $draw (canon lower (func $random "get-random-u64")))
  (core module $m
    (import "" "draw" (func $draw (result i64)))
    (global $sum (mut i64) (i64.const 0))
    (func (export "draw") (result i64)
      (global.set $sum (i64.add (global.get $sum) (call $draw)))
      (global.get $sum)))
  (core instance $i (instantiate $m (with "" (instance (export "draw" (func $draw))))))
  (func (export "draw") (result u64) (canon lift (core func $i "draw"))))"""
STUCK = 60.0  # seconds after which a host or a call counts as hung
WORKER = WorkerId("snap:luck", "a")


def components() -> dict[str, Deployment]:
    """What is deployed."""
    return {WORKER.component: Deployment(bytes(wat2wasm(GUEST)))}


def engine(where: dict[str, Any], port: int | None) -> RestateEngine:
    """A host's engine; without a port one that only calls."""
    listen = None if port is None else ("127.0.0.1", port)
    urls = (where["ingress"],), (where["admin"],), where["application"]
    return RestateEngine(Settings(*urls, listen, grace=0.1, patience=STUCK))


def serve(where: dict[str, Any], port: int, ready: str, die: int | None, *, leaves: bool) -> None:
    """A host, until it is killed, or before or after the write of this number."""
    from runtime_shim.engines.restate import suspects
    from runtime_shim.snapshots import handler

    suspects.MOST_CRASHES = 1000  # or a call that is killed at each of its writes is parked
    handler.AFTER, handler.CALLS = 1e9, 1
    handler._LEAVES = handler._STAYS = 0
    if leaves:
        _leave(handler.SnapshotHandler)
    if die is not None:
        _die_at(die)
    with Host(engine=engine(where, port), components=components(), snapshots=True):
        Path(ready).touch()
        signal.pause()


def _leave(handler: type[SnapshotHandler]) -> None:
    before = handler.__call__

    def called(self: SnapshotHandler, *args: Any) -> Value:
        try:
            return before(self, *args)
        finally:
            WorkerHandler._let_go(self)

    handler.__call__ = called  # type: ignore[method-assign]


def _die_at(number: int) -> None:
    from runtime_shim.engines.restate.bridge import Bridge
    from runtime_shim.engines.restate.ingress import Ingress

    gates = itertools.count(1)
    act, before = Ingress.act, Bridge.set

    def end() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def acted(self: Ingress, place: tuple[str, str], handler: str, *args: Any) -> bytes:
        writes = handler != "read" and place[1].startswith("snapshot/")
        if writes and next(gates) == number:
            end()
        answer = act(self, place, handler, *args)
        if writes and next(gates) == number:
            end()
        return answer

    def gated(self: Bridge, name: str, data: bytes) -> None:
        if next(gates) == number:
            end()
        before(self, name, data)
        if next(gates) == number:
            # What was set may leave or not, as it happens.
            self._loop.call_soon(lambda: self._loop.call_soon(end))

    Ingress.act = acted  # type: ignore[method-assign]
    Bridge.set = gated  # type: ignore[method-assign]


def taken(view: View) -> int:
    """How many calls the newest snapshot of the worker includes, whether they are recorded or not."""
    rows = view._admin.query(
        f"SELECT value FROM state WHERE service_name = '{view._services.blob}' AND key = '0'"  # noqa: S608 -- ours
    )
    said = [fields(bytes.fromhex(row["value"]), str, int, int)[0] for row in rows]
    return max((int(one.split()[0]) for one in said if one[0].isdecimal()), default=0)


class Caller:
    """Asks until it is told to stop.

    Attributes:
        told: Its answers.
        error: What it got instead of one.
    """

    def __init__(self, host: Host) -> None:
        self.told: list[Any] = []
        self.error: BaseException | None = None
        self._host = host
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self) -> None:
        try:
            while not self._over.is_set():
                key = str(len(self.told))
                self.told.append(self._host.invoke(*WORKER, "draw", key=key))
        except BaseException as error:  # noqa: BLE001 -- whatever it is, it is no answer
            self.error = error

    def stop(self) -> None:
        """Have it stop after its call."""
        self._over.set()
        self._thread.join(STUCK)
        assert not self._thread.is_alive(), "a call hung"


def run(kills: Sequence[int], *, leaves: bool) -> dict[str, Any]:
    """Hosts that die at these writes, then one that does not; what was found."""
    server = restate_server.server()
    names = {"ingress": server.ingress, "admin": server.admin}
    where = names | {"application": f"t{uuid.uuid4().hex[:12]}"}
    store, nursery = Server(**where), Nursery(__file__)
    [port] = free_ports(1)
    ahead = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(nursery),
        Host(engine=engine(where, None), components=components()) as host,
    ):
        caller = None
        for number in (*kills, None):
            ready = Path(folder, f"ready-{number}")
            child = nursery.begin(where, port, str(ready), number, leaves)
            end = time.monotonic() + STUCK
            while child.alive() and not (number is None and ready.exists()):
                assert time.monotonic() < end, f"a host does not reach write {number}"
                if caller is None and ready.exists():
                    caller = Caller(host)
                time.sleep(0.005)
            if number is not None:
                with store.looking() as view:
                    ahead += taken(view) > view.ended(WORKER)
        assert caller is not None
        caller.stop()
        with store.looking() as view:
            rows = list(view.log(WORKER))
        child.kill()
    drawn = [value for row in rows for _, value in row.steps]
    sums = [total % 2**64 for total in itertools.accumulate(drawn)]
    same = caller.told == [row.result for row in rows] == sums and caller.error is None
    return {"kills": len(kills), "calls": len(rows), "ahead": ahead, "same": same}


def main() -> int:
    """Run and print one line of JSON; 1 when something is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--leaves", action="store_true")
    options = parser.parse_args()
    begin = time.monotonic()
    found = run(range(1, options.kills + 1), leaves=options.leaves)
    found["seconds"] = round(time.monotonic() - begin, 1)
    print(json.dumps(found))  # noqa: T201 -- the product
    return 0 if found["same"] else 1


if __name__ == "__main__":
    if FLAG in sys.argv:
        from runtime_shim.engines.restate import objects, server  # noqa: F401 -- before hosts fork

        tend(lambda where, port, ready, die, leaves: serve(where, port, ready, die, leaves=leaves))
    else:
        sys.exit(main())
