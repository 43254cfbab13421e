"""`golem:api/host` on real engines: regions, jumps, modes, policies and promises, also rebuilt.

The guests are Python functions that call the host functions as a component would; each test runs in
memory and on SQLite, where what is kept is looked at again by a second engine on the same store.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_guests import COUNTER, FAST, HERE, Guest, Host

from runtime_shim.engines.core import JournaledEngine
from runtime_shim.engines.direct import DirectEngine
from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.engines.sqlite import SqliteEngine
from runtime_shim.protocol import Invocation, InvocationFailed, Trap, WorkerId
from runtime_shim.values import Case
from runtime_shim.wasm import golem_api
from runtime_shim.wasm.context import Context
from runtime_shim.wasm.promises import COMPLETE, COMPONENT, PromiseProgram, promise_worker
from runtime_shim.wasm.registry import Registry
from runtime_shim.worker import WorkerHandler

COUNTED = WorkerId("counter", "c")


class Api:
    """The host functions for one attempt of a guest; `seen` outlives all attempts and replays."""

    def __init__(self, registry: Registry, state: dict[str, Any], invocation: Invocation) -> None:
        context = state.get("context")
        if context is None:
            nothing: Any = None
            context = state["context"] = Context(
                invocation.worker, invocation.environment, nothing, nothing
            )
        context.invocation = invocation
        self.context: Context = context
        self.offer = golem_api.offers(registry)

    def __call__(self, name: str, *args: Any) -> Any:
        return self.offer.functions[name].run(self.context, *args)

    def effect(self, seen: list[Any], what: Any) -> Any:
        """A host call that acts on the world; its number among all."""

        def live() -> int:
            seen.append(what)
            return len(seen)

        return self.context.current.step("effect", live)

    def count(self) -> int:
        """A call of another worker."""
        return int(self.context.current.call(COUNTED, "inc", (1,)))


class Failures:
    """Traps that happen in the life of a test; a rebuild meets none of them again."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, most: int) -> None:
        if self.count < most:
            self.count += 1
            raise Trap(f"failure {self.count}")


@pytest.fixture
def fail_first() -> Failures:
    return Failures()


Body = Callable[..., Any]


