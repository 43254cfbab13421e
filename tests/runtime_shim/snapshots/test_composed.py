"""Components of which several hold handles, and hand them to each other: their numbers stay the same."""

from __future__ import annotations

import random
from typing import cast

import pytest
from component_parts import part
from snapshot_guests import Worker, deployed

pytestmark = pytest.mark.xdist_group("snapshots")

_SIDES = ("a", "b")


def _instance(side: str) -> str:
    exported = "\n".join(
        f'(alias export ${side} "{name}" (func ${name}-{side})) (export "{name}-{side}" (func ${name}-{side}))'
        for name in ("out", "err", "drop")
    )
    return f"""
 (instance ${side} (instantiate $holder (with "stream" (type $stream))
   (with "get-out" (func $out "get-stdout")) (with "get-err" (func $err "get-stderr"))))
 {exported}
 (core func $pass-{side} (canon lower (func ${side} "pass")))
 (core func $keep-{side} (canon lower (func ${side} "keep")))"""


HOLDERS = f"""
 (import "wasi:io/streams@0.2.0" (instance $st (export "output-stream" (type (sub resource)))))
 (alias export $st "output-stream" (type $stream))
 (import "wasi:cli/stdout@0.2.0" (instance $out (alias outer 1 $stream (type $outer))
   (export "output-stream" (type $own (eq $outer)))
   (export "get-stdout" (func (result (own $own))))))
 (import "wasi:cli/stderr@0.2.0" (instance $err (alias outer 1 $stream (type $outer))
   (export "output-stream" (type $own (eq $outer)))
   (export "get-stderr" (func (result (own $own))))))
 (component $holder
   (import "stream" (type $stream (sub resource)))
   (import "get-out" (func $out (result (own $stream))))
   (import "get-err" (func $err (result (own $stream))))
   (core func $out (canon lower (func $out)))
   (core func $err (canon lower (func $err)))
   (core func $drop (canon resource.drop $stream))
   (core module $m
     (import "" "out" (func $out (result i32))) (import "" "err" (func $err (result i32)))
     (import "" "drop" (func $drop (param i32)))
     (memory 1)
     (func (export "out") (result i32) (call $out)) (func (export "err") (result i32) (call $err))
     (func (export "drop") (param i32) (call $drop (local.get 0)))
     (func (export "same") (param i32) (result i32) (local.get 0)))
   (core instance $i (instantiate $m (with "" (instance
     (export "out" (func $out)) (export "err" (func $err)) (export "drop" (func $drop))))))
   (func (export "out") (result u32) (canon lift (core func $i "out")))
   (func (export "err") (result u32) (canon lift (core func $i "err")))
   (func (export "drop") (param "handle" u32) (canon lift (core func $i "drop")))
   (func (export "pass") (param "handle" u32) (result (own $stream))
     (canon lift (core func $i "same")))
   (func (export "keep") (param "it" (own $stream)) (result u32)
     (canon lift (core func $i "same"))))
 {_instance("a")} {_instance("b")}
 (core module $m
   (import "" "pass-a" (func $pass-a (param i32) (result i32)))
   (import "" "pass-b" (func $pass-b (param i32) (result i32)))
   (import "" "keep-a" (func $keep-a (param i32) (result i32)))
   (import "" "keep-b" (func $keep-b (param i32) (result i32)))
   (memory 1)
   (func (export "move-a") (param i32) (result i32) (call $keep-b (call $pass-a (local.get 0))))
   (func (export "move-b") (param i32) (result i32) (call $keep-a (call $pass-b (local.get 0)))))
 (core instance $i (instantiate $m (with "" (instance
   (export "pass-a" (func $pass-a)) (export "pass-b" (func $pass-b))
   (export "keep-a" (func $keep-a)) (export "keep-b" (func $keep-b))))))
 (func (export "move-a") (param "handle" u32) (result u32) (canon lift (core func $i "move-a")))
 (func (export "move-b") (param "handle" u32) (result u32) (canon lift (core func $i "move-b")))
"""


