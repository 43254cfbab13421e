"""Walking the kinds of types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_never

from witgen.resolve import model as m
from witgen.value import replace

Mapper = Callable[[m.Type], m.Type]


def map_types(kind: m.TypeDefKind, change: Mapper) -> m.TypeDefKind:
    """The kind with each of its types mapped, in order of appearance; handles are kept."""

    def optional(type: m.Type | None) -> m.Type | None:
        return None if type is None else change(type)

    match kind:
        case m.Record(fields):
            return m.Record(tuple(replace(f, type=change(f.type)) for f in fields))
        case m.Variant(cases):
            return m.Variant(tuple(replace(c, type=optional(c.type)) for c in cases))
        case m.Tuple(types):
            return m.Tuple(tuple(change(type) for type in types))
        case m.Option(type):
            return m.Option(change(type))
        case m.Result(ok, err):
            return m.Result(optional(ok), optional(err))
        case m.List(type):
            return m.List(change(type))
        case m.FixedLengthList(type, length):
            return m.FixedLengthList(change(type), length)
        case m.Map(key, value):
            return m.Map(change(key), change(value))
        case m.Future(payload):
            return m.Future(optional(payload))
        case m.Stream(payload):
            return m.Stream(optional(payload))
        case m.Alias(type):
            return m.Alias(change(type))
        case m.Enum() | m.Flags() | m.Resource() | m.Own() | m.Borrow():
            return kind
        case _:
            assert_never(kind)


def types_in(kind: m.TypeDefKind) -> Iterator[m.Type]:
    """The types directly in a kind, without the resources of handles."""
    match kind:
        case m.Record(fields):
            yield from (field.type for field in fields)
        case m.Variant(cases):
            yield from (case.type for case in cases if case.type is not None)
        case m.Tuple(types):
            yield from types
        case m.Option(type) | m.List(type) | m.FixedLengthList(type, _) | m.Alias(type):
            yield type
        case m.Result(ok, err):
            yield from (type for type in (ok, err) if type is not None)
        case m.Map(key, value):
            yield from (key, value)
        case m.Future(payload) | m.Stream(payload):
            if payload is not None:
                yield payload
        case m.Enum() | m.Flags() | m.Resource() | m.Own() | m.Borrow():
            pass
        case _:
            assert_never(kind)
