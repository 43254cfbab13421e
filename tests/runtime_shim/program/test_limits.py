"""What a guest may use and touch: memory, instructions, time, folders, the network."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from http_guest import FOLDERS
from restless_guests import SLEEPER, TIMERS

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.errors import LinkError, OutOfMemory, RpcError, Trap
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.values import Handle
from runtime_shim.wasi.grants import Directory, Grants

GREEDY = """
(component
  (core module $m
    (memory 1)
    (table $t 1 funcref)
    (func (export "widen") (param i32) (result i32)
      (table.grow $t (ref.null func) (local.get 0)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "spin") (param i32) (loop $next
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (br_if $next (local.get 0)))))
  (core instance $i (instantiate $m))
  (func (export "widen") (param "by" u32) (result s32) (canon lift (core func $i "widen")))
  (func (export "grow") (param "pages" u32) (result s32) (canon lift (core func $i "grow")))
  (func (export "spin") (param "times" u32) (canon lift (core func $i "spin"))))
"""
SPIN_FOREVER = 0
GIVING_UP = """
(component
  (core module $m (memory 1)
    (func $"witgen:trap/out-of-memory" unreachable)
    (func (export "give-up") (call $"witgen:trap/out-of-memory")))
  (core instance $i (instantiate $m))
  (func (export "give-up") (canon lift (core func $i "give-up"))))
"""
# A pollable as a result: it cannot be behind the adapter.
ALARM = f"""
(component {TIMERS}
  (core module $m (import "" "subscribe" (func $subscribe (param i64) (result i32)))
    (func (export "alarm") (result i32) (call $subscribe (i64.const 0)))
    (func (export "one") (result i32) (i32.const 1)))
  (core instance $i (instantiate $m (with "" (instance (export "subscribe" (func $subscribe))))))
  (func (export "alarm") (result (own $pollable)) (canon lift (core func $i "alarm")))
  (func (export "take") (param "pollable" (own $pollable)) (canon lift (core func $block)))
  (func (export "one") (result u32) (canon lift (core func $i "one"))))
"""
BIG = """
(component
  (core module $m (memory (export "memory") 1000)
    (func (export "big") (param i32) (result i32)
      (i32.store (i32.const 12) (local.get 0)) (i32.const 8)))
  (core instance $i (instantiate $m))
  (func (export "big") (param "length" u32) (result (list s8))
    (canon lift (core func $i "big") (memory (core memory $i "memory")))))
