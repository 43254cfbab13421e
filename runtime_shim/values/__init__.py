"""The normal form of values: one Python shape for each WIT value, whatever boundary it crosses.

| WIT | Python |
|---|---|
| bool, integers, f32/f64, char, string | `bool`, `int`, `float`, `str` of one character, `str` |
| `list<u8>`; any other list | `bytes`; `list` |
| tuple | `tuple` |
| record | `dict` from the WIT field name, in declaration order |
| variant | `Case(name, payload)` |
| enum; flags | `str`; `frozenset` of `str` |
| option | `None` or the value; `Some(value)` where the value is itself an option |
| result | `Ok(value)` or `Err(value)`, `value` None without a payload |
| own, borrow of a worker's resource | `Handle(uri, id)` |
| a function without result | `None` |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, NoReturn, TypeAlias, TypeVar

from runtime_shim.errors import UnwrapError

# A value in normal form. Recursive aliases over `dict`/`list` are invariant, hence unusable for
# callers; the table above is the definition and the converters enforce it.
Value = Any

# The payload's type as known to a caller; the host itself works with any.
_T_co = TypeVar("_T_co", covariant=True)
_T = TypeVar("_T")
_E = TypeVar("_E")


@dataclass(frozen=True, slots=True)
class Case:
    """A case of a variant; `value` is None without a payload."""

    name: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Some(Generic[_T_co]):
    """A present option whose value is itself an option."""

    value: _T_co


@dataclass(frozen=True, slots=True)
class Ok(Generic[_T_co]):
    """The success of a result."""

    value: _T_co = None  # type: ignore[assignment]  # without a payload it is None

    def unwrap(self) -> _T_co:
        """The payload."""
        return self.value


@dataclass(frozen=True, slots=True)
class Err(Generic[_T_co]):
    """The failure of a result."""

    value: _T_co = None  # type: ignore[assignment]  # without a payload it is None

    def unwrap(self) -> NoReturn:
        """Raise `UnwrapError` with the payload."""
        raise UnwrapError(self.value)


Result: TypeAlias = Ok[_T] | Err[_E]
"""A WIT result: distinguished by `isinstance` or `match`; an error is a value, not an exception."""


@dataclass(frozen=True, slots=True)
class Handle:
    """A resource of a worker: the worker's uri and the number in its resource table."""

    uri: str
    id: int


NO_OBJECTS = (bool, bytes, dict, float, frozenset, int, list, str, tuple, type(None), Case, Some)
"""The Python types of values in normal form, never used for objects of the host."""
