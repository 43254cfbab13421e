"""Bytes that a component takes and gives as strings of one character a byte (`adapter.octets`).

A `tuple<string>` stands for bytes, and two of them around a string for a string in UTF-8.
"""

from __future__ import annotations

import codecs
import ctypes
import io
import struct
from typing import Any

from wasmtime.component import String, TupleType

from runtime_shim.boundary.context import Context
from runtime_shim.boundary.layout import LIMIT, SIZE, VECTOR, vector_packer
from runtime_shim.errors import BadValue
from runtime_shim.values import Value
from runtime_shim.values import types as t

_CHUNK = 1 << 16  # bytes that are decoded at once: their string is short-lived
_unpack = struct.Struct("<8x" + VECTOR).unpack
_pack_string = vector_packer("string")
_pack_tuple = vector_packer("tuple")


def stands_for(ty: TupleType) -> t.Type | None:
    """The type that this one stands for, if it does."""
    match ty.elements:
        case [String()]:
            return t.List(t.Prim.U8)
        case [TupleType() as inner] if [type(part) for part in inner.elements] == [String]:
            return t.Prim.STRING
        case _:
            return None


def read(context: Context, raw: Any, at: int) -> bytes:
    """A reader of `lift` for bytes.

    Raises:
        BadValue: The bytes are too many.
    """
    size, data = _unpack(ctypes.string_at(raw[at + 1], SIZE))
    if size > LIMIT:
        raise BadValue("the bytes are too many")
    if size <= _CHUNK:
        return ctypes.string_at(data, size).decode().encode("latin-1")
    encoded = memoryview((ctypes.c_char * size).from_address(data)).cast("B")
    decoded, at = io.BytesIO(), 0
    while at < size:
        text, used = codecs.utf_8_decode(encoded[at : at + _CHUNK], "strict", False)
        decoded.write(text.encode("latin-1"))
        at += used
    return decoded.getvalue()


def read_text(context: Context, raw: Any, at: int) -> str:
    """The same for a string."""
    return read(context, _unpack(ctypes.string_at(raw[at + 1], SIZE)), 0).decode()


def write(context: Context, value: Value) -> bytes:
    """A writer of `lower` for bytes.

    Raises:
        BadValue: These are not bytes.
    """
    if type(value) is not bytes:
        raise BadValue("not bytes")
    data = value.decode("latin-1").encode()
    string = _pack_string(len(data), context.arena.put(data))
    return _pack_tuple(1, context.arena.put(string))


def write_text(context: Context, value: Value) -> bytes:
    """The same for a string."""
    if type(value) is not str:
        raise BadValue("not a string")
    return _pack_tuple(1, context.arena.put(write(context, value.encode())))
