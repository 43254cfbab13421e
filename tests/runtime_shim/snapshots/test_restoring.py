"""What comes back is what was taken, whatever the worker does next."""

from __future__ import annotations

import dataclasses
import random
from functools import cache
from pathlib import Path
from typing import cast

import pytest
from component_parts import part
from snapshot_guests import (
    API,
    NAME,
    POLLS,
    RUN,
    Worker,
    deployed,
    folder,
    python_guest,
    steps,
)
from state_guests import guest

from runtime_shim.errors import BadArguments, Trap
from runtime_shim.golem.registry import Registry
from runtime_shim.program.deployment import Limits
from runtime_shim.program.program import WasmProgram
from runtime_shim.protocol.records import Environment
from runtime_shim.snapshots.content import Snapshot
from runtime_shim.snapshots.memories import LINE, Mismatch
from runtime_shim.snapshots.program import SnapshotProgram
from runtime_shim.snapshots.tables import NotNow

pytestmark = pytest.mark.xdist_group("snapshots")


@cache
def guests() -> SnapshotProgram:
    return deployed(python_guest())


# --- programs made by chance --------------------------------------------------------------------


def compare(program: SnapshotProgram, chance: random.Random, calls: int) -> int:
    """Run a worker with one that is restored again and again beside it; how often it was."""
    worker = Worker(program, Environment({"COLOUR": "red"}))
    other, restored = None, 0
    for _ in range(calls):
        worker.call(RUN, steps(chance, files=bool(program.deployment.grants.directories)))
        if other is not None:
            assert other.follow(worker) == worker.past[-1][-1]
        if other is None or chance.random() < 0.5:
            if other is not None:
                other.instance.close()
            other = worker.restored(worker.taken())
            restored += 1
    assert other is not None
    assert other.taken() == worker.taken()
    assert worker.replayed().taken() == worker.taken()
    return restored


@pytest.mark.parametrize("seed", range(2))
def test_a_python_guest_goes_on_as_if_it_had_never_been_away(seed: int, tmp_path: Path) -> None:
    program = deployed(python_guest(), grants=folder(tmp_path))
    assert compare(program, random.Random(seed), 12) > 3  # noqa: S311 -- the same each time


@pytest.mark.long
def test_many_python_guests_go_on(tmp_path: Path) -> None:
    restored = seed = 0
    while restored < 1000:
        (tmp_path / str(seed)).mkdir()
        program = deployed(python_guest(), grants=folder(tmp_path / str(seed)))
        restored += compare(program, random.Random(seed), 40)  # noqa: S311 -- the same each time
        seed += 1


def nested(seed: int, rounds: int) -> None:
    """Restore a component of components, and compare its answers and all its memories."""
    data, functions = guest(seed)
    chance = random.Random(seed)  # noqa: S311 -- the same each time
    worker = Worker(deployed(data))
    other = None
    for _ in range(rounds):
        for _ in range(8):
            worker.call(f"f{chance.randrange(functions)}", chance.getrandbits(64))
            if other is not None:
                assert other.follow(worker) == worker.past[-1][-1]
        if other is not None:
            assert other.taken() == worker.taken()
            other.instance.close()
        other = worker.restored(worker.taken())


@pytest.mark.parametrize("seed", range(4))
def test_components_in_components_go_on(seed: int) -> None:
    nested(seed, 3)


@pytest.mark.long
def test_many_components_in_components_go_on() -> None:
    for seed in range(100, 190):
        nested(seed, 10)


# --- handles ------------------------------------------------------------------------------------

CELL = f"{API}.{{cell.new}}"
ADD = f"{API}.{{cell.add}}"


def test_what_was_given_out_stays_known_by_its_number() -> None:
    worker = Worker(guests())
    cells = [worker.call(CELL, start) for start in (1, 10, 100)]
    worker.call(f"{API}.{{cell.drop}}", cells[1])
    other = worker.restored(worker.taken())
    for cell, expected in ((cells[0], 3), (cells[2], 102), (cells[0], 5)):
        assert worker.call(ADD, cell, 2) == expected
        assert other.follow(worker) == expected
    with pytest.raises(BadArguments, match="resource not found"):
        other.call(ADD, cells[1], 1)
    assert worker.call(CELL, 7) == other.follow(worker)


def test_implicit_resources_stay() -> None:
    worker = Worker(guests())
    named = f"{API}.{{cell(5).add}}"
    assert worker.call(named, 1) == 6
    other = worker.restored(worker.taken())
    assert worker.call(named, 1) == other.follow(worker) == 7


