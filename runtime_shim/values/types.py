"""The value types of the component model, as plain data.

Reflected once from a component (`runtime_shim.boundary.reflect`), then used by the converters, by the
`golem:rpc` value encoding and by the text format. Names are the WIT names, in kebab case.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Prim(StrEnum):
    """The primitive types."""

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


INTEGERS: dict[Prim, tuple[int, int]] = {
    Prim.U8: (0, 2**8 - 1),
    Prim.U16: (0, 2**16 - 1),
    Prim.U32: (0, 2**32 - 1),
    Prim.U64: (0, 2**64 - 1),
    Prim.S8: (-(2**7), 2**7 - 1),
    Prim.S16: (-(2**15), 2**15 - 1),
    Prim.S32: (-(2**31), 2**31 - 1),
    Prim.S64: (-(2**63), 2**63 - 1),
}
"""The smallest and the largest value of each integer type."""


@dataclass(frozen=True, slots=True)
class List:
    """`list<item>`."""

    item: Type


@dataclass(frozen=True, slots=True)
class Option:
    """`option<item>`."""

    item: Type


@dataclass(frozen=True, slots=True)
class Result:
    """`result<ok, err>`."""

    ok: Type | None
    err: Type | None


@dataclass(frozen=True, slots=True)
class Tuple:
    """`tuple<…>`."""

    items: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """`record`: (name, type) of each field."""

    fields: tuple[tuple[str, Type], ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """`variant`: (name, payload type or None) of each case."""

    cases: tuple[tuple[str, Type | None], ...]


@dataclass(frozen=True, slots=True)
class Enum:
    """`enum`: its cases."""

    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flags:
    """`flags`: their names."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Own:
    """`own<resource>`; `resource` is the resource's WIT name, for messages.

    If `hosted`, it is imported: its values are objects of the host, not handles of a worker.
    """

    resource: str
    hosted: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Borrow:
    """`borrow<resource>`; see `Own`."""

    resource: str
    hosted: bool = field(default=False, compare=False)


Type = Prim | List | Option | Result | Tuple | Record | Variant | Enum | Flags | Own | Borrow


@dataclass(frozen=True, slots=True)
class FunctionType:
    """A function's parameters (name, type) and result."""

    params: tuple[tuple[str, Type], ...]
    result: Type | None
