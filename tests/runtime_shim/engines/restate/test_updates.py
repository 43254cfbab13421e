"""Workers on a Restate server are moved to other builds: by a host that serves, and by a command."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import restate_server
import wasmtime
from engine_guests import on_restate
from small_counter import CALM, COUNTER, ECHO, INC, NAME, NEWER, TWICE, builds

from runtime_shim.engines.records import managed
from runtime_shim.engines.stored import stored
from runtime_shim.errors import InvocationFailed, StillBusy, UnknownFunction
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.redeploy import Update
from runtime_shim.update import built, packed, update

pytestmark = pytest.mark.long  # `make restate` runs it

A, B = WorkerId(NAME, "a"), WorkerId(NAME, "b")


def of(text: str) -> Deployment:
    return Deployment(bytes(wasmtime.wat2wasm(text)))


@pytest.fixture
def application() -> str:
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture
def opened(application: str) -> Iterator[Any]:
    """Makes hosts of one application."""
    restate_server.server()
    with ExitStack() as stack:

        def make(text: str = COUNTER) -> Host:
            engine = on_restate(application)
            return stack.enter_context(Host(engine=engine, components={NAME: of(text)}))

        yield make


def problems(host: Host, text: str, **options: Any) -> dict[str, str | None]:
    found = host.update(Update({NAME: of(text)}, **options))
    return {one.worker.name: one.problem for one in found}


def test_workers_old_and_new_get_the_build_on_all_hosts(opened: Any) -> None:
    host, other = opened(), opened()
    assert host.invoke(NAME, "a", INC, (3,)) == 3  # on the other one, which was registered last
    with pytest.raises(UnknownFunction):
        host.invoke(NAME, "a", CALM)
    assert problems(host, NEWER) == {"a": None}
    assert len(set(builds(host).values())) == 1
    host.engine.admin.register(f"http://127.0.0.1:{host.engine.port}")
    host.invoke(NAME, "a", CALM)
    host.invoke(NAME, "new", CALM)
    other.engine.admin.register(f"http://127.0.0.1:{other.engine.port}")
    assert host.invoke(NAME, "a", INC, (1,)) == 4
    assert problems(host, COUNTER)["a"] is not None  # it called what that does not have
    assert problems(host, NEWER) == {}


def test_an_instance_of_the_earlier_build_is_not_used(opened: Any) -> None:
    host = opened()
    host.invoke(NAME, "a", ECHO, ("x",))
    assert problems(host, TWICE) == {"a": None}
    assert host.invoke(NAME, "a", INC, (1,)) == 2
    assert problems(host, COUNTER, partial=True)["a"] is not None
    assert host.invoke(NAME, "a", INC, (1,)) == 4


def test_nothing_is_changed_unless_all_would_have_done_the_same(opened: Any) -> None:
    host = opened()
    host.invoke(NAME, "a", INC, (3,))
    host.invoke(NAME, "b", ECHO, ("x",))
    found = problems(host, TWICE)
    assert found["b"] is None
    assert "recorded was the result 3; this build returns 6" in str(found["a"])
    assert problems(host, TWICE, check=True) == found
    assert host.invoke(NAME, "new", INC, (1,)) == 1
    assert len(set(builds(host).values())) == 1
    found = problems(host, TWICE, partial=True)
    assert (found["b"], "this build returns 6" in str(found["a"])) == (None, True)
    assert host.invoke(NAME, "newer", INC, (1,)) == 2
    assert host.invoke(NAME, "b", INC, (1,)) == 2
    assert host.invoke(NAME, "a", INC, (1,)) == 4  # by its own


def test_a_worker_that_was_called_since_is_not_moved(opened: Any) -> None:
    host = opened()
    host.invoke(NAME, "a", INC, (3,))
    store = managed(host.engine)
    program = built({NAME: of(NEWER)}, NAME)

    def give(repairs: Any) -> None:
        repairs.move([A], NAME, program.digest, packed(program))

    with store.between(A, 5.0):
        host.invoke(NAME, "a", INC, (1,))
        with pytest.raises(StillBusy, match="called meanwhile"):
            store.changed(A, give)
    assert builds(host) == {"a": host._programs[NAME].digest[:6]}
    with store.between(A, 5.0):
        store.changed(A, give)
    assert builds(host) == {"a": program.digest[:6]}
    assert host.invoke(NAME, "a", INC, (1,)) == 5


def test_callers_notice_nothing_of_an_update(opened: Any) -> None:
    host = opened()
    told: list[int] = []

    def call() -> None:
        told.extend(host.invoke(NAME, "a", INC, (1,)) for _ in range(60))

    thread = threading.Thread(target=call)
    thread.start()
    for text in (NEWER, COUNTER) * 3:
        problems(host, text, partial=True)
    thread.join(60)
    assert told == list(range(1, 61))


def test_an_operator_moves_them(opened: Any, application: str) -> None:
    host, server = opened(), restate_server.server()
    for name in "ab":
        host.invoke(NAME, name, INC, (3,))
    store = stored(f"restate:{server.ingress},{server.admin}#{application}")
    program = built({NAME: of(NEWER)}, NAME)
    looked = update(store, NAME, program, check=True)
    assert [(one.worker, one.problem) for one in looked] == [(A, None), (B, None)]
    assert builds(host)["a"] == host._programs[NAME].digest[:6]
    moved = update(store, NAME, program, only=[B])
    assert [(one.worker, one.problem) for one in moved] == [(B, None)]
    assert builds(host) == {"a": host._programs[NAME].digest[:6], "b": program.digest[:6]}
    assert [host.invoke(NAME, name, INC, (1,)) for name in "ab"] == [4, 4]
    worse = update(store, NAME, built({NAME: of(TWICE)}, NAME))
    assert all(one.problem for one in worse)
    with pytest.raises(InvocationFailed):  # of the build that it has, not of the host's
        host.invoke(NAME, "b", "test:counter/api.{boom}")


def test_a_call_that_waits_does_not_keep_a_worker(opened: Any) -> None:
    host = opened()
    host.invoke(NAME, "a", INC, (3,))
    host.send(NAME, "a", INC, (1,), key="later", due=host.engine.clock() + 1.0)
    assert problems(host, NEWER) == {"a": None}
    host.drain()
    assert host.invoke(NAME, "a", INC, (1,), key="later") == 4
