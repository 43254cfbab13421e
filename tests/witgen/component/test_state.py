"""Components that show what they keep, and take it."""

from __future__ import annotations

import random
import struct
from contextlib import suppress
from typing import Any

import pytest
from component_parts import API, API_PLUG, SOCKET, TYPES, TYPES_PLUG, check_valid, parsed, part
from hypothesis import given, settings
from hypothesis import strategies as st
from state_guests import Live, guest

from witgen.component.body import read_component, sections
from witgen.component.cursor import Cursor, Malformed
from witgen.component.state.instrument import Instrumented, Refused, instrument
from witgen.component.state.lasting import Unfamiliar, lasting
from witgen.component.wasmtime_tools import wat2wasm
from witgen.compose import compose

TELL, HASH, READ, XOR, GROW, SET, PROBE, TAKE, GIVE = range(9)


def instrumented(data: bytes) -> Instrumented:
    made = instrument(data)
    assert isinstance(made, Instrumented), made
    return made


# --- what is added ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_what_is_instrumented_stays_valid_and_is_always_the_same(seed: int) -> None:
    data, _ = guest(seed)
    made = instrumented(data)
    check_valid(made.data)
    assert instrument(data) == made


@pytest.mark.parametrize("seed", range(8))
def test_nothing_else_changes_outside(seed: int) -> None:
    data, _ = guest(seed)
    before, after = read_component(data).type, read_component(instrumented(data).data).type
    assert after.imports == before.imports
    added = after.exports.keys() - before.exports.keys()
    assert {name: after.exports[name] for name in before.exports} == dict(before.exports)
    assert {part.name for part in instrumented(data).parts} <= added
    assert all(name.startswith("witgen-state") for name in added)


@pytest.mark.parametrize("text", [TYPES_PLUG, API_PLUG, SOCKET, TYPES + API])
def test_components_with_resources_stay_valid(text: str) -> None:
    check_valid(instrumented(part(text)).data)


def test_a_composition_stays_valid_and_hides_the_resources_inside() -> None:
    made = compose(part(SOCKET), [part(API_PLUG), part(TYPES_PLUG)])
    result = instrumented(made)
    check_valid(result.data)
    assert [part.adopting for part in result.parts] == [{}] * len(result.parts)


def test_imported_and_exported_resources_are_known_by_interface_and_name() -> None:
    [user] = instrumented(part(API_PLUG)).parts
    [owner] = instrumented(part(TYPES_PLUG)).parts
    assert list(user.adopting) == [("a:b/types@1.0.0", "thing")]
    assert list(owner.owned) == [("a:b/types@1.0.0", "thing")]


def test_an_imported_resource_is_known_by_its_first_name() -> None:
    """As the stream that `wasi:cli/stdout` gives is the one of `wasi:io/streams`."""
    [user] = instrumented(part(f"""{TYPES} {API} (alias export $a "thing" (type $again))
      (core func $drop (canon resource.drop $again))
      (core module $m (import "" "drop" (func (param i32))) (memory 1))
      (core instance (instantiate $m (with "" (instance (export "drop" (func $drop))))))""")).parts
    assert list(user.adopting) == [("a:b/types@1.0.0", "thing")]


def test_a_resource_is_followed_through_instances_that_call_it_otherwise() -> None:
    """What the components inside call it says nothing."""
    made = instrumented(part("""
      (import "a:b/types" (instance $t (export "thing" (type (sub resource)))
        (export "other" (type (sub resource)))))
      (alias export $t "thing" (type $thing)) (alias export $t "other" (type $other))
      (component $inner
        (import "a:b/types" (instance $t (export "thing" (type (sub resource)))))
        (alias export $t "thing" (type $thing))
        (core func $drop (canon resource.drop $thing))
        (core module $m (import "" "drop" (func (param i32))) (memory 1))
        (core instance (instantiate $m (with "" (instance (export "drop" (func $drop)))))))
      (instance $swapped (export "thing" (type $other)))
      (instance (instantiate $inner (with "a:b/types" (instance $swapped))))"""))
    check_valid(made.data)
    assert [list(part.adopting) for part in made.parts] == [[("a:b/types", "other")]]


# --- what it does -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_another_instance_continues_from_the_state_of_the_first(seed: int) -> None:
    data, functions = guest(seed)
    made = instrumented(data)
    chance = random.Random(seed)  # noqa: S311 -- the same each time
    first, second = Live(made), Live(made)
    for _ in range(20):
        first.call(f"f{chance.randrange(functions)}", chance.getrandbits(64))
    assert second.image() != first.image()

    second.become(first)

    assert second.image() == first.image()
    for _ in range(20):
        function, number = f"f{chance.randrange(functions)}", chance.getrandbits(64)
        assert second.call(function, number) == first.call(function, number)
    assert second.image() == first.image()


