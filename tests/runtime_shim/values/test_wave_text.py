"""WAVE: what is written is read back, and what is no value is refused with its place."""

from __future__ import annotations

import math
import struct
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime_shim.errors import BadArguments, WaveError
from runtime_shim.values import Case, Err, Handle, Ok, Some, wave
from runtime_shim.values.codec import encode
from runtime_shim.values.types import (
    INTEGERS,
    Borrow,
    Enum,
    Flags,
    List,
    Option,
    Own,
    Prim,
    Record,
    Result,
    Tuple,
    Type,
    Variant,
)
from runtime_shim.values.wave_format import KEYWORDS
from runtime_shim.values.wave_parse import parse_value

names = st.sampled_from([*sorted(KEYWORDS), "a", "b-c", "red", "X1", "with-9-digits"])
prims = st.sampled_from(sorted(Prim))
some_names = st.lists(names, min_size=1, max_size=4, unique=True)
leaves = (
    prims | some_names.map(tuple).map(Enum) | some_names.map(tuple).map(Flags) | st.just(Own("r"))
)


def composed(inner: st.SearchStrategy[Type]) -> st.SearchStrategy[Type]:
    optional = st.none() | inner
    pairs = some_names.flatmap(lambda n: st.tuples(*[st.tuples(st.just(x), inner) for x in n]))
    cases = some_names.flatmap(lambda n: st.tuples(*[st.tuples(st.just(x), optional) for x in n]))
    return (
        st.builds(List, inner)
        | st.builds(Option, inner)
        | st.builds(Result, optional, optional)
        | st.lists(inner, min_size=1, max_size=3).map(tuple).map(Tuple)
        | pairs.map(Record)
        | cases.map(Variant)
    )


types = st.recursive(leaves, composed, max_leaves=6)
characters = st.characters(exclude_categories=["Cs"])
singles = st.floats(width=32)


def values(of: Type) -> st.SearchStrategy[Any]:
    """The values of a type in normal form."""
    match of:
        case Prim.BOOL:
            return st.booleans()
        case Prim.F32:
            return singles
        case Prim.F64:
            return st.floats()
        case Prim.CHAR:
            return characters
        case Prim.STRING:
            return st.text(characters, max_size=5)
        case Prim():
            return st.integers(*INTEGERS[of])
        case List(Prim.U8):
            return st.binary(max_size=4)
        case List(item):
            return st.lists(values(item), max_size=3)
        case Option(item):
            wrapped = values(item)
            return st.none() | (wrapped.map(Some) if isinstance(item, Option) else wrapped)
        case Result(ok, err):
            return payload(ok).map(Ok) | payload(err).map(Err)
        case Tuple(items):
            return st.tuples(*map(values, items))
        case Record(fields):
            keys = [name for name, _ in fields]
            found = st.tuples(*[values(item) for _, item in fields])
            return found.map(lambda row: dict(zip(keys, row, strict=True)))
        case Variant(cases):
            return st.one_of([st.builds(Case, st.just(name), payload(of)) for name, of in cases])
        case Enum(cases):
            return st.sampled_from(cases)
        case Flags(flags):
            return st.frozensets(st.sampled_from(flags))
        case _:
            uris = st.just("urn:worker:9c19b15a-c83d-46f7-9bc3-ead7923733f4/") | st.just(
                'urn:worker:9c19b15a-c83d-46f7-9bc3-ead7923733f4/a "b"/c'
            )
            return st.builds(Handle, uris, st.integers(0, 2**64 - 1))


def payload(of: Type | None) -> st.SearchStrategy[Any]:
    return st.none() if of is None else values(of)


typed = types.flatmap(lambda of: st.tuples(st.just(of), values(of)))


@given(typed)
@settings(max_examples=150)
def test_every_value_of_every_type_comes_back(pair: tuple[Type, Any]) -> None:
    of, value = pair
    text = wave.format(value, of)
    back = wave.parse(text, of)
    assert encode(back) == encode(value)  # tells 1, 1.0 and True apart, and not NaN from NaN


