"""Keys: those from outside belong to a worker, and no one outside can name a guest's call."""

from __future__ import annotations

import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import wasmtime
from engine_guests import (
    EVERY,
    FAST,
    HERE,
    KEEPING,
    Clock,
    Ephemeral,
    Guest,
    Host,
    eventually,
    hosts,
)

import runtime_shim.host
from runtime_shim.engines.records import managed
from runtime_shim.engines.sqlite import inspection
from runtime_shim.engines.sqlite.checking import check
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import HostTrouble, InvocationFailed, KeyReused, StoreError, Trap
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.protocol.keys import derived_key, root_key
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.seams import Invocation

COUNTING = """(component
  (core module $m
    (memory (export "memory") 2)
    (global $calls (mut i32) (i32.const 0))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "count") (param i32 i32) (result i32)
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (global.get $calls)))
  (core instance $i (instantiate $m))
  (type $p (record (field "x" u32) (field "y" f64)))
  (export $point "point" (type $p))
  (func (export "count") (param "points" (list $point)) (result u32)
    (canon lift (core func $i "count")
      (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"""
"""Says how often it was called."""
A, B = WorkerId("counter", "a"), WorkerId("counter", "b")
ASK = WorkerId("ask", "a")


@pytest.fixture(params=EVERY)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    yield from hosts(request.param, tmp_path)


