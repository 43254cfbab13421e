"""The layout of wasmtime's C values in memory, as `probe` has verified it.

A value is 32 bytes: a kind and a union of 24 bytes; aggregates point to arrays of values. So
reading is one `struct` unpack per array, and writing joins blocks that this process owns.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable
from typing import Protocol

from runtime_shim.boundary.context import Context
from runtime_shim.boundary.resources import Codec
from runtime_shim.values import Value

SIZE = 32  # of a value
ENTRY = 48  # of a record's field: a name (size, data) and a value
LIMIT = 2**31 - 1  # bytes that `string_at` reads in one go

KINDS = {
    "bool": 0,
    "s8": 1,
    "u8": 2,
    "s16": 3,
    "u16": 4,
    "s32": 5,
    "u32": 6,
    "s64": 7,
    "u64": 8,
    "f32": 9,
    "f64": 10,
    "char": 11,
    "string": 12,
    "list": 13,
    "record": 14,
    "tuple": 15,
    "variant": 16,
    "enum": 17,
    "option": 18,
    "result": 19,
    "flags": 20,
    "resource": 21,
}

# The union's 24 bytes, as `struct` formats.
CODES = {
    "bool": "?23x",
    "u8": "B23x",
    "s8": "b23x",
    "u16": "H22x",
    "s16": "h22x",
    "u32": "I20x",
    "s32": "i20x",
    "u64": "Q16x",
    "s64": "q16x",
    "f32": "f20x",
    "f64": "d16x",
    "char": "I20x",
}
VECTOR = "QQ8x"  # size, data
POINTER = "Q16x"
RESULT = "?7xQ8x"  # is_ok, value
VARIANT = "QQQ"  # name's size and data, value


class ResourceAccess(Protocol):
    """Reading and making handles in memory (`ffi` does it)."""

    def lift(self, codec: Codec, context: Context, pointer: int, owned: bool) -> Value:
        """The value of the handle at `pointer`."""

    def lower(self, codec: Codec, context: Context, value: Value, owned: bool) -> int:
        """The address of a handle for `value`, freed by the end of the call."""


class Name:
    """A constant name in memory, as wasmtime's (size, data)."""

    __slots__ = ("_keep", "address", "block", "size")

    def __init__(self, text: str) -> None:
        data = text.encode()
        self._keep = ctypes.create_string_buffer(data)
        self.size, self.address = len(data), ctypes.addressof(self._keep)
        self.block = struct.pack("<QQ", self.size, self.address)


def packer(kind: str, union: str) -> Callable[..., bytes]:
    """Packs a kind number and a union into a value."""
    return struct.Struct("<B7x" + union).pack


def vector_packer(kind: str) -> Callable[[int, int], bytes]:
    """Packs (size, address) into a value of this kind."""
    pack, number = packer(kind, VECTOR), KINDS[kind]
    return lambda size, address: pack(number, size, address)
