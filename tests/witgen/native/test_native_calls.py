"""What a native client asks of its host, and how it ends, with a host that plays any part."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import wasmtime
from native_host import URI, Guest, Instance, Outside, end_of, node, plain, record, reply
from wasmtime.component import Variant

from witgen.client import client
from witgen.load import load_texts

WIT = """package shop:front@1.2.0;
interface api {
  record bid { who: string, amount: u32, limit: option<u64> }
  variant outcome { accepted(u32), outbid(bid), closed }
  add: func(a: u32, b: u32) -> u32;
  place: func(bid: bid, tags: list<string>) -> outcome;
  note: func(text: string);
  many: func(a: u8, b: s16, c: string, d: option<f64>, e: tuple<u64, u8>, f: f32, g: bool, h: char,
    i: list<u8>, j: string, k: u32) -> string;
  resource cell {
    constructor(start: u32);
    get: func() -> u32;
    merge: func(other: cell);
    both: static func(a: cell, b: borrow<cell>) -> cell;
    fresh: static func() -> option<cell>;
  }
}
world shop { export api; }
"""
F = "shop:front/api@1.2.0."


@cache
def guest(extras: tuple[str, ...] = (), kind: str = "durable") -> Guest:
    return Guest(client(load_texts({"shop.wit": WIT}), extras=extras, kind=kind))


def start(outside: Outside, *extras: str) -> tuple[Instance, Any]:
    instance = guest(extras).start(outside)
    return instance, instance.call("[constructor]api", "w")


def number(value: int) -> Any:
    return reply(node("tuple-value", [1]), node("prim-u32", value))


NOTHING = reply(node("tuple-value", []))
LARGE = reply(node("tuple-value", [1]), node("handle", (record(value=URI + "x" * 10_000), 9)))
HANDLE = reply(node("tuple-value", [1]), node("handle", (record(value=URI), 9)))


class TestCalls:
    def test_a_constructor_resolves_and_connects(self) -> None:
        outside = Outside()

        start(outside)

        worker = {
            "component-id": {"uuid": {"high-bits": 1, "low-bits": 2}},
            "worker-name": "w",
        }
        assert outside.events == ["resolve shop:front w", f"connect {worker}"]

    def test_custom_resolves_nothing(self) -> None:
        outside = Outside()
        component = record(uuid=record(high_bits=2**64 - 1, low_bits=7))
        worker = record(component_id=component, worker_name="x" * 100_000)

        guest().start(outside).call("[static]api.custom", worker)

        assert outside.events == [f"connect {plain(worker)}"]

    def test_ephemeral_workers_have_no_name(self) -> None:
        outside = Outside()
        instance = guest(kind="ephemeral").start(outside)

        instance.call("[constructor]api")
        instance.call("[static]api.custom", record(uuid=record(high_bits=3, low_bits=4)))

        assert outside.events == [
            "resolve shop:front",
            "connect {'uuid': {'high-bits': 1, 'low-bits': 2}}",
            "connect {'uuid': {'high-bits': 3, 'low-bits': 4}}",
        ]

    def test_children_come_after_their_parent(self) -> None:
        outside = Outside(answer=reply(node("tuple-value", [1]), node("variant-value", (2, None))))
        instance, api = start(outside)
        bid = record(who="Ann", amount=7, limit=None)

        assert instance.call("[method]api.blocking-place", api, bid, ["a", "b"]) is None

        function, (first, second) = outside.calls[0]
        assert function == F + "{place}"
        assert first == [
            ("record-value", [1, 2, 3]),
            ("prim-string", "Ann"),
            ("prim-u32", 7),
            ("option-value", None),
        ]
        assert second == [("list-value", [1, 2]), ("prim-string", "a"), ("prim-string", "b")]

    def test_more_parameters_than_registers(self) -> None:
        answer = reply(node("tuple-value", [1]), node("prim-string", "é" * 1000))
        outside = Outside(answer=answer)
        instance, api = start(outside)
        values = (255, -2, "c", 0.5, (2**64 - 1, 3), 1.5, True, "\U0001f600", b"\0\1", "j", 11)

        got = instance.call("[method]api.blocking-many", api, *values)

        sent = outside.calls[0][1]
        assert got == "é" * 1000
        assert [value[0][1] for value in sent[:3]] == [255, -2, "c"]
        assert sent[3] == [("option-value", 1), ("prim-float64", 0.5)]
        assert [item[1] for item in sent[4]] == [[1, 2], 2**64 - 1, 3]
        assert sent[8] == [("list-value", [1, 2]), ("prim-u8", 0), ("prim-u8", 1)]
        assert sent[10] == [("prim-u32", 11)]

    def test_scheduled_calls_carry_their_time(self) -> None:
        outside = Outside()
        instance, api = start(outside)
        at = record(seconds=2**63, nanoseconds=5)

        instance.call("[method]api.schedule-add", api, 1, 2, at)

        assert outside.events[-1] == f"at {plain(at)}"
        assert outside.calls[0] == (F + "{add}", [[("prim-u32", 1)], [("prim-u32", 2)]])

    def test_a_future_may_not_be_ready(self) -> None:
        outside = Outside()
        instance, api = start(outside)
        future = instance.call("[method]api.add", api, 1, 2)

        assert instance.call("[method]future-add-result.get", future) is None
        outside.answer = number(3)
        assert instance.call("[method]future-add-result.get", future) == 3
        future.drop(instance.store)
        assert outside.events[-1] == "drop future-invoke-result 5"

    def test_dropping_a_client_drops_its_connection(self) -> None:
        outside = Outside()
        instance, api = start(outside)

        api.drop(instance.store)

        assert outside.events[-1] == "drop wasm-rpc 1"


class TestResources:
    def cell(self, outside: Outside) -> tuple[Instance, Any]:
        outside.answer = HANDLE
        instance = guest().start(outside)
        return instance, instance.call("[constructor]cell", "w", 5)

    def test_methods_send_the_handle_first(self) -> None:
        outside = Outside()
        instance, cell = self.cell(outside)
        outside.answer = number(8)

        assert instance.call("[method]cell.blocking-get", cell) == 8

        assert outside.calls == [
            (F + "{cell.new}", [[("prim-u32", 5)]]),
            (F + "{cell.get}", [[("handle", [{"value": URI}, 9])]]),
        ]

    def test_dropping_drops_the_remote_one(self) -> None:
        outside = Outside()
        instance, cell = self.cell(outside)
        outside.answer = NOTHING

        cell.drop(instance.store)

        assert outside.calls[-1] == (F + "{cell.drop}", [[("handle", [{"value": URI}, 9])]])
        assert outside.events[-1] == "drop wasm-rpc 1"

    def test_what_is_given_away_is_dropped_here_only(self) -> None:
        outside = Outside()
        instance, cell = self.cell(outside)
        other = instance.call("[constructor]cell", "w", 6)
        outside.answer = NOTHING

        instance.call("[method]cell.blocking-merge", cell, other)

        assert [name for name, _ in outside.calls][2:] == [F + "{cell.merge}"]
        assert outside.events[-1] == "drop wasm-rpc 2"

    def test_a_static_goes_where_its_first_handle_is(self) -> None:
        outside = Outside()
        instance, first = self.cell(outside)
        second = instance.call("[constructor]cell", "w", 6)

        third = instance.call("[static]cell.blocking-both", first, second)
        outside.answer = number(1)

        assert instance.call("[method]cell.blocking-get", third) == 1
        assert outside.events.count("drop wasm-rpc 1") == 1
        assert [e for e in outside.events if e.startswith("connect")][-1].endswith("'w'}")

    def test_a_static_without_a_handle_connects_and_disconnects(self) -> None:
        outside = Outside(answer=reply(node("tuple-value", [1]), node("option-value", None)))
        instance = guest().start(outside)

        assert instance.call("[static]cell.blocking-fresh", "other") is None

        assert outside.events[0] == "resolve shop:front other"
        assert outside.events[-1] == "drop wasm-rpc 1"

    def test_blocks_of_the_heap_are_used_again(self) -> None:
        outside = Outside()
        instance = guest().start(outside, memory=1 << 16)  # holds three blocks of this size
        for _ in range(20):
            outside.answer = LARGE
            cell = instance.call("[constructor]cell", "w", 6)
            outside.answer = NOTHING
            cell.drop(instance.store)

        assert len(outside.calls) == 40
        assert len(outside.calls[-1][1][0][0][1][0]["value"]) == len(URI) + 10_000

    def test_the_heap_grows_and_ends(self) -> None:
        outside = Outside(answer=LARGE)
        instance = guest().start(outside, memory=2 << 16)
        kept = [instance.call("[constructor]cell", "w", 6) for _ in range(7)]
        outside.answer = number(2)

        assert instance.call("[method]cell.blocking-get", kept[-1]) == 2
        outside.answer = LARGE
        with pytest.raises(wasmtime.WasmtimeError) as caught:
            instance.call("[constructor]cell", "w", 6)
        assert end_of(caught.value) == "witgen:trap/out-of-memory"

    @pytest.mark.parametrize(
        "uri",
        [
            "",
            "urn:worker:",
            URI.replace("urn", "url"),
            URI.replace("worker:", "worker;"),
            URI[:40],
            URI[:46],
            URI.replace("-", "_"),
            URI.replace("1-", "g-"),
            URI.replace("1-", "/-"),
            URI.replace("/", ":"),
            "x" * 100_000,
        ],
        ids=range(11),
    )
    def test_an_address_that_is_none(self, uri: str) -> None:
        outside = Outside()
        instance, _ = self.cell(outside)
        handle = node("handle", (record(value=uri), 9))
        outside.answer = reply(node("tuple-value", [1]), node("option-value", 2), handle)

        with pytest.raises(wasmtime.WasmtimeError) as caught:
            instance.call("[static]cell.blocking-fresh", "w")

        assert end_of(caught.value) == "witgen:trap/rpc/" + F + "{cell.fresh}"

    def test_an_address_in_capitals_without_a_name(self) -> None:
        outside = Outside()
        instance, _ = self.cell(outside)
        uri = "urn:worker:ABCDEFab-cdef-0123-4567-89abcdefABCD"
        handle = node("handle", (record(value=uri), 2**64 - 1))
        outside.answer = reply(node("tuple-value", [1]), node("option-value", 2), handle)

        instance.call("[static]cell.blocking-fresh", "w")

        high, low = 0xABCDEFABCDEF0123, 0x456789ABCDEFABCD
        connected = [event for event in outside.events if event.startswith("connect")]
        assert connected[-1] == f"connect {{'uuid': {{'high-bits': {high}, 'low-bits': {low}}}}}"


class TestEnds:
    def test_a_failed_call_has_a_name(self) -> None:
        outside = Outside(answer=Variant("denied", "no"))
        instance, api = start(outside)

        with pytest.raises(wasmtime.WasmtimeError) as caught:
            instance.call("[method]api.blocking-add", api, 1, 2)

        assert end_of(caught.value) == "witgen:trap/rpc/" + F + "{add}"

    def test_a_failed_remote_drop_has_a_name(self) -> None:
        outside = Outside(answer=HANDLE)
        instance = guest().start(outside)
        cell = instance.call("[constructor]cell", "w", 5)
        outside.answer = Variant("remote-internal-error", "no")

        with pytest.raises(wasmtime.WasmtimeError) as caught:
            cell.drop(instance.store)

        assert end_of(caught.value) == "witgen:trap/rpc/" + F + "{cell.drop}"

    def test_an_unknown_component_has_a_name(self) -> None:
        with pytest.raises(wasmtime.WasmtimeError) as caught:
            start(Outside(known=False))

        assert end_of(caught.value) == "witgen:trap/unknown-component/shop:front"

    def test_no_memory_has_a_name(self) -> None:
        outside = Outside(answer=number(1))
        instance = guest().start(outside, memory=1 << 16)
        api = instance.call("[constructor]api", "w")

        with pytest.raises(wasmtime.WasmtimeError) as caught:
            instance.call("[method]api.blocking-note", api, "x" * 70_000)

        assert end_of(caught.value) == "witgen:trap/out-of-memory"

    def test_memory_is_given_back_after_each_call(self) -> None:
        outside = Outside(answer=NOTHING)
        instance = guest().start(outside, memory=2 << 16)
        api = instance.call("[constructor]api", "w")

        for _ in range(500):
            instance.call("[method]api.blocking-note", api, "x" * 50_000)

        assert len(outside.calls) == 500


class TestTries:
    def test_errors_are_values(self) -> None:
        outside = Outside(answer=Variant("not-found", "gone"))
        instance, api = start(outside, "try")

        got = instance.call("[method]api.try-add", api, 1, 2)

        assert plain(got) == ("not-found", "gone")

    def test_results_are_values(self) -> None:
        outside = Outside(answer=number(4))
        instance, api = start(outside, "try")

        assert instance.call("[method]api.try-add", api, 1, 2) == 4

    def test_a_reply_of_another_type_is_an_error(self) -> None:
        outside = Outside(answer=NOTHING)
        instance, api = start(outside, "try")

        got = instance.call("[method]api.try-add", api, 1, 2)

        message = F + "{add}: the reply has another type"
        assert plain(got) == ("protocol-error", message)

    def test_futures_show_errors_and_can_be_cancelled(self) -> None:
        outside = Outside()
        instance, api = start(outside, "try")
        future = instance.call("[method]api.add", api, 1, 2)

        assert instance.call("[method]future-add-result.try-get", future) is None
        instance.call("[method]future-add-result.cancel", future)
        outside.answer = Variant("denied", "cancelled")
        got = instance.call("[method]future-add-result.try-get", future)

        assert plain(got) == ("denied", "cancelled")
        assert outside.events[-1] == "cancel"

    def test_an_unknown_component_is_told_by_the_calls(self) -> None:
        outside = Outside(known=False, answer=Variant("not-found", "none"))
        instance, api = start(outside, "try")
        halves = guest(("try",)).client.component_id.int
        connected = f"'high-bits': {halves >> 64}, 'low-bits': {halves & (1 << 64) - 1}"

        assert plain(instance.call("[method]api.try-add", api, 1, 2)) == ("not-found", "none")
        assert connected in outside.events[-1]