@pytest.fixture(params=KEEPING)
def keeping(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    yield from hosts(request.param, tmp_path)


class TestWhoseAKeyIs:
    def test_it_is_the_workers(self, keeping: Host) -> None:
        keeping.deploy()
        assert keeping.call("counter/a", "inc", 2, key="k") == 2
        assert keeping.call("counter/b", "append", 9, key="k") == [9]
        assert keeping.call("counter/a", "inc", 2, key="k") == 2
        assert keeping.call("counter/b", "append", 9, key="k") == [9]
        assert keeping.engine.status(WorkerId("counter", "c"), "k") is None

    def test_it_is_the_components_where_workers_live_for_one_call(self, keeping: Host) -> None:
        ran: list[str] = []

        def run(state: Any, invocation: Invocation) -> int:
            ran.append(invocation.worker.name)
            return len(ran)

        keeping.deploy(once=Ephemeral(run=run), twice=Ephemeral(run=run))
        assert [keeping.call(f"once/{name}", "run", key="k") for name in "abc"] == [1] * 3
        assert keeping.call("twice/a", "run", key="k") == 2
        assert keeping.engine.status(WorkerId("once", "other"), "k") == "done"
        assert ran == ["a", "a"]

    def test_cancelling_takes_worker_and_key(self, host: Host) -> None:
        host.deploy()
        sent = [host.send(f"counter/{name}", "inc", due=host.clock() + 60) for name in "ab"]
        key = sent[0].key
        assert not host.engine.cancel(B, key)
        assert host.engine.cancel(A, key)
        assert host.engine.status(*sent[1]) == "pending"


class TestAnotherCall:
    """The same key with another function or other arguments is not answered, and nothing runs."""

    @pytest.mark.parametrize(
        ("function", "args", "told"),
        [("inc", (3,), "with other arguments"), ("append", (2,), "this one is of append$")],
    )
    @pytest.mark.parametrize("way", ["invoke", "send"])
    def test_it_is_refused(
        self, keeping: Host, way: str, function: str, args: tuple[Any, ...], told: str
    ) -> None:
        keeping.deploy()
        assert keeping.call("counter/a", "inc", 2, key="k") == 2
        for _ in range(2):  # from memory, and from the disk
            with pytest.raises(KeyReused, match=told):
                getattr(keeping.engine, way)(A, function, args, "k", HERE)
            keeping.engine.drain()
        assert keeping.call("counter/a", "inc", 2, key="k") == 2
        assert keeping.call("counter/a", "inc", 1) == 3

    def test_it_is_refused_while_the_other_waits_or_runs(self, host: Host) -> None:
        entered, leave = threading.Event(), threading.Event()

        def hold(state: Any, invocation: Invocation, value: int) -> int:
            entered.set()
            assert leave.wait(10)
            return value

        host.deploy(slow=Guest(hold=hold))
        sent = host.send("slow/a", "hold", 1)
        assert entered.wait(10)
        later = host.send("counter/a", "inc", 1, due=host.clock() + 60)
        for worker, function, key in (
            (later.worker, "inc", later.key),
            (sent.worker, "hold", sent.key),
        ):
            with pytest.raises(KeyReused, match="with other arguments"):
                host.engine.send(worker, function, (2,), key, HERE)
        if host.remote:  # a caller that waits is told when the first call is over
            leave.set()
        with pytest.raises(KeyReused):
            host.engine.invoke(sent.worker, "hold", (2,), sent.key, HERE)
        leave.set()
        assert host.engine.invoke(sent.worker, "hold", (1,), sent.key, HERE) == 1

    def test_it_is_refused_after_a_restart(self, tmp_path: Path) -> None:
        for value, again in ((2, False), (2, True), (3, True)):
            with closing(SqliteEngine(tmp_path / "s", retries=FAST)) as engine:
                host = Host(engine).deploy()
                if value == 2:
                    assert host.call("counter/a", "inc", value, key="k") == 2
                else:
                    with pytest.raises(KeyReused):
                        host.call("counter/a", "inc", value, key="k")
                assert host.call("counter/a", "inc", 0, key=f"read {value} {again}") == 2

    @pytest.mark.parametrize("points", [2, 5000])
    def test_fields_may_come_in_any_order(self, keeping: Host, points: int) -> None:
        host = runtime_shim.host.Host(
            engine=keeping.engine,
            components={"m:m": Deployment(bytes(wasmtime.wat2wasm(COUNTING)))},
        )
        first = [{"x": number, "y": number / 4} for number in range(points)]
        same = [{"y": number / 4, "x": number} for number in range(points)]
        other = [*first[:-1], {"x": 0, "y": 0.0}]
        assert host.invoke("m:m", "a", "count", (first,), key="k") == 1
        assert host.invoke("m:m", "a", "count", (same,), key="k") == 1
        host.send("m:m", "a", "count", (same,), key="k")
        with pytest.raises(KeyReused):
            host.invoke("m:m", "a", "count", (other,), key="k")
        assert host.invoke("m:m", "a", "count", (other,)) == 2

    def test_a_number_that_is_none_is_the_same(self, keeping: Host) -> None:
        keeping.deploy()
        nan = float("nan")
        assert len(keeping.call("counter/a", "append", nan, key="n")) == 1
        assert len(keeping.call("counter/a", "append", nan, key="n")) == 1

    def test_a_guest_that_calls_otherwise_the_second_time_diverges(self, tmp_path: Path) -> None:
        """Its call is over, and the record of it in the caller's journal was lost."""
        dice = iter((1, 2))

        def ask(state: Any, invocation: Invocation) -> Any:
            return invocation.call(A, "inc", (next(dice),))

        store = tmp_path / "s"
        with closing(SqliteEngine(store, retries=FAST)) as engine:
            Host(engine).deploy(ask=Guest(ask=ask)).call("ask/a", "ask", key="k")
        rewind(store, "k")
        with closing(SqliteEngine(store, retries=FAST)) as engine:
            host = Host(engine).deploy(ask=Guest(ask=ask))
            with pytest.raises(InvocationFailed, match="step 0 called inc at first"):
                host.call("ask/a", "ask", key="k")
            assert host.call("counter/a", "inc", 0, key="read") == 1


def rewind(store: Path, key: str) -> None:
    """Leave an invocation as if the process had died before it recorded anything."""
    from runtime_shim.engines.sqlite.schema import INVOCATION, seal, verify

    with closing(sqlite3.connect(store)) as connection, connection:
        query = f"SELECT {INVOCATION} FROM invocation WHERE name = ?"  # noqa: S608 -- our names
        row = dict(
            zip(
                INVOCATION.split(", "),
                verify(connection.execute(query, (key,)).fetchone()),
                strict=False,
            )
        )
        row |= {"state": 0, "seq": -1, "at": 0, "steps": 0, "result": b"", "log": b""}
        connection.execute("DELETE FROM oplog WHERE invocation = ?", (row["id"],))
        connection.execute(
            f"INSERT OR REPLACE INTO invocation ({INVOCATION}) "  # noqa: S608 -- our names
            f"VALUES ({', '.join('?' * (len(row) + 1))})",
            seal(tuple(row.values())),
        )


BASE = root_key(ASK, "order")
FORGED: dict[str, Callable[[], tuple[WorkerId, str]]] = {
    "a place": lambda: (A, "order~0"),
    "a place below": lambda: (A, "order~0~0"),
    "what a guest sees of a call": lambda: (A, str(derived_key(BASE, 0))),
    "what a guest sees of a future": lambda: (A, str(derived_key(BASE, 1))),
    "what a guest sees of a sent call": lambda: (A, str(derived_key(BASE, 2))),
    "the base": lambda: (A, str(BASE)),
    "the caller's own": lambda: (A, "order"),
    "the number of a call": lambda: (A, "1.0"),
    "another worker's": lambda: (B, "order"),
    "of the caller, on another worker": lambda: (WorkerId("ask", "b"), "order"),
}


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("when", ["before", "between its attempts", "afterwards"])
def test_a_forged_key_is_a_call_of_its_own(keeping: Host, forged: str, when: str) -> None:
    """The stranger's call and the guest's calls each happen, each once."""
    worker, key = FORGED[forged]()
    strangers: list[Any] = []

    def stranger() -> None:
        function, args = ("ask", ()) if worker.component == "ask" else ("append", ("stranger",))
        strangers.append(keeping.engine.invoke(worker, function, args, key, HERE))

    def ask(state: Any, invocation: Invocation) -> Any:
        if invocation.worker != ASK:
            return "stranger"
        found = [invocation.call(A, "append", ("call",))[-1]]
        future = invocation.spawn(A, "append", ("future",))
        found.append(future.get()[-1])
        invocation.send(A, "append", ("sent",))
        if invocation.attempt == 1:
            if when == "between its attempts":
                stranger()
            raise Trap("once more")
        return found

    keeping.deploy(ask=Guest(ask=ask))
    if when == "before":
        stranger()
    assert keeping.call("ask/a", "ask", key="order") == ["call", "future"]
    if when == "afterwards":
        stranger()
    keeping.engine.drain()
    stranger()  # once more: the old answer
    lists = [keeping.call(f"counter/{name}", "append", "end", key="end") for name in "ab"]
    happened = [what for found in lists for what in found if what != "end"]
    own = 1 if worker.component == "counter" else 0
    assert sorted(happened) == sorted(["call", "future", "sent"] + ["stranger"] * own)
    assert strangers[0] == strangers[1]


def test_a_forged_key_cancels_nothing(host: Host) -> None:
    sent: list[CallId] = []

    def plan(state: Any, invocation: Invocation) -> None:
        sent.append(invocation.send(A, "inc", (1,), host.clock() + wait))

    wait = 1 if host.remote else 60

    host.deploy(plan=Guest(plan=plan))
    host.call("plan/a", "plan", key="order")
    base = root_key(WorkerId("plan", "a"), "order")
    [(caller, step)] = sent
    for key in (str(derived_key(base, 0)), f"{caller}.{step}", f"order~{step}", "order"):
        assert not host.engine.cancel(A, key)
        assert host.engine.status(A, key) is None
    host.clock.skip(60)
    if host.remote:
        time.sleep(wait)  # its clock is not ours
    host.engine.drain()
    assert host.call("counter/a", "inc", 0) == 1


class TestWhatIsSeen:
    def test_it_follows_from_the_root_the_worker_and_the_key(self, host: Host) -> None:
        seen: list[str] = []

        def note(state: Any, invocation: Invocation) -> None:
            seen.append(invocation.key)
            assert invocation.derived("oplog-index-0") == derived_key(uuid.UUID(seen[-1]), 0)

        def ask(state: Any, invocation: Invocation) -> None:
            note(state, invocation)
            if invocation.worker.name == "a":
                invocation.step("first", lambda: None)
                invocation.call(WorkerId("ask", "b"), "ask", ())
                invocation.send(WorkerId("note", "n"), "note", ())
            else:
                invocation.spawn(WorkerId("note", "n"), "note", ()).get()

        def begin(state: Any, invocation: Invocation) -> None:
            assert invocation.key == "k"
            invocation.call(ASK, "ask", ())

        host.deploy(begin=Guest(begin=begin), ask=Guest(ask=ask), note=Guest(note=note))
        host.call("begin/a", "begin", key="k")
        host.engine.drain()
        asked = derived_key(root_key(WorkerId("begin", "a"), "k"), 0)
        below = derived_key(asked, 1)
        assert seen == [*map(str, (asked, below, derived_key(below, 0), derived_key(asked, 2)))]

    def test_one_key_gives_two_workers_other_keys(self, host: Host) -> None:
        seen: list[uuid.UUID] = []

        def note(state: Any, invocation: Invocation) -> None:
            seen.append(invocation.derived("http-request-0"))

        host.deploy(note=Guest(note=note))
        for worker in ("note/a", "note/b"):
            host.call(worker, "note", key="order")
        assert len(set(seen)) == 2

    def test_it_is_the_same_after_a_restart_and_in_a_rebuild(self, tmp_path: Path) -> None:
        seen: list[tuple[str, uuid.UUID]] = []
        gate = threading.Event()

        def note(state: Any, invocation: Invocation, *, wait: bool = False) -> None:
            seen.append((invocation.key, invocation.derived("x")))
            if not gate.is_set():
                raise Trap("later")

        def ask(state: Any, invocation: Invocation) -> None:
            invocation.call(WorkerId("note", "n"), "note", ())

        guests = {"ask": Guest(ask=ask), "note": Guest(note=note)}
        host = Host(SqliteEngine(tmp_path / "s", retries=FAST)).deploy(**guests)
        with pytest.raises(InvocationFailed):
            host.call("ask/a", "ask", key="k")
        host.engine.close()
        assert len(set(seen)) == 1
        assert len(seen) >= 3

    def test_a_deleted_caller_leaves_its_calls_with_their_keys(self, tmp_path: Path) -> None:
        store, seen = tmp_path / "s", []

        def note(state: Any, invocation: Invocation) -> None:
            seen.append(invocation.key)

        def ask(state: Any, invocation: Invocation) -> None:
            invocation.call(WorkerId("note", "n"), "note", ())

        guests = {"ask": Guest(ask=ask), "note": Guest(note=note)}
        with closing(SqliteEngine(store, retries=FAST)) as engine:
            Host(engine).deploy(**guests).call("ask/a", "ask", key="k")
        inspection.delete(store, ASK)
        with closing(SqliteEngine(store, retries=FAST)) as engine:
            host = Host(engine).deploy(**guests)
            host.call("note/n", "note", key="own")  # rebuilds
            host.call("ask/a", "ask", key="k")  # with a number of its own: it happens once more
        assert seen[0] == seen[1] == seen[3]
        assert seen[2] == "own"


class TestGrowth:
    def test_a_long_chain_writes_little(self, tmp_path: Path) -> None:
        sizes = []
        for length in (20, 300):
            store = tmp_path / f"{length}"
            with closing(SqliteEngine(store, retries=FAST)) as engine:
                host = Host(engine).deploy()
                path = [f"h{number}" for number in range(length)]
                # The path itself is passed on, and is not what is measured here.
                assert len(host.call("relay/start", "relay", path, key="k")) == length + 1
            with closing(sqlite3.connect(store)) as connection:
                query = (
                    "SELECT sum(length(owner) + length(name) + length(base)) "
                    "FROM invocation WHERE typeof(name) = 'integer'"
                )
                sizes.append(connection.execute(query).fetchone()[0] / length)
        assert sizes[1] <= sizes[0] + 2

    def test_keys_do_not_grow_where_nobody_waits(self, tmp_path: Path) -> None:
        keys: list[str] = []

        def tick(state: Any, invocation: Invocation, left: int) -> None:
            keys.append(invocation.key)
            if left:
                invocation.send(invocation.worker, "tick", (left - 1,))

        with closing(SqliteEngine(tmp_path / "store")) as engine:
            host = Host(engine, Clock()).deploy(tick=Guest(tick=tick))
            host.engine.invoke(WorkerId("tick", "a"), "tick", (20,), "k", Environment())
            host.engine.drain()
        assert len(keys) == 21
        assert all(str(uuid.UUID(key)) == key for key in keys[1:])


def test_numbers_of_deleted_callers_are_not_used_again(tmp_path: Path) -> None:
    def ask(state: Any, invocation: Invocation) -> Any:
        return invocation.call(A, "inc", (1,))

    store = tmp_path / "s"
    for expected in (1, 2, 3):
        with closing(SqliteEngine(store, retries=FAST)) as engine:
            assert Host(engine).deploy(ask=Guest(ask=ask)).call("ask/a", "ask", key="k") == expected
        inspection.delete(store, ASK)


def test_a_caller_is_deleted_while_a_host_runs_what_it_called(tmp_path: Path) -> None:
    """What the keys of the call follow from is recorded with it, and rows stay whole."""
    store, seen = tmp_path / "s", []
    lacking = threading.Event()
    lacking.set()

    def run(state: Any, invocation: Invocation) -> None:
        if invocation.worker.name == "a":
            seen.append(invocation.key)
        if lacking.is_set():
            raise HostTrouble("no memory")

    def ask(state: Any, invocation: Invocation) -> Any:
        return invocation.call(WorkerId("short", invocation.worker.name), "run", ())

    guests = {"ask": Guest(ask=ask), "short": Guest(run=run)}
    with closing(SqliteEngine(store, retries=FAST)) as engine:
        host = Host(engine).deploy(**guests)
        for worker in ("ask/a", "ask/b"):
            with pytest.raises(StoreError, match="no memory"):
                host.call(worker, "ask", key="k")
        eventually(lambda: engine.cancel(ASK, "k"))
        assert managed(engine).repaired(ASK, lambda records: records.delete(ASK)) == 1
        lacking.clear()
        for name in "ab":
            log = partial(inspection.log, store, WorkerId("short", name))
            eventually(lambda log=log: [one.state for one in log()] == ["done"])  # type: ignore[misc]
    with closing(SqliteEngine(store, retries=FAST)) as engine:
        host = Host(engine).deploy(**guests)
        host.call("short/a", "run", key="rebuilds")
    assert len(seen) >= 4
    assert {*seen[:-1]} == {seen[0]}
    assert [*check(store)] == []
