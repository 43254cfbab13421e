"""Hosts with different builds of a component side by side, as while they are deployed one by one."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import restate_server
import wasmtime
from engine_guests import Guest, on_restate
from small_counter import COUNTER, INC, NAME, TWICE

from runtime_shim.errors import StoreError
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.replay.handler import WorkerHandler

pytestmark = pytest.mark.long  # `make restate` runs it

OLD, NEW = (bytes(wasmtime.wat2wasm(text)) for text in (COUNTER, TWICE))


class Hosts:
    """Hosts of one application."""

    def __init__(self, stack: ExitStack) -> None:
        restate_server.server()
        self.application = f"t{uuid.uuid4().hex[:12]}"
        self._stack = stack

    def with_build(self, build: bytes) -> Any:
        engine = on_restate(self.application)
        host = Host(engine=engine, components={NAME: Deployment(build)})
        return self._stack.enter_context(host)

    def with_guest(self, guest: Guest, **settings: Any) -> Any:
        engine = on_restate(self.application, **settings)
        engine.start(WorkerHandler({"guest": guest}))
        self._stack.callback(engine.close)
        return engine


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    with ExitStack() as stack:
        yield Hosts(stack)


def deliver_to(host: Any) -> None:
    """Have the server deliver new calls to a host."""
    host.engine.admin.register(f"http://127.0.0.1:{host.engine.port}")


def inc(host: Any, worker: str) -> Any:
    return host.invoke(NAME, worker, INC, (1,))


def until_kept(host: Any, digest: str) -> None:
    from runtime_shim.engines.restate.builds import kept

    end = time.monotonic() + 30
    while kept(host.engine.builds.blobs, NAME, digest) is None:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_any_host_runs_workers_of_builds_that_it_does_not_have(hosts: Hosts) -> None:
    old = hosts.with_build(OLD)
    assert [inc(old, "first"), inc(old, "first")] == [1, 2]
    new = hosts.with_build(NEW)
    assert [inc(new, "second"), inc(new, "first")] == [2, 3]
    deliver_to(old)
    assert [inc(old, "second"), inc(old, "first"), inc(old, "third")] == [4, 4, 1]
    deployed = hosts.with_build(NEW)  # the old host's successor
    found = [inc(deployed, name) for name in ("first", "second", "third", "fourth")]
    assert found == [5, 6, 2, 2]


def test_a_build_is_kept_once_and_whole(hosts: Hosts) -> None:
    host = hosts.with_build(NEW)
    digest = host._programs[NAME].digest
    until_kept(host, digest)
    blobs = host.engine.builds.blobs
    name = f"build/{NAME}/{digest}"
    about, data = blobs.get(name)
    assert about == digest
    blobs.put(name, digest, data[:-1])
    from runtime_shim.engines.restate.builds import kept

    with pytest.raises(StoreError, match="is damaged"):
        kept(blobs, NAME, digest)
    blobs._append(name, 1, data)  # as if it was being written
    assert blobs.get(name) is None
    blobs.drop(name)
    assert kept(blobs, NAME, digest) is None


def test_a_large_blob_is_kept_in_several_messages(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runtime_shim.engines.restate import blobs as module

    monkeypatch.setattr(module, "_MESSAGE", 1000)
    blobs = hosts.with_build(NEW).engine.builds.blobs
    data = bytes(range(256)) * 40
    blobs.put("a/b", "said", data)
    assert blobs.get("a/b") == ("said", data)
    blobs.put("a/b", "less", data[:10])
    assert blobs.get("a/b") == ("less", data[:10])
    assert blobs.about("a/c") is None


def test_a_call_waits_for_a_host_that_has_the_build(hosts: Hosts) -> None:
    from restate_stale import Balancer

    def seen(state: Any, invocation: Any) -> list[int]:
        ran.append(invocation.attempt)
        state["n"] = state.get("n", 0) + 1
        return [state["n"], invocation.attempt]

    ran: list[int] = []
    balancer = Balancer()
    where = f"http://127.0.0.1:{balancer.port}"
    builds = [Guest(run=seen) for _ in range(2)]
    builds[1].digest = "1" * 64
    ports = restate_server.free_ports(2)
    engines = []
    for guest, port in zip(builds, ports, strict=True):
        balancer.choose(port)
        listen = ("127.0.0.1", port)
        engines.append(hosts.with_guest(guest, listen=listen, advertise=where))

    def call(key: str) -> Any:
        return engines[0].invoke(WorkerId("guest", "w"), "run", (), key, Environment())

    told: list[Any] = [call("one")]  # made by the new build
    balancer.choose(ports[0])
    thread = threading.Thread(target=lambda: told.append(call("two")))
    thread.start()
    thread.join(1.5)
    assert thread.is_alive()
    assert ran == [1]  # it lands where the build is missing, and nothing runs
    balancer.choose(ports[1])
    thread.join(30)
    assert told == [[1, 1], [2, 1]]
    assert ran == [1, 1]
    balancer.close()


def test_a_build_that_nobody_has_is_not_found(hosts: Hosts) -> None:
    host = hosts.with_build(OLD)
    program = host._programs[NAME]
    assert host.engine.builds.of(NAME, program.digest) is program
    assert host.engine.builds.of(NAME, "0" * 64) is None
