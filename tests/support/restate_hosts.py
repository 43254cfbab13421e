"""Two hosts of an application in one process, behind haproxy, with each worker at one of them."""

from __future__ import annotations

import functools
import itertools
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
import restate_cluster
import restate_server
from engine_guests import HERE, Guest, on_restate

from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.seams import Invocation
from runtime_shim.replay.handler import WorkerHandler


def _where(host: int, state: Any, invocation: Invocation) -> Any:
    return invocation.step("where", lambda: host)


class Make(Protocol):
    """Makes what a host serves, given which one it is."""

    def __call__(self, host: int) -> Mapping[str, Any]:
        """The guests by component."""


class Hosts:
    """Two of them, 0 and 1.

    Attributes:
        engines: Theirs.
    """

    def __init__(self, engines: list[Any]) -> None:
        self.engines = engines
        self._names = map(str, itertools.count())
        while self._where(WorkerId("where", next(self._names))) != 1:
            time.sleep(0.05)  # until haproxy has seen both

    def on(self, host: int, component: str) -> WorkerId:
        """A new worker that this host serves."""
        key = next(self._names)
        return next(w for w in self._candidates(component, key) if self._where(w) == host)

    def _candidates(self, component: str, key: str) -> Iterator[WorkerId]:
        return (WorkerId(component, f"{key}-{number}") for number in range(1000))

    def _where(self, worker: WorkerId) -> Any:
        return self.engines[0].invoke(worker, "where", (), uuid.uuid4().hex, HERE)


@contextmanager
def two(folder: Path, make: Make, **settings: Any) -> Iterator[Hosts]:
    """Serve for a while what `make` gives, where each guest says with `where` which host has it."""
    if reason := restate_server.missing() or restate_cluster.missing():
        pytest.skip(reason)
    ports = restate_server.free_ports(2)
    proxy = restate_cluster.Proxy(folder, ports)
    application = f"t{uuid.uuid4().hex[:12]}"
    with ExitStack() as stack:
        stack.callback(proxy.kill)
        proxy.start()
        engines = []
        for host, port in enumerate(ports):
            listen = ("127.0.0.1", port)
            engine = on_restate(application, listen=listen, advertise=proxy.url, **settings)
            stack.callback(engine.close)
            engines.append(engine)
            guests = {"where": Guest()} | dict(make(host))
            for guest in guests.values():
                if isinstance(guest, Guest):
                    guest.functions["where"] = functools.partial(_where, host)
            engine.start(WorkerHandler(guests))
        yield Hosts(engines)