class Running:
    """A host with the guest `g`, and the means to look at its state rebuilt."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.store = folder / "store.db"
        self.registry = Registry()
        self.bodies: dict[str, Body] = {}
        self.seen: list[Any] = []
        self.open()

    def open(self, store: Path | None = None) -> None:
        engine: JournaledEngine
        if self.kind == "memory":
            engine = MemoryEngine(retries=FAST)
        else:
            engine = SqliteEngine(store or self.store, retries=FAST)
        self.host = Host(engine)
        functions = {name: self.function(body) for name, body in self.bodies.items()}
        guests: dict[str, Any] = {
            "g": Guest(**functions),
            "counter": Guest(**COUNTER),
            COMPONENT: PromiseProgram(self.registry.waiting),
        }
        for name, guest in guests.items():
            if self.registry.program(name) is None:
                self.registry.add(name, guest)
        self.host.handler = WorkerHandler(guests)
        engine.start(self.host.handler)

    def function(self, body: Body) -> Body:
        def run(state: dict[str, Any], invocation: Invocation, *args: Any) -> Any:
            return body(Api(self.registry, state, invocation), *args)

        return run

    def deploy(self, **bodies: Body) -> None:
        self.bodies = bodies
        self.again()

    def again(self) -> None:
        """Every worker is rebuilt before it serves again; on SQLite by another engine."""
        if self.kind == "memory" and self.host.handler.programs["g"].functions:  # type: ignore[attr-defined]
            self.host.handler.close()
        else:
            self.host.engine.close()
            self.open()

    def call(self, function: str, *args: Any, key: str | None = None) -> Any:
        self.calls = getattr(self, "calls", 0) + 1
        worker = WorkerId("g", "w")
        return self.host.engine.invoke(worker, function, args, key or f"call-{self.calls}", HERE)

    def counted(self) -> int:
        self.calls = getattr(self, "calls", 0) + 1
        return int(self.host.engine.invoke(COUNTED, "inc", (0,), f"call-{self.calls}", HERE))


@pytest.fixture(params=["memory", "sqlite"])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    made = Running(request.param, tmp_path)
    yield made
    made.host.engine.close()


class TestRegions:
    def test_an_interrupted_region_is_done_again_as_a_whole(
        self, running: Running, fail_first: Failures
    ) -> None:
        seen = running.seen

        def work(api: Api) -> list[Any]:
            before = api.effect(seen, "before")
            begin = api("mark-begin-operation")
            inside = [api.effect(seen, "one"), api.count(), api.effect(seen, "two")]
            fail_first(2)
            api("mark-end-operation", begin)
            return [before, *inside, api.effect(seen, "after")]

        running.deploy(work=work, idle=lambda api: None)
        assert running.call("work", key="k") == [1, 6, 3, 7, 8]
        assert seen == ["before", *["one", "two"] * 3, "after"]
        assert running.counted() == 3, "its calls are other calls each time"
        running.again()
        assert running.call("work", key="k") == [1, 6, 3, 7, 8]
        running.call("idle")
        assert len(seen) == 8, "a rebuild does nothing again"

    def test_a_finished_region_is_not_done_again(
        self, running: Running, fail_first: Failures
    ) -> None:
        seen = running.seen

        def work(api: Api) -> int:
            begin = api("mark-begin-operation")
            api.effect(seen, "inside")
            api("mark-end-operation", begin)
            fail_first(1)
            return api.count()

        running.deploy(work=work)
        assert running.call("work") == 1
        assert seen == ["inside"]

    def test_regions_nest(self, running: Running, fail_first: Failures) -> None:
        seen = running.seen

        def work(api: Api) -> None:
            outer = api("mark-begin-operation")
            api.effect(seen, "a")
            inner = api("mark-begin-operation")
            api.effect(seen, "b")
            fail_first(1)
            api("mark-end-operation", inner)
            api.effect(seen, "c")
            fail_first(2)
            api("mark-end-operation", outer)

        running.deploy(work=work)
        running.call("work")
        running.again()
        running.call("work")
        assert seen == [*"ab", *"abc", *"abc", *"abc"]

    def test_one_that_never_ends_is_part_of_a_finished_invocation(self, running: Running) -> None:
        seen = running.seen

        def work(api: Api) -> int:
            api("mark-begin-operation")
            return int(api.effect(seen, "x"))

        running.deploy(work=work)
        assert running.call("work") == 1
        running.again()
        assert running.call("work") == 2
        assert seen == ["x", "x"]

    def test_a_kill_inside_a_region(self, tmp_path: Path) -> None:
        running = Running("sqlite", tmp_path)
        gate, seen = threading.Event(), running.seen

        def work(api: Api) -> int:
            begin = api("mark-begin-operation")
            api.effect(seen, "one")
            api.count()
            if not gate.is_set():
                seen.append("waiting")
                gate.wait(10)
            api("mark-end-operation", begin)
            return api.count()

        running.deploy(work=work)
        caller = threading.Thread(target=lambda: running.call("work", key="k"), daemon=True)
        caller.start()
        end = time.monotonic() + 10
        while "waiting" not in seen:
            assert time.monotonic() < end
            time.sleep(0.005)
        running.host.engine.journal.sync()
        for suffix in ("", "-wal"):
            shutil.copy(f"{running.store}{suffix}", f"{tmp_path / 'copy.db'}{suffix}")
        gate.set()
        caller.join(10)
        running.host.engine.close()
        del seen[:]
        running.open(tmp_path / "copy.db")
        assert running.call("work", key="k") == 3
        assert seen == ["one"]
        running.host.engine.close()


class TestGoingBack:
    def test_what_came_after_the_index_is_dropped(self, running: Running) -> None:
        seen = running.seen

        def work(api: Api) -> list[Any]:
            first = api.effect(seen, "first")
            index = api("get-oplog-index")
            value = api.effect(seen, "again")
            if value < 4:
                api("set-oplog-index", index)
            return [first, value, api("get-self-metadata")["retry-count"]]

        running.deploy(work=work, idle=lambda api: None)
        assert running.call("work", key="k") == [1, 4, 0], "going back is no failure"
        assert seen == ["first", "again", "again", "again"]
        running.again()
        running.call("idle")
        assert len(seen) == 4

    def test_to_the_very_beginning(self, running: Running) -> None:
        seen = running.seen

        def work(api: Api) -> Any:
            index = api("get-oplog-index") - 1
            value = api.effect(seen, "x")
            if value < 3:
                api("set-oplog-index", index)
            return value

        running.deploy(work=work)
        assert running.call("work") == 3
        running.again()
        assert running.call("work") == 4

    def test_not_ahead(self, running: Running) -> None:
        running.deploy(work=lambda api: api("set-oplog-index", api("get-oplog-index") + 1))
        with pytest.raises(InvocationFailed, match="step 2 of this invocation was not reached"):
            running.call("work")

    def test_not_without_a_journal(self) -> None:
        engine = DirectEngine()
        host = Host(engine)
        back = Guest(back=lambda state, invocation: invocation.restart(0))
        host.deploy(back=back)
        with pytest.raises(InvocationFailed, match="no journal to go back in"):
            host.call("back/w", "back")
        engine.close()

    def test_indexes_grow_from_invocation_to_invocation(self, running: Running) -> None:
        def work(api: Api) -> list[int]:
            return [api("get-oplog-index"), api("get-oplog-index")]

        running.deploy(work=work)
        found = running.call("work") + running.call("work")
        running.again()
        found += running.call("work")
        assert found == sorted(set(found))


class TestModes:
    def test_persist_nothing_is_done_again(self, running: Running) -> None:
        seen = running.seen

        def work(api: Api) -> None:
            api("set-oplog-persistence-level", Case("persist-nothing"))
            api.effect(seen, "unrecorded")
            api.count()
            api("set-oplog-persistence-level", Case("smart"))
            api.effect(seen, "recorded")

        running.deploy(work=work, idle=lambda api: None)
        running.call("work")
        running.again()
        running.call("idle")
        assert seen == ["unrecorded", "recorded", "unrecorded"]
        assert running.counted() == 1, "calls of workers happen once"

    @pytest.mark.parametrize("level", ["persist-remote-side-effects", "smart"])
    def test_the_other_levels_record(self, running: Running, level: str) -> None:
        seen = running.seen

        def work(api: Api) -> None:
            api("set-oplog-persistence-level", Case(level))
            api.effect(seen, "x")

        running.deploy(
            work=work, look=lambda api: api("get-oplog-persistence-level").name, idle=lambda api: 0
        )
        running.call("work")
        running.again()
        assert running.call("look") == level
        assert seen == ["x"]

    def test_modes_and_policies_are_the_workers_for_good(
        self, running: Running, fail_first: Failures
    ) -> None:
        def change(api: Api) -> None:
            api("set-idempotence-mode", False)
            policy = api("get-retry-policy")
            api("set-retry-policy", policy | {"max-attempts": 7, "multiplier": 1.5})

        def look(api: Api) -> list[Any]:
            policy = api("get-retry-policy")
            return [api("get-idempotence-mode"), policy["max-attempts"], policy["multiplier"]]

        def fail(api: Api) -> int:
            fail_first(6)
            return int(api("get-self-metadata")["retry-count"])

        running.deploy(change=change, look=look, fail=fail)
        assert running.call("look")[:2] == [True, 3]
        running.call("change")
        running.again()
        assert running.call("look") == [False, 7, 1.5]
        assert running.call("fail") == 6

    def test_a_commit_says_nothing(self, running: Running) -> None:
        running.deploy(work=lambda api: api("oplog-commit", 3))
        assert running.call("work") is None


class TestIdentity:
    def test_keys_and_metadata_are_the_same_when_rebuilt(self, running: Running) -> None:
        kept: dict[str, Any] = {}

        def work(api: Api, name: str) -> list[Any]:
            metadata = api("get-self-metadata")
            found = [api("generate-idempotency-key"), metadata["worker-id"], dict(metadata["env"])]
            assert kept.setdefault(name, found) == found
            return found

        running.deploy(work=work)
        first = running.call("work", "a")
        running.again()
        second = running.call("work", "b")
        assert first[1:] == second[1:]
        assert first[0] != second[0]
        assert first[2]["A"] == "1"

    def test_promises_are_kept_between_invocations(self, running: Running) -> None:
        def make(api: Api) -> list[Any]:
            api.context.extras["mine"] = [api("create-promise"), api("create-promise")]
            return list(api.context.extras["mine"])

        def wait(api: Api) -> bytes:
            return bytes(api("await-promise", api.context.extras["mine"][0]))

        def poll(api: Api) -> Any:
            return api("poll-promise", api.context.extras["mine"][1])

        running.deploy(make=make, wait=wait, poll=poll)
        first, second = running.call("make")
        assert first != second
        running.again()
        worker = promise_worker(WorkerId("g", "w").uri, first["oplog-idx"])
        assert running.host.engine.invoke(worker, COMPLETE, (b"done",), "from outside", HERE)
        assert running.call("wait", key="w") == b"done"
        assert running.call("poll") is None
        running.again()
        assert running.call("wait") == b"done"