def handles(seed: int, answers: int) -> int:
    """Two instances whose answers are the numbers of their handles; how often they were restored."""
    chance = random.Random(seed)  # noqa: S311 -- the same each time
    worker = Worker(deployed(part(HOLDERS)))
    other, restored = worker, 0
    held: dict[str, set[int]] = {side: set() for side in _SIDES}
    told = 0
    while told < answers:
        side, to = chance.choice((_SIDES, _SIDES[::-1]))
        what = chance.random()
        if held[side] and what < 0.5:
            handle = chance.choice(sorted(held[side]))
            held[side].remove(handle)
            if what < 0.25:
                worker.call(f"drop-{side}", handle)
            else:
                got = cast("int", worker.call(f"move-{side}", handle))
                assert got not in held[to]
                held[to].add(got)
                told += 1
        else:
            got = cast("int", worker.call(f"{chance.choice(['out', 'err'])}-{side}"))
            assert got not in held[side]
            held[side].add(got)
            told += 1
        if other is not worker:
            assert other.follow(worker) == worker.past[-1][-1]
        if chance.random() < 0.3:
            if other is not worker:
                other.instance.close()
            taken = worker.taken()
            tables = [{place for place, _, _ in table.handles} for table in taken.tables]
            assert [table for table in tables if table] == [held[s] for s in _SIDES if held[s]]
            other = worker.restored(taken)
            restored += 1
    return restored


@pytest.mark.parametrize("seed", range(3))
def test_the_numbers_of_handles_of_two_instances_stay_the_same(seed: int) -> None:
    assert handles(seed, 60) > 10


@pytest.mark.long
def test_the_numbers_of_many_handles_of_two_instances_stay_the_same() -> None:
    assert sum(handles(seed, 100) for seed in range(50)) > 1000


KINDS = """
 (import "wasi:io/streams@0.2.0" (instance $st (export "output-stream" (type (sub resource)))
   (export "input-stream" (type (sub resource)))))
 (alias export $st "output-stream" (type $output))
 (alias export $st "input-stream" (type $input))
 (import "wasi:cli/stdout@0.2.0" (instance $out (alias outer 1 $output (type $outer))
   (export "output-stream" (type $own (eq $outer)))
   (export "get-stdout" (func (result (own $own))))))
 (import "wasi:cli/stdin@0.2.0" (instance $in (alias outer 1 $input (type $outer))
   (export "input-stream" (type $own (eq $outer)))
   (export "get-stdin" (func (result (own $own))))))
 (core func $out (canon lower (func $out "get-stdout")))
 (core func $in (canon lower (func $in "get-stdin")))
 (core func $drop-out (canon resource.drop $output))
 (core func $drop-in (canon resource.drop $input))
 (core module $m
   (import "" "out" (func $out (result i32))) (import "" "in" (func $in (result i32)))
   (import "" "drop-out" (func $drop-out (param i32)))
   (import "" "drop-in" (func $drop-in (param i32)))
   (memory 1)
   (func (export "out") (result i32) (call $out)) (func (export "in") (result i32) (call $in))
   (func (export "drop-out") (param i32) (call $drop-out (local.get 0)))
   (func (export "drop-in") (param i32) (call $drop-in (local.get 0))))
 (core instance $i (instantiate $m (with "" (instance
   (export "out" (func $out)) (export "in" (func $in))
   (export "drop-out" (func $drop-out)) (export "drop-in" (func $drop-in))))))
 (func (export "out") (result u32) (canon lift (core func $i "out")))
 (func (export "in") (result u32) (canon lift (core func $i "in")))
 (func (export "drop-out") (param "handle" u32) (canon lift (core func $i "drop-out")))
 (func (export "drop-in") (param "handle" u32) (canon lift (core func $i "drop-in")))
"""


def test_kinds_are_told_apart_in_a_worker_that_held_nothing_when_it_was_taken() -> None:
    """Its next handles are where those before were dropped last."""
    worker = Worker(deployed(part(KINDS)))
    assert [worker.call("out"), worker.call("in")] == [1, 2]
    worker.call("drop-out", 1)
    worker.call("drop-in", 2)
    other = worker.restored(worker.taken())
    for name, place in (("in", 2), ("out", 1)):
        assert worker.call(name) == other.follow(worker) == place
    assert other.taken() == worker.taken()
