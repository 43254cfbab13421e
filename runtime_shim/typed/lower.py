"""From the values that a program has to their normal form, which the host then checks.

What lowers a type is made once for it. A type whose values are in normal form already, as far as a type
checker sees, has none: the host takes subclasses for their bases, and refuses the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, assert_never

from runtime_shim.errors import ResourceGone
from runtime_shim.typed.held import Held
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
from runtime_shim.typed.seams import ASYNC, asynchronous
from runtime_shim.typed.shapes import attributes, builder, tuple_getter
from runtime_shim.values import Case, Err, Ok, Some, Value
from runtime_shim.values.check import shown
from runtime_shim.values.types import Prim

Lower = Callable[[Any, list[Held]], Value]
"""Converts a value; what it gives away is added to the list."""

MOST_FLAGS = 256
"""How many values of a flags type are remembered."""

_TEXTS = (str, bytes, bytearray, memoryview)


class Misfit(Exception):
    """A value that is not of its type.

    Attributes:
        path: Where it is, from where the exception is.
        message: What is wrong with it.
    """

    def __init__(self, wanted: str, value: object, reason: str = "") -> None:
        self.path = ""
        self.message = f"{wanted} is expected, not {shown(value)}"
        self.message += f" ({reason})" if reason else ""

    def inside(self, part: str) -> Misfit:
        """The same, seen from what the value is a part of."""
        self.path = part + self.path
        return self


@cache
def lowerer(kind: Kind) -> Lower | None:
    """What lowers the values of a type; None if nothing has to be done."""
    match kind:
        case Prim.F32 | Prim.F64:
            return _float
        case Prim():
            return None
        case ListOf():
            return None if kind.item is Prim.U8 else _list(lowerer(kind.item))
        case OptionOf():
            return _option(lowerer(kind.item), nested=isinstance(kind.item, OptionOf))
        case ResultOf():
            return _result(_payload(kind.ok), _payload(kind.err))
        case TupleOf():
            return _tuple([lowerer(item) for item in kind.items])
        case RecordOf():
            return _record(kind.of, [(name, lowerer(item)) for name, item in kind.fields])
        case VariantOf():
            return _variant(kind)
        case EnumOf():
            return _enum(kind)
        case FlagsOf():
            return _flags(kind)
        case HandleOf():
            return _handle(kind)
        case HostedBy():
            return _hosted(kind)
        case _:
            assert_never(kind)


def _payload(kind: Kind | None) -> Lower | None:
    return None if kind is None else lowerer(kind)


def _float(value: Any, given: list[Held]) -> Value:
    if type(value) is float:
        return value
    if not isinstance(value, int) or isinstance(value, bool):
        return value  # a float's subclass, or wrong: the host knows
    try:
        return float(value)  # an int is a float to type checkers only
    except OverflowError:
        raise Misfit("a float", value) from None


def _list(item: Lower | None) -> Lower:
    def lower(value: Any, given: list[Held]) -> Value:
        if type(value) is not list:
            if not isinstance(value, Sequence) or isinstance(value, _TEXTS):
                raise Misfit("a list", value)
            value = list(value)
        if item is None:
            return value.copy()
        try:
            return [item(element, given) for element in value]
        except Misfit as error:
            raise error.inside(f"[{_which(item, value)}]") from None

    return lower


def _which(item: Lower, values: list[Any]) -> int:
    """The first of these values that does not fit."""
    for index, value in enumerate(values):
        try:
            item(value, [])
        except Misfit:
            return index
    return len(values)


def _option(item: Lower | None, *, nested: bool) -> Lower | None:
    if item is None:
        return None
    if not nested:
        return lambda value, given: None if value is None else item(value, given)

    def lower(value: Any, given: list[Held]) -> Value:
        if value is None:
            return None
        if not isinstance(value, Some):
            raise Misfit("None or Some", value)
        try:
            return Some(item(value.value, given))
        except Misfit as error:
            raise error.inside(".some") from None

    return lower


def _result(ok: Lower | None, err: Lower | None) -> Lower | None:
    if ok is None and err is None:
        return None

    def lower(value: Any, given: list[Held]) -> Value:
        is_ok = isinstance(value, Ok)
        if not is_ok and not isinstance(value, Err):
            raise Misfit("Ok or Err", value)
        item = ok if is_ok else err
        if item is None:
            return value
        try:
            payload = item(value.value, given)
        except Misfit as error:
            raise error.inside(".ok" if is_ok else ".err") from None
        return Ok(payload) if is_ok else Err(payload)

    return lower


def _tuple(items: list[Lower | None]) -> Lower | None:
    if not any(items):
        return None

    def lower(value: Any, given: list[Held]) -> Value:
        if not isinstance(value, tuple) or len(value) != len(items):
            raise Misfit(f"a tuple of {len(items)}", value)
        found: list[Value] = []
        try:
            for item, element in zip(items, value, strict=True):
                found.append(element if item is None else item(element, given))
        except Misfit as error:
            raise error.inside(f".{len(found)}") from None
        return tuple(found)

    return lower


def _record(of: type, fields: list[tuple[str, Lower | None]]) -> Lower:
    names = [name for name, _ in fields]
    floats = [index for index, (_, item) in enumerate(fields) if item is _float]
    parts = [
        (index, item)
        for index, (_, item) in enumerate(fields)
        if item is not None and item is not _float
    ]
    get, build = tuple_getter(attrgetter, attributes(of)), builder(names)

    def lower(value: Any, given: list[Held]) -> Value:
        if type(value) is not of and not isinstance(value, of):
            raise Misfit(of.__name__, value)
        found, index = [*get(value)], 0
        try:
            for index in floats:
                if type(found[index]) is not float:  # most are: no call is needed
                    found[index] = _float(found[index], given)
            for index, item in parts:
                found[index] = item(found[index], given)
        except Misfit as error:
            raise error.inside(f".{names[index]}") from None
        return build(found)

    return lower


def _variant(kind: VariantOf) -> Lower:
    known = {of: (name, _payload(item), item is None) for name, of, item in kind.cases}

    def lower(value: Any, given: list[Held]) -> Value:
        entry = known.get(type(value))
        if entry is None:
            entry = next((known[of] for of in known if isinstance(value, of)), None)
            if entry is None:
                raise Misfit(f"a case of `{kind.name}`", value)
        name, item, empty = entry
        if empty:
            return Case(name)
        if item is None:
            return Case(name, value.value)
        try:
            return Case(name, item(value.value, given))
        except Misfit as error:
            raise error.inside(f".{name}") from None

    return lower


def _enum(kind: EnumOf) -> Lower:
    of = kind.of

    def lower(value: Any, given: list[Held]) -> Value:
        if type(value) is not of:
            raise Misfit(of.__name__, value)
        return value._value_

    return lower


def _flags(kind: FlagsOf) -> Lower:
    of, bits = kind.of, [(1 << bit, name) for bit, name in enumerate(kind.names)]

    known: dict[int, frozenset[str]] = {}

    def lower(value: Any, given: list[Held]) -> Value:
        if type(value) is not of:
            raise Misfit(of.__name__, value)
        number = value._value_
        names = known.get(number)
        if names is None:
            names = frozenset([name for bit, name in bits if number & bit])
            if len(known) < MOST_FLAGS:
                known[number] = names
        return names

    return lower


def _handle(kind: HandleOf) -> Lower:
    of, owned = kind.of, kind.owned

    def lower(value: Any, given: list[Held]) -> Value:
        if not isinstance(value, of):
            raise Misfit(of.__name__, value)
        handle = value._handle  # noqa: SLF001  # the other half of the class
        if handle is None:
            raise ResourceGone(f"this {type(value).__name__} was dropped or given away")
        if owned:
            given.append(value)
        return handle

    return lower


def _hosted(kind: HostedBy) -> Lower:
    fitting: set[type] = set()

    def lower(value: Any, given: list[Held]) -> Value:
        if type(value) not in fitting:
            problem = "a class" if isinstance(value, type) else lacks(value, kind.methods)
            if problem is not None:
                raise Misfit(f"a `{kind.name}`", value, problem)
            fitting.add(type(value))
        return value

    return lower


def lacks(value: object, methods: Sequence[str]) -> str | None:
    """What keeps an object from being called by these methods, if anything does."""
    name = type(value).__name__
    for method in methods:
        found = getattr(value, method, None)
        if not callable(found):
            return f"{name} has no method `{method}`"
        if asynchronous(found):
            return f"`{name}.{method}` {ASYNC}"
    return None
