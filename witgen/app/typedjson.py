"""Values and types as JSON, in the form of Golem's worker API.

| WIT | JSON |
|---|---|
| bool; integers, f32, f64; string | truth value; number; string |
| char | a string of one character; its number is taken, too |
| list, tuple | array |
| record | object |
| variant | `{"case": payload}`, payload null without one |
| enum; flags | string; array of strings |
| option | null, or the value; of an option in an option `{"some": value}` |
| result | `{"ok": value}` or `{"err": value}` |
| a handle | its URI, `urn:worker:…/number` |

A float that JSON has no number for is the string `NaN`, `Infinity` or `-Infinity`.
"""

from __future__ import annotations

import math
from typing import Any, assert_never

from runtime_shim.values import Case, Err, Handle, Ok, Some, Value
from runtime_shim.values import types as t
from runtime_shim.values.uris import handle_text, split_handle


class Unfit(ValueError):
    """A JSON value does not fit a type; the message says where."""


def parse(value: Any, kind: t.Type, path: str) -> Value:
    """Convert a JSON value.

    Args:
        value: What `json.loads` gave.
        kind: Its type.
        path: Its place, for messages.

    Raises:
        Unfit: It has another shape. The host checks ranges of numbers.
    """
    match kind:
        case t.Prim():
            return _prim(value, kind, path)
        case t.List(t.Prim.U8):
            numbers = [_prim(item, t.Prim.U8, path) for item in _items(value, path)]
            if any(not 0 <= number <= 255 for number in numbers):
                raise Unfit(f"{path} must be numbers from 0 to 255")
            return bytes(numbers)
        case t.List(item):
            listed = _items(value, path)
            return [parse(one, item, f"{path}[{i}]") for i, one in enumerate(listed)]
        case t.Tuple(items):
            listed = _items(value, path)
            if len(listed) != len(items):
                raise Unfit(f"{path} must have {len(items)} items, not {len(listed)}")
            pairs = enumerate(zip(listed, items, strict=True))
            return tuple(parse(one, inner, f"{path}[{i}]") for i, (one, inner) in pairs)
        case t.Option(item):
            if value is None:
                return None
            if isinstance(item, t.Option):
                _, given = _single(value, ("some",), path)
                return Some(parse(given, item, path))
            return parse(value, item, path)
        case t.Record(fields):
            return _record(value, fields, path)
        case t.Result(ok, err):
            name, payload = _single(value, ("ok", "err"), path)
            made = _payload(payload, ok if name == "ok" else err, f"{path}.{name}")
            return Ok(made) if name == "ok" else Err(made)
        case t.Variant(cases):
            known = dict(cases)
            name, payload = _single(value, tuple(known), path)
            return Case(name, _payload(payload, known[name], f"{path}.{name}"))
        case t.Enum(names):
            return _name(value, names, path)
        case t.Flags(names):
            return frozenset(_name(one, names, path) for one in _items(value, path))
        case t.Own() | t.Borrow():
            found = split_handle(value) if isinstance(value, str) else None
            uri, number = found or ("", "")
            if not number.isdecimal() or not number.isascii():
                raise Unfit(f"{path} must be the handle of a resource, `urn:worker:…/number`")
            return Handle(uri, int(number[:20]))
        case _:
            assert_never(kind)


def _prim(value: Any, kind: t.Prim, path: str) -> Value:
    if kind is t.Prim.BOOL:
        fits = isinstance(value, bool)
    elif kind is t.Prim.STRING:
        fits = isinstance(value, str)
    elif kind is t.Prim.CHAR:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 0x10FFFF:
            value = chr(value)
        fits = isinstance(value, str) and len(value) == 1
    elif kind in {t.Prim.F32, t.Prim.F64}:
        if value in ("NaN", "Infinity", "-Infinity"):
            return float(value.replace("Infinity", "inf"))
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        try:
            value = float(value) if fits else value
        except OverflowError:
            fits = False
    else:
        fits = isinstance(value, int) and not isinstance(value, bool)
    if not fits:
        raise Unfit(f"{path} must be {kind.value}, not `{value!r:.60}`")
    return value