"""


def call(mini: Any, function: str, *args: Any, **settings: Any) -> Any:
    program = mini.deploy("test:greedy", GREEDY, **settings)
    instance = program.instantiate(WorkerId("test:greedy", "w"), Environment())
    invocation: Any = type("Invocation", (), {"replaying": False})()
    try:
        return instance.call(function, args, invocation)
    finally:
        instance.close()


class TestLimits:
    def test_memory(self, mini: Any) -> None:
        assert call(mini, "grow", 15, memory=16 * 65536) == 1
        assert call(mini, "grow", 16, memory=16 * 65536) == -1
        assert call(mini, "grow", 16) == 1

    def test_tables(self, mini: Any) -> None:
        assert call(mini, "widen", 9, table=10) == 1
        assert call(mini, "widen", 10, table=10) == -1
        assert call(mini, "widen", 10) == 1

    @pytest.mark.parametrize("parts", [0, 1])
    def test_parts(self, mini: Any, parts: int) -> None:
        two = GREEDY.replace(
            "(core instance $i", "(core instance (instantiate $m))(core instance $i"
        )
        mini.deploy("test:two", two, parts=2)
        assert mini.run("test:two/w", "grow", 1) == 1
        mini.deploy("test:two", two, parts=parts)
        with pytest.raises(RpcError, match=f"instance count too high at {parts + 1}"):
            mini.run("test:two/x", "grow", 1)
        with pytest.raises(Trap, match="count too high") as trap:
            call(mini, "grow", 1, parts=0)
        assert not trap.value.retriable, "the next attempt would do the same"

    def test_more_than_a_memory_may_have_at_first(self, mini: Any) -> None:
        with pytest.raises(
            Trap, match=r"out of memory \(limit 1000 bytes\): memory minimum size"
        ) as trap:
            call(mini, "grow", 0, memory=1000)
        assert not trap.value.retriable

    @pytest.mark.parametrize(
        ("limit", "shown"),
        [(1 << 30, "1 GiB"), (3 << 20, "3 MiB"), (65536 + 1024, "65 KiB"), (65537, "65537 bytes")],
    )
    def test_who_is_out_of_memory_is_told_the_limit(
        self, mini: Any, limit: int, shown: str
    ) -> None:
        instance = mini.deploy("test:giving-up", GIVING_UP, memory=limit).instantiate(
            WorkerId("test:giving-up", "w"), Environment()
        )
        invocation: Any = type("Invocation", (), {"replaying": False})()
        message = rf"^out of memory \(limit {shown}\): memory exhausted"
        with pytest.raises(OutOfMemory, match=message):
            instance.call("give-up", (), invocation)

    def test_fuel(self, mini: Any) -> None:
        call(mini, "spin", 1000, fuel=100_000)
        with pytest.raises(Trap, match="all fuel consumed") as trap:
            call(mini, "spin", 1_000_000, fuel=100_000)
        assert not trap.value.retriable, "the next attempt would do the same"

    def test_fuel_is_given_to_each_invocation(self, mini: Any) -> None:
        mini.deploy("test:greedy", GREEDY, fuel=100_000)
        for _ in range(20):
            mini.run("test:greedy/w", "spin", 5_000)

    def test_deadline(self, mini: Any) -> None:
        begin = time.perf_counter()
        with pytest.raises(Trap, match="took longer than its deadline") as trap:
            call(mini, "spin", SPIN_FOREVER, deadline=0.1)
        assert time.perf_counter() - begin < 5
        assert trap.value.retriable
        call(mini, "spin", 1000, deadline=5.0)

    @pytest.mark.parametrize("nap", [10**10, 2**64 - 1])
    def test_a_deadline_ends_sleep(self, mini: Any, nap: int) -> None:
        mini.deploy("test:sleeper", SLEEPER, deadline=0.2)
        begin = time.perf_counter()
        mini.run("test:sleeper/w", "sleep", 10_000_000)
        with pytest.raises(RpcError, match="took longer than its deadline"):
            mini.run("test:sleeper/w", "sleep", nap)
        assert time.perf_counter() - begin < 5

    def test_what_is_copied_between_guest_and_host(self, mini: Any) -> None:
        program = mini.deploy("test:big", BIG)
        instance = program.instantiate(WorkerId("test:big", "w"), Environment())
        invocation: Any = type("Invocation", (), {"replaying": False})()
        assert len(instance.call("big", (1_000_000,), invocation)) == 1_000_000
        with pytest.raises(Trap, match="at most 128 MiB are copied in a call") as trap:
            instance.call("big", (60_000_000,), invocation)
        assert not trap.value.retriable, "the next attempt would do the same"


HTTP = """
(component (import "wasi:http/types@0.2.0" (instance
  (export "fields" (type $f (sub resource)))
  (export "[constructor]fields" (func (result (own $f)))))))
"""


def test_a_guest_that_gives_pollables_away_runs_without_the_adapter(mini: Any) -> None:
    program = mini.deploy("test:alarm", ALARM)
    assert not program.polls
    assert mini.run("test:alarm/w", "one") == 1
    with pytest.raises(RpcError, match=r"protocol-error: .*is not a resource of this"):
        mini.run("test:alarm/w", "take", Handle("urn:worker:x/y", 1))
    assert mini.run("test:alarm/w", "one") == 1


class TestGrants:
    def test_no_folder_unless_granted(self, tmp_path: Path) -> None:
        counts = []
        for directories in ((), (Directory(str(tmp_path), "/data"),)):
            deployment = Deployment(_wasm(FOLDERS), grants=Grants(directories=directories))
            with Host(engine=MemoryEngine(), components={"test:files": deployment}) as host:
                counts.append(host.invoke("test:files", "w", "count"))
        assert counts == [0, 1]

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        grants = Grants(directories=(Directory(str(tmp_path / "no"), "/data"),))
        deployment = Deployment(_wasm(FOLDERS), grants=grants)
        with pytest.raises(NotADirectoryError, match=r"there is no such folder: .*no"):
            Host(engine=MemoryEngine(), components={"test:files": deployment})

    def test_no_http_unless_granted(self, mini: Any) -> None:
        with pytest.raises(LinkError, match="needs a grant for HTTP"):
            mini.deploy("test:http", HTTP).link()
        mini.deploy("test:http", HTTP, grants=Grants(http=("localhost",))).link()

    def test_an_interface_of_wasi_that_wasmtime_lacks(self, mini: Any) -> None:
        text = '(component (import "wasi:nothing/here@0.2.0" (instance (export "f" (func)))))'
        with pytest.raises(LinkError, match="`wasi:nothing/here@"):
            mini.deploy("test:odd", text).link()


def _wasm(text: str) -> bytes:
    import wasmtime

    return bytes(wasmtime.wat2wasm(text))
