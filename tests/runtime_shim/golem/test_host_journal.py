"""`golem:api/host` on real engines: regions, jumps, modes, policies and promises, also rebuilt.

The guests are Python functions that call the host functions as a component would; each test runs in
memory and on SQLite, where what is kept is looked at again by a second engine on the same store.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_guests import HERE, Guest, Host
from golem_api_host import Api, Failures, Running

from runtime_shim.engines.direct import DirectEngine
from runtime_shim.errors import InvocationFailed
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.promises import COMPLETE, promise_worker
from runtime_shim.values import Case


@pytest.fixture
def fail_first() -> Failures:
    return Failures()


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
        with pytest.raises(InvocationFailed, match="no journal to go back to"):
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
            api.state["mine"] = [api("create-promise"), api("create-promise")]
            return list(api.state["mine"])

        def wait(api: Api) -> bytes:
            return bytes(api("await-promise", api.state["mine"][0]))

        def poll(api: Api) -> Any:
            return api("poll-promise", api.state["mine"][1])

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