def _items(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise Unfit(f"{path} must be an array")
    return value


def _record(value: Any, fields: tuple[tuple[str, t.Type], ...], path: str) -> Value:
    if not isinstance(value, dict):
        raise Unfit(f"{path} must be an object")
    known = dict(fields)
    for name in value:
        if name not in known:
            raise Unfit(f"{path} has no field `{name:.60}`; its fields are {', '.join(known)}")
    made = {}
    for name, kind in fields:
        if name not in value and not isinstance(kind, t.Option):
            raise Unfit(f"{path} lacks the field `{name}`")
        made[name] = parse(value.get(name), kind, f"{path}.{name}")
    return made


def _single(value: Any, names: tuple[str, ...], path: str) -> tuple[str, Any]:
    """The single entry of an object; a plain name means one without a payload."""
    if isinstance(value, str):
        return _name(value, names, path), None
    if not isinstance(value, dict) or len(value) != 1:
        raise Unfit(f"{path} must be an object with one of {', '.join(names)}")
    ((name, payload),) = value.items()
    return _name(name, names, path), payload


def _name(value: Any, names: tuple[str, ...], path: str) -> str:
    if not isinstance(value, str) or value not in names:
        raise Unfit(f"{path} must be one of {', '.join(names)}, not `{value!r:.60}`")
    return value


def _payload(value: Any, kind: t.Type | None, path: str) -> Value:
    if kind is None:
        if value is not None:
            raise Unfit(f"{path} takes no value")
        return None
    return parse(value, kind, path)


def plain(value: Value, kind: t.Type) -> Any:
    """Convert a value for `json.dumps`."""
    match kind:
        case t.Prim.F32 | t.Prim.F64:
            if math.isfinite(value):
                return value
            return "NaN" if math.isnan(value) else f"{'-' if value < 0 else ''}Infinity"
        case t.Prim():
            return value
        case t.List(item):
            return [plain(one, item) for one in value]
        case t.Tuple(items):
            return [plain(one, inner) for one, inner in zip(value, items, strict=True)]
        case t.Option(item):
            if isinstance(value, Some):
                return {"some": plain(value.value, item)}
            return None if value is None else plain(value, item)
        case t.Record(fields):
            return {name: plain(value[name], inner) for name, inner in fields}
        case t.Result(ok, err):
            name, inner = ("ok", ok) if isinstance(value, Ok) else ("err", err)
            return {name: None if inner is None else plain(value.value, inner)}
        case t.Variant(cases):
            payload = dict(cases)[value.name]
            return {value.name: None if payload is None else plain(value.value, payload)}
        case t.Enum():
            return value
        case t.Flags(names):
            return [name for name in names if name in value]
        case t.Own() | t.Borrow():
            return handle_text(value)
        case _:
            assert_never(kind)


def described(kind: t.Type) -> dict[str, Any]:
    """A type as Golem's API describes it."""
    match kind:
        case t.Prim.STRING:
            return {"type": "Str"}
        case t.Prim.CHAR:
            return {"type": "Chr"}
        case t.Prim():
            return {"type": kind.value.capitalize()}
        case t.List(item):
            return {"type": "List", "inner": described(item)}
        case t.Tuple(items):
            return {"type": "Tuple", "items": [described(item) for item in items]}
        case t.Option(item):
            return {"type": "Option", "inner": described(item)}
        case t.Record(fields):
            made = [{"name": name, "typ": described(inner)} for name, inner in fields]
            return {"type": "Record", "fields": made}
        case t.Result(ok, err):
            sides = {"ok": ok, "err": err}
            return {"type": "Result"} | {n: s and described(s) for n, s in sides.items()}
        case t.Variant(cases):
            named = [{"name": name, "typ": inner and described(inner)} for name, inner in cases]
            return {"type": "Variant", "cases": named}
        case t.Enum(names):
            return {"type": "Enum", "cases": list(names)}
        case t.Flags(names):
            return {"type": "Flags", "names": list(names)}
        case t.Own() | t.Borrow():
            mode = "owned" if isinstance(kind, t.Own) else "borrowed"
            return {"type": "Handle", "resource": kind.resource, "mode": mode}
        case _:
            assert_never(kind)
