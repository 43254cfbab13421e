"""Does a value fit a type? The slow half of the converters, which explains errors.

The converters check while converting but fail without a place; then this module finds the reason.
"""

from __future__ import annotations

import struct
from typing import assert_never

from runtime_shim.errors import BadArguments, BadValue
from runtime_shim.values import NO_OBJECTS, Case, Err, Handle, Ok, Some, Value
from runtime_shim.values import types as t
from runtime_shim.values.types import INTEGERS


def check_arguments(function: str, ty: t.FunctionType, args: tuple[Value, ...]) -> None:
    """Raise `BadArguments`, naming function, parameter and place, unless `args` fit `ty`."""
    if len(args) != len(ty.params):
        raise BadArguments(
            f"{function} takes {len(ty.params)} arguments "
            f"({', '.join(name for name, _ in ty.params)}), {len(args)} given"
        )
    for (name, param), value in zip(ty.params, args, strict=True):
        try:
            check(param, value, name)
        except BadValue as error:
            raise BadArguments(f"{function}: {error}") from None


def check(ty: t.Type, value: Value, path: str = "value") -> None:
    """Raise `BadValue` unless `value` is a normal form of `ty` (see `runtime_shim.values`)."""
    match ty:
        case t.Prim():
            _primitive(ty, value, path)
        case t.List(item):
            if item is t.Prim.U8:
                _expect(value, bytes, "bytes", path)
                return
            _expect(value, list, "a list", path)
            for index, element in enumerate(value):
                check(item, element, f"{path}[{index}]")
        case t.Tuple(items):
            _expect(value, tuple, "a tuple", path)
            if len(value) != len(items):
                raise BadValue(f"{path}: a tuple of {len(items)} is expected, not of {len(value)}")
            for index, (item, element) in enumerate(zip(items, value, strict=True)):
                check(item, element, f"{path}.{index}")
        case t.Record(fields):
            _record(fields, value, path)
        case t.Option(item):
            _option(item, value, path)
        case t.Result(ok, err):
            if not isinstance(value, Ok | Err):
                raise BadValue(f"{path}: Ok or Err is expected, not {_show(value)}")
            side = "ok" if isinstance(value, Ok) else "err"
            _payload(ok if side == "ok" else err, value.value, f"{path}.{side}")
        case t.Variant(cases):
            _expect(value, Case, "a Case", path)
            for name, payload in cases:
                if name == value.name:
                    _payload(payload, value.value, f"{path}.{name}")
                    return
            raise BadValue(f"{path}: no case `{value.name}` in {_names(n for n, _ in cases)}")
        case t.Enum(names):
            _expect(value, str, "a string", path)
            if value not in names:
                raise BadValue(f"{path}: no case `{value}` in {_names(names)}")
        case t.Flags(names):
            _expect(value, frozenset, "a frozenset", path)
            for flag in sorted(map(str, value)):
                if flag not in names:
                    raise BadValue(f"{path}: no flag `{flag}` in {_names(names)}")
        case t.Own(_, True) | t.Borrow(_, True):
            _hosted(ty, value, path)
        case t.Own() | t.Borrow():
            _expect(value, Handle, f"a handle of `{ty.resource}`", path)
            _text(t.Prim.STRING, value.uri, f"{path}.uri")
            _primitive(t.Prim.U64, value.id, f"{path}.id")
        case _:
            assert_never(ty)


def _hosted(ty: t.Own | t.Borrow, value: Value, path: str) -> None:
    if type(value) in NO_OBJECTS:
        raise BadValue(f"{path}: a `{ty.resource}` is expected, not {_show(value)}")


def _expect(value: Value, kind: type, what: str, path: str) -> None:
    if type(value) is not kind:
        raise BadValue(f"{path}: {what} is expected, not {_show(value)}")


def _show(value: Value) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _names(names: object) -> str:
    return ", ".join(f"`{name}`" for name in names)  # type: ignore[attr-defined]  # any iterable


def _primitive(ty: t.Prim, value: Value, path: str) -> None:
    bounds = INTEGERS.get(ty)
    if bounds is not None:
        _expect(value, int, "an integer", path)
        if not bounds[0] <= value <= bounds[1]:
            raise BadValue(f"{path}: {_show(value)} is out of the range of {ty}")
    elif ty is t.Prim.BOOL:
        _expect(value, bool, "a bool", path)
    elif ty is t.Prim.F64:
        _expect(value, float, "a float", path)
    elif ty is t.Prim.F32:
        _expect(value, float, "a float", path)
        try:
            struct.pack("<f", value)
        except OverflowError:
            raise BadValue(f"{path}: {value!r} is out of the range of f32") from None
    else:
        _text(ty, value, path)


def _text(ty: t.Prim, value: Value, path: str) -> None:
    _expect(value, str, "a string", path)
    if ty is t.Prim.CHAR and len(value) != 1:
        raise BadValue(f"{path}: a char is one character, not {len(value)}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadValue(f"{path}: a lone surrogate is not a Unicode scalar value") from None


def _record(fields: tuple[tuple[str, t.Type], ...], value: Value, path: str) -> None:
    _expect(value, dict, "a dict", path)
    names = [name for name, _ in fields]
    for name in value:
        if name not in names:
            raise BadValue(f"{path}: no field `{name}` in {_names(names)}")
    for name, ty in fields:
        if name not in value:
            raise BadValue(f"{path}: the field `{name}` is missing")
        check(ty, value[name], f"{path}.{name}")


def _option(item: t.Type, value: Value, path: str) -> None:
    if value is None:
        return
    if isinstance(item, t.Option):
        _expect(value, Some, "None or Some", path)
        check(item, value.value, f"{path}.some")
    else:
        check(item, value, path)


def _payload(ty: t.Type | None, value: Value, path: str) -> None:
    if ty is not None:
        check(ty, value, path)
    elif value is not None:
        raise BadValue(f"{path}: no payload is expected, not {_show(value)}")
