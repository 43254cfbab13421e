"""Workers at two hosts that wait for each other, are cancelled, fail, and see their hosts go."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import restate_hosts
import restate_server
import wasmtime
from engine_guests import COUNTER, HERE, Guest, eventually, on_restate, relay, side_by_side
from golem_api_host import Api
from resource_cells import MAKE, METHOD_NEW, PAIR, PEEK, STATIC_DROP, SUM, cell

from runtime_shim.engines.stored import stored
from runtime_shim.errors import InvocationFailed, RpcError, Trap
from runtime_shim.golem.promises import PromiseProgram
from runtime_shim.golem.registry import Registry
from runtime_shim.program.deployment import Deployment
from runtime_shim.program.program import WasmProgram
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.promises import COMPONENT
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.protocol.seams import Invocation
from runtime_shim.replay.handler import WorkerHandler

pytestmark = pytest.mark.long


def later(ask: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """Ask in a thread; what it is told."""
    told: list[Any] = []
    thread = threading.Thread(target=lambda: told.append(ask()), daemon=True)
    thread.start()
    return thread, told


def status(engine: Any, worker: WorkerId) -> list[str]:
    """What the server says of a worker's calls that are not over."""
    rows = engine.admin.query(
        "SELECT status FROM sys_invocation WHERE status != 'completed' "  # noqa: S608 -- ours
        f"AND target_service_name = '{engine.services.worker}' "
        f"AND target_service_key = '{worker.component}/{worker.name}'"
    )
    return [row["status"] for row in rows]


@pytest.mark.parametrize("gone", [False, True])
def test_a_suspended_caller_goes_on_exactly(tmp_path: Path, gone: bool) -> None:
    acted: list[str] = []
    began: list[int] = []
    leave = threading.Event()

    def make(host: int) -> dict[str, Guest]:
        def act(state: Any, invocation: Invocation, target: str) -> Any:
            began.append(host)
            invocation.step("clock", lambda: acted.append("clock"))
            invocation.step("act", lambda: acted.append("before"), external=True)
            held = invocation.call(WorkerId("slow", target), "hold", ())
            invocation.step("act", lambda: acted.append("after"), external=True)
            return held

        def hold(state: Any, invocation: Invocation) -> str:
            assert leave.wait(60)
            return f"held at {host}"

        return {"caller": Guest(act=act), "slow": Guest(hold=hold)}

    with restate_hosts.two(tmp_path, make, inactivity=0.4) as hosts:
        first, second = hosts.engines
        caller, slow = hosts.on(0, "caller"), hosts.on(1, "slow")
        thread, told = later(lambda: second.invoke(caller, "act", (slow.name,), "k", HERE))
        eventually(lambda: status(second, caller) == ["suspended"])
        if gone:
            first.close()
        leave.set()
        thread.join(30)
        assert told == ["held at 1"]
        assert acted == ["clock", "before", "after"]
        assert began == [0, 1 if gone else 0]


def test_a_promise_is_awaited_at_one_host_and_completed_from_the_other(tmp_path: Path) -> None:
    def make(host: int) -> dict[str, Any]:
        registry = Registry()

        def made(state: Any, invocation: Invocation) -> Any:
            state["mine"] = Api(registry, state, invocation)("create-promise")
            return state["mine"]

        def wait(state: Any, invocation: Invocation) -> bytes:
            return bytes(Api(registry, state, invocation)("await-promise", state["mine"]))

        def complete(state: Any, invocation: Invocation, promise: Any, data: bytes) -> Any:
            return Api(registry, state, invocation)("complete-promise", promise, data)

        guests: dict[str, Any] = {
            "g": Guest(make=made, wait=wait, complete=complete),
            COMPONENT: PromiseProgram(),
        }
        for name, guest in guests.items():
            registry.add(name, guest)
        return guests

    with restate_hosts.two(tmp_path, make) as hosts:
        first, second = hosts.engines
        me, other = hosts.on(0, "g"), hosts.on(1, "g")
        promise = first.invoke(me, "make", (), "make", HERE)
        thread, told = later(lambda: first.invoke(me, "wait", (), "wait", HERE))
        eventually(lambda: status(first, me))
        first.drain()  # it waits for the world outside
        assert told == []
        assert second.invoke(other, "complete", (promise, b"done"), "complete", HERE)
        thread.join(30)
        assert told == [b"done"]
        assert not second.invoke(other, "complete", (promise, b"again"), "again", HERE)


def test_what_one_host_has_scheduled_is_cancelled_by_the_other(tmp_path: Path) -> None:
    with restate_hosts.two(tmp_path, lambda host: {"counter": Guest(**COUNTER)}) as hosts:
        first, second = hosts.engines
        worker = hosts.on(1, "counter")
        due = time.time() + 6
        first.send(worker, "inc", (10,), "early", HERE, due)
        first.send(worker, "inc", (1,), "late", HERE, time.time() + 0.3)
        assert second.cancel(worker, "early")
        eventually(lambda: second.status(worker, "late") == "done")
        assert not second.cancel(worker, "late")
        time.sleep(max(0.0, due + 0.2 - time.time()))
        first.drain()
        assert first.status(worker, "early") == "cancelled"
        assert not first.cancel(worker, "early")
        with pytest.raises(InvocationFailed, match="cancelled"):
            first.invoke(worker, "inc", (10,), "early", HERE)
        first.send(worker, "inc", (10,), "early", HERE)
        first.drain()
        assert first.invoke(worker, "inc", (0,), "look", HERE) == 1


