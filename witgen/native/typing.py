"""Types of a `Resolve` as component types, where the caller chooses the name of each definition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from witgen.component import types as t
from witgen.component.lower import Lowering
from witgen.resolve import model as m
from witgen.resolve.kinds import types_in


@dataclass(slots=True)
class Naming(Lowering):
    """Lowers types to references.

    Attributes:
        names: How each definition, behind aliases, is called in the scope that is written.
    """

    names: dict[m.TypeId, t.Ref] = field(default_factory=dict)

    def type(self, type: m.Type, inside: m.InterfaceId | None = None) -> t.ValType:
        """A type where it is used."""
        behind = self.resolve.dealias(type)
        if isinstance(behind, m.Prim):
            return behind
        found = self.names.get(behind)
        return self.shape(self.resolve.types[behind].kind) if found is None else found


def definitions(resolve: m.Resolve, roots: Iterator[m.Type]) -> list[m.TypeId]:
    """The named definitions that types are made of, resources of handles too, each after its own."""
    order: dict[m.TypeId, None] = {}
    seen: set[m.TypeId] = set()
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        type, ready = stack.pop()
        behind = resolve.dealias(type)
        if isinstance(behind, m.Prim):
            continue
        if ready:
            if resolve.types[behind].name is not None:
                order[behind] = None
            continue
        if behind in seen:
            continue
        seen.add(behind)
        stack.append((behind, True))
        kind = resolve.types[behind].kind
        if isinstance(kind, m.Own | m.Borrow):
            stack.append((kind.resource, False))
        stack += [(part, False) for part in reversed(list(types_in(kind)))]
    return list(order)


def mentioned(resolve: m.Resolve, interface: m.InterfaceId) -> Iterator[m.Type]:
    """The types that an interface declares or uses, in order."""
    body = resolve.interfaces[interface]
    yield from body.types.values()
    for function in body.functions.values():
        yield from (param.type for param in function.params)
        if function.result is not None:
            yield function.result
