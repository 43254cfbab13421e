"""Hosts that are gone, and their addresses."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import restate_server
from engine_guests import Guest, on_restate

from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.replay.handler import WorkerHandler

pytestmark = pytest.mark.long  # `make restate` runs it

W = WorkerId("guest", "w")


@pytest.fixture
def start() -> Iterator[Any]:
    """Starts hosts of an application."""
    restate_server.server()
    application = f"t{uuid.uuid4().hex[:12]}"
    with ExitStack() as stack:

        def start(guest: Guest, **settings: Any) -> Any:
            engine = on_restate(application, **settings)
            engine.start(WorkerHandler({"guest": guest}))
            stack.callback(engine.close)
            return engine

        yield start


def addresses(engine: Any) -> list[str]:
    return sorted(engine.admin.deployments(engine.services.worker).values())


def test_what_a_host_that_is_gone_has_begun_goes_on_at_another_address(start: Any) -> None:
    begun, over = threading.Event(), threading.Event()
    acted: list[int] = []

    def act(state: Any, invocation: Any) -> int:
        invocation.step("act", lambda: acted.append(1), external=True)
        begun.set()
        over.wait(30)
        return 7

    first = start(Guest(act=act))
    caller = start(Guest(act=act), listen=None)
    told: list[Any] = []
    thread = threading.Thread(
        target=lambda: told.append(caller.invoke(W, "act", (), "k", Environment()))
    )
    thread.start()
    assert begun.wait(30)
    first.close()  # in the middle: the server knows only its address for this call
    over.set()
    second = start(Guest(act=act))
    assert second.port != first.port
    thread.join(60)
    assert (told, acted) == ([7], [1])
    assert addresses(second) == [f"http://127.0.0.1:{second.port}"] * 2


def test_new_calls_find_the_host_that_is_left(start: Any) -> None:
    guest = Guest(run=lambda state, invocation: 1)
    first, last = start(guest), start(guest)  # calls go to the one that was registered last
    last.close()
    assert first.invoke(W, "run", (), "k", Environment()) == 1


def test_a_host_that_was_taken_for_gone_comes_back(start: Any) -> None:
    guest = Guest(run=lambda state, invocation: 1)
    first, second = start(guest), start(guest)
    (found,) = (
        known
        for known, url in first.admin.deployments(first.services.worker).items()
        if url.endswith(f":{first.port}")
    )
    second.admin.move(found, f"http://127.0.0.1:{second.port}")
    end = time.monotonic() + 30
    while f"http://127.0.0.1:{first.port}" not in addresses(first):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert second.invoke(W, "run", (), "k", Environment()) == 1


def test_hosts_of_other_applications_are_left_alone(start: Any) -> None:
    guest = Guest(run=lambda state, invocation: 1)
    engine = start(guest)
    assert addresses(engine) == [f"http://127.0.0.1:{engine.port}"]
    other = on_restate("t" + uuid.uuid4().hex[:12])
    other.start(WorkerHandler({"guest": guest}))
    try:
        assert addresses(engine) == [f"http://127.0.0.1:{engine.port}"]
    finally:
        other.close()
