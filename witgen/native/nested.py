"""A component within the client that has the shape of one exported interface.

An instance made from loose items has types without names, and is rejected. So each exported
interface is its own component: it imports the definitions and the functions that it needs, and
exports types by their names and functions in terms of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from string import ascii_lowercase

from witgen.component import types as t
from witgen.component.core_writer import CoreComponentWriter
from witgen.component.lower import Lowering
from witgen.native.forms import short_name
from witgen.native.typing import Naming, definitions
from witgen.resolve import model as m

_SCOPES = (t.FuncType, t.InstanceType, t.ComponentType)


@dataclass(slots=True)
class Nested:
    """Such a component while it is written.

    Attributes:
        resolve: The types.
        interface: The interface.
        type: The instance that it exports as.
        writer: What is written so far.
        naming: How definitions are called inside.
        types: (the name that it imports, the definition, its sort) of each type.
        functions: (the name that it imports, the interface and the function, its sort) of each
            function.
    """

    resolve: m.Resolve
    interface: m.InterfaceId
    type: t.InstanceType
    writer: CoreComponentWriter = field(default_factory=CoreComponentWriter)
    naming: Naming = field(init=False)
    types: list[tuple[str, m.TypeId, t.Extern]] = field(default_factory=list)
    functions: list[tuple[str, tuple[m.InterfaceId, str], t.Extern]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.naming = Naming(self.resolve)

    @staticmethod
    def of(resolve: m.Resolve, interface: m.InterfaceId, known: Lowering) -> Nested:
        """An empty one; `known` knows the interfaces that this one uses."""
        return Nested(resolve, interface, known.interface(interface))

    def _key(self) -> str:
        # Components do not distinguish names that differ only in case.
        return short_name(len(self.types) + len(self.functions), ascii_lowercase)

    def import_types(self, roots: Iterable[m.Type]) -> None:
        """The definitions of others that types are made of."""
        for ref in definitions(self.resolve, iter(roots)):
            owner = self.resolve.types[ref].owner
            if owner == m.InterfaceOwner(self.interface):
                continue
            kind = self.resolve.types[ref].kind
            resource = isinstance(kind, m.Resource)
            extern = t.TypeSub() if resource else t.TypeEq(self.naming.shape(kind))
            key = self._key()
            self.writer.import_(key, extern)
            self.naming.names[ref] = t.Ref(0, t.Space.IMPORT, (key,))
            self.types.append((key, ref, extern))

    def import_function(self, interface: m.InterfaceId, name: str) -> int:
        """A function of another interface, whose types were imported; answers its index."""
        function = self.resolve.interfaces[interface].functions[name]
        key, type = self._key(), self.naming.function(function)
        self.functions.append((key, (interface, name), type))
        return self.writer.import_(key, type)

    def export_types(self) -> None:
        """The types of the interface; a definition refers to what is exported before it."""
        for name, ref in self.resolve.interfaces[self.interface].types.items():
            declared = self.type.exports[name]
            behind = self.resolve.dealias(ref)
            if isinstance(declared, t.TypeSub):
                index = self.writer.ref_index(self.naming.names[ref])
                self.writer.export(name, index, declared)
                continue
            assert isinstance(declared, t.TypeEq)
            assert not isinstance(declared.type, _SCOPES)
            type: t.ValType = declared.type
            if isinstance(type, t.Ref) and type.up:
                type = self.naming.type(behind)
            self.writer.export(name, self.writer.type_index(type), t.TypeEq(type))

    def arguments(
        self,
        outer: CoreComponentWriter,
        names: Mapping[m.TypeId, t.Ref],
        instances: Mapping[m.InterfaceId, int],
    ) -> list[tuple[str, t.Extern, int]]:
        """What it is instantiated with.

        Args:
            outer: The enclosing component.
            names: How definitions are called there.
            instances: The imported instances there.
        """
        found = [(key, extern, outer.ref_index(names[ref])) for key, ref, extern in self.types]
        for key, (interface, name), extern in self.functions:
            found.append((key, extern, outer.alias_export(instances[interface], name, extern)))
        return found