def test_attempts_and_when_they_are_due_survive_the_host() -> None:
    if reason := restate_server.missing():
        pytest.skip(reason)
    server, application = restate_server.server(), f"t{uuid.uuid4().hex[:12]}"
    store = stored(f"restate:{server.ingress},{server.admin}#{application}")
    retries = RetryPolicies(RetryPolicy(max_attempts=2, min_delay=6, max_delay=6))
    worker = WorkerId("g", "w")
    tried: list[tuple[int, float]] = []

    def fail(state: Any, invocation: Invocation) -> None:
        tried.append((invocation.attempt, time.time()))
        raise Trap(f"failure {len(tried)}")

    def host() -> Any:
        engine = on_restate(application, retries=retries)
        engine.start(WorkerHandler({"g": Guest(fail=fail)}))
        return engine

    def planned() -> list[Any]:
        with store.looking() as records:
            found = list(records.log(worker, pending=True))
        return [(one.attempt, one.due) for one in found if one.due is not None]

    with closing(host()) as engine:
        engine.send(worker, "fail", (), "k", HERE)
        eventually(planned)
        [(attempt, due)] = planned()
    assert attempt == 2
    with closing(host()) as engine:
        assert planned() == [(2, due)]
        with pytest.raises(InvocationFailed, match=r"(?m)^failure 2$"):
            engine.invoke(worker, "fail", (), "k", HERE, 60)
    assert [number for number, _ in tried] == [1, 2]
    assert tried[1][1] >= due - 0.05


def test_members_of_every_kind_are_called_from_both(tmp_path: Path) -> None:
    binary = bytes(wasmtime.wat2wasm(cell(MAKE, METHOD_NEW, STATIC_DROP, SUM, PEEK, PAIR)))

    def begin(state: Any, invocation: Invocation, name: str) -> None:
        def call(member: str, *args: Any) -> Any:
            invocation = state["invocation"]
            target = WorkerId("test:cells", name)
            return invocation.call(target, f"test:cells/api.{{{member}}}", args)

        state |= {"call": call, "invocation": invocation}
        state["cell"] = call("[constructor]cell", 7)

    def finish(state: Any, invocation: Invocation) -> list[Any]:
        state["invocation"] = invocation
        call, own = state["call"], state["cell"]
        found = [call("[method]cell.new", own), call("[static]cell.drop", 5), call("cell.sum", 6)]
        found += [call("cell.peek", own), call("cell.pair", own, own), call("dropped")]
        call("[drop]cell", own)
        return [*found, call("dropped")]

    def make(host: int) -> dict[str, Any]:
        registry = Registry()
        cells = WasmProgram("test:cells", Deployment(binary), registry, output=lambda *_: None)
        registry.add("test:cells", cells)
        return {"asks": Guest(begin=begin, finish=finish), "test:cells": cells}

    with restate_hosts.two(tmp_path, make) as hosts:
        first, second = hosts.engines
        asking = [hosts.on(host, "asks") for host in range(2)]
        for one in asking:
            second.invoke(one, "begin", ("shared",), f"begin {one}", HERE)
        first.close()  # and all of its workers are rebuilt at the other
        found = [second.invoke(one, "finish", (), f"finish {one}", HERE) for one in asking]
    assert found == [[1007, 1005, 1006, 7, 77, *dropped] for dropped in ((0, 7), (7, 14))]


class TestCircles:
    """Waits that would never end, over two hosts."""

    @pytest.mark.parametrize("count", [2, 5])
    def test_of_awaits(self, tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
        async def nothing(*_: Any) -> None:
            """The chain of callers alone shows it."""

        from runtime_shim.engines.restate.cycles import Cycles

        monkeypatch.setattr(Cycles, "look", nothing)
        with restate_hosts.two(tmp_path, lambda host: {"relay": Guest(relay=relay)}) as hosts:
            names = [hosts.on(number % 2, "relay").name for number in range(count)]
            ask = WorkerId("relay", names[0]), "relay"
            assert hosts.engines[0].invoke(*ask, (names[1:],), "line", HERE) == names
            with pytest.raises(InvocationFailed, match=r"it would never return"):
                hosts.engines[0].invoke(*ask, ([*names[1:], names[0]],), "circle", HERE, 30)

    def test_of_crossing_calls(self, tmp_path: Path) -> None:
        barrier = threading.Barrier(2)

        def cross(state: Any, invocation: Invocation, other: str) -> str:
            if not invocation.replaying and invocation.attempt == 1:
                barrier.wait(10)
            try:
                return str(invocation.call(WorkerId("cross", other), "name", ()))
            except RpcError as error:
                return error.kind

        def name(state: Any, invocation: Invocation) -> str:
            return "answered"

        with restate_hosts.two(
            tmp_path, lambda host: {"cross": Guest(cross=cross, name=name)}
        ) as hosts:
            one, other = hosts.on(0, "cross"), hosts.on(1, "cross")
            first, second = hosts.engines
            results = side_by_side(
                lambda: first.invoke(one, "cross", (other.name,), "one", HERE),
                lambda: second.invoke(other, "cross", (one.name,), "other", HERE),
            )
        assert sorted(results) == ["answered", "denied"]
