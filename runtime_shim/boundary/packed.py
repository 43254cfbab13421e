"""Bytes that a component takes and gives as `tuple<string>`, one character a byte (`adapter.octets`)."""

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

_CHUNK = 1 << 16  # bytes that are decoded at once: their string is short-lived
_unpack = struct.Struct("<8x" + VECTOR).unpack
_pack_string = vector_packer("string")
_pack_tuple = vector_packer("tuple")


def stands_for_bytes(ty: TupleType) -> bool:
    """Whether this is the type."""
    return [type(element) for element in ty.elements] == [String]


def read(context: Context, raw: Any, at: int) -> bytes:
    """A reader of `lift`.

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


def write(context: Context, value: Value) -> bytes:
    """A writer of `lower`.

    Raises:
        BadValue: These are not bytes.
    """
    if type(value) is not bytes:
        raise BadValue("not bytes")
    data = value.decode("latin-1").encode()
    string = _pack_string(len(data), context.arena.put(data))
    return _pack_tuple(1, context.arena.put(string))
