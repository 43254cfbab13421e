"""Writes types, aliases, imports and exports; the mirror of `typereader`.

Names become indices here: each scope keeps the indices of its declarations and aliases what it
needs from its instances and outer scopes, once. Source: component-model `design/mvp/Binary.md`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import assert_never

from witgen.component import types as t
from witgen.component.typereader import PRIMITIVES

_PRIMITIVE_CODES = {prim: code for code, prim in PRIMITIVES.items()}


class Unencodable(ValueError):
    """A type refers to a name that its scope does not declare, or declares only later."""


def u32(value: int) -> bytes:
    """Unsigned LEB128."""
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def s33(value: int) -> bytes:
    """Signed LEB128 of an index that is not negative."""
    out = bytearray()
    while value >= 0x40:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def name(text: str) -> bytes:
    """A length-prefixed UTF-8 name."""
    data = text.encode()
    return u32(len(data)) + data


def extern_name(text: str, options: t.NameOptions | None = None) -> bytes:
    """The name of an import or export, with its options."""
    if options is None:
        return b"\x00" + name(text)
    given = (options.implements, options.version_suffix, options.external_id)
    found = [bytes((kind,)) + name(value) for kind, value in enumerate(given) if value is not None]
    return b"\x02" + name(text) + u32(len(found)) + b"".join(found)


def vector(items: list[bytes]) -> bytes:
    """A vector: the number of items, then the items."""
    return u32(len(items)) + b"".join(items)


@dataclass(slots=True)
class ScopeWriter(ABC):
    """One scope being written; subclasses decide where definitions go."""

    parent: ScopeWriter | None = None
    types: int = 0
    functions: int = 0
    values: int = 0
    instances: int = 0
    components: int = 0
    modules: int = 0
    core_types: int = 0
    # What is known by name: (space, path) → index in the index space of its sort.
    known_types: dict[tuple[t.Space, tuple[str, ...]], int] = field(default_factory=dict)
    known_instances: dict[tuple[t.Space, tuple[str, ...]], int] = field(default_factory=dict)
    _shapes: dict[t.ValType | t.FuncType, int] = field(default_factory=dict)
    _outer: dict[tuple[int, int], int] = field(default_factory=dict)

    # --- where definitions go ---

    @abstractmethod
    def put_type(self, body: bytes) -> None:
        """Append a type definition."""

    @abstractmethod
    def put_core_type(self, body: bytes) -> None:
        """Append a core type definition."""

    @abstractmethod
    def put_alias(self, body: bytes) -> None:
        """Append an alias."""

    # --- types ---

    def _new_type(self, body: bytes) -> int:
        self.put_type(body)
        self.types += 1
        return self.types - 1

    def instance_index(self, space: t.Space, path: tuple[str, ...]) -> int:
        """The index of an instance by its path.

        Raises:
            Unencodable: Nothing of that name is declared yet.
        """
        key = (space, path)
        index = self.known_instances.get(key)
        if index is None:
            if len(path) < 2:
                raise Unencodable(f"`{'.'.join(path)}` is not declared before it is used")
            owner = self.instance_index(space, path[:-1])
            self.put_alias(b"\x05\x00" + u32(owner) + name(path[-1]))
            index = self.known_instances[key] = self.instances
            self.instances += 1
        return index

    def ref_index(self, ref: t.Ref) -> int:
        """The type index of a reference, aliased into this scope if needed.

        Raises:
            Unencodable: Nothing of that name is declared yet.
        """
        if ref.up:
            outer = self
            for _ in range(ref.up):
                if outer.parent is None:
                    raise Unencodable(f"`{'.'.join(ref.path)}` is out of scope")
                outer = outer.parent
            found = outer.ref_index(t.Ref(0, ref.space, ref.path))
            key = (ref.up, found)
            index = self._outer.get(key)
            if index is None:
                self.put_alias(b"\x03\x02" + u32(ref.up) + u32(found))
                index = self._outer[key] = self.types
                self.types += 1
            return index
        known = (ref.space, ref.path)
        index = self.known_types.get(known)
        if index is None:
            if len(ref.path) < 2:
                raise Unencodable(f"`{'.'.join(ref.path)}` is not declared before it is used")
            owner = self.instance_index(ref.space, ref.path[:-1])
            self.put_alias(b"\x03\x00" + u32(owner) + name(ref.path[-1]))
            index = self.known_types[known] = self.types
            self.types += 1
        return index

    def type_index(self, type: t.DefType) -> int:
        """The index of a type, defined first if needed.

        Raises:
            Unencodable: It refers to an undeclared name.
        """
        match type:
            case t.Ref():
                return self.ref_index(type)
            case t.InstanceType():
                return self._instance_type(type)
            case t.ComponentType():
                return self._component_type(type)
            case _:
                index = self._shapes.get(type)
                if index is None:
                    body = self._func(type) if isinstance(type, t.FuncType) else self._shape(type)
                    index = self._shapes[type] = self._new_type(body)
                return index

    def _named_index(self, type: t.DefType) -> int:
        """The index of a type that gets a name: always its own definition, never a shared one."""
        if isinstance(type, t.Ref | t.InstanceType | t.ComponentType):
            return self.type_index(type)
        if isinstance(type, t.FuncType):
            return self._new_type(self._func(type))
        return self._new_type(self._shape(type))

    def value(self, type: t.ValType) -> bytes:
        """An inline value type: a primitive or an index."""
        if isinstance(type, t.Prim):
            return bytes((_PRIMITIVE_CODES[type],))
        return s33(self.type_index(type))

    def _optional(self, type: t.ValType | None) -> bytes:
        return b"\x00" if type is None else b"\x01" + self.value(type)

    def _shape(self, type: t.ValType) -> bytes:
        match type:
            case t.Prim():
                return bytes((_PRIMITIVE_CODES[type],))
            case t.Record(fields):
                return b"\x72" + vector([name(n) + self.value(x) for n, x in fields])
            case t.Variant(cases):
                items = [name(n) + self._optional(x) + b"\x00" for n, x in cases]
                return b"\x71" + vector(items)
            case t.List(element):
                return b"\x70" + self.value(element)
            case t.FixedList(element, length):
                return b"\x67" + self.value(element) + u32(length)
            case t.Tuple(types):
                return b"\x6f" + vector([self.value(x) for x in types])
            case t.Flags(names):
                return b"\x6e" + vector([name(n) for n in names])
            case t.Enum(names):
                return b"\x6d" + vector([name(n) for n in names])
            case t.Option(element):
                return b"\x6b" + self.value(element)
            case t.Result(ok, err):
                return b"\x6a" + self._optional(ok) + self._optional(err)
            case t.Own(resource):
                return b"\x69" + u32(self.type_index(resource))
            case t.Borrow(resource):
                return b"\x68" + u32(self.type_index(resource))
            case t.Stream(payload):
                return b"\x66" + self._optional(payload)
            case t.Future(payload):
                return b"\x65" + self._optional(payload)
            case t.Map(key, value):
                return b"\x63" + self.value(key) + self.value(value)
            case t.Ref():
                raise Unencodable("a reference has no shape")
            case _:
                assert_never(type)

    def _func(self, type: t.FuncType) -> bytes:
        params = vector([name(n) + self.value(x) for n, x in type.params])
        result = b"\x01\x00" if type.result is None else b"\x00" + self.value(type.result)
        return (b"\x43" if type.is_async else b"\x40") + params + result

    def _instance_type(self, type: t.InstanceType) -> int:
        inner = TypeWriter(self)
        for key, extern in type.exports.items():
            inner.declare(t.Space.EXPORT, key, extern, type.options.get(key))
        return self._new_type(b"\x42" + vector(inner.items))

    def _component_type(self, type: t.ComponentType) -> int:
        inner = TypeWriter(self)
        for key, extern in type.imports.items():
            inner.declare(t.Space.IMPORT, key, extern, type.import_options.get(key))
        for key, extern in type.exports.items():
            inner.declare(t.Space.EXPORT, key, extern, type.export_options.get(key))
        return self._new_type(b"\x41" + vector(inner.items))

    # --- imports and exports ---

    def extern(self, extern: t.Extern) -> bytes:
        """The description of an import or export, its types defined before it.

        Raises:
            Unencodable: It refers to an undeclared name.
        """
        match extern:
            case t.ModuleType(raw):
                if raw is None:
                    raise Unencodable("the type of a core module is not known")
                self.put_core_type(raw)
                self.core_types += 1
                return b"\x00\x11" + u32(self.core_types - 1)
            case t.FuncType():
                return b"\x01" + u32(self.type_index(extern))
            case t.ValueType(type):
                return b"\x02" + self.value(type)
            case t.TypeEq(defined):
                return b"\x03\x00" + u32(self._named_index(defined))
            case t.TypeSub():
                return b"\x03\x01"
            case t.ComponentType():
                return b"\x04" + u32(self.type_index(extern))
            case t.InstanceType():
                return b"\x05" + u32(self.type_index(extern))
            case _:
                assert_never(extern)

    def enter(self, space: t.Space, path: tuple[str, ...], extern: t.Extern) -> int:
        """Count the last declaration; return its index."""
        match extern:
            case t.ModuleType():
                self.modules += 1
                return self.modules - 1
            case t.FuncType():
                self.functions += 1
                return self.functions - 1
            case t.ValueType():
                self.values += 1
                return self.values - 1
            case t.TypeEq() | t.TypeSub():
                self.known_types[space, path] = self.types
                self.types += 1
                return self.types - 1
            case t.ComponentType():
                self.components += 1
                return self.components - 1
            case t.InstanceType():
                self.known_instances[space, path] = self.instances
                self.instances += 1
                return self.instances - 1
            case _:
                assert_never(extern)


@dataclass(slots=True)
class TypeWriter(ScopeWriter):
    """The declarations of an instance or component type."""

    items: list[bytes] = field(default_factory=list)

    def put_type(self, body: bytes) -> None:
        """Append a type declaration."""
        self.items.append(b"\x01" + body)

    def put_core_type(self, body: bytes) -> None:
        """Append a core type declaration."""
        self.items.append(b"\x00" + body)

    def put_alias(self, body: bytes) -> None:
        """Append an alias declaration."""
        self.items.append(b"\x02" + body)

    def declare(
        self, space: t.Space, key: str, extern: t.Extern, options: t.NameOptions | None = None
    ) -> None:
        """Append an import or export declaration."""
        description = self.extern(extern)
        kind = b"\x03" if space is t.Space.IMPORT else b"\x04"
        self.items.append(kind + extern_name(key, options) + description)
        self.enter(space, (key,), extern)
