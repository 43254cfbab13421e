"""Compiled checks: does a value fit its type? Yes or no, quickly; `check` explains why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from runtime_shim.errors import BadValue
from runtime_shim.values import NO_OBJECTS, Case, Err, Handle, Ok, Some, Value
from runtime_shim.values import types as t
from runtime_shim.values.types import INTEGERS

Fits = Callable[[Value], bool]


def predicate(ty: t.Type) -> Fits:
    """Whether a value is a normal form of `ty`."""
    match ty:
        case t.Prim():
            return _primitive(ty)
        case t.List(item):
            if item is t.Prim.U8:
                return lambda value: type(value) is bytes
            fits = predicate(item)
            return lambda value: type(value) is list and all(map(fits, value))
        case t.Tuple(items):
            return _tuple([predicate(item) for item in items])
        case t.Record(fields):
            return _record([(name, predicate(item)) for name, item in fields])
        case t.Option(item):
            fits = predicate(item)
            if isinstance(item, t.Option):
                return lambda value: value is None or (type(value) is Some and fits(value.value))
            return lambda value: value is None or fits(value)
        case t.Result(ok, err):
            good, bad = _payload(ok), _payload(err)
            return lambda value: (
                good(value.value) if type(value) is Ok else type(value) is Err and bad(value.value)
            )
        case t.Variant(cases):
            known = {name: _payload(item) for name, item in cases}
            return lambda value: (
                type(value) is Case
                and type(value.name) is str
                and value.name in known
                and known[value.name](value.value)
            )
        case t.Enum(names):
            allowed = frozenset(names)
            return lambda value: type(value) is str and value in allowed
        case t.Flags(names):
            allowed = frozenset(names)
            return lambda value: type(value) is frozenset and value <= allowed
        case t.Own(_, True) | t.Borrow(_, True):
            return lambda value: type(value) not in NO_OBJECTS
        case t.Own() | t.Borrow():
            numbered = _primitive(t.Prim.U64)
            return lambda value: (
                type(value) is Handle and numbered(value.id) and _is_string(value.uri)
            )
        case _:
            assert_never(ty)


def _primitive(ty: t.Prim) -> Fits:
    if ty in INTEGERS:
        low, high = INTEGERS[ty]
        return lambda value: type(value) is int and low <= value <= high
    if ty is t.Prim.BOOL:
        return lambda value: value is True or value is False
    if ty is t.Prim.F64:
        return lambda value: type(value) is float
    if ty is t.Prim.STRING:
        return _is_string
    exact = float if ty is t.Prim.F32 else str
    return lambda value: type(value) is exact and _checked(ty, value)


def _is_string(value: Value) -> bool:
    # ASCII strings have no lone surrogates, and know that they are ASCII.
    return type(value) is str and (value.isascii() or _checked(t.Prim.STRING, value))


def _checked(ty: t.Type, value: Value) -> bool:
    from runtime_shim.values.check import check

    try:
        check(ty, value)
    except BadValue:
        return False
    return True


def _payload(ty: t.Type | None) -> Fits:
    return (lambda value: value is None) if ty is None else predicate(ty)


def _tuple(items: list[Fits]) -> Fits:
    """Most functions take one or two parameters: these are checked without a loop."""
    match items:
        case [one]:
            return lambda value: type(value) is tuple and len(value) == 1 and one(value[0])
        case [one, two]:
            return lambda value: (
                type(value) is tuple and len(value) == 2 and one(value[0]) and two(value[1])
            )
    count = len(items)

    def fits_all(value: Value) -> bool:
        if type(value) is not tuple or len(value) != count:
            return False
        for fits, element in zip(items, value, strict=True):  # noqa: SIM110 -- every call's way
            if not fits(element):
                return False
        return True

    return fits_all


def _record(fields: list[tuple[str, Fits]]) -> Fits:
    names = [name for name, _ in fields]
    return lambda value: (
        type(value) is dict
        and [*value] == names
        and all(fits(value[name]) for name, fits in fields)
    )