HOLDER = """
 (import "wasi:io/streams@0.2.0" (instance $st (export "output-stream" (type (sub resource)))))
 (alias export $st "output-stream" (type $stream))
 (import "wasi:cli/stdout@0.2.0" (instance $out (alias outer 1 $stream (type $outer))
   (export "output-stream" (type $own (eq $outer)))
   (export "get-stdout" (func (result (own $own))))))
 (import "wasi:cli/stderr@0.2.0" (instance $err (alias outer 1 $stream (type $outer))
   (export "output-stream" (type $own (eq $outer)))
   (export "get-stderr" (func (result (own $own))))))
 (component $holder
   (import "get" (func $get (result u32)))
   (export "again" (func $get)))
 (core func $out (canon lower (func $out "get-stdout")))
 (core func $err (canon lower (func $err "get-stderr")))
 (core func $drop (canon resource.drop $stream))
 (core module $m
   (import "" "out" (func $out (result i32))) (import "" "err" (func $err (result i32)))
   (import "" "drop" (func $drop (param i32)))
   (memory 1)
   (func (export "out") (result i32) (call $out)) (func (export "err") (result i32) (call $err))
   (func (export "drop") (param i32) (result i32) (call $drop (local.get 0)) (local.get 0)))
 (core instance $i (instantiate $m (with "" (instance
   (export "out" (func $out)) (export "err" (func $err)) (export "drop" (func $drop))))))
 (func (export "out") (result u32) (canon lift (core func $i "out")))
 (func (export "err") (result u32) (canon lift (core func $i "err")))
 (func (export "drop") (param "handle" u32) (result u32) (canon lift (core func $i "drop")))
"""


def handles(seed: int, calls: int) -> None:
    """A guest whose answers are the numbers of its handles, restored again and again."""
    chance = random.Random(seed)  # noqa: S311 -- the same each time
    worker = Worker(deployed(part(HOLDER)))
    other, held = worker, set[int]()
    for _ in range(calls):
        if held and chance.random() < 0.45:
            handle = chance.choice(sorted(held))
            worker.call("drop", handle)
            held.remove(handle)
        else:
            handle = cast("int", worker.call(chance.choice(["out", "err"])))
            held.add(handle)
        if other is not worker:
            assert other.follow(worker) == handle
        if chance.random() < 0.3:
            if other is not worker:
                other.instance.close()
            other = worker.restored(worker.taken())
            assert {rep: str(value) for rep, value in other.instance._context.table.items()} == {
                rep: str(value) for rep, value in worker.instance._context.table.items()
            }


@pytest.mark.parametrize("seed", range(3))
def test_the_numbers_of_handles_stay_the_same(seed: int) -> None:
    handles(seed, 100)


@pytest.mark.long
def test_the_numbers_of_many_handles_stay_the_same() -> None:
    for seed in range(50):
        handles(seed, 100)


BYTES = f"""{HOLDER}
 (core module $b (memory (export "memory") 1)
   (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
   (func (export "last") (param i32 i32) (result i32)
     (i32.load8_u (i32.add (local.get 0) (i32.sub (local.get 1) (i32.const 1))))))
 (core instance $b (instantiate $b))
 (func (export "last") (param "data" (list u8)) (result u8) (canon lift (core func $b "last")
   (memory (core memory $b "memory")) (realloc (core func $b "realloc"))))
"""


def test_a_guest_behind_adapters_goes_on() -> None:
    """Those for pollables and for bytes are around what reads its state."""
    program = deployed(part(BYTES))
    worker = Worker(program)
    assert worker.call("last", b"abc") == 99
    assert worker.call("out") == 1
    other = worker.restored(worker.taken())
    assert [other.call("last", b"xyz"), other.call("err")] == [122, 2]
    assert other.taken().parts[0].memories[1].lines != worker.taken().parts[0].memories[1].lines


# --- what is left out ---------------------------------------------------------------------------