MEMORIES = """(core module $m (memory {0} 1) (memory i64 1)
  (func (export "put") (param i32 i64) (i64.store (local.get 0) (local.get 1))))
  (core instance $i (instantiate $m))
  (func (export "put") (param "at" u32) (param "what" u64) (canon lift (core func $i "put")))"""


def hashes(live: Live, pages: int = 16) -> tuple[int, ...]:
    [part] = live.parts
    return struct.unpack(f"<{pages}Q", live.do(part, HASH, data=struct.pack("<I", pages)))


@pytest.mark.parametrize("bits", [(63,), (0,), (31, 63)])
@pytest.mark.parametrize("apart", [8, 16, 32, 64, 128, 4064])
def test_two_changes_of_a_page_do_not_cancel_each_other(bits: tuple[int, ...], apart: int) -> None:
    live = Live(instrumented(part(MEMORIES.format(""))))
    value = sum(1 << bit for bit in bits)
    seen = {hashes(live)[0]}
    for places in ((8,), (8 + apart,), (8, 8 + apart)):
        for place in places:
            live.call("put", place, value)
        seen.add(hashes(live)[0])
        for place in places:
            live.call("put", place, 0)
    assert len(seen) == 4


def test_every_place_of_a_page_counts_and_no_other_page_does() -> None:
    live = Live(instrumented(part(MEMORIES.format(""))))
    empty = hashes(live)
    assert empty == (0,) * 16
    seen = set()
    for place in range(4096, 8192, 8):
        live.call("put", place, 1)
        found = hashes(live)
        assert found[0] == found[2] == 0
        seen.add(found[1])
        live.call("put", place, 0)
    assert len(seen) == 512


def test_the_places_of_the_handle_table_are_told_and_left_as_they_were() -> None:
    live = Live(instrumented(part(MEMORIES.format(""))))
    [only] = live.parts
    fresh = live.do(only, PROBE, 5)
    assert struct.unpack("<5I", fresh) == (1, 2, 3, 4, 5)
    assert live.do(only, PROBE, 5) == fresh
    taken = [struct.unpack("<I", live.do(only, TAKE))[0] for _ in range(4)]
    assert taken == [1, 2, 3, 4]
    live.do(only, GIVE, data=struct.pack("<2I", 3, 1))
    assert struct.unpack("<4I", live.do(only, PROBE, 4)) == (1, 3, 5, 6)


# --- what is refused ----------------------------------------------------------------------------


def core(fields: str) -> bytes:
    """A component that runs a core module."""
    return part(f"(core module $m {fields}) (core instance (instantiate $m))")


TABLE = "(table $t 1 funcref) (elem $e func) (memory 1) (data $d)"
SEEN = {
    "table.set": "(table.set $t (i32.const 0) (ref.null func))",
    "table.grow": "(drop (table.grow $t (ref.null func) (i32.const 1)))",
    "table.fill": "(table.fill $t (i32.const 0) (ref.null func) (i32.const 1))",
    "table.copy": "(table.copy $t $t (i32.const 0) (i32.const 0) (i32.const 1))",
    "table.init": "(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))",
    "elem.drop": "(elem.drop $e)",
    "data.drop": "(data.drop $d)",
}


@pytest.mark.parametrize("name", SEEN)
def test_code_is_refused_that_changes_what_cannot_be_seen(name: str) -> None:
    why = f"its code uses `{name}`, whose effect cannot be seen from outside"
    assert instrument(core(f"{TABLE} (func {SEEN[name]})")) == Refused((why,))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(core module $m (memory 1 1 shared))", None),
        ("(memory 1 1 shared)", "shares a memory"),
        ("(global (mut funcref) (ref.null func))", "refers to a function or an object"),
        ("(global (mut externref) (ref.null extern))", "refers to a function or an object"),
    ],
)
def test_state_is_refused_that_cannot_be_read(text: str, why: str | None) -> None:
    made = instrument(part(text) if why is None else core(text))
    if why is None:  # nothing runs it
        assert isinstance(made, Instrumented)
    else:
        assert isinstance(made, Refused)
        assert why in made.reasons[0]


IMPORTED = {
    "tasks, streams or futures": """
      (core module $m (func (export "f"))) (core instance $i (instantiate $m))
      (func (export "f") async (canon lift (core func $i "f")))""",
    "a core module that it imports": """
      (import "m" (core module $m (export "memory" (memory 1))))
      (core instance (instantiate $m))""",
    "a component that it imports": '(import "c" (component $c)) (instance (instantiate $c))',
    "names begin with `witgen-state`": """
      (core module $m (func (export "f"))) (core instance $i (instantiate $m))
      (func (export "witgen-state-do") (canon lift (core func $i "f")))""",
}


