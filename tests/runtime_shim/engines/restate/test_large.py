"""Calls with much to say or many steps on a Restate server, which takes messages of 32 MiB."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_guests import HERE, Guest, eventually, hosts

from runtime_shim.errors import InvocationFailed, Refused, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.seams import Invocation

pytestmark = pytest.mark.long  # `make restate` runs it

MIB = 1 << 20
LARGE = "x" * (20 * MIB - 100)  # as an argument


def length(state: Any, invocation: Invocation, text: str) -> int:
    return len(text)


def reads(state: Any, invocation: Invocation, count: int) -> int:
    """Read the clock so many times."""
    return len({invocation.step("clock", time.monotonic_ns) for _ in range(count)})


def fetch(state: Any, invocation: Invocation, text: str, count: int, fails: int = 0) -> int:
    """Get so many answers of 1 MiB from the world outside."""
    for _ in range(count):
        invocation.step("fetch", lambda: "y" * (MIB - 100), external=True)
    if invocation.attempt <= fails:
        raise Trap("on purpose")
    return len(text)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Any]:
    for made in hosts("restate", tmp_path):
        yield made.deploy(g=Guest(length=length, reads=reads, fetch=fetch))


def call(host: Any, function: str, *args: Any) -> Any:
    """The answer, which has to come."""
    return host.engine.invoke(WorkerId("g", "w"), function, args, uuid.uuid4().hex, HERE, 60)


def kept(host: Any, worker: str = "g/w") -> int:
    """The bytes in a worker's object."""
    rows = host.engine.admin.query(
        f"SELECT value FROM state WHERE service_name = '{host.engine.services.worker}' "  # noqa: S608 -- ours
        f"AND service_key = '{worker}'"
    )
    return sum(len(row["value"]) // 2 for row in rows)


def test_a_call_reads_the_clock_as_often_as_it_likes(host: Any) -> None:
    assert call(host, "reads", 100_000) == 100_000
    assert kept(host) < MIB
    host.handler.unload(WorkerId("g", "w"))
    assert call(host, "length", "") == 0


def test_a_call_that_takes_more_steps_than_can_be_kept_fails_alone(host: Any) -> None:
    with pytest.raises(Refused, match="too large to record"):
        call(host, "reads", 1_000_000)
    assert call(host, "length", "") == 0


def test_large_calls_come_one_after_the_other(host: Any) -> None:
    for _ in range(3):
        assert call(host, "length", LARGE) == len(LARGE)
        assert kept(host) < MIB
    host.handler.unload(WorkerId("g", "w"))
    assert call(host, "fetch", "", 20) == 0
    assert kept(host) < MIB
    with host.engine.managed.stored.looking() as view:
        assert [len(one.args[0]) for one in view.log(WorkerId("g", "w"))] == [len(LARGE)] * 3 + [0]


@pytest.mark.parametrize("before", ["", LARGE])
def test_an_attempt_goes_on_with_much_that_one_before_has_got(host: Any, before: str) -> None:
    call(host, "length", before)
    assert call(host, "fetch", "", 20, 2) == 0
    assert kept(host) < MIB


@pytest.mark.parametrize("fails", [0, 1])
def test_a_call_with_more_than_can_be_kept_fails_alone(host: Any, fails: int) -> None:
    with pytest.raises(Refused, match="a call with its steps and its outcome of"):
        call(host, "fetch", LARGE, 10, fails)
    assert kept(host) < MIB
    assert call(host, "length", "a") == 1


def test_a_call_fails_for_good_though_its_arguments_are_large(host: Any) -> None:
    with pytest.raises(InvocationFailed, match="on purpose"):
        call(host, "fetch", LARGE, 3, 9)
    assert kept(host) < MIB


def test_nothing_is_left_of_a_call_that_was_ended_while_it_ran(host: Any) -> None:
    leave = threading.Event()

    def hold(state: Any, invocation: Invocation) -> None:
        fetch(state, invocation, "", 3)
        assert leave.wait(60)

    held, worker = Guest(hold=hold, length=length), WorkerId("held", "w")
    host.deploy(held=held)
    host.engine.send(worker, "hold", (), "k", HERE)
    eventually(lambda: kept(host, "held/w") > 2 * MIB)
    assert host.engine.cancel(worker, "k", leave.set)
    assert host.engine.invoke(worker, "length", ("",), "l", HERE) == 0
    assert kept(host, "held/w") < MIB
