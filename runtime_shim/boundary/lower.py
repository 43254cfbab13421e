"""Compiled writers: the normal form to wasmtime's C values in memory. Built once per function.

Everything that a writer writes is in the context's arena: wasmtime only reads arguments, and the
results of host functions are cloned at once. Integers are range-checked by `struct`, everything
else by its exact type; `check` then finds the place of the error. Guests only get one NaN, because
the journal keeps neither its sign nor its payload.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

from wasmtime import component as c

from runtime_shim.boundary.context import Context
from runtime_shim.boundary.layout import (
    CODES,
    KINDS,
    POINTER,
    RESULT,
    SIZE,
    VARIANT,
    Name,
    ResourceAccess,
    packer,
    vector_packer,
)
from runtime_shim.boundary.reflect import PRIMITIVES
from runtime_shim.boundary.resources import CodecOf
from runtime_shim.errors import BadValue, UnsupportedType
from runtime_shim.values import Case, Err, Ok, Some, Value
from runtime_shim.values.types import Prim

Writer = Callable[[Context, Value], bytes]


class Writers:
    """Makes writers, which put a value's parts into the arena and return its own 32 bytes."""

    def __init__(self, codecs: CodecOf, resources: ResourceAccess, *, packed: bool) -> None:
        self._codecs = codecs
        self._resources = resources
        self._packed = packed

    def writer(self, ty: c.ValType) -> Writer:
        """The writer of a type.

        A writer raises `BadValue`, or one of `struct`'s or Python's errors, for a wrong value.
        """
        primitive = PRIMITIVES.get(type(ty))
        if primitive is not None and type(ty) not in {c.Char, c.String}:
            return _primitive_writer(primitive.value)
        match ty:
            case c.Char():
                return _write_char
            case c.String():
                return _write_string
            case c.EnumType():
                return _write_enum(ty.names)
            case c.FlagsType():
                return _write_flags(ty.names)
            case c.ListType():
                return self._list(ty.element)
            case c.TupleType():
                return self._tuple(ty)
            case c.RecordType():
                return self._record(ty.fields)
            case c.OptionType():
                return self._option(ty.payload)
            case c.ResultType():
                return self._result(ty)
            case c.VariantType():
                return self._variant(ty.cases)
            case c.OwnType() | c.BorrowType():
                return self._resource(ty)
            case _:
                raise UnsupportedType(f"{type(ty).__name__} values cannot be sent")

    def _payload(self, ty: c.ValType | None) -> Callable[[Context, Value], int]:
        if ty is None:

            def nothing(context: Context, value: Value) -> int:
                if value is not None:
                    raise BadValue("unexpected payload")
                return 0

            return nothing
        write = self.writer(ty)
        return lambda context, value: context.arena.put(write(context, value))

    def _list(self, element: c.ValType) -> Writer:
        pack = vector_packer("list")
        if isinstance(element, c.U8):
            blank = _pack("u8", 0)

            def write_bytes(context: Context, value: Value) -> bytes:
                if type(value) is not bytes:
                    raise BadValue("not bytes")
                block = bytearray(blank) * len(value)
                block[8::SIZE] = value
                return pack(len(value), context.arena.put(block))

            return write_bytes
        write = self.writer(element)

        def write_list(context: Context, value: Value) -> bytes:
            if type(value) is not list:
                raise BadValue("not a list")
            block = b"".join([write(context, item) for item in value])
            return pack(len(value), context.arena.put(block))

        return write_list

    def _tuple(self, ty: c.TupleType) -> Writer:
        if self._packed:
            from runtime_shim.boundary import packed

            if (meant := packed.stands_for(ty)) is not None:
                return packed.write_text if meant is Prim.STRING else packed.write
        writers, count = [self.writer(element) for element in ty.elements], len(ty.elements)
        pack = vector_packer("tuple")

        def write(context: Context, value: Value) -> bytes:
            if type(value) is not tuple or len(value) != count:
                raise BadValue("not a tuple of this length")
            parts = [w(context, item) for w, item in zip(writers, value, strict=True)]
            return pack(count, context.arena.put(b"".join(parts)))

        return write

    def _record(self, fields: list[tuple[str, c.ValType]]) -> Writer:
        plan = [(name, Name(name), self.writer(ty)) for name, ty in fields]
        count, pack = len(fields), vector_packer("record")

        def write(context: Context, value: Value) -> bytes:
            if type(value) is not dict or len(value) != count:
                raise BadValue("not a dict with these fields")
            parts: list[bytes] = []
            for name, head, writer in plan:
                parts += (head.block, writer(context, value[name]))
            return pack(count, context.arena.put(b"".join(parts)))

        return write

    def _option(self, payload: c.ValType) -> Writer:
        some, pack, nested = self._payload(payload), packer("option", POINTER), False
        nested = isinstance(payload, c.OptionType)
        none = pack(KINDS["option"], 0)

        def write(context: Context, value: Value) -> bytes:
            if value is None:
                return none
            if nested:
                if type(value) is not Some:
                    raise BadValue("neither None nor Some")
                value = value.value
            return pack(KINDS["option"], some(context, value))

        return write

    def _result(self, ty: c.ResultType) -> Writer:
        ok, err, pack = self._payload(ty.ok), self._payload(ty.err), packer("result", RESULT)
        kind = KINDS["result"]

        def write(context: Context, value: Value) -> bytes:
            if type(value) is Ok:
                return pack(kind, True, ok(context, value.value))
            if type(value) is Err:
                return pack(kind, False, err(context, value.value))
            raise BadValue("neither Ok nor Err")

        return write

    def _variant(self, cases: list[tuple[str, c.ValType | None]]) -> Writer:
        known = {name: (Name(name), self._payload(ty)) for name, ty in cases}
        pack, kind = packer("variant", VARIANT), KINDS["variant"]

        def write(context: Context, value: Value) -> bytes:
            if type(value) is not Case:
                raise BadValue("not a Case")
            name, payload = known[value.name]
            return pack(kind, name.size, name.address, payload(context, value.value))

        return write

    def _resource(self, ty: c.OwnType | c.BorrowType) -> Writer:
        codec, owned = self._codecs(ty.ty), isinstance(ty, c.OwnType)
        if codec is None:
            raise UnsupportedType("a resource that neither side of the call defines")
        lower, pack = self._resources.lower, packer("resource", POINTER)
        return lambda context, value: pack(KINDS["resource"], lower(codec, context, value, owned))


