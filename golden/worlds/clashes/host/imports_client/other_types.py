"""A part of the world `acme:clashes/imports@1.0.0` in Python, made by witgen: see the module `world`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from runtime_shim.typed import (
    EnumOf,
    Function,
    Import,
    Prim,
    RecordOf,
    Remote,
    made_for,
)

__all__ = [
    "OtherTypesError",
    "OtherTypesValue",
    "Types",
    "TypesImport",
]

made_for(2)


@dataclass(frozen=True, slots=True)
class OtherTypesError:
    """The record `error`."""

    reason: str


class OtherTypesValue(Enum):
    """The enum `value`."""

    NONE = "none"


class TypesImport(Protocol):
    """What implements the imported interface `acme:other/types`."""

    def check(self, error: OtherTypesError) -> OtherTypesValue: ...


class Types:
    """The exported interface `acme:other/types`."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def check(self, error: OtherTypesError) -> OtherTypesValue:
        return self._remote.call(TYPES_CHECK, error)

    async def check_async(self, error: OtherTypesError) -> OtherTypesValue:
        """Like `check`, in a thread of the event loop's executor."""
        return await self._remote.call_async(TYPES_CHECK, error)


OTHER_TYPES_ERROR = RecordOf(
    OtherTypesError,
    ("reason", Prim.STRING),
)
OTHER_TYPES_VALUE = EnumOf(OtherTypesValue)
TYPES_CHECK = Function(
    "acme:other/types.{check}",
    ("error", OTHER_TYPES_ERROR),
    result=OTHER_TYPES_VALUE,
)
TYPES_IMPORT_CHECK = Function(
    "check",
    ("error", OTHER_TYPES_ERROR),
    result=OTHER_TYPES_VALUE,
)
TYPES_IMPORT_PARTS = Import(
    "acme:other/types",
    "types",
    (("check", TYPES_IMPORT_CHECK),),
)
