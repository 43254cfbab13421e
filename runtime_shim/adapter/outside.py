"""The outside of a component that is nested in another: what both adapters need of it."""

from __future__ import annotations

from witgen.component import types as t
from witgen.component.component_writer import ComponentWriter


class Unusual(Exception):
    """The component has something that the adapter cannot stand in front of."""


def import_all(out: ComponentWriter, guest: t.ComponentType) -> dict[str, int]:
    """Import in `out` what a component imports; return the index of each.

    Raises:
        Unencodable: A type cannot be written.
    """
    return {
        name: out.import_(name, extern, guest.import_options.get(name))
        for name, extern in guest.imports.items()
    }


def refs(type: t.DefType | t.Extern) -> list[t.Ref]:
    """The names that a type, an import or an export refers to, as seen from beside it."""
    found: list[t.Ref] = []

    def leaf(ref: t.Ref) -> t.Ref:
        found.append(ref)
        return ref

    match type:
        case t.TypeEq() | t.TypeSub() | t.ValueType() | t.ModuleType():
            t.rewrite_extern(type, leaf)
        case _:
            t.rewrite(type, leaf)
    return found
