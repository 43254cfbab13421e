"""The edges of the primitive types."""

from __future__ import annotations

import math
import struct
from typing import assert_never

from runtime_shim.values import Value
from runtime_shim.values.types import INTEGERS
from witgen.resolve import model as m
from witgen.testing.lookup import cannot_travel

RANGES = {m.Prim(prim.value): ends for prim, ends in INTEGERS.items()}
"""The least and the greatest integer of each type."""

_SPECIAL = (0.0, -0.0, 1.5, math.inf, -math.inf, math.nan)
# Every length in UTF-8, both sides of the surrogates, and the last one.
CHARS = "\0\n a\x7f\x80é\u07ff\u0800\ud7ff\ue000\ufffd\uffff\U00010000\U0001f600\U0010ffff"
_TEXTS = ("", CHARS, '"quoted" \\ {}\r\n\t', "e\u0301 \u05d0\u05d1", "long ü " * 200)


def edges(prim: m.Prim) -> tuple[Value, ...]:
    """The values of a primitive type at which an implementation may go wrong.

    Raises:
        WitError: it is `error-context`.
    """
    match prim:
        case m.Prim.BOOL:
            return (False, True)
        case m.Prim.CHAR:
            return tuple(CHARS)
        case m.Prim.STRING:
            return _TEXTS
        case m.Prim.F32:
            return (*_SPECIAL, *map(_f32, (0x1, 0x7FFFFF, 0x800000, 0x7F7FFFFF, 0xFF7FFFFF)))
        case m.Prim.F64:
            return (*_SPECIAL, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -math.pi)
        case m.Prim.ERROR_CONTEXT:
            raise cannot_travel("an error-context")
        case (
            m.Prim.U8
            | m.Prim.U16
            | m.Prim.U32
            | m.Prim.U64
            | m.Prim.S8
            | m.Prim.S16
            | m.Prim.S32
            | m.Prim.S64
        ):
            low, high = RANGES[prim]
            return tuple(sorted({low, low + 1, 0, 1, high // 2, high // 2 + 1, high - 1, high}))
        case _:
            assert_never(prim)


def _f32(bits: int) -> float:
    value: float = struct.unpack("<f", bits.to_bytes(4, "little"))[0]
    return value
