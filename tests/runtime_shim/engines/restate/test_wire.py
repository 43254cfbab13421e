"""The bytes that travel and are kept: what comes back, and what is refused."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typed_values import TYPES, values

from runtime_shim.engines.restate import wire
from runtime_shim.engines.restate.state import Head, Row, Try, batch, read_batch
from runtime_shim.engines.restate.wire import Answer, Request
from runtime_shim.errors import StoreError, TooLarge
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicy
from runtime_shim.values import Case, Err, Ok, Some
from runtime_shim.values import types as t
from runtime_shim.values.check import check
from runtime_shim.values.codec import encode
from runtime_shim.values.fits import predicate

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.integers(0, 1 << 40)
environments = st.builds(
    Environment, st.dictionaries(texts, texts, max_size=2), st.lists(texts, max_size=2).map(tuple)
)
calls = st.builds(CallId, numbers, numbers)
chains = st.lists(texts, max_size=3).map(tuple)
requests = st.one_of(
    st.builds(
        Request, texts, texts, st.binary(), texts, st.none(), environments, chains, texts, calls
    ),
    st.builds(
        Request,
        texts,
        texts,
        st.binary(),
        st.none(),
        st.uuids(),
        environments,
        chains,
        texts,
        calls,
    ),
)
times = st.floats(0, 1e12, allow_nan=False)
heads = st.builds(
    Head,
    texts,
    environments,
    numbers,
    texts,
    numbers,
    numbers,
    numbers,
    numbers,
    texts,
    st.none() | texts,
    numbers,
    st.none() | st.builds(RetryPolicy, st.none() | st.integers(0, 9), times),
    st.none() | st.builds(Try, texts, st.integers(2, 9), times, numbers),
    times,
    numbers,
)
rows = st.builds(
    Row,
    numbers,
    st.sampled_from(["done", "failed"]),
    texts,
    st.none() | texts,
    st.none() | st.uuids().map(str),
    texts,
    calls,
    texts,
    st.integers(1, 9),
    times,
    numbers,
    st.binary(),
    st.binary(),
    st.binary(),
)


@given(st.lists(st.binary(), max_size=4))
def test_parts_come_back(parts: list[bytes]) -> None:
    assert wire.parted(wire.joined(*parts)) == parts


@given(requests)
def test_requests_come_back(request: Request) -> None:
    assert Request.parse(request.pack()) == request


@given(heads)
def test_heads_come_back(head: Head) -> None:
    assert Head.parse(head.pack()) == head


@given(rows)
def test_rows_come_back(row: Row) -> None:
    assert Row.parse(row.pack()) == row


def other_order(value: Any) -> Any:
    """An equal value, its fields from the last to the first."""
    match value:
        case dict():
            return {name: other_order(value[name]) for name in reversed(value)}
        case list() | tuple():
            return type(value)(map(other_order, value))
        case Case(name, inner):
            return Case(name, other_order(inner))
        case Some(inner) | Ok(inner) | Err(inner):
            return type(value)(other_order(inner))
        case _:
            return value


def given_as(ty: t.Type, value: Any) -> int:
    """The checksum of what a host is given, as it comes to an engine."""
    taken = value if predicate(ty)(value) else check(ty, value)
    return wire.checksum(encode((taken,)))


@given(TYPES.flatmap(lambda ty: st.tuples(st.just(ty), values(ty), values(ty))))
def test_arguments_are_told_from_others_and_not_by_the_order_of_fields(drawn: Any) -> None:
    ty, one, other = drawn
    assert given_as(ty, other_order(one)) == given_as(ty, one)
    if one != other:
        assert given_as(ty, one) != given_as(ty, other)


@given(texts, texts, numbers, st.binary())
def test_answers_come_back(state: str, function: str, checksum: int, outcome: bytes) -> None:
    answer = Answer(state, function, checksum, outcome)
    assert Answer.parse(answer.pack()) == answer


@given(texts, st.lists(st.tuples(texts, numbers), max_size=3))
def test_batches_come_back(identity: str, entries: list[tuple[str, int]]) -> None:
    assert read_batch(batch(identity, entries)) == (identity, tuple(entries))


@given(st.binary(max_size=64), st.booleans())
def test_other_bytes_are_refused(data: bytes, versioned: bool) -> None:
    hostile = wire.VERSION + data if versioned else data
    for parse in (Request.parse, Answer.parse, Row.parse, Head.parse, read_batch):
        with pytest.raises(StoreError):
            parse(hostile)


@given(requests | rows, st.data())
def test_what_is_cut_is_refused(whole: Request | Row, data: st.DataObject) -> None:
    packed = whole.pack()
    cut = packed[: data.draw(st.integers(0, len(packed) - 1))]
    with pytest.raises(StoreError):
        type(whole).parse(cut)


@pytest.mark.parametrize(
    "head",
    [
        ("w", "f", None, None, {}, (), (), "", (0, 0)),
        ("w", "f", "k", str(uuid.UUID(int=1)), {}, (), (), "", (0, 0)),
        ("w", "f", None, "nothing", {}, (), (), "", (0, 0)),
        ("w", "f", "k", None, {"a": 1}, (), (), "", (0, 0)),
        ("w", "f", "k", None, {}, (1,), (), "", (0, 0)),
        ("w", "f", "k", None, {}, (), (), "", (0,)),
        ("w", "f", "k", None, {}, (), (), "", ("a", 0)),
        ("w", 1, "k", None, {}, (), (), "", (0, 0)),
    ],
)
def test_a_request_of_other_fields_is_refused(head: tuple[object, ...]) -> None:
    with pytest.raises(StoreError):
        Request.parse(wire.joined(encode(head), b""))


@pytest.mark.parametrize("found", [None, 1, ("a", "b"), Err(1), Err(("denied", 1)), Err(None)])
def test_what_is_not_an_outcome_is_refused(found: object) -> None:
    with pytest.raises(StoreError, match="other than an outcome"):
        wire.read_outcome(encode(found))


def test_outcomes_come_back() -> None:
    for outcome in (Ok(3), Ok(None), Err(("denied", "no"))):
        assert wire.read_outcome(encode(outcome)) == outcome


def test_a_large_message_is_refused() -> None:
    with pytest.raises(TooLarge, match="too large"):
        wire.joined(bytes(wire.LARGEST))


@settings(max_examples=30)
@given(st.text(max_size=300), st.text(max_size=300))
def test_keys_are_known_by_different_headers(one: str, two: str) -> None:
    known = [wire.outside(key) for key in (one, two)]
    assert (known[0] == known[1]) == (one == two)
    assert all(name.isascii() and name.isprintable() and len(name) < 300 for name in known)


@given(texts, texts.map(wire.outside))
def test_workers_are_known_by_different_objects(name: str, identity: str) -> None:
    worker = WorkerId("a:b", name)
    services = wire.Services("app")
    assert services.place(worker, identity, durable=False) == ("app.Ephemeral", f"a:b/{identity}")
    service, key = services.place(worker, identity, durable=True)
    assert (service, wire.worker_of(key)) == ("app.Worker", worker)
