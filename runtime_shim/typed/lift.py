"""From the normal form of values to what a program has. What lifts a type is made once for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import itemgetter
from typing import Any, assert_never

from runtime_shim.errors import BadValue
from runtime_shim.typed.kinds import (
    EnumOf,
    FlagsOf,
    HandleOf,
    HostedBy,
    Kind,
    ListOf,
    OptionOf,
    RecordOf,
    ResultOf,
    TupleOf,
    VariantOf,
)
from runtime_shim.typed.lower import MOST_FLAGS
from runtime_shim.typed.shapes import maker, tuple_getter
from runtime_shim.values import Err, Ok, Some, Value
from runtime_shim.values.types import Prim

Lift = Callable[[Value, Any], Any]
"""Converts a value; the other argument is the worker that has the resources in it."""


@cache
def lifter(kind: Kind) -> Lift | None:
    """What lifts the values of a type; None if the normal form is what a program has."""
    match kind:
        case Prim() | HostedBy():
            return None
        case ListOf():
            return None if kind.item is Prim.U8 else _list(lifter(kind.item))
        case OptionOf():
            return _option(lifter(kind.item), nested=isinstance(kind.item, OptionOf))
        case ResultOf():
            return _result(_payload(kind.ok), _payload(kind.err))
        case TupleOf():
            return _tuple([lifter(item) for item in kind.items])
        case RecordOf():
            return _record(kind)
        case VariantOf():
            return _variant(kind)
        case EnumOf():
            return _enum(kind)
        case FlagsOf():
            return _flags(kind)
        case HandleOf():
            return kind.of._of  # noqa: SLF001  # the other half of the class
        case _:
            assert_never(kind)


def _payload(kind: Kind | None) -> Lift | None:
    return None if kind is None else lifter(kind)


def _list(item: Lift | None) -> Lift:
    if item is None:
        return lambda value, remote: list(value)  # the caller's own
    return lambda value, remote: [item(element, remote) for element in value]


def _option(item: Lift | None, *, nested: bool) -> Lift | None:
    if item is None:
        return None
    if nested:
        return lambda value, remote: None if value is None else Some(item(value.value, remote))
    return lambda value, remote: None if value is None else item(value, remote)


def _result(ok: Lift | None, err: Lift | None) -> Lift | None:
    if ok is None and err is None:
        return None

    def lift(value: Value, remote: Any) -> Any:
        is_ok = isinstance(value, Ok)
        item = ok if is_ok else err
        if item is None:
            return value
        payload = item(value.value, remote)
        return Ok(payload) if is_ok else Err(payload)

    return lift


def _tuple(items: list[Lift | None]) -> Lift | None:
    if not any(items):
        return None
    return lambda value, remote: tuple(
        [
            element if item is None else item(element, remote)
            for item, element in zip(items, value, strict=True)
        ]
    )


def _record(kind: RecordOf) -> Lift:
    get = tuple_getter(itemgetter, [name for name, _ in kind.fields])
    lifts = [lifter(item) for _, item in kind.fields]
    parts = [(index, lift) for index, lift in enumerate(lifts) if lift is not None]
    made = maker(kind.of)
    if not parts:
        return lambda value, remote: made(get(value))

    def lift(value: Value, remote: Any) -> Any:
        found = [*get(value)]
        for index, item in parts:
            found[index] = item(found[index], remote)
        return made(found)

    return lift


def _variant(kind: VariantOf) -> Lift:
    known: dict[str, tuple[Callable[..., Any], Lift | None, bool]] = {
        name: (of, _payload(item), item is None) for name, of, item in kind.cases
    }

    def lift(value: Value, remote: Any) -> Any:
        entry = known.get(value.name)
        if entry is None:
            raise BadValue(f"no case `{value.name}` of `{kind.name}`")
        of, item, empty = entry
        if empty:
            return of()
        return of(value.value if item is None else item(value.value, remote))

    return lift


def _flags(kind: FlagsOf) -> Lift:
    of, bits = kind.of, {name: 1 << bit for bit, name in enumerate(kind.names)}
    known: dict[frozenset[str], Any] = {}

    def lift(value: Value, remote: Any) -> Any:
        found = known.get(value)
        if found is None:
            found = of(sum([bits[name] for name in value]))
            if len(known) < MOST_FLAGS:
                known[value] = found
        return found

    return lift


def _enum(kind: EnumOf) -> Lift:
    known = {member.value: member for member in kind.of}

    def lift(value: Value, remote: Any) -> Any:
        found = known.get(value)
        if found is None:
            raise BadValue(f"no case `{value}` of {kind.of.__name__}")
        return found

    return lift
