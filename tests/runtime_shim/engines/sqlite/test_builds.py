"""Workers belong to the build of their component that they were created with."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from builds import ONE, TEN, Build, count, opened, tens, whole
from engine_guests import COUNTER, Guest

from runtime_shim.engines.records import managed
from runtime_shim.engines.sqlite import inspection
from runtime_shim.engines.sqlite.checking import check
from runtime_shim.errors import RpcError, StoreError, UnknownFunction
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.seams import Invocation


def calling(state: dict[str, Any], invocation: Invocation, name: str, function: str) -> Any:
    try:
        return invocation.call(WorkerId("counter", name), function, (1,))
    except RpcError as error:
        return f"{error.kind}: {error.message}"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


class TestWhichBuild:
    def test_old_workers_keep_theirs_and_new_ones_get_the_newest(self, store: Path) -> None:
        with opened(store, ONE) as host:
            assert host.call("counter/old", "inc", 1, key="k") == 1
        with opened(store, TEN) as host:
            assert host.call("counter/old", "inc", 1, key="k") == 1
            assert host.call("counter/old", "inc", 1) == 2
            assert host.call("counter/new", "inc", 1) == 10
        with opened(store, TEN) as host:
            assert host.call("counter/old", "inc", 1) == 3
            assert host.call("counter/new", "inc", 1) == 20
        assert whole(store)
        assert count(store, "binary") == count(store, "component") == 2

    def test_the_build_of_before_may_come_back(self, store: Path) -> None:
        for build in (ONE, TEN, ONE, TEN):
            with opened(store, build) as host:
                host.call("counter/old", "inc", 1)
        with opened(store, ONE) as host:
            assert host.call("counter/old", "inc", 1) == 5
            assert host.call("counter/new", "inc", 1) == 1
        assert count(store, "component") == 1

    def test_functions_are_those_of_the_workers_build(self, store: Path) -> None:
        with opened(store, ONE) as host:
            host.call("counter/old", "inc", 1)
        with opened(store, TEN, caller=Guest(calling=calling)) as host:
            assert host.call("counter/old", "append", 1) == [1]
            with pytest.raises(UnknownFunction, match="append"):
                host.call("counter/new", "append", 1)
            assert host.call("caller/c", "calling", "old", "append") == [1, 1]
            refused = host.call("caller/c", "calling", "new", "append")
            assert refused == "protocol-error: no function append"

    def test_what_an_earlier_process_left_runs_in_its_build(self, store: Path) -> None:
        with opened(store, ONE) as host:
            sent = host.send("counter/old", "inc", 1, due=host.clock() + 0.05)
        with opened(store, TEN) as host:
            host.clock.skip(1)
            host.engine.drain(everything=True)
            assert host.engine.status(*sent) == "done"
            assert host.call("counter/old", "inc", 1) == 2

    def test_workers_that_live_for_one_call_run_in_the_newest(self, store: Path) -> None:
        with opened(store, Build("e1", COUNTER, durable=False)) as host:
            assert host.call("counter/e", "inc", 1, key="k") == 1
        with opened(store, Build("e2", {"inc": tens}, durable=False)) as host:
            assert host.call("counter/e", "inc", 1) == 10
            assert host.call("counter/e", "inc", 1, key="k") == 1
        with opened(store, Build("e3", COUNTER, durable=False)) as host:
            assert host.call("counter/e", "inc", 1, key="k") == 1
        assert count(store, "binary") == 0
        assert whole(store)

    def test_components_that_did_not_change_are_not_affected(self, store: Path) -> None:
        with opened(store, ONE, other=Build("other", COUNTER)) as host:
            host.call("other/a", "inc", 1)
            host.call("counter/a", "inc", 1)
        with opened(store, TEN, other=Build("other", COUNTER)) as host:
            assert host.call("other/a", "inc", 1) == 2
            assert host.call("other/b", "inc", 1) == 1

    def test_a_component_without_workers_is_replaced(self, store: Path) -> None:
        with opened(store, ONE) as host:
            host.call("relay/a", "relay", [])
        with opened(store, TEN) as host:
            assert host.call("counter/a", "inc", 1) == 10
        assert count(store, "binary") == 1


class TestBytes:
    def test_a_build_whose_bytes_were_not_kept_stops_its_workers_only(self, store: Path) -> None:
        with opened(store, ONE) as host:
            host.call("counter/old", "inc", 1, key="k")
        lose(store)
        with opened(store, TEN) as host:
            with pytest.raises(StoreError, match=r"lacks the build \w+ of counter.*deploy that"):
                host.call("counter/old", "inc", 1)
            assert host.call("counter/old", "inc", 1, key="k") == 1
            assert host.call("counter/new", "inc", 1) == 10
        with opened(store, ONE) as host:  # which keeps them
            assert host.call("counter/old", "inc", 1) == 2
        with opened(store, TEN) as host:
            assert host.call("counter/old", "inc", 1) == 3

    def test_a_caller_waits_for_a_build_that_is_not_there(self, store: Path) -> None:
        caller = Guest(calling=calling)
        with opened(store, ONE, caller=caller) as host:
            host.call("counter/old", "inc", 1)
        lose(store)
        lacks = pytest.raises(StoreError, match="lacks the build")
        with opened(store, TEN, caller=caller) as host, lacks:
            host.call("caller/c", "calling", "old", "inc", key="c")
        with opened(store, ONE, caller=caller) as host:
            assert host.call("caller/c", "calling", "old", "inc", key="c") == 2

    def test_damaged_bytes_are_found(self, store: Path) -> None:
        with opened(store, ONE) as host:
            host.call("counter/old", "inc", 1)
        with closing(sqlite3.connect(store)) as connection, connection:
            connection.execute("UPDATE binary SET data = x'00'")
        assert [finding.table for finding in check(store)] == ["binary"]
        with opened(store, TEN) as host, pytest.raises(StoreError, match="damaged"):
            host.call("counter/old", "inc", 1)

    def test_builds_without_workers_go(self, store: Path) -> None:
        with opened(store, ONE) as host:
            host.call("counter/old", "inc", 1)
        with opened(store, TEN) as host:
            host.call("counter/new", "inc", 1)
        inspection.delete(store, WorkerId("counter", "old"))
        assert count(store, "binary") == count(store, "component") == 1
        with opened(store, ONE) as host:
            assert host.call("counter/old", "inc", 1) == 1
            assert host.call("counter/new", "inc", 1) == 20
        assert whole(store)

    def test_a_build_that_goes_while_it_is_served_comes_back(self, store: Path) -> None:
        worker = WorkerId("counter", "a")
        with opened(store, ONE) as host:
            host.call("counter/a", "inc", 1)
            managed(host.engine).repaired(worker, lambda records: records.delete(worker))
            assert host.call("counter/a", "inc", 1) == 1
        assert whole(store)
        assert count(store, "binary") == count(store, "component") == 1


def lose(store: Path) -> None:
    """What a process that died before the bytes were in the store has left."""
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("DELETE FROM binary")
