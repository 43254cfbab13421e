"""Walking the kinds of types."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from witgen.resolve import model as m

Mapped = Callable[[m.Type], m.Type]


def map_kind(kind: m.TypeDefKind, of: Mapped) -> m.TypeDefKind:
    """The same kind over other types; handles and resources are the caller's business.

    Raises:
        ValueError: the kind is a handle.
    """

    def optional(ty: m.Type | None) -> m.Type | None:
        return None if ty is None else of(ty)

    match kind:
        case m.Record(fields):
            return m.Record(tuple(m.Field(f.name, of(f.type), f.docs) for f in fields))
        case m.Variant(cases):
            return m.Variant(tuple(m.Case(c.name, optional(c.type), c.docs) for c in cases))
        case m.Tuple(types):
            return m.Tuple(tuple(of(t) for t in types))
        case m.Option(ty):
            return m.Option(of(ty))
        case m.Result(ok, err):
            return m.Result(optional(ok), optional(err))
        case m.List(ty):
            return m.List(of(ty))
        case m.FixedLengthList(ty, length):
            return m.FixedLengthList(of(ty), length)
        case m.Map(key, value):
            return m.Map(of(key), of(value))
        case m.Future(payload):
            return m.Future(optional(payload))
        case m.Stream(payload):
            return m.Stream(optional(payload))
        case m.Alias(ty):
            return m.Alias(of(ty))
        case m.Enum() | m.Flags() | m.Resource():
            return kind
        case m.Own() | m.Borrow():
            raise ValueError("a handle refers to a resource, not to a type")
        case _:
            assert_never(kind)


def children(kind: m.TypeDefKind) -> tuple[m.Type, ...]:
    """The types that a kind is made of, handles' resources included, in order."""
    match kind:
        case m.Record(fields):
            return tuple(f.type for f in fields)
        case m.Variant(cases):
            return tuple(c.type for c in cases if c.type is not None)
        case m.Tuple(types):
            return types
        case m.Option(ty) | m.List(ty) | m.FixedLengthList(ty, _) | m.Alias(ty):
            return (ty,)
        case m.Result(ok, err):
            return tuple(t for t in (ok, err) if t is not None)
        case m.Map(key, value):
            return (key, value)
        case m.Future(payload) | m.Stream(payload):
            return () if payload is None else (payload,)
        case m.Own(resource) | m.Borrow(resource):
            return (resource,)
        case m.Enum() | m.Flags() | m.Resource():
            return ()
        case _:
            assert_never(kind)
