"""A snapshot as bytes: read back as it was, or not at all."""

from __future__ import annotations

import dataclasses
import hashlib
import random
import struct
import zlib
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshot_guests import Worker, deployed
from state_guests import guest

from runtime_shim.snapshots.content import FORMAT, Snapshot, Unusable, pack, unpack
from runtime_shim.snapshots.memories import LINE, Changes, PartState
from runtime_shim.snapshots.tables import Table
from runtime_shim.values import Case, Handle

pytestmark = pytest.mark.xdist_group("snapshots")


@cache
def taken() -> Snapshot:
    worker = Worker(deployed(guest(2)[0]))
    worker.call("f0", 1)
    return worker.instance.snapshot()


numbers = st.integers(0, 2**31)
lines = st.binary(min_size=LINE, max_size=LINE)


@st.composite
def changes(draw: st.DrawFn) -> Changes:
    found = draw(st.lists(st.tuples(numbers, lines), max_size=4))
    packed = b"".join(struct.pack("<I", number) for number, _ in found)
    return Changes(draw(numbers), packed, b"".join(line for _, line in found))


parts = st.builds(
    PartState, st.lists(changes(), max_size=3).map(tuple), st.binary(), st.binary(max_size=32)
)
tables = st.builds(
    Table,
    st.lists(st.tuples(numbers, numbers, st.tuples(st.text(), st.text())), max_size=3).map(tuple),
    st.lists(numbers, max_size=3).map(tuple),
    numbers,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(parts, max_size=3).map(tuple), st.lists(tables, max_size=3).map(tuple))
def test_what_is_packed_is_unpacked(made: tuple[PartState, ...], held: tuple[Table, ...]) -> None:
    snapshot = dataclasses.replace(
        taken(),
        parts=made,
        tables=held,
        start=(("a step", {"seconds": 1, "nanoseconds": 2}),),
        objects={7: ("client", "a:b", "w", Handle("urn:worker:x/y", 3)), 2: ("printed", 1)},
        given=((1, "a:b/c", "thing", 0, 99),),
        implicit={"thing(1)": Handle("urn:worker:x/y", 1)},
        counts={"level": Case("smart"), "policy": (None, 0.5, 1.0, 2.0, 0.0)},
    )
    assert unpack(pack(snapshot)) == snapshot


def test_a_flipped_byte_is_noticed_wherever_it_is() -> None:
    data = pack(taken())
    for at in range(len(data)):
        damaged = bytearray(data)
        damaged[at] ^= 1 << (at % 8)
        with pytest.raises(Unusable):
            unpack(bytes(damaged))


def test_less_or_more_is_noticed() -> None:
    data = pack(taken())
    for end in (0, 1, len(FORMAT), len(FORMAT) + 32, len(data) // 2, len(data) - 1):
        with pytest.raises(Unusable):
            unpack(data[:end])
    with pytest.raises(Unusable):
        unpack(data + b"\0")


def sealed(body: bytes) -> bytes:
    return FORMAT + hashlib.sha256(body).digest() + body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not compressed",
        zlib.compress(b""),
        zlib.compress(struct.pack("<Q", 1 << 60) + b"1[]"),
        zlib.compress(struct.pack("<Q", 4) + b"1[1]"),
        zlib.compress(struct.pack("<Q", 2) + b"17" + b"more"),
    ],
)
def test_what_has_a_right_checksum_and_is_not_a_snapshot_is_refused(body: bytes) -> None:
    with pytest.raises(Unusable):
        unpack(sealed(body))


def test_values_of_another_kind_are_refused() -> None:
    """Whatever stands in the place of a value: an error of this kind, and no other."""
    whole = zlib.decompress(pack(taken())[len(FORMAT) + 32 :])
    [size] = struct.unpack_from("<Q", whole)
    chance = random.Random(0)  # noqa: S311 -- the same each time
    refused = 0
    for _ in range(300):
        values = bytearray(whole[8 : 8 + size])
        for _ in range(chance.randint(1, 3)):
            values[chance.randrange(len(values))] = chance.choice(b'[]{},"0123456789:$tb')
        body = zlib.compress(struct.pack("<Q", size) + bytes(values) + whole[8 + size :], 1)
        try:
            unpack(sealed(body))
        except Unusable:
            refused += 1
    assert refused > 150
