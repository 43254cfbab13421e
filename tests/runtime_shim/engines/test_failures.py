"""What every engine promises when guests trap or wait for each other."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from engine_guests import EVERY, KEEPING, Guest, Host, flaky, hosts, side_by_side

from runtime_shim.errors import InvocationFailed, OutOfMemory, RpcError, Trap
from runtime_shim.protocol import failures
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.seams import Invocation


class Speechless(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.fixture(params=KEEPING)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    yield from hosts(request.param, tmp_path)


class TestCircles:
    @pytest.fixture(params=EVERY)
    def host(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
        yield from hosts(request.param, tmp_path)

    def test_a_worker_cannot_await_itself(self, host: Host) -> None:
        host.deploy()
        with pytest.raises(InvocationFailed, match=r"calls itself and waits"):
            host.call("relay/a", "relay", ["a"])

    @pytest.mark.parametrize("path", ["ba", "bca", "bcdefghijka"])
    def test_a_circle_of_awaits_is_an_error(self, host: Host, path: str) -> None:
        host.deploy()
        with pytest.raises(InvocationFailed, match=r"it would never return"):
            host.call("relay/a", "relay", list(path))

    def test_crossing_calls_do_not_deadlock(self, host: Host) -> None:
        barrier = threading.Barrier(2)

        def cross(state: Any, invocation: Invocation, other: str) -> str:
            if not invocation.replaying and invocation.attempt == 1:
                barrier.wait(10)
            try:
                return str(invocation.call(WorkerId("cross", other), "name", ()))
            except RpcError as error:
                return error.kind

        def name(state: Any, invocation: Invocation) -> str:
            return invocation.worker.name

        host.deploy(cross=Guest(cross=cross, name=name))
        results = side_by_side(
            lambda: host.call("cross/a", "cross", "b"), lambda: host.call("cross/b", "cross", "a")
        )
        assert sorted(results) in (["a", "denied"], ["b", "denied"])

    def test_a_circle_through_a_future_fails_the_inner_call(self, host: Host) -> None:
        def outer(state: Any, invocation: Invocation) -> Any:
            return invocation.spawn(WorkerId("circle", "b"), "inner", ("a",)).get()

        def inner(state: Any, invocation: Invocation, back: str) -> str:
            try:
                invocation.call(WorkerId("circle", back), "nothing", ())
            except RpcError as error:
                return error.kind
            return "answered"

        host.deploy(circle=Guest(outer=outer, inner=inner, nothing=lambda state, invocation: None))
        assert host.call("circle/a", "outer") == "denied"

    def test_a_future_of_oneself_is_refused_only_when_awaited(self, host: Host) -> None:
        def selfish(state: Any, invocation: Invocation, wait: bool) -> str:
            future = invocation.spawn(invocation.worker, "name", ())
            if not wait:
                return "left"
            try:
                return str(future.get())
            except RpcError as error:
                return error.kind

        host.deploy(
            own=Guest(selfish=selfish, name=lambda state, invocation: invocation.worker.name)
        )
        assert host.call("own/a", "selfish", False) == "left"
        assert host.call("own/a", "selfish", True) == "denied"
        host.engine.drain()

    @pytest.mark.parametrize("timeout", [None, 0.05])
    def test_who_waits_for_something_else_as_well_goes_on(
        self, host: Host, timeout: float | None
    ) -> None:
        """A waits for B or C, and B for A: A goes on with C, or when its time is over."""

        def outer(state: Any, invocation: Invocation) -> str:
            asked = [invocation.spawn(WorkerId("circle", "b"), "inner", ("a",))]
            if timeout is None:
                asked.append(invocation.spawn(WorkerId("circle", "c"), "slow", ()))
            invocation.wait_any(asked, timeout)
            return "refused" if asked[0].done() else "went on"

        def inner(state: Any, invocation: Invocation, back: str) -> None:
            said.append(invocation.call(WorkerId("circle", back), "name", ()))

        said: list[Any] = []
        host.deploy(
            circle=Guest(
                outer=outer,
                inner=inner,
                slow=lambda state, invocation: time.sleep(0.1),
                name=lambda state, invocation: invocation.worker.name,
            )
        )
        assert side_by_side(lambda: host.call("circle/a", "outer")) == ["went on"]
        host.engine.drain()
        assert said == ["a"]

    def test_a_circle_of_triggered_calls_is_none(self, host: Host) -> None:
        def ping(state: dict[str, int], invocation: Invocation, left: int) -> int:
            state["n"] = state.get("n", 0) + 1
            if left:
                other = "b" if invocation.worker.name == "a" else "a"
                invocation.send(WorkerId("ping", other), "ping", (left - 1,))
            return state["n"]

        host.deploy(ping=Guest(ping=ping))
        host.call("ping/a", "ping", 9)
        host.engine.drain()
        assert host.call("ping/a", "ping", 0) == 6


class TestTraps:
    def test_a_trapped_call_is_tried_again_and_its_effects_are_not(
        self, host: Host, caplog: pytest.LogCaptureFixture
    ) -> None:
        host.deploy(flaky=Guest(flaky=flaky(2)))
        with caplog.at_level(logging.WARNING, "runtime_shim"):
            assert host.call("flaky/a", "flaky") == [1, 3, 1, True]
        assert host.call("counter/effects", "inc", 0) == 1
        assert [record.getMessage().rpartition(" in ")[0] for record in caplog.records] == [
            "flaky/a at flaky: failure 1; attempt 2 of 3",
            "flaky/a at flaky: failure 2; attempt 3 of 3",
        ]

    def test_a_worker_that_used_its_attempts_up_has_failed(self, host: Host) -> None:
        host.deploy(flaky=Guest(flaky=flaky(3)))
        with pytest.raises(InvocationFailed, match=r"(?m)^failure 3$"):
            host.call("flaky/a", "flaky")
        with pytest.raises(InvocationFailed, match=r"the worker has already failed: failure 3"):
            host.call("flaky/a", "flaky")
        key = host.send("flaky/a", "flaky")
        host.engine.drain()
        assert host.engine.status(*key) == "failed"
        assert host.call("counter/effects", "inc", 0) == 1
        with pytest.raises(InvocationFailed):
            host.call("flaky/b", "flaky")  # another worker fails for itself

    def test_calls_behind_a_failure_fail(self, host: Host) -> None:
        host.deploy(flaky=Guest(flaky=flaky(3)))
        keys = [host.send("flaky/a", "flaky") for _ in range(3)]
        host.engine.drain()
        assert [host.engine.status(*key) for key in keys] == ["failed"] * 3
        assert host.call("counter/effects", "inc", 0) == 1

    def test_what_cannot_be_cured_is_not_tried_again(self, host: Host) -> None:
        host.deploy(flaky=Guest(flaky=flaky(1, retriable=False)))
        with pytest.raises(InvocationFailed, match=r"failure 1"):
            host.call("flaky/a", "flaky")

    def test_lack_of_memory_is_tried_again_more_often(
        self, host: Host, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        quick = replace(failures.OUT_OF_MEMORY, min_delay=0.001, max_delay=0.002)
        monkeypatch.setattr(failures, "OUT_OF_MEMORY", quick)
        host.deploy(flaky=Guest(flaky=flaky(9, OutOfMemory)))
        assert host.call("flaky/a", "flaky") == [1, 10, 1, True]

    def test_lack_of_memory_ends(self, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
        quick = replace(failures.OUT_OF_MEMORY, min_delay=0.001, max_delay=0.002)
        monkeypatch.setattr(failures, "OUT_OF_MEMORY", quick)
        host.deploy(flaky=Guest(flaky=flaky(1000, OutOfMemory)))
        key = host.send("flaky/a", "flaky")
        host.engine.drain()
        with pytest.raises(InvocationFailed, match=r"(?m)^failure 10$"):
            host.call("flaky/a", "flaky", key=key)

    def test_what_waits_for_another_attempt_can_be_cancelled(self, host: Host) -> None:
        tried = threading.Event()

        def greedy(state: Any, invocation: Invocation) -> None:
            tried.set()
            raise OutOfMemory("memory exhausted")

        host.deploy(own=Guest(greedy=greedy, well=lambda state, invocation: "well"))
        key = host.send("own/a", "greedy")
        assert tried.wait(10)
        behind = host.send("own/a", "well")
        cancelled = False
        while not cancelled:
            cancelled = host.engine.cancel(*key)
        host.engine.drain()
        assert host.engine.status(*key) == "cancelled"
        assert host.engine.status(*behind) == "done"
        with pytest.raises(InvocationFailed, match="cancelled"):
            host.call("own/a", "greedy", key=key)
        assert host.call("own/a", "well") == "well"

    def test_a_guest_cannot_cancel_what_has_begun(self, host: Host) -> None:
        tried = threading.Event()

        def greedy(state: Any, invocation: Invocation) -> int:
            tried.set()
            if invocation.attempt == 1:
                raise OutOfMemory("memory exhausted")
            return invocation.attempt

        def plan(state: Any, invocation: Invocation) -> Any:
            future = invocation.spawn(WorkerId("own", "a"), "greedy", ())
            assert tried.wait(10)
            invocation.cancel(future.call)
            return future.get()

        host.deploy(own=Guest(greedy=greedy), plan=Guest(plan=plan))
        assert host.call("plan/a", "plan") == 2

    @pytest.mark.parametrize("kind", [ZeroDivisionError, Speechless])
    def test_any_exception_is_a_trap(self, host: Host, kind: type[Exception]) -> None:
        def broken(state: Any, invocation: Invocation) -> None:
            raise kind

        host.deploy(broken=Guest(broken=broken))
        with pytest.raises(InvocationFailed, match=kind.__name__):
            host.call("broken/a", "broken")

    def test_rpc_callers_get_an_error_after_the_last_attempt(self, host: Host) -> None:
        def ask(state: Any, invocation: Invocation) -> list[str]:
            found = []
            for _ in range(2):
                try:
                    invocation.call(WorkerId("flaky", "a"), "flaky", ())
                except RpcError as error:
                    found += [error.kind, error.message]
            return found

        host.deploy(flaky=Guest(flaky=flaky(3)), ask=Guest(ask=ask))
        assert host.call("ask/a", "ask") == [
            "remote-internal-error",
            "failure 3",
            "remote-internal-error",
            "the worker has already failed: failure 3",
        ]

    def test_triggered_calls_are_tried_again_and_drained(self, host: Host) -> None:
        host.deploy(flaky=Guest(flaky=flaky(2)))
        key = host.send("flaky/a", "flaky")
        host.engine.drain()
        assert host.engine.status(*key) == "done"

    def test_a_failure_during_the_rebuild_is_tried_again(self, host: Host) -> None:
        failures = iter([True, False])

        def fragile(state: dict[str, int], invocation: Invocation, trap: bool) -> int:
            if invocation.replaying and not trap and next(failures, False):
                raise Trap("during replay")
            invocation.step("clock", time.time_ns)
            if trap and invocation.attempt == 1:
                raise Trap("now")
            state["n"] = state.get("n", 0) + 1
            return state["n"]

        host.deploy(fragile=Guest(fragile=fragile))
        assert host.call("fragile/a", "fragile", False) == 1
        assert host.call("fragile/a", "fragile", True) == 2
        assert next(failures, None) is None
        assert host.call("fragile/a", "fragile", False) == 3

    def test_retries_keep_the_order(self, host: Host) -> None:
        def sometimes(state: dict[str, Any], invocation: Invocation, value: int) -> list[int]:
            if value == 1 and invocation.attempt < 3:
                raise Trap("not yet")
            state.setdefault("list", []).append(value)
            return list(state["list"])

        host.deploy(sometimes=Guest(sometimes=sometimes))
        for value in range(4):
            host.send("sometimes/a", "sometimes", value)
        assert host.call("sometimes/a", "sometimes", 4) == [0, 1, 2, 3, 4]

    def test_spawned_calls_survive_the_trap_of_their_caller(self, host: Host) -> None:
        def gather(state: Any, invocation: Invocation) -> list[int]:
            futures = [invocation.spawn(WorkerId("counter", name), "inc", (1,)) for name in "abc"]
            first = futures[0].get()
            if invocation.attempt < 3:
                raise Trap("later")
            return [first, *(future.get() for future in futures[1:])]

        host.deploy(gather=Guest(gather=gather))
        assert host.call("gather/a", "gather") == [1, 1, 1]
        assert [host.call(f"counter/{name}", "inc", 0) for name in "abc"] == [1, 1, 1]
