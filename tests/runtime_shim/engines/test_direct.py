"""The engine without a journal: order, waiting and refusals as everywhere, and nothing done again."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from engine_guests import Clock, Ephemeral, Guest, Host, inc, many, side_by_side

from runtime_shim.engines.direct import DirectEngine
from runtime_shim.errors import (
    BadArguments,
    InvocationFailed,
    RpcError,
    StoreError,
    TooLarge,
    Trap,
    UnknownFunction,
)
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.keys import derived_key, root_key
from runtime_shim.protocol.seams import Invocation

COUNTER = WorkerId("counter", "c")


@pytest.fixture
def host() -> Iterator[Host]:
    clock = Clock()
    engine = DirectEngine(clock=clock)
    yield Host(engine, clock)
    engine.close()


def test_calls_reach_workers_that_keep_their_state(host: Host) -> None:
    host.deploy(caller=Guest(many=many))
    assert host.call("caller/a", "many", 5) == [1, 2, 3, 4, 5]
    assert host.call("caller/b", "many", 2) == [6, 7]
    assert host.handler.programs["counter"].made == 1  # type: ignore[attr-defined]  # a `Guest`


def test_a_deep_path_and_back(host: Host) -> None:
    host.deploy()
    path = [f"r{number}" for number in range(40)]
    assert host.call("relay/start", "relay", path) == ["start", *path]


@pytest.mark.parametrize("path", [["start"], ["a", "start"], ["a", "b", "a"]])
def test_waits_that_would_never_end_are_refused(host: Host, path: list[str]) -> None:
    host.deploy()
    with pytest.raises(InvocationFailed, match="would never return"):
        host.call("relay/start", "relay", path)


def test_crossing_calls_do_not_deadlock(host: Host) -> None:
    host.deploy()
    results = side_by_side(
        *[
            lambda name=name, other=other: [host.call(name, "relay", [other]) for _ in range(50)]
            for name, other in (("relay/a", "b"), ("relay/b", "a"))
        ]
    )
    for result in results:
        assert isinstance(result, (list, InvocationFailed))


def test_many_callers_lose_nothing(host: Host) -> None:
    host.deploy(caller=Guest(many=many))
    results = side_by_side(
        *[lambda name=name: host.call(f"caller/{name}", "many", 200) for name in range(6)]
    )
    assert sorted(itertools.chain(*results)) == list(range(1, 1201))
    assert all(own == sorted(own) for own in results)


def test_futures_triggers_and_schedules(host: Host) -> None:
    def all_kinds(state: Any, invocation: Invocation, due: float) -> list[int]:
        future = invocation.spawn(COUNTER, "inc", (1,))
        invocation.send(COUNTER, "inc", (10,))
        invocation.send(COUNTER, "inc", (1000,), due)
        after = invocation.call(COUNTER, "inc", (100,))
        return [future.get(), after]

    host.deploy(caller=Guest(all_kinds=all_kinds))
    assert host.call("caller/a", "all-kinds", host.clock() + 60) == [1, 111]
    host.engine.drain()
    assert host.call("counter/c", "inc", 0) == 111
    host.clock.skip(61)
    host.engine.drain()
    assert host.call("counter/c", "inc", 0) == 1111


def test_a_trap_ends_a_worker_and_its_caller_is_told(host: Host) -> None:
    calls: list[int] = []

    def fail(state: Any, invocation: Invocation) -> None:
        calls.append(invocation.attempt)
        raise Trap("broken")

    def ask(state: Any, invocation: Invocation) -> list[str]:
        said = []
        for _ in range(3):
            with pytest.raises(RpcError) as caught:
                invocation.call(WorkerId("bad", "b"), "fail", ())
            said.append(caught.value.message)
        return said

    host.deploy(bad=Guest(fail=fail, fine=lambda state, invocation: 1), caller=Guest(ask=ask))
    assert host.call("bad/b", "fine") == 1  # from now on it is called on its caller's stack
    said = host.call("caller/a", "ask")
    assert said[0] == "broken"
    assert said[1] == said[2] == "the worker has already failed: broken"
    assert calls == [1]
    with pytest.raises(InvocationFailed, match="already failed"):
        host.call("bad/b", "fine")
    assert host.call("bad/other", "fine") == 1


@pytest.mark.parametrize("nested", [False, True])
def test_an_answer_that_is_too_large_ends_a_worker(host: Host, nested: bool) -> None:
    """Its instance is gone: another one would have forgotten what it was asked."""

    def big(state: Any, invocation: Invocation) -> None:
        raise TooLarge("too much")

    def ask(state: Any, invocation: Invocation) -> str:
        with pytest.raises(RpcError, match="too much") as caught:
            invocation.call(WorkerId("big", "b"), "big", ())
        return caught.value.kind

    host.deploy(big=Guest(big=big, inc=inc), caller=Guest(ask=ask))
    assert host.call("big/b", "inc") == 1
    if nested:
        assert host.call("caller/a", "ask") == "remote-internal-error"
    else:
        with pytest.raises(InvocationFailed, match="too much"):
            host.call("big/b", "big")
    with pytest.raises(InvocationFailed, match="already failed: too much"):
        host.call("big/b", "inc")


def test_a_worker_survives_calls_that_it_cannot_take(host: Host) -> None:
    def ask(state: Any, invocation: Invocation, function: str, argument: Any) -> str:
        with pytest.raises(RpcError) as caught:
            invocation.call(COUNTER, function, (argument,))
        return caught.value.kind

    def picky(state: Any, invocation: Invocation) -> None:
        raise BadArguments("not today")

    host.deploy(caller=Guest(ask=ask), picky=Guest(picky=picky, fine=lambda state, inv: 1))
    assert host.call("counter/c", "inc", 1) == 1
    assert host.call("caller/a", "ask", "nope", 1) == "protocol-error"
    with pytest.raises(UnknownFunction):
        host.call("counter/c", "nope")
    with pytest.raises(InvocationFailed, match="not today"):
        host.call("picky/p", "picky")
    assert host.call("picky/p", "fine") == 1
    assert host.call("counter/c", "inc", 1) == 2


def test_what_is_called_by_the_guest_knows_its_key_and_caller(host: Host) -> None:
    seen: list[str] = []

    def note(state: Any, invocation: Invocation) -> None:
        seen.append(invocation.key)
        assert (invocation.replaying, invocation.function) == (False, "note")
        assert invocation.environment.variables == {"A": "1"}

    def two(state: Any, invocation: Invocation) -> None:
        invocation.call(WorkerId("note", "n"), "note", ())
        invocation.step("clock", lambda: 1)
        invocation.call(WorkerId("note", "n"), "note", ())

    host.deploy(note=Guest(note=note), two=Guest(two=two))
    host.call("two/a", "two", key="base")
    base = root_key(WorkerId("two", "a"), "base")
    assert seen == [str(derived_key(base, 0)), str(derived_key(base, 2))]


def test_ephemeral_workers_live_for_one_invocation(host: Host) -> None:
    def count(state: dict[str, int], invocation: Invocation) -> int:
        state["n"] = state.get("n", 0) + 1
        return state["n"]

    def ask(state: Any, invocation: Invocation) -> list[int]:
        return [invocation.call(WorkerId("once", "o"), "count", ()) for _ in range(3)]

    once = Ephemeral(count=count)
    host.deploy(once=once, caller=Guest(ask=ask))
    assert host.call("caller/a", "ask") == [1, 1, 1]
    assert once.made == 3


def test_a_busy_worker_is_waited_for(host: Host) -> None:
    entered, leave = threading.Event(), threading.Event()

    def slow(state: Any, invocation: Invocation) -> str:
        entered.set()
        assert leave.wait(10)
        return "slow"

    def ask(state: Any, invocation: Invocation) -> str:
        assert entered.wait(10)
        threading.Timer(0.05, leave.set).start()
        return str(invocation.call(WorkerId("slow", "s"), "quick", ()))

    host.deploy(slow=Guest(slow=slow, quick=lambda state, inv: "quick"), caller=Guest(ask=ask))
    assert host.call("slow/s", "quick") == "quick"
    found = side_by_side(lambda: host.call("slow/s", "slow"), lambda: host.call("caller/a", "ask"))
    assert found == ["slow", "quick"]


def test_nothing_is_called_once_it_is_closed(host: Host) -> None:
    host.deploy()
    assert host.call("counter/a", "inc", 1) == 1
    host.engine.close()
    with pytest.raises(StoreError):
        host.call("counter/a", "inc", 1)


def test_there_is_nothing_to_go_back_to(host: Host) -> None:
    def back(state: Any, invocation: Invocation) -> None:
        invocation.end_region(invocation.begin_region())
        invocation.restart(0)

    host.deploy(back=Guest(back=back))
    with pytest.raises(InvocationFailed, match="no journal to go back to"):
        host.call("back/b", "back")
