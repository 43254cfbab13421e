"""What every engine promises about replay, ephemeral workers and surroundings."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_guests import (
    COUNTER,
    KEEPING,
    Ephemeral,
    Function,
    Guest,
    Host,
    flaky,
    hosts,
    side_by_side,
)

from runtime_shim.errors import InvocationFailed, RpcError, StoreError, Trap
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.seams import Invocation


@pytest.fixture(params=KEEPING)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    yield from hosts(request.param, tmp_path)


@pytest.fixture(params=["memory", "sqlite"])
def local(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    """A host whose guests run on the threads of their callers."""
    yield from hosts(request.param, tmp_path)


class TestReplay:
    @staticmethod
    def fickle(*plans: list[str]) -> Function:
        """Attempt n asks for the steps of plan n; all but the last attempt trap."""

        def run(state: Any, invocation: Invocation) -> None:
            for kind in plans[invocation.attempt - 1]:
                invocation.step(kind, lambda: 1)
            if invocation.attempt < len(plans):
                raise Trap("again")

        return run

    @pytest.mark.parametrize(
        ("plans", "message"),
        [
            ([["a", "b"], ["a", "c"]], "reached 'c' at step 1, where its journal has 'b'"),
            ([["a"], []], "ended before 'a'"),
            ([["a", "b"], ["b", "a"]], "reached 'b' at step 0"),
        ],
    )
    def test_another_course_is_never_tolerated(
        self, host: Host, plans: list[list[str]], message: str
    ) -> None:
        host.deploy(fickle=Guest(fickle=self.fickle(*plans)))
        with pytest.raises(InvocationFailed, match=message):
            host.call("fickle/a", "fickle")

    def test_other_arguments_of_a_call_are_another_course(self, host: Host) -> None:
        def fickle(state: Any, invocation: Invocation) -> None:
            invocation.call(WorkerId("counter", "c"), "inc", (invocation.attempt,))
            raise Trap("again")

        host.deploy(fickle=Guest(fickle=fickle))
        with pytest.raises(InvocationFailed, match=r"reached 'call counter/c inc"):
            host.call("fickle/a", "fickle")
        assert host.call("counter/c", "inc", 0) == 1

    def test_the_history_must_be_the_same_too(self, host: Host) -> None:
        def moody(state: dict[str, int], invocation: Invocation, trap: bool) -> int:
            invocation.step("replayed" if invocation.replaying else "live", lambda: 1)
            if trap and invocation.attempt == 1:
                raise Trap("again")
            return 0

        host.deploy(moody=Guest(moody=moody))
        host.call("moody/a", "moody", False)
        with pytest.raises(InvocationFailed, match=r"'replayed' at step 0.*'live'"):
            host.call("moody/a", "moody", True)

    def test_another_result_is_another_course(self, host: Host) -> None:
        def moody(state: dict[str, int], invocation: Invocation, trap: bool) -> Any:
            if trap and invocation.attempt == 1:
                raise Trap("again")
            return float("nan") if trap else invocation.replaying

        host.deploy(moody=Guest(moody=moody))
        host.call("moody/a", "moody", False)
        with pytest.raises(InvocationFailed, match=r"returned another value"):
            host.call("moody/a", "moody", True)

    def test_nothing_is_done_twice_by_a_rebuild(self, host: Host) -> None:
        log: list[str] = []

        def busy(state: dict[str, Any], invocation: Invocation, trap: bool) -> list[Any]:
            target = WorkerId("counter", "c")
            invocation.step("note", lambda: log.append("note"), external=True)
            called = invocation.call(target, "inc", (1,))
            future = invocation.spawn(target, "inc", (1,))
            invocation.wait_any([future])
            spawned = future.get()
            sent = invocation.send(target, "inc", (1,), time.time() + 3600)
            invocation.cancel(sent)
            with pytest.raises(RpcError):
                invocation.call(WorkerId("nobody", "x"), "f", ())
            if trap and invocation.attempt == 1:
                raise Trap("again")
            state["n"] = state.get("n", 0) + 1
            return [called, spawned, state["n"], float("nan")]

        guest = Guest(busy=busy)
        host.deploy(busy=guest)
        assert host.call("busy/a", "busy", False)[:3] == [1, 2, 1]
        assert host.call("busy/a", "busy", True)[:3] == [3, 4, 2]
        assert log == ["note", "note"]
        assert guest.made == 2

    def test_a_warm_instance_is_used_again(self, host: Host) -> None:
        counter = Guest(**COUNTER)
        host.deploy(counter=counter)
        for _ in range(5):
            host.call("counter/a", "inc", 1)
        assert counter.made == 1


class TestEphemeral:
    def test_every_invocation_has_a_fresh_instance(self, host: Host) -> None:
        guest = Ephemeral(**COUNTER)
        host.deploy(once=guest)
        assert [host.call("once/a", "inc", 1) for _ in range(3)] == [1, 1, 1]
        assert guest.made == 3

    def test_they_run_side_by_side_under_one_name(self, host: Host) -> None:
        barrier = threading.Barrier(3)

        def meet(state: Any, invocation: Invocation) -> str:
            barrier.wait(10)
            return invocation.worker.name

        host.deploy(once=Ephemeral(meet=meet))
        assert side_by_side(*[lambda: host.call("once/a", "meet")] * 3) == ["a"] * 3

    def test_they_are_tried_again_and_fail_alone(self, host: Host) -> None:
        host.deploy(once=Ephemeral(flaky=flaky(2), fail=flaky(3)))
        assert host.call("once/a", "flaky") == [1, 3, 1, True]
        with pytest.raises(InvocationFailed, match=r"(?m)^failure 3$"):
            host.call("once/a", "fail")
        assert host.call("once/a", "flaky") == [3, 3, 1, True]

    def test_their_keys_count_too(self, host: Host) -> None:
        guest = Ephemeral(**COUNTER)
        host.deploy(once=guest)
        assert [host.call("once/a", "inc", 1, key="k") for _ in range(2)] == [1, 1]
        assert guest.made == 1


class TestSurroundings:
    def test_a_worker_inherits_the_environment_of_its_creator(self, host: Host) -> None:
        def show(state: Any, invocation: Invocation) -> Any:
            environment = invocation.environment
            return [dict(environment.variables), list(environment.arguments)]

        def ask(state: Any, invocation: Invocation) -> Any:
            return invocation.call(WorkerId("show", "made"), "show", ())

        host.deploy(show=Guest(show=show), ask=Guest(ask=ask))
        assert host.call("ask/a", "ask") == [{"A": "1"}, ["x"]]
        other = Environment({"B": "2"})
        made, fresh = WorkerId("show", "made"), WorkerId("show", "new")
        assert host.engine.invoke(made, "show", (), "k1", other) == [{"A": "1"}, ["x"]]
        assert host.engine.invoke(fresh, "show", (), "k2", other) == [{"B": "2"}, []]

    def test_the_status_of_an_invocation(self, host: Host) -> None:
        seen: list[str | None] = []

        def look(state: Any, invocation: Invocation) -> None:
            seen.append(host.engine.status(invocation.worker, invocation.key))

        host.deploy(look=Guest(look=look))
        host.call("look/a", "look", key="k")
        assert seen == ["running"]
        worker = WorkerId("look", "a")
        assert host.engine.status(worker, "k") == "done"
        assert host.engine.status(worker, "other") is None

    def test_a_worker_exists_once_it_was_called(self, host: Host) -> None:
        host.deploy()
        worker = WorkerId("counter", "a")
        assert not host.engine.worker_exists(worker)
        host.call("counter/a", "inc", 1)
        assert host.engine.worker_exists(worker)

    def test_a_closed_engine_refuses(self, host: Host) -> None:
        host.deploy()
        host.engine.close()
        host.engine.close()
        with pytest.raises(StoreError, match=r"closed"):
            host.call("counter/a", "inc", 1)

    def test_an_interrupt_reaches_the_caller_and_leaves_the_rest_alone(self, local: Host) -> None:
        host = local

        def stop(state: Any, invocation: Invocation) -> None:
            raise KeyboardInterrupt

        def through(state: Any, invocation: Invocation) -> None:
            invocation.call(WorkerId("stop", "s"), "stop", ())

        host.deploy(stop=Guest(stop=stop), through=Guest(through=through))
        with pytest.raises(KeyboardInterrupt):
            host.call("through/a", "through", key="k")
        assert host.engine.status(WorkerId("through", "a"), "k") == "pending"
        assert host.call("counter/a", "inc", 1) == 1
        with pytest.raises(StoreError, match=r"interrupted"):
            host.call("through/a", "through")
        host.engine.drain()
