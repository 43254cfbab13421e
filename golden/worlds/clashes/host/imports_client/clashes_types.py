"""A part of the world `acme:clashes/imports@1.0.0` in Python, made by witgen: see the module `world`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag
from typing import (
    TypeAlias,
    Union,
)

from runtime_shim.typed import (
    FlagsOf,
    ListOf,
    Prim,
    RecordOf,
    VariantOf,
    made_for,
)

__all__ = [
    "ClashesTypesError",
    "ClashesTypesValue",
    "ClashesTypesValueNone_",
    "ClashesTypesValueOk",
    "ClashesTypesValueSome",
    "One",
]

made_for(2)


@dataclass(frozen=True, slots=True)
class ClashesTypesError:
    """The record `error`."""

    code: int


@dataclass(frozen=True, slots=True)
class ClashesTypesValueNone_:
    """The case `none` of `value`."""


@dataclass(frozen=True, slots=True)
class ClashesTypesValueOk:
    """The case `ok` of `value`."""

    value: ClashesTypesError


@dataclass(frozen=True, slots=True)
class ClashesTypesValueSome:
    """The case `some` of `value`."""

    value: list[ClashesTypesError]


ClashesTypesValue: TypeAlias = Union[
    ClashesTypesValueNone_, ClashesTypesValueOk, ClashesTypesValueSome
]
"""Its cases are called like classes of Python."""


class One(Flag):
    """The flags `one`."""

    ONLY = 1 << 0


CLASHES_TYPES_ERROR = RecordOf(
    ClashesTypesError,
    ("code", Prim.U32),
)
ONE = FlagsOf(One, "only")
CLASHES_TYPES_VALUE = VariantOf(
    "value",
    ("none", ClashesTypesValueNone_, None),
    ("ok", ClashesTypesValueOk, CLASHES_TYPES_ERROR),
    ("some", ClashesTypesValueSome, ListOf(CLASHES_TYPES_ERROR)),
)
