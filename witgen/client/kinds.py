"""What the kinds of types are made of."""

from __future__ import annotations

from witgen.resolve import model as m
from witgen.resolve.kinds import types_in


def children(kind: m.TypeDefKind) -> tuple[m.Type, ...]:
    """The types directly in a kind, the resources of handles included, in order."""
    if isinstance(kind, m.Own | m.Borrow):
        return (kind.resource,)
    return tuple(types_in(kind))
