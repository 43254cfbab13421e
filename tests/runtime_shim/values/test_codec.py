"""The journal's value codec: every value comes back, no bytes do harm."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime_shim.errors import StoreError
from runtime_shim.values import Case, Err, Handle, Ok, Some, codec
from runtime_shim.values.codec import CodecError, decode, encode

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | text
    | st.binary(max_size=8)
    | st.frozensets(text, max_size=4)
    | st.builds(Handle, text, st.integers(0, 2**64 - 1))
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4)
    | st.lists(inner, max_size=4).map(tuple)
    | st.dictionaries(text | text.map("${}".format), inner, max_size=4)
    | st.builds(Case, text, inner)
    | st.builds(Some, inner)
    | st.builds(Ok, inner)
    | st.builds(Err, inner),
    max_leaves=16,
)


def same(left: Any, right: Any) -> bool:
    """Equality that tells `1`, `1.0` and `True`, and `0.0` and `-0.0` apart."""
    return repr(left) == repr(right) if not isinstance(left, frozenset) else left == right


@given(values)
def test_every_value_comes_back_with_its_types(value: Any) -> None:
    data = encode(value)
    back = decode(data)
    assert back == value
    assert encode(back) == data  # also tells 1, 1.0 and True apart, and field order


@given(st.binary(max_size=64) | st.binary(max_size=64).map(lambda b: b"1" + b))
def test_any_bytes_decode_or_are_refused(data: bytes) -> None:
    try:
        value = decode(data)
    except StoreError:
        return
    assert encode(decode(encode(value))) == encode(value)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["$t", "$b", "$f", "$c", "$s", "$o", "$e", "$h", "$d", "$x", "a"]),
            inner,
            max_size=2,
        ),
    )
)
def test_hostile_tags_decode_or_are_refused(tree: Any) -> None:
    try:
        value = decode(b"1" + json.dumps(tree).encode())
    except StoreError:
        return
    assert encode(decode(encode(value))) == encode(value)


@pytest.mark.parametrize("number", [math.inf, -math.inf, 0.0, -0.0, 5e-324, 1.7976931348623157e308])
def test_floats_keep_value_and_sign(number: float) -> None:
    assert same(decode(encode(number)), number)


def test_nan_comes_back() -> None:
    assert math.isnan(decode(encode(math.nan)))


def test_flags_are_written_in_one_order() -> None:
    names = [f"flag-{number}" for number in range(40)]
    assert encode(frozenset(names)) == encode(frozenset(reversed(names)))


def test_none_inside_and_outside_options_stay_apart() -> None:
    assert decode(encode([None, Some(None), Some(Some(None)), Ok(), Err()])) == [
        None,
        Some(None),
        Some(Some(None)),
        Ok(),
        Err(),
    ]


def test_lists_and_tuples_and_bytes_stay_apart() -> None:
    assert decode(encode(([1], (1,), b"\1"))) == ([1], (1,), b"\1")


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1, 2},
        {1: 2},
        "\ud800",
        ["\udfff"],
        {"\ud800": 1},
        Handle("\ud800", 1),
        frozenset({"\ud800"}),
        frozenset({1, "a"}),
        bytearray(b"a"),
        1j,
        range(3),
    ],
    # By type: the repr of an object or a set differs from process to process.
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_value_is_refused(value: Any) -> None:
    with pytest.raises(CodecError, match="cannot be recorded"):
        encode(value)


def test_bottomless_values_are_refused() -> None:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(CodecError):
        encode(value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"0null",
        b"2null",
        b"1",
        b"1nul",
        b"1\xff",
        b'1"\\ud800"',
        b'1{"$s":"\\uDFFF"}'.replace(b"F", b"8", 1),
        b'1{"$t":1}',
        b'1{"$b":"*"}',
        b'1{"$b":1}',
        b'1{"$f":[1]}',
        b'1{"$f":[[]]}',
        b'1{"$c":[1,2]}',
        b'1{"$c":["a"]}',
        b'1{"$h":["a","b"]}',
        b'1{"$d":[["a"]]}',
        b'1{"$d":[[[],1]]}',
        b'1{"$?":1}',
        b"1" + b"[" * 100_000,
        b"1" + b"9" * 10_000,
        b"107",
        b"1null null",
    ],
    ids=lambda data: repr(data[:24]),
)
def test_damaged_bytes_are_a_store_error(data: bytes) -> None:
    with pytest.raises(StoreError):
        decode(data)


def test_a_paired_escape_is_a_character() -> None:
    assert decode(b'1"\\ud83d\\ude00"') == "\U0001f600"


def test_the_slow_encoder_writes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json.encoder, "c_make_encoder", None)
    slow = codec._make_dumps()
    value = {"a": [1, 2.5, None], "b": "é\n"}
    assert slow(value) == codec._dumps(value)
