"""What every engine promises: exactly once, in order, when it is due."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_guests import QUICK, Guest, Host, Sent, eventually, hosts, many, side_by_side, timely

from runtime_shim.engines.direct import DirectEngine
from runtime_shim.errors import BadArguments, InvocationFailed, RpcError, Trap, UnknownFunction
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.protocol.keys import derived_key, root_key
from runtime_shim.protocol.seams import Invocation


@pytest.fixture(params=QUICK)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    yield from hosts(request.param, tmp_path)


@pytest.fixture(params=[name for name in QUICK if name != "direct"])
def keeping(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    """A host whose engine keeps keys, answers and what was recorded; `DirectEngine` does not say so."""
    yield from hosts(request.param, tmp_path)


def over(host: Host, key: Sent) -> bool:
    """Whether a call neither waits nor runs."""
    return host.engine.status(*key) not in {"pending", "running"}


class TestOnce:
    def test_a_worker_keeps_its_state(self, host: Host) -> None:
        host.deploy()
        assert [host.call("counter/a", "inc", 2) for _ in range(3)] == [2, 4, 6]
        assert host.call("counter/b", "inc", 1) == 1

    def test_a_key_is_answered_once_and_for_all(self, keeping: Host) -> None:
        keeping.deploy()
        assert keeping.call("counter/a", "inc", 2, key="k") == 2
        assert keeping.call("counter/a", "inc", 2, key="k") == 2
        assert keeping.call("counter/a", "inc", 1) == 3

    def test_a_failure_is_an_answer_too(self, keeping: Host) -> None:
        attempts: list[int] = []

        def fail(state: Any, invocation: Invocation) -> None:
            attempts.append(invocation.attempt)
            raise Trap("no", retriable=False)

        keeping.deploy(bad=Guest(fail=fail))
        for _ in range(2):
            with pytest.raises(InvocationFailed, match=r"(?m)^no$"):
                keeping.call("bad/a", "fail", key="k")
        assert attempts == [1]

    def test_a_key_that_is_running_is_awaited(self, host: Host) -> None:
        entered, leave = threading.Event(), threading.Event()

        def slow(state: dict[str, int], invocation: Invocation) -> int:
            entered.set()
            assert leave.wait(10)
            state["n"] = state.get("n", 0) + 1
            return state["n"]

        host.deploy(slow=Guest(slow=slow))

        def second() -> int:
            assert entered.wait(10)
            threading.Timer(0.05, leave.set).start()
            return int(host.call("slow/a", "slow", key="k"))

        results = side_by_side(lambda: host.call("slow/a", "slow", key="k"), second, second)
        assert results == [1, 1, 1]

    def test_what_a_guest_calls_is_called_once(self, host: Host) -> None:
        host.deploy(caller=Guest(many=many))
        assert host.call("caller/a", "many", 5) == [1, 2, 3, 4, 5]
        assert host.call("caller/b", "many", 2) == [6, 7]

    def test_callers_wait_in_order_and_none_is_lost(self, host: Host) -> None:
        host.deploy()
        results = side_by_side(
            *[lambda: [host.call("counter/a", "inc", 1) for _ in range(25)] for _ in range(6)]
        )
        assert sorted(itertools.chain(*results)) == list(range(1, 151))
        assert all(list(own) == sorted(own) for own in results)

    def test_keys_are_derived_as_golem_derives_them(self, host: Host) -> None:
        seen: list[str] = []

        def note(state: Any, invocation: Invocation) -> None:
            seen.append(invocation.key)

        def two(state: Any, invocation: Invocation) -> None:
            for _ in range(2):
                invocation.call(WorkerId("note", "n"), "note", ())

        host.deploy(note=Guest(note=note), two=Guest(two=two))
        host.call("two/a", "two", key="base")
        base = root_key(WorkerId("two", "a"), "base")
        assert seen == [str(derived_key(base, 0)), str(derived_key(base, 1))]


def test_what_is_not_promised_is_named() -> None:
    said = " ".join((DirectEngine.__doc__ or "").split())
    assert "its key is answered again" in said and "its status, and another attempt" in said


class TestRefusals:
    def test_an_unknown_function_queues_nothing(self, host: Host) -> None:
        host.deploy()
        with pytest.raises(UnknownFunction, match=r"no function nope"):
            host.call("counter/a", "nope", key="k")
        with pytest.raises(UnknownFunction, match=r"no function nope"):
            host.send("counter/a", "nope")
        assert host.engine.status(WorkerId("counter", "a"), "k") is None
        assert not host.engine.worker_exists(WorkerId("counter", "a"))

    def test_bad_arguments_queue_nothing(self, host: Host) -> None:
        host.deploy()
        with pytest.raises(BadArguments):
            host.call("counter/a", "inc", "bad", key="k")
        with pytest.raises(BadArguments, match=r"cannot be recorded"):
            host.call("counter/a", "inc", object(), key="k")
        assert host.engine.status(WorkerId("counter", "a"), "k") is None

    def test_an_unknown_component(self, host: Host) -> None:
        host.deploy()
        with pytest.raises(UnknownFunction, match=r"no component is deployed as nobody"):
            host.call("nobody/a", "inc")

    @pytest.mark.parametrize("way", ["call", "spawn", "send"])
    @pytest.mark.parametrize(
        ("target", "function", "kind", "message"),
        [
            ("nobody", "inc", "not-found", "Could not find any component with the given id"),
            ("counter", "nope", "protocol-error", "no function nope"),
        ],
    )
    def test_guests_get_rpc_errors(
        self, host: Host, way: str, target: str, function: str, kind: str, message: str
    ) -> None:
        def attempt(state: Any, invocation: Invocation) -> list[str]:
            worker = WorkerId(target, "x")
            try:
                match way:
                    case "call":
                        invocation.call(worker, function, ())
                    case "spawn":
                        invocation.spawn(worker, function, ()).get()
                    case _:
                        invocation.send(worker, function, ())
            except RpcError as error:
                return [error.kind, error.message]
            return []

        host.deploy(guest=Guest(attempt=attempt))
        found = host.call("guest/a", "attempt")
        assert found[0] == kind and message in found[1]

    def test_a_refusal_by_the_instance_leaves_the_worker_well(self, host: Host) -> None:
        def picky(state: Any, invocation: Invocation, value: int) -> int:
            if value < 0:
                raise BadArguments("negative")
            state["n"] = state.get("n", 0) + value
            return int(state["n"])

        host.deploy(picky=Guest(picky=picky))
        assert host.call("picky/a", "picky", 1) == 1
        with pytest.raises(InvocationFailed, match=r"negative"):
            host.call("picky/a", "picky", -1)
        assert host.call("picky/a", "picky", 1) == 2


class TestOrder:
    def test_triggered_calls_come_before_later_ones(self, host: Host) -> None:
        def burst(state: Any, invocation: Invocation) -> Any:
            target = WorkerId("counter", "log")
            for number in range(20):
                invocation.send(target, "append", (number,))
            return invocation.call(target, "append", (20,))

        host.deploy(burst=Guest(burst=burst))
        assert host.call("burst/a", "burst") == list(range(21))

    def test_triggered_calls_from_outside(self, host: Host) -> None:
        host.deploy()
        for number in range(20):
            host.send("counter/log", "append", number)
        assert host.call("counter/log", "append", 20) == list(range(21))

    def test_what_is_over_has_a_status(self, keeping: Host) -> None:
        keeping.deploy()
        keys = [keeping.send("counter/log", "append", number) for number in range(3)]
        keeping.engine.drain()
        assert {keeping.engine.status(*key) for key in keys} == {"done"}

    def test_drain_delivers_what_is_queued(self, host: Host) -> None:
        def tree(state: Any, invocation: Invocation, depth: int) -> None:
            invocation.call(WorkerId("counter", "total"), "inc", (1,))
            if depth:
                for side in "lr":
                    target = WorkerId("tree", invocation.worker.name + side)
                    invocation.send(target, "tree", (depth - 1,))

        host.deploy(tree=Guest(tree=tree))
        host.send("tree/x", "tree", 4)
        host.engine.drain()
        assert host.call("counter/total", "inc", 0) == 31

    def test_workers_run_side_by_side(self, host: Host) -> None:
        barrier = threading.Barrier(50)  # more than the pool has threads at first

        def meet(state: Any, invocation: Invocation) -> int:
            barrier.wait(15)
            return 1

        def gather(state: Any, invocation: Invocation) -> int:
            futures = [
                invocation.spawn(WorkerId("meet", str(number)), "meet", ()) for number in range(50)
            ]
            return sum(future.get() for future in futures)

        host.deploy(meet=Guest(meet=meet), gather=Guest(gather=gather))
        assert host.call("gather/a", "gather") == 50

    def test_waiting_chains_do_not_use_the_pool_up(self, host: Host) -> None:
        host.deploy()
        path = [f"hop-{number}" for number in range(120)]
        host.send("relay/start", "relay", path)
        assert host.call("relay/start", "relay", path) == ["start", *path]

    def test_a_future_is_done_after_waiting(self, host: Host) -> None:
        gate = threading.Event()

        def held(state: Any, invocation: Invocation) -> str:
            assert gate.wait(10)
            return "held"

        def watch(state: Any, invocation: Invocation) -> list[Any]:
            slow = invocation.spawn(WorkerId("held", "h"), "held", ())
            quick = invocation.spawn(WorkerId("counter", "q"), "inc", (1,))
            invocation.wait_any([slow, quick], 10)
            early = [slow.done(), quick.done()]
            slow.wait(0.01)
            gate.set()
            slow.wait()
            return [early, slow.done(), slow.get(), quick.get()]

        host.deploy(held=Guest(held=held), watch=Guest(watch=watch))
        assert host.call("watch/a", "watch") == [[False, True], True, "held", 1]


class TestLater:
    def test_a_scheduled_call_runs_when_it_is_due(self, host: Host) -> None:
        ran: list[float] = []
        host.deploy(note=Guest(note=lambda state, invocation: ran.append(host.clock())))
        due = host.clock() + 3 * host.unit
        key = host.send("note/a", "note", due=due)
        eventually(lambda: over(host, key))
        host.engine.drain()
        [at] = ran
        assert at >= due

    def test_drain_delivers_what_is_due(self, host: Host) -> None:
        ran: list[int] = []
        host.deploy(note=Guest(note=lambda state, invocation: ran.append(1)))
        due = host.clock() + host.unit
        host.send("note/a", "note", due=due)
        eventually(lambda: host.clock() > due)
        host.engine.drain()
        assert ran == [1]

    def test_drain_does_not_wait_for_what_comes_later(self, host: Host) -> None:
        host.deploy()
        key = host.send("counter/a", "inc", 1, due=host.clock() + 3600)
        host.engine.drain()
        assert host.engine.status(*key) == "pending"

    def test_what_is_due_earlier_runs_earlier(self, host: Host) -> None:
        host.deploy()

        def plan(name: str, start: float, unit: float) -> list[Sent]:
            worker = f"counter/{name}"
            return [
                host.send(worker, "append", number, due=start + number * unit)
                for number in (4, 1, 3, 2)
            ]

        name, keys = timely(host, plan)
        eventually(lambda: all(over(host, key) for key in keys))
        assert host.call(f"counter/{name}", "append", 0) == [1, 2, 3, 4, 0]

    def test_a_cancelled_call_never_runs(self, host: Host) -> None:
        def plan(state: Any, invocation: Invocation, name: str, start: float, unit: float) -> None:
            target = WorkerId("counter", name)
            sent = invocation.send(target, "inc", (1,), start)
            invocation.send(target, "inc", (10,), start + unit)  # its token is dropped
            invocation.cancel(sent)
            invocation.cancel(sent)
            invocation.cancel(CallId(999, 0))

        host.deploy(plan=Guest(plan=plan))
        name, _ = timely(host, lambda *args: host.call("plan/a", "plan", *args))
        eventually(lambda: host.call(f"counter/{name}", "inc", 0) > 0)
        host.engine.drain()
        assert host.call(f"counter/{name}", "inc", 0) == 10

    def test_cancel_says_whether_it_did(self, host: Host) -> None:
        host.deploy()
        key = host.send("counter/a", "inc", 1, due=host.clock() + 3600)
        assert host.engine.cancel(*key)
        assert host.engine.status(*key) != "pending"
        assert not host.engine.cancel(*key)
        assert not host.engine.cancel(key.worker, "unknown")
        host.call("counter/a", "inc", 1, key="done")
        assert not host.engine.cancel(key.worker, "done")

    def test_what_was_cancelled_stays_so(self, keeping: Host) -> None:
        keeping.deploy()
        key = keeping.send("counter/a", "inc", 1, due=keeping.clock() + 3600)
        keeping.engine.cancel(*key)
        assert keeping.engine.status(*key) == "cancelled"
        keeping.call("counter/a", "inc", 1, key="done")
        assert keeping.engine.status(key.worker, "done") == "done"
        with pytest.raises(InvocationFailed, match=r"cancelled"):
            keeping.call("counter/a", "inc", 1, key=key.key)

    def test_a_call_in_the_background_is_cancelled(self, host: Host) -> None:
        entered, leave = threading.Event(), threading.Event()
        ran: list[str] = []

        def hold(state: Any, invocation: Invocation) -> None:
            entered.set()
            assert leave.wait(10)

        def plan(state: dict[str, int], invocation: Invocation) -> list[Any]:
            target = WorkerId("slow", "s")
            held = invocation.spawn(target, "hold", ())
            assert entered.wait(10)
            queued = invocation.spawn(target, "run", ())
            invocation.cancel(queued.call)
            invocation.cancel(held.call)  # it has started
            leave.set()
            with pytest.raises(RpcError, match="cancelled"):
                queued.get()
            state["n"] = state.get("n", 0) + 1
            return [held.get(), state["n"]]

        slow = Guest(hold=hold, run=lambda state, invocation: ran.append("run"))
        host.deploy(plan=Guest(plan=plan), slow=slow)
        assert host.call("plan/a", "plan") == [None, 1]
        entered.clear()
        leave.clear()
        assert host.call("plan/a", "plan") == [None, 2], "its worker goes on"
        assert ran == []

    def test_a_worker_may_schedule_itself(self, host: Host) -> None:
        ran: list[float] = []

        def again(state: dict[str, int], invocation: Invocation, left: int) -> int:
            ran.append(host.clock())
            state["n"] = state.get("n", 0) + 1
            if left:
                due = host.clock() + host.unit
                invocation.send(invocation.worker, "again", (left - 1,), due)
            return state["n"]

        host.deploy(own=Guest(again=again))
        host.call("own/a", "again", 3)
        eventually(lambda: len(ran) == 4)
        assert host.call("own/a", "again", 0) == 5
        assert all(after - before >= host.unit for before, after in itertools.pairwise(ran[:4]))
