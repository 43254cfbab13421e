"""The component that gives an exported interface its shape.

An instance made of functions and types at hand has types without names. So a nested component
imports the definitions and the functions, and exports the types by their names in the interface and
the functions in terms of these: the way of the reference encoder.
"""

from __future__ import annotations

from dataclasses import dataclass

from witgen.component import types as t
from witgen.component.lower import Lowering, grouped
from witgen.component.writer import ComponentWriter
from witgen.native.typing import Naming, definitions, mentioned
from witgen.resolve import model as m


@dataclass(frozen=True, slots=True)
class Shim:
    """A nested component.

    Attributes:
        data: Its bytes.
        types: (the name that it imports, the definition, its sort) of each type.
        functions: (the name that it imports, the function, its sort) of each function.
        type: The instance that it exports as.
    """

    data: bytes
    types: tuple[tuple[str, m.TypeId, t.Extern], ...]
    functions: tuple[tuple[str, m.Function, t.Extern], ...]
    type: t.InstanceType


def shim(resolve: m.Resolve, interface: m.InterfaceId, known: Lowering) -> Shim:
    """The nested component of an exported interface.

    Args:
        resolve: The types.
        interface: The interface.
        known: Knows the interfaces that this one uses.
    """
    writer = ComponentWriter()
    naming = Naming(resolve)
    types: list[tuple[str, m.TypeId, t.Extern]] = []
    body = resolve.interfaces[interface]
    for ref in definitions(resolve, mentioned(resolve, interface)):
        key = f"t{len(types)}"
        kind = resolve.types[ref].kind
        resource = isinstance(kind, m.Resource)
        extern = t.TypeSub() if resource else t.TypeEq(naming.shape(kind))
        writer.import_(key, extern)
        naming.names[ref] = t.Ref(0, t.Space.IMPORT, (key,))
        types.append((key, ref, extern))
    functions: list[tuple[str, m.Function, t.Extern]] = []
    indices: dict[str, int] = {}
    for function in grouped(body):
        key, type = f"f{len(functions)}", naming.function(function)
        indices[function.name] = writer.import_(key, type)
        functions.append((key, function, type))
    exported = known.interface(interface)
    for name, ref in body.types.items():
        _export_type(writer, name, exported.exports[name], naming.type(ref))
    for _, function, given in functions:
        ascribed = exported.exports[function.name]
        writer.export(function.name, indices[function.name], given, ascribed=ascribed)
    data = b"".join(writer.finish())
    return Shim(data, tuple(types), tuple(functions), exported)


def _export_type(
    writer: ComponentWriter, name: str, declared: t.Extern, imported: t.ValType
) -> None:
    """Export a type; a definition is made of what is exported, which alone has names outside."""
    type = imported
    if isinstance(declared, t.TypeEq) and not isinstance(declared.type, _SCOPES):
        used = isinstance(declared.type, t.Ref) and declared.type.up > 0
        type = imported if used else declared.type
    writer.export(name, writer.type_index(type), t.TypeEq(type))


_SCOPES = (t.FuncType, t.InstanceType, t.ComponentType)