def broken(snapshot: Snapshot, seed: int) -> list[Snapshot]:
    """A snapshot without one line, one global, one handle, one object, and with another memory."""
    chance = random.Random(seed)  # noqa: S311 -- the same each time
    made = []
    for number, state in enumerate(snapshot.parts):
        for place, memory in enumerate(state.memories):
            count = len(memory.numbers) // 4
            if not count:
                continue
            at = chance.randrange(count)
            less = dataclasses.replace(
                memory,
                numbers=memory.numbers[: 4 * at] + memory.numbers[4 * at + 4 :],
                lines=memory.lines[: LINE * at] + memory.lines[LINE * at + LINE :],
            )
            smaller = dataclasses.replace(memory, size=memory.size + 1)
            for one in (less, smaller):
                memories = (*state.memories[:place], one, *state.memories[place + 1 :])
                other = dataclasses.replace(state, memories=memories)
                parts = (*snapshot.parts[:number], other, *snapshot.parts[number + 1 :])
                made.append(dataclasses.replace(snapshot, parts=parts))
        for at in range(0, len(state.variables), 16):
            variables = bytearray(state.variables)
            variables[at] ^= 1
            other = dataclasses.replace(state, variables=bytes(variables))
            parts = (*snapshot.parts[:number], other, *snapshot.parts[number + 1 :])
            made.append(dataclasses.replace(snapshot, parts=parts))
    for number, table in enumerate(snapshot.tables):
        for at in range(len(table.handles)):
            less_ = dataclasses.replace(
                table, handles=(*table.handles[:at], *table.handles[at + 1 :])
            )
            tables = (*snapshot.tables[:number], less_, *snapshot.tables[number + 1 :])
            made.append(dataclasses.replace(snapshot, tables=tables))
    for rep in snapshot.objects:
        objects = {one: value for one, value in snapshot.objects.items() if one != rep}
        made.append(dataclasses.replace(snapshot, objects=objects))
    return made


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_left_out_is_noticed(seed: int) -> None:
    data, functions = guest(seed)
    worker = Worker(deployed(data))
    for number in range(12):
        worker.call(f"f{number % functions}", number)
    found = broken(worker.taken(), seed)
    assert len(found) > 4
    for snapshot in found:
        with pytest.raises(Mismatch):
            worker.restored(snapshot)


def test_a_handle_that_is_left_out_is_noticed() -> None:
    worker = Worker(deployed(part(HOLDER)))
    for name in ("out", "err", "out"):
        worker.call(name)
    worker.call("drop", 1)
    found = broken(worker.taken(), 0)
    assert len(found) == 4
    for snapshot in found:
        with pytest.raises(Mismatch):
            worker.restored(snapshot)


@pytest.mark.parametrize(
    "change",
    [{"component": "00"}, {"version": 0}, {"environment": "00"}, {"parts": ()}, {"tables": ()}],
)
def test_a_snapshot_of_something_else_is_refused(change: dict[str, object]) -> None:
    worker = Worker(deployed(guest(0)[0]))
    worker.call("f0", 1)
    with pytest.raises(Mismatch):
        worker.restored(dataclasses.replace(worker.taken(), **change))  # type: ignore[arg-type]


@pytest.mark.parametrize("top", [1 << 40, -1, 0, 2, 4])
def test_a_table_with_other_places_is_refused_at_once(top: int) -> None:
    worker = Worker(deployed(part(HOLDER)))
    for name in ("out", "err", "out"):
        worker.call(name)
    snapshot = worker.taken()
    table = dataclasses.replace(snapshot.tables[0], top=top)
    with pytest.raises(Mismatch, match="neither free nor taken"):
        worker.restored(dataclasses.replace(snapshot, tables=(table,)))


@pytest.mark.parametrize(
    "change",
    [
        {"given": ((1, API, "cell", 7, 0),)},
        {"given": ((1, API, "sell", 0, 0),)},
        {"given": ((1, API, "cell", 0, None),)},
        {"objects": {1: ("printed",)}},
        {"counts": ()},
        {"counts": {}},
        {"counts": None},
        {"implicit": 5},
        {"start": (("a step that nobody takes", 1),)},
    ],
)
def test_values_that_belong_to_no_worker_are_refused(change: dict[str, object]) -> None:
    worker = Worker(guests())
    worker.call(CELL, 1)
    with pytest.raises(Mismatch):
        worker.restored(dataclasses.replace(worker.taken(), **change))  # type: ignore[arg-type]


def test_a_worker_that_was_created_with_something_else_has_another_state() -> None:
    worker = Worker(guests(), Environment({"COLOUR": "red"}))
    worker.call(RUN, '[["environ"]]')
    snapshot = worker.taken()
    assert worker.restored(snapshot).call(RUN, '[["environ"]]') == '["red"]'
    worker.environment = Environment({"COLOUR": "blue"})
    with pytest.raises(Mismatch):
        worker.restored(snapshot)


# --- the start ----------------------------------------------------------------------------------

CLOCK = """
 (import "wasi:clocks/monotonic-clock@0.2.0" (instance $c (export "now" (func (result u64)))))
 (core func $now (canon lower (func $c "now")))
 (core module $m (import "" "now" (func $now (result i64)))
   (memory 1) (global $n (mut i64) (i64.const 0))
   (func $begin (i64.store (i32.const 8) (call $now)))
   (start $begin)
   (func (export "f") (result i64)
     (global.set $n (i64.add (global.get $n) (i64.const 1)))
     (i64.add (global.get $n) (i64.load (i32.const 8)))))
 (core instance $i (instantiate $m (with "" (instance (export "now" (func $now))))))
 (func (export "f") (result u64) (canon lift (core func $i "f")))
"""


