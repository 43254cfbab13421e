"""The primitive types of WIT and of component binaries."""

from __future__ import annotations

from enum import StrEnum


class Prim(StrEnum):
    """The primitive types: the words that WIT has for them."""

    BOOL = "bool"
    U8 = "u8"
    U16 = "u16"
    U32 = "u32"
    U64 = "u64"
    S8 = "s8"
    S16 = "s16"
    S32 = "s32"
    S64 = "s64"
    F32 = "f32"
    F64 = "f64"
    CHAR = "char"
    STRING = "string"
    ERROR_CONTEXT = "error-context"