def _pack(kind: str, value: Any) -> bytes:
    return struct.pack("<B7x" + CODES[kind], KINDS[kind], value)


def _primitive_writer(kind: str) -> Writer:
    pack, number = packer(kind, CODES[kind]), KINDS[kind]
    if kind in {"f32", "f64"}:
        nan = pack(number, math.nan)

        def write_float(context: Context, value: Value) -> bytes:
            if type(value) is not float:
                raise BadValue(f"not a {kind}")
            return nan if math.isnan(value) else pack(number, value)

        return write_float
    exact = bool if kind == "bool" else int

    def write(context: Context, value: Value) -> bytes:
        if type(value) is not exact:
            raise BadValue(f"not a {kind}")
        return pack(number, value)

    return write


_pack_char = packer("char", CODES["char"])
_pack_string = vector_packer("string")


def _write_char(context: Context, value: Value) -> bytes:
    if type(value) is not str or len(value) != 1 or "\ud800" <= value <= "\udfff":
        raise BadValue("not a char")
    return _pack_char(KINDS["char"], ord(value))


def _write_string(context: Context, value: Value) -> bytes:
    if type(value) is not str:
        raise BadValue("not a string")
    data = value.encode()
    return _pack_string(len(data), context.arena.put(data))


def _write_enum(names: list[str]) -> Writer:
    pack = vector_packer("enum")
    constants = [Name(name) for name in names]
    blocks = {
        name: pack(item.size, item.address) for name, item in zip(names, constants, strict=True)
    }

    def write(context: Context, value: Value, keep: list[Name] = constants) -> bytes:
        return blocks[value]

    return write


def _write_flags(names: list[str]) -> Writer:
    pack = vector_packer("flags")
    constants = [(name, Name(name)) for name in names]
    known = frozenset(names)

    def write(context: Context, value: Value) -> bytes:
        if type(value) is not frozenset or not value <= known:
            raise BadValue("not a frozenset of these flags")
        blocks = [item.block for name, item in constants if name in value]
        return pack(len(blocks), context.arena.put(b"".join(blocks)))

    return write


FAILURES = (BadValue, struct.error, OverflowError, UnicodeEncodeError, KeyError, TypeError)
"""What a writer raises for a value that does not fit."""