@given(types, st.text(max_size=20) | st.text("{}[]()'\":,%\\-aeinoru019 \n", max_size=30))
def test_any_text_is_a_value_or_refused_with_its_place(of: Type, text: str) -> None:
    error: WaveError | None = None
    try:
        value = wave.parse(text, of)
    except WaveError as caught:
        error = caught
    if error is None:
        assert encode(wave.parse(wave.format(value, of), of)) == encode(value)
    else:
        assert error.line is not None
        assert error.column is not None
        assert 1 <= error.line <= text.count("\n") + 1
        assert 1 <= error.column <= len(text.split("\n")[error.line - 1]) + 1


@given(
    prims, st.text(max_size=8).map('"{}"'.format) | st.integers().map(str) | st.booleans().map(str)
)
def test_the_short_way_and_the_grammar_agree(of: Prim, text: str) -> None:
    text = text.lower() if text in {"True", "False"} else text
    short = wave._plain(text, of)
    if short is not None:
        full = parse_value(text, of)
        assert (type(full), full) == (type(short), short)


def test_plain_arguments_need_no_lark() -> None:
    program = (
        "import sys; from runtime_shim.values import wave; from runtime_shim.values.types import Prim;"
        "assert wave.parse('-5', Prim.S8) == -5; assert wave.parse('\"é\"', Prim.STRING) == 'é';"
        "assert wave.format(wave.parse('true', Prim.BOOL), Prim.BOOL) == 'true';"
        "assert 'lark' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


PERSON = Record((("name", Prim.STRING), ("age", Option(Prim.U8)), ("tags", List(Prim.STRING))))
SHAPE = Variant((("dot", None), ("circle", Prim.F32), ("none", None), ("box", PERSON)))
UNIT, TEXT = Result(None, None), Result(Prim.STRING, Prim.U8)


@pytest.mark.parametrize(
    ("text", "of", "value"),
    [
        ("true", Prim.BOOL, True),
        (" false // no\n", Prim.BOOL, False),
        ("-128", Prim.S8, -128),
        ("18446744073709551615", Prim.U64, 2**64 - 1),
        ("6.022e+23", Prim.F64, 6.022e23),
        ("-inf", Prim.F32, -math.inf),
        ("inf", Prim.F64, math.inf),
        ("1", Prim.F32, 1.0),
        ("0.1", Prim.F32, struct.unpack("f", struct.pack("f", 0.1))[0]),
        ("'x'", Prim.CHAR, "x"),
        ("'\\''", Prim.CHAR, "'"),
        ("'\"'", Prim.CHAR, '"'),
        ("'\\u{1f600}'", Prim.CHAR, "\U0001f600"),
        ('"a\\t\\n\\r\\"\\\'\\\\\\u{0}é"', Prim.STRING, "a\t\n\r\"'\\\0é"),
        ('""', Prim.STRING, ""),
        ('"""\n  one\n   two // no comment\n  """', Prim.STRING, "one\n two // no comment"),
        ('"""\r\n\ta "quoted" ""\r\n"""', Prim.STRING, '\ta "quoted" ""'),
        ('"""\n"""', Prim.STRING, ""),
        ("[1, 2, 255]", List(Prim.U8), b"\1\2\xff"),
        ("[ ]", List(Prim.STRING), []),
        ("[1,2,]", List(Prim.U16), [1, 2]),
        ('("a", 1,)', Tuple((Prim.STRING, Prim.U8)), ("a", 1)),
        ('{name: "a", tags: []}', PERSON, {"name": "a", "age": None, "tags": []}),
        (
            '{tags: ["x"], age: 3, name: "a",}',
            PERSON,
            {"name": "a", "age": 3, "tags": ["x"]},
        ),
        ("{:}", Record((("a", Option(Prim.U8)),)), {"a": None}),
        ("dot", SHAPE, Case("dot")),
        ("%dot", SHAPE, Case("dot")),
        ("circle(1.5)", SHAPE, Case("circle", 1.5)),
        ("%none", SHAPE, Case("none")),
        ("none", SHAPE, Case("none")),
        ("south", Enum(("north", "south")), "south"),
        ("{read, write}", Flags(("read", "write", "run")), frozenset({"read", "write"})),
        ("{}", Flags(("read",)), frozenset()),
        ("none", Option(Prim.U8), None),
        ("some(1)", Option(Prim.U8), 1),
        ("1", Option(Prim.U8), 1),
        ("%none", Option(SHAPE), Case("none")),
        ("some(none)", Option(Option(Prim.U8)), Some(None)),
        ("some(some(1))", Option(Option(Prim.U8)), Some(1)),
        ("some(1)", Option(Variant((("some", Prim.U8),))), None),
        ("%some(1)", Option(Variant((("some", Prim.U8),))), Case("some", 1)),
        ("ok", UNIT, Ok()),
        ("err", UNIT, Err()),
        ('ok("a")', TEXT, Ok("a")),
        ('"a"', TEXT, Ok("a")),
        ("err(1)", TEXT, Err(1)),
        ("ok", Result(None, Prim.U8), Ok()),
        ('"urn:worker:x/name/7"', Own("r"), Handle("urn:worker:x/name", 7)),
        ('"urn:worker:x/a/b/7"', Borrow("r"), Handle("urn:worker:x/a/b", 7)),
    ],
)
def test_texts(text: str, of: Type, value: Any) -> None:
    if text == "some(1)" and value is None:
        with pytest.raises(WaveError, match="expected variant, found '1'"):
            wave.parse(text, of)
        return
    found = wave.parse(text, of)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("value", "of", "text"),
    [
        (1.0, Prim.F32, "1"),
        (-0.0, Prim.F64, "-0"),
        (0.10000000149011612, Prim.F32, "0.1"),
        (0.1, Prim.F64, "0.1"),
        (1e300, Prim.F64, "1e+300"),
        ("\u200b\x7f\n", Prim.STRING, '"\\u{200b}\\u{7f}\\n"'),
        ("it's", Prim.STRING, '"it\'s"'),
        (b"\0\xff", List(Prim.U8), "[0, 255]"),
        ({"name": "a", "age": None, "tags": []}, PERSON, '{name: "a", tags: []}'),
        ({"a": None}, Record((("a", Option(Prim.U8)),)), "{:}"),
        (frozenset({"b", "a"}), Flags(("b", "a", "c")), "{b, a}"),
        (Case("none"), SHAPE, "%none"),
        ("true", Enum(("true",)), "%true"),
        (Some(None), Option(Option(Prim.U8)), "some(none)"),
        (Ok(None), Result(Option(Prim.U8), None), "ok(none)"),
        (Err(), UNIT, "err"),
        (Handle("urn:worker:x/n", 3), Own("r"), '"urn:worker:x/n/3"'),
    ],
)
def test_the_way_values_are_written(value: Any, of: Type, text: str) -> None:
    assert wave.format(value, of) == text