@pytest.mark.parametrize("why", IMPORTED)
def test_a_component_is_refused_whose_parts_are_not_known(why: str) -> None:
    made = instrument(parsed(IMPORTED[why]))
    assert isinstance(made, Refused)
    assert why in made.reasons[0]


def test_the_reasons_of_components_inside_are_named_once() -> None:
    inner = f"(core module $m {TABLE} (func {SEEN['table.set']})) (core instance (instantiate $m))"
    nested = f"(component $c {inner}) (instance (instantiate $c)) (instance (instantiate $c))"
    made = instrument(part(f"{nested} {inner}"))
    assert isinstance(made, Refused)
    assert len(made.reasons) == 1


def test_what_is_not_a_component_is_malformed() -> None:
    for data in (b"", b"\0asm", wat2wasm("(module)")):
        with pytest.raises(Malformed):
            instrument(data)


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 3), st.data())
def test_damaged_components_are_malformed_or_refused_or_changed(seed: int, data: Any) -> None:
    whole = bytearray(guest(seed)[0])
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(8, len(whole) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.sampled_from([len(whole), data.draw(st.integers(8, len(whole)))]))
    with suppress(Malformed):
        instrument(bytes(whole[:end]))


# --- instructions -------------------------------------------------------------------------------


def code(text: str) -> Cursor:
    """The code section of a core module."""
    data = wat2wasm(f"(module {text})")
    return next(section for kind, section in sections(Cursor(data, 8)) if kind == 10)


# Of every form that operands have; what cannot follow each other is unreachable.
HARMLESS = """
  i32.const -2147483648|i64.const 9223372036854775807|f32.const nan:0x200000|f64.const -0x1p-1074
  local.get 0|global.get 0|table.get 0|ref.func 0|ref.null func|memory.size 1|memory.size
  i32.load|i64.store32 1 offset=4294967295 align=1|v128.load32_lane 1 offset=70000 3|v128.load
  v128.const i8x16 38 252 14 38 252 14 0 1 2 3 4 5 6 7 8 9|i8x16.extract_lane_u 15
  i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31|f64x2.promote_low_f32x4|i32x4.trunc_sat_f64x2_u_zero
  i8x16.relaxed_swizzle|i32x4.relaxed_dot_i8x16_i7x16_add_s|i32.trunc_sat_f32_s|table.size 0
  memory.fill 1|memory.copy 1 0|memory.init 0|memory.init 1 0|i32.atomic.load|atomic.fence
  i64.atomic.rmw32.cmpxchg_u|memory.atomic.notify|br 0|br_if 0|br_table 0 0 0 0|return|call 0
  call_indirect (type 0)|return_call 0|return_call_indirect (type 0)|call_ref 0|drop|select
  select (result i64)|block (result i32) unreachable end|loop end|if nop else nop end|ref.is_null
  block (type 0) end|ref.as_non_null|br_on_null 0|i64.add128|throw 0|throw_ref
  try_table (catch 0 0) (catch_ref 0 0) (catch_all 0) (catch_all_ref 0) end|nop|unreachable
""".replace("\n", "|")
FIELDS = """(type (func)) (import "" "" (tag)) (memory 1) (memory 1) (table 1 funcref) (data "x")
  (global i32 (i32.const 0)) (elem declare func 0) (elem $e func)"""
EACH = [text.strip() for text in HARMLESS.split("|") if text.strip()]
_TABLES = {
    name: text.replace("$t", "0").replace("$e", "1").replace("$d", "0")
    for name, text in SEEN.items()
}


@pytest.mark.parametrize("text", EACH)
def test_every_instruction_is_passed_with_its_operands(text: str) -> None:
    """What follows is found, at its place: nothing is taken for the operands of something else."""
    body = f"(func (local i32 v128 f64) {text} {_TABLES['table.set']})"
    assert lasting(code(f"{FIELDS} {body}")) == {"table.set"}
    assert lasting(code(f"{FIELDS} (func {text})")) == frozenset()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([*EACH, *_TABLES.values()]), max_size=12))
def test_what_changes_tables_is_found_among_all_else(texts: list[str]) -> None:
    found = {name for name, text in _TABLES.items() if text in texts}
    assert lasting(code(f"{FIELDS} (func {' '.join(texts)}) (func)")) == found


@pytest.mark.parametrize("body", ["fb00", "fc7f", "fd8a7f", "e000", "26", "0eff01", "1f40"])
def test_unknown_and_broken_code_is_not_taken_for_harmless(body: str) -> None:
    inner = b"\0" + bytes.fromhex(body)
    with pytest.raises((Unfamiliar, Malformed)):
        lasting(Cursor(b"\1" + bytes((len(inner),)) + inner))
