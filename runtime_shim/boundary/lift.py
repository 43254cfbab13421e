"""Compiled readers: wasmtime's C values in memory to the normal form. Built once per function."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable
from typing import Any

from wasmtime import component as c

from runtime_shim.boundary.context import Context
from runtime_shim.boundary.layout import (
    CODES,
    ENTRY,
    LIMIT,
    POINTER,
    RESULT,
    SIZE,
    VARIANT,
    VECTOR,
    ResourceAccess,
)
from runtime_shim.boundary.reflect import PRIMITIVES
from runtime_shim.boundary.resources import CodecOf
from runtime_shim.errors import BadValue, UnsupportedType
from runtime_shim.values import Case, Err, Ok, Some, Value
from runtime_shim.values.types import Prim

Finish = Callable[[Context, Any, int], Value]

_string_at = ctypes.string_at


class Slot:
    """How a value is read: the format of its 32 bytes, how many items it has, and the rest."""

    __slots__ = ("finish", "format", "width")

    def __init__(self, union: str, width: int, finish: Finish | None) -> None:
        self.format = "8x" + union
        self.width = width
        self.finish = finish


def fields_reader(
    slots: list[Slot], gap: int
) -> tuple[struct.Struct, list[tuple[int, Finish | None]]]:
    """For adjacent values, `gap` bytes before each: one unpack and the offset of each."""
    prefix = f"{gap}x" if gap else ""
    layout = struct.Struct("<" + "".join(prefix + slot.format for slot in slots))
    plan, at = [], 0
    for slot in slots:
        plan.append((at, slot.finish))
        at += slot.width
    return layout, plan


class Readers:
    """Makes slots for types."""

    def __init__(self, codecs: CodecOf, resources: ResourceAccess, *, packed: bool) -> None:
        self._codecs = codecs
        self._resources = resources
        self._packed = packed

    def arguments(self, types: list[c.ValType]) -> Callable[[Context, int], tuple[Value, ...]]:
        """A reader of an array of values at an address."""
        return self.read_slots([self.slot(ty) for ty in types])

    @staticmethod
    def read_slots(slots: list[Slot]) -> Callable[[Context, int], tuple[Value, ...]]:
        """A reader of an array of values with these slots at an address."""
        if not slots:
            return lambda context, address: ()
        layout, plan = fields_reader(slots, 0)
        size, unpack = layout.size, layout.unpack
        if all(finish is None for _, finish in plan):
            return lambda context, address: unpack(_string_at(address, size))
        if len(plan) == 1:
            _, only = plan[0]
            assert only is not None  # the case above
            return lambda context, address: (only(context, unpack(_string_at(address, size)), 0),)

        def read(context: Context, address: int) -> tuple[Value, ...]:
            raw = unpack(_string_at(address, size))
            return tuple(
                [raw[at] if finish is None else finish(context, raw, at) for at, finish in plan]
            )

        return read

    def slot(self, ty: c.ValType) -> Slot:
        """The slot of a type."""
        primitive = PRIMITIVES.get(type(ty))
        if primitive is not None and type(ty) not in {c.Char, c.String}:
            return Slot(CODES[primitive.value], 1, None)
        match ty:
            case c.Char():
                return Slot(CODES["char"], 1, lambda context, raw, at: chr(raw[at]))
            case c.String():
                return Slot(VECTOR, 2, _read_string)
            case c.EnumType():
                names = {name.encode(): name for name in ty.names}
                return Slot(
                    VECTOR, 2, lambda context, raw, at: names[_string_at(raw[at + 1], raw[at])]
                )
            case c.FlagsType():
                return Slot(VECTOR, 2, _read_flags)
            case c.ListType():
                return Slot(VECTOR, 2, self._list(ty.element))
            case c.TupleType():
                return Slot(VECTOR, 2, self._tuple(ty))
            case c.RecordType():
                return Slot(VECTOR, 2, self._record(ty.fields))
            case c.OptionType():
                return Slot(POINTER, 1, self._option(ty.payload))
            case c.ResultType():
                return Slot(RESULT, 2, self._result(ty))
            case c.VariantType():
                return Slot(VARIANT, 3, self._variant(ty.cases))
            case c.OwnType() | c.BorrowType():
                return Slot(POINTER, 1, self._resource(ty))
            case _:
                raise UnsupportedType(f"{type(ty).__name__} values cannot be sent")

    def single(self, ty: c.ValType) -> Callable[[Context, int], Value]:
        """A reader of one value at an address."""
        slot = self.slot(ty)
        unpack, finish = struct.Struct("<" + slot.format).unpack, slot.finish
        if finish is None:
            return lambda context, address: unpack(_string_at(address, SIZE))[0]
        return lambda context, address: finish(context, unpack(_string_at(address, SIZE)), 0)

    def _payload(self, ty: c.ValType | None) -> Callable[[Context, int], Value]:
        return (lambda context, address: None) if ty is None else self.single(ty)

    def _list(self, element: c.ValType) -> Finish:
        if isinstance(element, c.U8):
            return lambda context, raw, at: _items(raw, at)[8::SIZE]
        slot = self.slot(element)
        layout, finish = struct.Struct("<" + slot.format), slot.finish
        if finish is None:
            return lambda context, raw, at: [x for (x,) in layout.iter_unpack(_items(raw, at))]
        return lambda context, raw, at: [
            finish(context, item, 0) for item in layout.iter_unpack(_items(raw, at))
        ]

    def _tuple(self, ty: c.TupleType) -> Finish:
        if self._packed:
            from runtime_shim.boundary import packed

            if (meant := packed.stands_for(ty)) is not None:
                return packed.read_text if meant is Prim.STRING else packed.read
        read = self.arguments(ty.elements)
        return lambda context, raw, at: read(context, raw[at + 1])

    def _record(self, fields: list[tuple[str, c.ValType]]) -> Finish:
        layout, plan = fields_reader([self.slot(ty) for _, ty in fields], ENTRY - SIZE)
        size, names = layout.size, [name for name, _ in fields]
        if all(finish is None for _, finish in plan):
            return lambda context, raw, at: dict(
                zip(names, layout.unpack(_string_at(raw[at + 1], size)), strict=True)
            )
        steps = [(name, at, finish) for name, (at, finish) in zip(names, plan, strict=True)]

        def read(context: Context, raw: Any, at: int) -> Value:
            items = layout.unpack(_string_at(raw[at + 1], size))
            return {
                name: items[begin] if finish is None else finish(context, items, begin)
                for name, begin, finish in steps
            }

        return read

    def _option(self, payload: c.ValType) -> Finish:
        read = self.single(payload)
        if isinstance(payload, c.OptionType):
            return lambda context, raw, at: Some(read(context, raw[at])) if raw[at] else None
        return lambda context, raw, at: read(context, raw[at]) if raw[at] else None

    def _result(self, ty: c.ResultType) -> Finish:
        ok, err = self._payload(ty.ok), self._payload(ty.err)
        return lambda context, raw, at: (
            Ok(ok(context, raw[at + 1])) if raw[at] else Err(err(context, raw[at + 1]))
        )

    def _variant(self, cases: list[tuple[str, c.ValType | None]]) -> Finish:
        known = {name.encode(): (name, self._payload(ty)) for name, ty in cases}

        def read(context: Context, raw: Any, at: int) -> Value:
            name, payload = known[_string_at(raw[at + 1], raw[at])]
            return Case(name, payload(context, raw[at + 2]))

        return read

    def _resource(self, ty: c.OwnType | c.BorrowType) -> Finish:
        codec, owned = self._codecs(ty.ty), isinstance(ty, c.OwnType)
        if codec is None:
            raise UnsupportedType("a resource that neither side of the call defines")
        lift = self._resources.lift
        return lambda context, raw, at: lift(codec, context, raw[at], owned)


def _items(raw: Any, at: int) -> bytes:
    size = raw[at] * SIZE
    if size > LIMIT:
        raise BadValue(f"a list of {raw[at]} elements is too long")
    return _string_at(raw[at + 1], size)


def _read_string(context: Context, raw: Any, at: int) -> str:
    if raw[at] > LIMIT:
        raise BadValue(f"a string of {raw[at]} bytes is too long")
    return _string_at(raw[at + 1], raw[at]).decode()


def _read_flags(context: Context, raw: Any, at: int) -> frozenset[str]:
    block = _string_at(raw[at + 1], raw[at] * 16)
    return frozenset([_string_at(p, n).decode() for n, p in struct.iter_unpack("<QQ", block)])
