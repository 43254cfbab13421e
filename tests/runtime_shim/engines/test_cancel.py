"""Cancelling calls under way: what has not started never runs, anything else is left alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_guests import KEEPING, Guest, Host, hosts

from runtime_shim.errors import RpcError, StoreError, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.seams import Future, Invocation

CANCELLED = "remote-internal-error: the invocation was cancelled"
SLOW = WorkerId("slow", "a")


@pytest.fixture(params=KEEPING)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    yield from hosts(request.param, tmp_path)


class Slow:
    """A worker that is held until it is let go, and remembers what ran."""

    def __init__(self) -> None:
        self.entered, self.leave = threading.Event(), threading.Event()
        self.ran: list[str] = []
        self.guest = Guest(hold=self.hold, run=self.run)

    def hold(self, state: Any, invocation: Invocation) -> str:
        self.entered.set()
        assert self.leave.wait(10)
        return "held"

    def run(self, state: Any, invocation: Invocation, name: str) -> str:
        invocation.step("note", lambda: self.ran.append(name))
        return name


def answer(future: Future) -> Any:
    try:
        return future.get()
    except RpcError as error:
        return str(error)


@pytest.fixture
def slow() -> Slow:
    return Slow()


class TestSpawned:
    def test_what_is_queued_never_runs(self, host: Host, slow: Slow) -> None:
        def plan(state: Any, invocation: Invocation) -> list[Any]:
            held = invocation.spawn(SLOW, "hold", ())
            first = invocation.spawn(SLOW, "run", ("first",))
            second = invocation.spawn(SLOW, "run", ("second",))
            invocation.cancel(first.call)
            assert first.done()
            slow.leave.set()
            return [answer(future) for future in (held, first, second)]

        host.deploy(plan=Guest(plan=plan), slow=slow.guest)

        assert host.call("plan/a", "plan") == ["held", CANCELLED, "second"]
        assert slow.ran == ["second"]

    def test_what_runs_or_is_over_stays(self, host: Host, slow: Slow) -> None:
        def plan(state: Any, invocation: Invocation) -> list[Any]:
            held = invocation.spawn(SLOW, "hold", ())
            assert slow.entered.wait(10)
            invocation.cancel(held.call)
            slow.leave.set()
            answers = [answer(held)]
            invocation.cancel(held.call)
            return [*answers, answer(held)]

        host.deploy(plan=Guest(plan=plan), slow=slow.guest)

        assert host.call("plan/a", "plan") == ["held", "held"]

    def test_twice_is_once(self, host: Host, slow: Slow) -> None:
        def plan(state: Any, invocation: Invocation) -> Any:
            invocation.spawn(SLOW, "hold", ())
            queued = invocation.spawn(SLOW, "run", ("queued",))
            invocation.cancel(queued.call)
            invocation.cancel(queued.call)
            slow.leave.set()
            return answer(queued)

        host.deploy(plan=Guest(plan=plan), slow=slow.guest)

        assert host.call("plan/a", "plan") == CANCELLED
        assert host.call("slow/a", "run", "later") == "later"
        assert slow.ran == ["later"]

    def test_a_call_that_could_not_be_sent(self, host: Host) -> None:
        def plan(state: Any, invocation: Invocation) -> Any:
            future = invocation.spawn(WorkerId("nobody", "x"), "f", ())
            invocation.cancel(future.call)
            return answer(future)

        host.deploy(plan=Guest(plan=plan))

        assert str(host.call("plan/a", "plan")).startswith("not-found: ")

    def test_a_call_of_an_earlier_invocation(self, host: Host, slow: Slow) -> None:
        def start(state: dict[str, Any], invocation: Invocation) -> None:
            state["held"] = invocation.spawn(SLOW, "hold", ())
            state["queued"] = invocation.spawn(SLOW, "run", ("queued",))

        def stop(state: dict[str, Any], invocation: Invocation, trap: bool) -> None:
            invocation.cancel(state["queued"].call)
            if trap and invocation.attempt == 1:
                raise Trap("again")  # the next attempt has the futures of a replay

        host.deploy(plan=Guest(start=start, stop=stop), slow=slow.guest)
        host.call("plan/a", "start")
        host.call("plan/a", "stop", True)
        host.call("plan/a", "stop", False)
        slow.leave.set()
        host.engine.drain()

        assert slow.ran == []

    def test_a_retry_finds_it_cancelled(self, host: Host, slow: Slow) -> None:
        def plan(state: Any, invocation: Invocation) -> Any:
            invocation.spawn(SLOW, "hold", ())
            queued = invocation.spawn(SLOW, "run", ("queued",))
            invocation.cancel(queued.call)
            if invocation.attempt == 1:
                raise Trap("again")
            slow.leave.set()
            return answer(queued)

        host.deploy(plan=Guest(plan=plan), slow=slow.guest)

        assert host.call("plan/a", "plan") == CANCELLED
        assert slow.ran == []

    def test_a_rebuild_gives_the_same_answers(self, host: Host, slow: Slow) -> None:
        slow.leave.set()

        def plan(state: dict[str, int], invocation: Invocation, trap: bool) -> list[Any]:
            futures = [invocation.spawn(SLOW, "run", (name,)) for name in "abc"]
            invocation.cancel(futures[1].call)
            if trap and invocation.attempt == 1:
                raise Trap("again")
            state["n"] = state.get("n", 0) + 1
            return [answer(futures[0]), answer(futures[2]), state["n"]]

        guest = Guest(plan=plan)
        host.deploy(plan=guest, slow=slow.guest)

        assert host.call("plan/a", "plan", False) == ["a", "c", 1]
        assert host.call("plan/a", "plan", True) == ["a", "c", 2]
        assert guest.made == 2


class TestAcrossProcesses:
    def test_it_stays_cancelled(self, tmp_path: Path, slow: Slow) -> None:
        def plan(state: dict[str, Any], invocation: Invocation) -> list[Any]:
            state["held"] = invocation.spawn(SLOW, "hold", ())
            state["queued"] = invocation.spawn(SLOW, "run", ("queued",))
            invocation.cancel(state["queued"].call)
            slow.leave.set()
            return [answer(state["held"]), answer(state["queued"])]

        def again(state: dict[str, Any], invocation: Invocation) -> None:
            for future in (state["held"], state["queued"]):
                invocation.cancel(future.call)

        for process in range(2):
            for host in hosts("sqlite", tmp_path):
                host.deploy(plan=Guest(plan=plan, again=again), slow=slow.guest)
                assert host.call("plan/a", "plan", key="k") == ["held", CANCELLED]
                host.call("plan/a", "again", key=f"again {process}")
                host.engine.drain()

        assert slow.ran == []

    def test_a_call_is_cancelled_before_a_crash_and_asked_for_after_it(
        self, tmp_path: Path, slow: Slow
    ) -> None:
        def plan(state: Any, invocation: Invocation) -> list[Any]:
            held = invocation.spawn(SLOW, "hold", ())
            futures = [invocation.spawn(SLOW, "run", (name,)) for name in "abc"]
            invocation.cancel(futures[1].call)
            if not slow.leave.is_set():
                slow.leave.set()
                answer(held)
                raise StoreError("the process is killed here")
            return [answer(future) for future in (held, *futures)]

        for host in hosts("sqlite", tmp_path):
            host.deploy(plan=Guest(plan=plan), slow=slow.guest)
            with pytest.raises(StoreError, match=r"killed"):
                host.call("plan/a", "plan", key="k")
        for host in hosts("sqlite", tmp_path):
            host.deploy(plan=Guest(plan=plan), slow=slow.guest)
            assert host.call("plan/a", "plan", key="k") == ["held", "a", CANCELLED, "c"]

        assert sorted(slow.ran) == ["a", "c"]


class TestNotDeployed:
    def test_what_waits_for_its_component_can_be_cancelled(
        self, tmp_path: Path, slow: Slow
    ) -> None:
        for host in hosts("sqlite", tmp_path):
            host.deploy(slow=slow.guest)
            key = host.send("slow/a", "run", "late", due=host.clock() + 60)
        for host in hosts("sqlite", tmp_path):
            host.clock.skip(60)
            host.deploy()  # without it
            assert host.engine.cancel(*key)
            host.engine.drain()
            assert host.engine.status(*key) == "cancelled"
        assert slow.ran == []
