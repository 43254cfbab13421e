"""`wasi:http/types.fields`: names and values of headers, checked when added."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from runtime_shim.boundary.context import Context
from runtime_shim.values import Case, Err, Ok, Value
from runtime_shim.wasi.http.send import METHOD

MOST = 1 << 16
"""The most bytes of all names and values together."""

_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_FORBIDDEN = frozenset(
    {
        "connection",
        "host",
        "http2-settings",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "transfer-encoding",
        "upgrade",
    }
)
"""Fields of the connection, which belong to the host, not the guest."""


class Fields:
    """Names, in lower case, and values, in order."""

    __slots__ = ("items", "mutable")

    def __init__(
        self, items: list[tuple[str, bytes]] | None = None, *, mutable: bool = True
    ) -> None:
        self.items = [] if items is None else items
        self.mutable = mutable

    def copy(self, *, mutable: bool) -> Fields:
        """A fresh one."""
        return Fields(list(self.items), mutable=mutable)

    def objection(self, name: str, values: Iterable[bytes] = ()) -> Value:
        """The case of `header-error` for these, or None."""
        if not self.mutable:
            return Case("immutable")
        if METHOD.fullmatch(name) is None or not all(map(_VALUE.fullmatch, values)):
            return Case("invalid-syntax")
        size = sum(len(n) + len(v) for n, v in self.items) + sum(map(len, values))
        if name.lower() in _FORBIDDEN or size > MOST:
            return Case("forbidden")
        return None

    def replace(self, name: str, values: list[bytes] | None) -> Value:
        """Remove the fields of this name and append `values`."""
        problem = self.objection(name, values or ())
        if problem is not None:
            return Err(problem)
        name = name.lower()
        self.items = [item for item in self.items if item[0] != name]
        self.items += [(name, value) for value in values or ()]
        return Ok()

    def append(self, name: str, value: bytes) -> Value:
        """Append a field."""
        problem = self.objection(name, (value,))
        if problem is not None:
            return Err(problem)
        self.items.append((name.lower(), value))
        return Ok()


def _from_list(context: Context, entries: list[tuple[str, bytes]]) -> Value:
    made = Fields()
    for name, value in entries:
        done = made.append(name, value)
        if isinstance(done, Err):
            return done
    return Ok(made)


def _get(context: Context, fields: Fields, name: str) -> Value:
    return [value for own, value in fields.items if own == name.lower()]


def _has(context: Context, fields: Fields, name: str) -> Value:
    return any(own == name.lower() for own, _ in fields.items)


def _set(context: Context, fields: Fields, name: str, values: list[bytes]) -> Value:
    return fields.replace(name, values)


def _delete(context: Context, fields: Fields, name: str) -> Value:
    return fields.replace(name, None)


def _append(context: Context, fields: Fields, name: str, value: bytes) -> Value:
    return fields.append(name, value)


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "[constructor]fields": lambda context: Fields(),
    "[static]fields.from-list": _from_list,
    "[method]fields.get": _get,
    "[method]fields.has": _has,
    "[method]fields.set": _set,
    "[method]fields.delete": _delete,
    "[method]fields.append": _append,
    "[method]fields.entries": lambda context, fields: list(fields.items),
    "[method]fields.clone": lambda context, fields: fields.copy(mutable=True),
}
"""What the resource offers."""
