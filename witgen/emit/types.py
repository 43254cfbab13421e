"""The types of a client, independent of the target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from witgen.client import Client
from witgen.client.kinds import children, definition
from witgen.resolve import model as m


def is_option(resolve: m.Resolve, ty: m.Type) -> bool:
    """Whether a type is an option, so that an option of it needs `Some`."""
    behind = resolve.dealias(ty)
    return not isinstance(behind, m.Prim) and isinstance(resolve.types[behind].kind, m.Option)


def mentioned(client: Client) -> Iterator[m.Type]:
    """The types of the parameters and results of a client's members."""
    for resource in client.resources:
        remotes = [member.remote for member in resource.members]
        if resource.remote_constructor is not None:
            remotes.append(resource.remote_constructor)
        for remote in remotes:
            yield from (param.type for param in remote.params)
            if remote.result is not None:
                yield remote.result


def named_types(resolve: m.Resolve, roots: Iterable[m.Type]) -> list[m.TypeId]:
    """The declarations of the data types that `roots` are made of, dependencies first."""
    found: dict[m.TypeId, None] = {}
    seen: set[m.TypeId] = set()

    def visit(ty: m.Type) -> None:
        if isinstance(ty, m.Prim):
            return
        if resolve.types[ty].name is not None:
            ty = definition(resolve, ty)
        if ty in seen or isinstance(resolve.types[ty].kind, m.Resource):
            return
        seen.add(ty)
        for child in children(resolve.types[ty].kind):
            visit(child)
        if resolve.types[ty].name is not None:
            found[ty] = None

    for root in roots:
        visit(root)
    return list(found)


def handle_types(resolve: m.Resolve, roots: Iterable[m.Type]) -> frozenset[m.TypeId]:
    """The types, of `roots` and of all that these are made of, whose values hold handles.

    Each type is visited once, however many others contain it.
    """
    known: dict[m.TypeId, bool] = {}

    def visit(ty: m.Type) -> bool:
        if isinstance(ty, m.Prim):
            return False
        if ty not in known:
            kind = resolve.types[ty].kind
            inner = [visit(child) for child in children(kind)]
            known[ty] = isinstance(kind, m.Own | m.Borrow | m.Resource) or any(inner)
        return known[ty]

    for root in roots:
        visit(root)
    return frozenset(ty for ty, holds in known.items() if holds)
