"""The components of kinds of types."""

from __future__ import annotations

from witgen.resolve import model as m
from witgen.resolve.kinds import types_in


def children(kind: m.TypeDefKind) -> tuple[m.Type, ...]:
    """The types directly in a kind, including the resources of handles, in order."""
    if isinstance(kind, m.Own | m.Borrow):
        return (kind.resource,)
    return tuple(types_in(kind))


def definition(resolve: m.Resolve, ref: m.TypeId) -> m.TypeId:
    """The declaration behind the `use`s of a type, where componentize-py puts its class."""
    while True:
        typedef = resolve.types[ref]
        if not isinstance(typedef.kind, m.Alias) or isinstance(typedef.kind.type, m.Prim):
            return ref
        target = resolve.types[typedef.kind.type]
        if target.name is None or target.owner == typedef.owner:
            return ref
        ref = typedef.kind.type


def is_handle(resolve: m.Resolve, ty: m.Type) -> bool:
    """Whether a type is a handle, by any of its names."""
    behind = resolve.dealias(ty)
    return not isinstance(behind, m.Prim) and isinstance(
        resolve.types[behind].kind, m.Own | m.Borrow
    )
