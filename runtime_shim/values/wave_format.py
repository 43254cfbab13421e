"""Values to WAVE text."""

from __future__ import annotations

import math
import struct
from typing import assert_never

from runtime_shim.errors import WaveError
from runtime_shim.values import Case, Err, Handle, Ok, Some, Value
from runtime_shim.values import types as t
from runtime_shim.values.types import INTEGERS, Prim, Type
from runtime_shim.values.uris import handle_text

KEYWORDS = frozenset({"true", "false", "inf", "nan", "some", "none", "ok", "err"})
ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def describe(type_: Type) -> str:
    """A type as shown in messages."""
    match type_:
        case Prim():
            return str(type_)
        case t.List(item):
            return f"list<{describe(item)}>"
        case t.Option(item):
            return f"option<{describe(item)}>"
        case t.Result(None, None):
            return "result"
        case t.Result(ok, None):
            return f"result<{_optional(ok)}>"
        case t.Result(ok, err):
            return f"result<{_optional(ok)}, {_optional(err)}>"
        case t.Tuple(items):
            return f"tuple<{', '.join(map(describe, items))}>"
        case t.Record():
            return "record"
        case t.Variant():
            return "variant"
        case t.Enum():
            return "enum"
        case t.Flags():
            return "flags"
        case t.Own(resource):
            return f"own<{resource}>"
        case t.Borrow(resource):
            return f"borrow<{resource}>"
        case _:
            assert_never(type_)


def _optional(type_: Type | None) -> str:
    return "_" if type_ is None else describe(type_)


def format_value(value: Value, type_: Type) -> str:
    """The text of a value.

    Raises:
        WaveError: the value is not of that type.
    """
    match type_:
        case Prim():
            return _primitive(value, type_)
        case t.List(item):
            _expect(isinstance(value, bytes if item is Prim.U8 else list), value, type_)
            return f"[{', '.join(format_value(one, item) for one in value)}]"
        case t.Option(item):
            if value is None:
                return "none"
            return f"some({format_value(_inner(value, type_, item), item)})"
        case t.Result(ok, err):
            return _result(value, type_, ok, err)
        case t.Tuple(items):
            _expect(type(value) is tuple and len(value) == len(items), value, type_)
            return f"({', '.join(map(format_value, value, items))})"
        case t.Record(fields):
            return _record(value, type_, fields)
        case t.Variant(cases):
            _expect(isinstance(value, Case) and value.name in dict(cases), value, type_)
            return _case(_label(value.name), value.value, dict(cases)[value.name], type_)
        case t.Enum(cases):
            _expect(value in cases, value, type_)
            return _label(value)
        case t.Flags(names):
            _expect(isinstance(value, frozenset) and value.issubset(names), value, type_)
            return f"{{{', '.join(name for name in names if name in value)}}}"
        case t.Own() | t.Borrow():
            _expect(isinstance(value, Handle), value, type_)
            return _quoted(handle_text(value))
        case _:
            assert_never(type_)


def format_untyped(value: Value) -> str:
    """The text of a value of unknown type, for people: close to WAVE, never parsed.

    Bytes are `b"…"`, as in Python; enum cases cannot be distinguished from strings.
    """
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value)
        case float():
            return _float(value, single=False)
        case bytes():
            return "b" + _quoted(value.decode("latin-1")) if value.isascii() else repr(value)
        case list():
            return f"[{', '.join(map(format_untyped, value))}]"
        case tuple():
            return f"({', '.join(map(format_untyped, value))})"
        case dict():
            fields = ", ".join(f"{name}: {format_untyped(item)}" for name, item in value.items())
            return f"{{{fields or ':'}}}"
        case frozenset():
            return f"{{{', '.join(sorted(value))}}}"
        case Case(name, payload):
            return _label(name) if payload is None else f"{name}({format_untyped(payload)})"
        case Some(inner) | Ok(inner) | Err(inner):
            label = type(value).__name__.lower()
            return label if inner is None else f"{label}({format_untyped(inner)})"
        case Handle():
            return _quoted(handle_text(value))
        case _:
            return str(value)


def _expect(fits: bool, value: Value, type_: Type) -> None:
    if not fits:
        raise WaveError(f"{value!r:.60} is not a {describe(type_)}")


def _inner(value: Value, type_: Type, item: Type) -> Value:
    if not isinstance(item, t.Option):
        return value
    _expect(isinstance(value, Some), value, type_)
    return value.value


def _result(value: Value, type_: Type, ok: Type | None, err: Type | None) -> str:
    _expect(isinstance(value, (Ok, Err)), value, type_)
    if isinstance(value, Ok):
        return _case("ok", value.value, ok, type_)
    return _case("err", value.value, err, type_)


def _case(label: str, payload: Value, of: Type | None, type_: Type) -> str:
    if of is None:
        _expect(payload is None, payload, type_)
        return label
    return f"{label}({format_value(payload, of)})"


def _record(value: Value, type_: Type, fields: tuple[tuple[str, Type], ...]) -> str:
    _expect(isinstance(value, dict) and value.keys() == dict(fields).keys(), value, type_)
    present = [
        f"{name}: {format_value(value[name], of)}"
        for name, of in fields
        if not (isinstance(of, t.Option) and value[name] is None)
    ]
    return f"{{{', '.join(present) or ':'}}}"


def _label(name: str) -> str:
    return f"%{name}" if name in KEYWORDS else name


def _primitive(value: Value, type_: Prim) -> str:
    match type_:
        case Prim.BOOL:
            _expect(type(value) is bool, value, type_)
            return "true" if value else "false"
        case Prim.F32 | Prim.F64:
            _expect(type(value) is float, value, type_)
            return _float(value, single=type_ is Prim.F32)
        case Prim.CHAR:
            _expect(isinstance(value, str) and len(value) == 1, value, type_)
            return "'" + "".join("\\'" if c == "'" else _escaped(c) for c in value) + "'"
        case Prim.STRING:
            _expect(isinstance(value, str), value, type_)
            return _quoted(value)
        case _:
            low, high = INTEGERS[type_]
            _expect(type(value) is int and low <= value <= high, value, type_)
            return str(value)


def _quoted(text: str) -> str:
    return '"' + "".join('\\"' if c == '"' else _escaped(c) for c in text) + '"'


def _escaped(character: str) -> str:
    if character.isprintable() and character != "\\":
        return character
    return ESCAPES.get(character) or f"\\u{{{ord(character):x}}}"


def _float(value: float, *, single: bool) -> str:
    """The shortest text that reads as the same number; whole numbers without a point."""
    if math.isnan(value) or math.isinf(value):
        return "nan" if math.isnan(value) else str(value)
    text = repr(value)
    if single:
        texts = (f"{value:.{digits}g}" for digits in range(6, 10))
        text = next((short for short in texts if to_f32(float(short)) == value), text)
    return text.removesuffix(".0")


def to_f32(value: float) -> float:
    """The nearest single-precision number.

    Raises:
        OverflowError: it would be infinite.
    """
    [nearest] = struct.unpack("<f", struct.pack("<f", value))
    return float(nearest)