def test_what_a_start_asks_of_the_host_is_answered_again() -> None:
    worker = Worker(deployed(part(CLOCK)))
    first = cast("int", worker.call("f"))
    snapshot = worker.taken()
    assert [kind for kind, _ in snapshot.start] == ["wasi:clocks/monotonic-clock.now"]
    other = worker.restored(snapshot)
    assert worker.call("f") == other.follow(worker) == first + 1
    assert other.taken() == worker.taken()
    for start in ((), (("wasi:clocks/wall-clock.now", 1),), snapshot.start * 2):
        with pytest.raises(Mismatch):
            worker.restored(dataclasses.replace(snapshot, start=start))


def test_time_goes_on_where_it_was() -> None:
    worker = Worker(deployed(part(CLOCK)))
    worker.call("f")
    snapshot = worker.taken()
    snapshot.counts["monotonic"] = 1 << 62
    other = worker.restored(snapshot)
    assert other.taken().counts["monotonic"] == 1 << 62


# --- what cannot be taken -----------------------------------------------------------------------


def test_a_worker_that_holds_a_pollable_is_taken_later() -> None:
    program = deployed(part(POLLS))
    assert program.polls
    worker = Worker(program)
    handle = worker.call("hold")
    with pytest.raises(NotNow, match="pollables"):
        worker.taken()
    worker.call("drop", handle)
    other = worker.restored(worker.taken())
    assert worker.call("hold") == other.follow(worker) == handle


INSIDE = """
 (component $owner
   (type $r (resource (rep i32)))
   (core func $new (canon resource.new $r))
   (core module $m (import "" "new" (func $new (param i32) (result i32))) (memory 1)
     (func (export "make") (result i32) (call $new (i32.const 5))))
   (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
   (export $public "thing" (type $r))
   (func (export "make") (result (own $public)) (canon lift (core func $i "make"))))
 (instance $owner (instantiate $owner))
 (alias export $owner "thing" (type $thing))
 (core func $make (canon lower (func $owner "make")))
 (core func $drop (canon resource.drop $thing))
 (core module $m (import "" "make" (func $make (result i32))) (import "" "drop" (func $drop (param i32)))
   (memory 1)
   (func (export "hold") (result i32) (call $make))
   (func (export "drop") (param i32) (call $drop (local.get 0))))
 (core instance $i (instantiate $m
   (with "" (instance (export "make" (func $make)) (export "drop" (func $drop))))))
 (func (export "hold") (result u32) (canon lift (core func $i "hold")))
 (func (export "drop") (param "handle" u32) (canon lift (core func $i "drop")))
"""


def test_a_worker_whose_components_hold_resources_of_each_other_is_taken_later() -> None:
    worker = Worker(deployed(part(INSIDE)))
    handle = worker.call("hold")
    with pytest.raises(NotNow, match="holds 1 resource that its components made for each other"):
        worker.taken()
    worker.call("drop", handle)
    other = worker.restored(worker.taken())
    assert worker.call("hold") == other.follow(worker) == handle


def test_a_component_that_changes_tables_is_never_taken() -> None:
    text = """(core module $m (table 1 funcref) (memory 1)
      (func (export "f") (table.set (i32.const 0) (ref.null func))))
      (core instance $i (instantiate $m)) (func (export "f") (canon lift (core func $i "f")))"""
    program = deployed(part(text))
    assert program.parts is None
    worker = Worker(program)
    worker.call("f")
    with pytest.raises(NotNow, match="no state that can be read"):
        worker.taken()


def test_a_worker_that_has_not_started_is_not_taken() -> None:
    with pytest.raises(NotNow):
        Worker(deployed(guest(0)[0])).taken()


def test_a_worker_that_trapped_is_not_taken() -> None:
    text = """(core module $m (memory 1) (func (export "f") unreachable))
      (core instance $i (instantiate $m)) (func (export "f") (canon lift (core func $i "f")))"""
    worker = Worker(deployed(part(text)))
    with pytest.raises(Trap):
        worker.call("f")
    with pytest.raises(NotNow):
        worker.taken()


# --- what others see ----------------------------------------------------------------------------


def test_the_functions_for_state_are_not_functions_of_the_component() -> None:
    program = guests()
    assert program.parts
    plain = WasmProgram(NAME, program.deployment, Registry())
    assert [export.name for export in program.names.all] == [e.name for e in plain.names.all]
    assert program.shape.exports.keys() == plain.shape.exports.keys()


def test_limits_hold_for_the_guest_and_not_for_what_takes_it() -> None:
    limits = Limits(fuel=20_000, deadline=60.0, memory=1 << 22)
    worker = Worker(deployed(guest(1)[0], limits=limits))
    worker.call("f0", 1)
    other = worker.restored(worker.taken())
    assert worker.call("f0", 2) == other.follow(worker)
