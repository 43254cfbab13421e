"""Does a value fit a type? The slow half of the converters: it explains errors, and takes subclasses.

The converters check while converting, by exact types, and fail without a place. Then this module finds
the reason, or the value is one of a subclass (an `IntEnum`, a `NamedTuple`), for which its base is passed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any, assert_never

from runtime_shim.errors import BadArguments, BadValue
from runtime_shim.values import NO_OBJECTS, Case, Err, Handle, Ok, Some, Value
from runtime_shim.values import types as t
from runtime_shim.values.types import INTEGERS


def check_arguments(
    function: str, ty: t.FunctionType, args: tuple[Value, ...]
) -> tuple[Value, ...]:
    """The normal form of `args`.

    Raises:
        BadArguments: they do not fit `ty`; with function, parameter and place.
    """
    if len(args) != len(ty.params):
        raise BadArguments(
            f"{function} takes {len(ty.params)} arguments "
            f"({', '.join(name for name, _ in ty.params)}), {len(args)} given"
        )
    try:
        return tuple(
            check(param, value, name) for (name, param), value in zip(ty.params, args, strict=True)
        )
    except BadValue as error:
        raise BadArguments(f"{function}: {error}") from None


def check(ty: t.Type, value: Value, path: str = "value") -> Value:
    """The normal form of `value` (see `runtime_shim.values`), made of exact types.

    Raises:
        BadValue: it does not fit `ty`.
    """
    match ty:
        case t.Prim():
            return _primitive(ty, value, path)
        case t.List(item):
            if item is t.Prim.U8:
                return _bytes(value, path)
            elements = _base(value, list, "a list", path)
            return [check(item, one, f"{path}[{index}]") for index, one in enumerate(elements)]
        case t.Tuple(items):
            elements = _base(value, tuple, "a tuple", path)
            if len(elements) != len(items):
                raise BadValue(
                    f"{path}: a tuple of {len(items)} is expected, not of {len(elements)}"
                )
            pairs = enumerate(zip(items, elements, strict=True))
            return tuple(check(item, one, f"{path}.{index}") for index, (item, one) in pairs)
        case t.Record(fields):
            return _record(fields, value, path)
        case t.Option(item):
            return _option(item, value, path)
        case t.Result(ok, err):
            if type(value) is Ok:
                return Ok(_payload(ok, value.value, f"{path}.ok"))
            if type(value) is Err:
                return Err(_payload(err, value.value, f"{path}.err"))
            raise BadValue(f"{path}: Ok or Err is expected, not {shown(value)}")
        case t.Variant(cases):
            _exactly(value, Case, "a Case", path)
            for name, payload in cases:
                if name == value.name:
                    return Case(name, _payload(payload, value.value, f"{path}.{name}"))
            raise BadValue(f"{path}: no case `{value.name}` in {_names(n for n, _ in cases)}")
        case t.Enum(names):
            name = _base(value, str, "a string", path)
            if name not in names:
                raise BadValue(f"{path}: no case `{name}` in {_names(names)}")
            return name
        case t.Flags(names):
            flags = _base(value, frozenset, "a frozenset", path)
            for flag in sorted(map(str, flags)):
                if flag not in names:
                    raise BadValue(f"{path}: no flag `{flag}` in {_names(names)}")
            return frozenset(name for name in names if name in flags)
        case t.Own(_, True) | t.Borrow(_, True):
            if type(value) in NO_OBJECTS:
                raise BadValue(f"{path}: a `{ty.resource}` is expected, not {shown(value)}")
            return value
        case t.Own() | t.Borrow():
            _exactly(value, Handle, f"a handle of `{ty.resource}`", path)
            uri = _text(t.Prim.STRING, value.uri, f"{path}.uri")
            return Handle(uri, _primitive(t.Prim.U64, value.id, f"{path}.id"))
        case _:
            assert_never(ty)


_BASES: dict[type, Any] = {
    int: int.__int__,
    float: float.__float__,
    str: str.__str__,
    bytes: bytes,
    list: list,
    tuple: tuple,
    dict: dict,
    frozenset: frozenset,
}
"""What makes a value of the base from one of a subclass, whatever the subclass overrides."""


def _base(value: Value, kind: type, what: str, path: str) -> Any:
    """The value, or that of its base class; a bool is not an integer."""
    if type(value) is kind:
        return value
    if not isinstance(value, kind) or type(value) is bool:
        raise BadValue(f"{path}: {what} is expected, not {shown(value)}")
    return _BASES[kind](value)


def _exactly(value: Value, kind: type, what: str, path: str) -> None:
    if type(value) is not kind:
        raise BadValue(f"{path}: {what} is expected, not {shown(value)}")


def shown(value: object) -> str:
    """A value in a message, whatever it is."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  # `__repr__` is anybody's, and a number may be too long
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _primitive(ty: t.Prim, value: Value, path: str) -> Value:
    bounds = INTEGERS.get(ty)
    if bounds is not None:
        number = _base(value, int, "an integer", path)
        if not bounds[0] <= number <= bounds[1]:
            raise BadValue(f"{path}: {shown(number)} is out of the range of {ty}")
        return number
    if ty is t.Prim.BOOL:
        _exactly(value, bool, "a bool", path)
        return value
    if ty is t.Prim.F64:
        return _base(value, float, "a float", path)
    if ty is t.Prim.F32:
        number = _base(value, float, "a float", path)
        try:
            struct.pack("<f", number)
        except OverflowError:
            raise BadValue(f"{path}: {number!r} is out of the range of f32") from None
        return number
    return _text(ty, value, path)


def _text(ty: t.Prim, value: Value, path: str) -> str:
    text: str = _base(value, str, "a string", path)
    if ty is t.Prim.CHAR and len(text) != 1:
        raise BadValue(f"{path}: a char is one character, not {len(text)}")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadValue(f"{path}: a lone surrogate is not a Unicode scalar value") from None
    return text


def _bytes(value: Value, path: str) -> bytes:
    if isinstance(value, memoryview | bytearray):
        try:
            octets = memoryview(value)
            if octets.itemsize == 1:
                return octets.tobytes()
        except ValueError:  # released
            pass
    return _base(value, bytes, "bytes", path)  # type: ignore[no-any-return]  # its second argument


def _record(fields: tuple[tuple[str, t.Type], ...], value: Value, path: str) -> Value:
    record = _base(value, dict, "a dict", path)
    names = [name for name, _ in fields]
    for name in record:
        if name not in names:
            raise BadValue(f"{path}: no field `{name}` in {_names(names)}")
    for name in names:
        if name not in record:
            raise BadValue(f"{path}: the field `{name}` is missing")
    return {name: check(ty, record[name], f"{path}.{name}") for name, ty in fields}


def _option(item: t.Type, value: Value, path: str) -> Value:
    if value is None:
        return None
    if not isinstance(item, t.Option):
        return check(item, value, path)
    _exactly(value, Some, "None or Some", path)
    return Some(check(item, value.value, f"{path}.some"))


def _payload(ty: t.Type | None, value: Value, path: str) -> Value:
    if ty is not None:
        return check(ty, value, path)
    if value is not None:
        raise BadValue(f"{path}: no payload is expected, not {shown(value)}")
    return None
