"""Writing a component: sections in order, index spaces counted along."""

from __future__ import annotations

from dataclasses import replace

from wasmtime.component import (
    BorrowType,
    FuncType,
    ListType,
    OptionType,
    OwnType,
    ResourceType,
    ResultType,
    TupleType,
    ValType,
)

from runtime_shim.adapter import binary as b
from runtime_shim.boundary.reflect import PRIMITIVES
from runtime_shim.values import types as t


class Builder:
    """A component under construction, which begins with another one's types and imports."""

    def __init__(self, outline: b.Outline) -> None:
        self.counts = replace(outline.counts)
        self._core_funcs = self._core_modules = self._core_instances = 0
        self._out: list[bytes] = [b.PREAMBLE, outline.prefix]

    @property
    def encoded(self) -> bytes:
        """The component so far."""
        return b"".join(self._out)

    def _section(self, kind: int, item: bytes) -> None:
        self._out.append(b.section(kind, b.vector([item])))

    def type(self, encoded: bytes) -> int:
        """Define a type."""
        self._section(b.TYPE, encoded)
        self.counts.types += 1
        return self.counts.types - 1

    def import_(self, name: str, sort: int, described: bytes) -> int:
        """Import an item; `described` is its description after the sort."""
        self._section(b.IMPORT, b.extern_name(name) + bytes([sort]) + described)
        self.counts.add(sort)
        return self.counts.of(sort) - 1

    def alias(self, sort: int, instance: int, name: str) -> int:
        """An export of an instance."""
        self._section(b.ALIAS, bytes([sort, 0]) + b.u32(instance) + b.name(name))
        self.counts.add(sort)
        return self.counts.of(sort) - 1

    def export(self, name: str, sort: int, index: int, ty: int | None = None) -> int:
        """Export an item, a function perhaps with another type; that is a new index."""
        ascribed = b"\0" if ty is None else b"\1\1" + b.u32(ty)
        entry = b.extern_name(name) + bytes([sort]) + b.u32(index) + ascribed
        self._section(b.EXPORT, entry)
        self.counts.add(sort)
        return self.counts.of(sort) - 1

    def component(self, data: bytes) -> int:
        """A component inside this one."""
        self._out.append(b.section(b.COMPONENT, data))
        self.counts.components += 1
        return self.counts.components - 1

    def instantiate(self, component: int, arguments: list[tuple[str, int, int]]) -> int:
        """An instance; an argument is (name, sort, index)."""
        encoded = [b.name(name) + bytes([sort]) + b.u32(index) for name, sort, index in arguments]
        self._section(b.INSTANCE, b"\0" + b.u32(component) + b.vector(encoded))
        self.counts.instances += 1
        return self.counts.instances - 1

    def bundle(self, items: list[tuple[str, int, int]]) -> int:
        """An instance of these (name, sort, index); none of them may be a method."""
        encoded = [
            b.extern_name(name) + bytes([sort]) + b.u32(index) for name, sort, index in items
        ]
        self._section(b.INSTANCE, b"\1" + b.vector(encoded))
        self.counts.instances += 1
        return self.counts.instances - 1

    def lower(self, function: int) -> int:
        """A core function that calls `function`, whose types are all flat."""
        self._section(b.CANON, b"\1\0" + b.u32(function) + b"\0")
        self._core_funcs += 1
        return self._core_funcs - 1

    def lift(self, core: int, ty: int, options: list[bytes]) -> int:
        """A function of type `ty` that is the core function `core`."""
        described = b.vector(options) + b.u32(ty)
        self._section(b.CANON, b"\0\0" + b.u32(core) + described)
        self.counts.funcs += 1
        return self.counts.funcs - 1

    def resource_drop(self, ty: int) -> int:
        """A core function that drops a handle of the resource `ty`."""
        self._section(b.CANON, b"\3" + b.u32(ty))
        self._core_funcs += 1
        return self._core_funcs - 1

    def core_module(self, data: bytes) -> int:
        """A core module."""
        self._out.append(b.section(b.CORE_MODULE, data))
        self._core_modules += 1
        return self._core_modules - 1

    def core_instance(self, module: int, functions: dict[str, int]) -> int:
        """An instance of a core module that imports these functions from the module ""."""
        if functions:
            inline = [b.name(name) + b"\0" + b.u32(index) for name, index in functions.items()]
            self._section(b.CORE_INSTANCE, b"\1" + b.vector(inline))
            self._core_instances += 1
        arguments = [b.name("") + b"\x12" + b.u32(self._core_instances - 1)] if functions else []
        self._section(b.CORE_INSTANCE, b"\0" + b.u32(module) + b.vector(arguments))
        self._core_instances += 1
        return self._core_instances - 1

    def core_function(self, instance: int, name: str) -> int:
        """A function that a core instance exports."""
        self._section(b.ALIAS, b"\0\0\1" + b.u32(instance) + b.name(name))
        self._core_funcs += 1
        return self._core_funcs - 1

    def core_memory(self, instance: int, name: str) -> None:
        """The memory that a core instance exports: the only one, with the index 0."""
        self._section(b.ALIAS, b"\0\2\1" + b.u32(instance) + b.name(name))


_PRIMITIVES = {
    t.Prim.BOOL: b"\x7f",
    t.Prim.S8: b"\x7e",
    t.Prim.U8: b"\x7d",
    t.Prim.S16: b"\x7c",
    t.Prim.U16: b"\x7b",
    t.Prim.S32: b"\x7a",
    t.Prim.U32: b"\x79",
    t.Prim.S64: b"\x78",
    t.Prim.U64: b"\x77",
    t.Prim.F32: b"\x76",
    t.Prim.F64: b"\x75",
    t.Prim.CHAR: b"\x74",
    t.Prim.STRING: b"\x73",
}


class Types:
    """Writes function types over the named types of an interface, by reflection."""

    def __init__(self, out: Builder, named: list[tuple[ValType | ResourceType, int]]) -> None:
        self._out = out
        self._named = named

    def function(self, raw: FuncType) -> int:
        """The index of the function's type.

        Raises:
            Unreadable: it has a type that is neither named nor anonymous by nature.
        """
        params = [b.name(name) + self._value(ty) for name, ty in raw.params]
        result = b"\1\0" if raw.result is None else b"\0" + self._value(raw.result)
        return self._out.type(b"\x40" + b.vector(params) + result)

    def _value(self, ty: ValType) -> bytes:
        primitive = PRIMITIVES.get(type(ty))
        if primitive is not None:
            return _PRIMITIVES[primitive]
        known = self._index(ty)
        return b.s33(self._out.type(self._anonymous(ty)) if known is None else known)

    def _index(self, ty: ValType | ResourceType) -> int | None:
        return next((index for known, index in self._named if known == ty), None)

    def _anonymous(self, ty: ValType) -> bytes:
        match ty:
            case ListType():
                return b"\x70" + self._value(ty.element)
            case OptionType():
                return b"\x6b" + self._value(ty.payload)
            case ResultType():
                return b"\x6a" + self._optional(ty.ok) + self._optional(ty.err)
            case TupleType():
                return b"\x6f" + b.vector([self._value(part) for part in ty.elements])
            case OwnType() | BorrowType():
                resource = self._index(ty.ty)
                if resource is None:
                    raise b.Unreadable("a resource without a name")
                kind = b"\x69" if isinstance(ty, OwnType) else b"\x68"
                return kind + b.u32(resource)
            case _:
                raise b.Unreadable(f"{type(ty).__name__} without a name")

    def _optional(self, ty: ValType | None) -> bytes:
        return b"\0" if ty is None else b"\1" + self._value(ty)