@pytest.mark.parametrize(
    ("text", "of", "message"),
    [
        ("", Prim.U8, "column 1: expected a value, found the end"),
        ("256", Prim.U8, r"column 1: expected u8 \(0 to 255\), found 256"),
        ("-1", Prim.U64, "expected u64"),
        ("9" * 5000, Prim.U64, "expected u64"),
        ("1.5", Prim.S32, "column 1: expected s32, found '1.5'"),
        ("1e3", Prim.U32, "expected u32, found '1e3'"),
        ('"1"', Prim.U32, "expected u32, found a string"),
        ("1e999", Prim.F64, "too large for f64"),
        ("1e39", Prim.F32, "too large for f32"),
        ('"inf"', Prim.F64, "expected f64, found a string"),
        ("yes", Prim.BOOL, "expected bool, found 'yes'"),
        ("%true", Prim.BOOL, "expected bool, found '%true'"),
        ("''", Prim.CHAR, "expected one character, found 0"),
        ("'ab'", Prim.CHAR, "expected one character, found 2"),
        ("'\\u{d800}'", Prim.CHAR, "is not a character"),
        ("'\\u{110000}'", Prim.CHAR, "is not a character"),
        ('"\\x"', Prim.STRING, r"unknown escape \\x"),
        ('"a', Prim.STRING, "column 1: expected a value, found '\"' that is never closed"),
        ('"a\nb"', Prim.STRING, "never closed"),
        ("abc", Prim.STRING, "expected string, found 'abc'"),
        ('"""\n  a\n b\n  """', Prim.STRING, "indented less"),
        ('"""\nabc"""', Prim.STRING, "end with a line of spaces"),
        ("[1, 2", List(Prim.U8), "column 6: expected ',' or ']', found the end"),
        ("[1 2]", List(Prim.U8), "column 4: expected ',' or ']', found '2'"),
        ("[1, 300]", List(Prim.U8), "column 5: expected u8"),
        ("[\n1,\n 300]", List(Prim.U8), "line 3, column 2: expected u8"),
        ("(1)", List(Prim.U8), "expected list<u8>, found a tuple"),
        ("(1, 2, 3)", Tuple((Prim.U8, Prim.U8)), "expected 2 items, found 3"),
        ("1", Tuple((Prim.U8,)), "expected tuple<u8>, found '1'"),
        ("{tags: []}", PERSON, "field name is missing"),
        ('{nam: "a", tags: []}', PERSON, "no field nam; did you mean name?"),
        ('{name: "a", name: "b", tags: []}', PERSON, "field name is given twice"),
        ("{}", PERSON, "expected record, found a flags"),
        ("{name}", PERSON, "expected record"),
        ('{name: 1, "tags": []}', PERSON, "column 11"),
        ("square(1)", SHAPE, "no case square; known: dot, circle, none, box"),
        ("circel(1)", SHAPE, "did you mean circle"),
        ("dot(1)", SHAPE, "case dot has no payload"),
        ("circle", SHAPE, r"case circle needs a payload: circle\(f32\)"),
        ("circle()", SHAPE, "column 8: expected a value, found '\\)'"),
        ("1", SHAPE, "expected variant, found '1'"),
        ("soth", Enum(("north", "south")), "did you mean south"),
        ("north(1)", Enum(("north",)), "expected enum, found a case"),
        ("{run}", Flags(("read",)), "no flag run"),
        ("{read, read}", Flags(("read",)), "flag read is given twice"),
        ("{read: 1}", Flags(("read",)), "expected flags, found a record"),
        ("1", Option(Option(Prim.U8)), r"expected none or some"),
        ("1", Option(TEXT), r"expected none or some"),
        ("some", Option(Prim.U8), "expected u8, found 'some'"),
        ("ok(1)", UNIT, "ok of result has no payload"),
        ("ok", TEXT, r"expected ok\(string\), found ok"),
        ("1", UNIT, "expected ok or err of result"),
        ('"a"', Result(None, Prim.STRING), "expected ok or err of result<_, string>"),
        ('"urn:worker:x"', Own("r"), "expected a handle"),
        ('"x/1"', Own("r"), "expected a handle"),
        (f'"urn:worker:x/n/{2**64}"', Own("r"), "expected a handle's number"),
        ("1", Borrow("r"), "expected borrow<r>, found '1'"),
        ("1 2", Prim.U8, "column 3: expected the end, found '2'"),
        ("@", Prim.U8, "column 1: expected a value, found '@'"),
        ('"\udcff"', Prim.STRING, "column 2: not a Unicode character"),
        ("[" * 100_000, List(Prim.U8), "column 100001"),
        ("[" * 50_000 + "]" * 50_000, List(Prim.U8), "column 2: expected u8, found a list"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_texts_that_are_no_values(text: str, of: Type, message: str) -> None:
    with pytest.raises(WaveError, match=message):
        wave.parse(text, of)


@pytest.mark.parametrize(
    ("value", "of"),
    [
        (1, Prim.BOOL),
        (True, Prim.U8),
        (256, Prim.U8),
        (1, Prim.F64),
        ("ab", Prim.CHAR),
        (1, Prim.STRING),
        ([1], List(Prim.U8)),
        (b"a", List(Prim.U16)),
        (1, Option(Option(Prim.U8))),
        (1, UNIT),
        (Ok(1), UNIT),
        ((1,), Tuple((Prim.U8, Prim.U8))),
        ({"a": 1}, PERSON),
        (Case("x"), SHAPE),
        ("x", Enum(("y",))),
        (frozenset({"x"}), Flags(("y",))),
        ("urn", Own("r")),
    ],
    ids=repr,
)
def test_values_of_another_type_are_not_written(value: Any, of: Type) -> None:
    with pytest.raises(WaveError, match="is not a "):
        wave.format(value, of)


def test_errors_are_errors_of_arguments_and_know_their_place() -> None:
    with pytest.raises(BadArguments) as caught:
        wave.parse("[1,\n x]", List(Prim.U8))
    error = caught.value
    assert isinstance(error, WaveError)
    assert (error.line, error.column, error.problem) == (2, 2, "expected u8, found 'x'")
