"""Values in normal form as bytes that describe themselves, for the journal.

The bytes are a version digit and compact JSON, so a journal can be read with any SQLite browser.
What JSON lacks is an object with one `$` key:

| value | JSON |
|---|---|
| tuple, bytes, frozenset | `{"$t": […]}`, `{"$b": base64}`, `{"$f": [sorted names]}` |
| `Case`, `Some`, `Ok`, `Err`, `Handle` | `{"$c": [name, value]}`, `{"$s": v}`, `{"$o": v}`, `{"$e": v}`, `{"$h": [uri, id]}` |
| a record one of whose names starts with `$` | `{"$d": [[name, value], …]}` |

NaN and the infinities are Python's extension of JSON (`NaN`, `Infinity`). Equal values have equal
bytes. The encoder is the C one of `json`; only containers that hold something other than plain
scalars are walked in Python.
"""

from __future__ import annotations

import binascii
import json
import json.encoder
import re
from collections.abc import Callable
from typing import Any

from runtime_shim.errors import BadArguments, StoreError, TooLarge
from runtime_shim.values import Case, Err, Handle, Ok, Some, Value

VERSION = b"1"
_VERSION = VERSION.decode()
_NO_ARGUMENTS = VERSION + b'{"$t":[]}'
_SCALARS = frozenset({bool, int, float, str, type(None)})
MOST = 400_000_000
"""The most bytes of a value: SQLite keeps a row of 1,000,000,000, and a call's has two values."""
_LONE_ESCAPE = re.compile(rb"\\u[dD][89abAB]", re.ASCII)


class CodecError(BadArguments):
    """A value that is not in normal form."""


def encode(value: Value) -> bytes:
    """The bytes of `value`.

    Raises:
        CodecError: `value` is not in normal form (another type, a lone surrogate, too deep).
        TooLarge: it has more bytes than are kept.
    """
    try:
        if type(value) is int:
            return b"%b%d" % (VERSION, value)
        if type(value) is tuple and _SCALARS.issuperset(map(type, value)):
            data = f'{_VERSION}{{"$t":{_dumps(value)}}}'.encode()
        else:
            data = VERSION + _dumps(value if type(value) in _SCALARS else _plain(value)).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise CodecError(f"this value cannot be recorded: {error}") from None
    if len(data) > MOST:
        raise TooLarge(f"a value of {len(data):,} bytes is too large to record: {MOST:,} at most")
    return data


def encode_ok(data: bytes) -> bytes:
    """The bytes of `Ok(value)`, from those of the value."""
    return b'%b{"$o":%b}' % (VERSION, data[1:])


def decode(data: bytes) -> Value:
    """The value of `data`.

    Raises:
        StoreError: another version, or not the bytes of a value.
    """
    if data[:1] != VERSION:
        raise StoreError(f"recorded value has an unknown version {bytes(data[:1])!r}")
    if data == _NO_ARGUMENTS:
        return ()
    try:
        if data.isdigit() and data[1:2] not in {b"", b"0"}:  # as `encode` writes numbers
            return int(data[1:])
        value = _DECODER.decode(data[1:].decode())
        if _LONE_ESCAPE.search(data):
            _dumps(_plain(value)).encode()  # a lone surrogate cannot be encoded
    except (TypeError, ValueError, LookupError, RecursionError) as error:
        raise StoreError(f"recorded value is damaged: {error}") from None
    return value


def _plain(value: Value) -> Any:
    """`value` with everything that JSON lacks replaced."""
    kind = type(value)
    if kind in _SCALARS:
        return value
    write = _WRITERS.get(kind)
    if write is None:
        raise TypeError(f"{kind.__name__} is not a WIT value")
    return write(value)


def _items(values: list[Value] | tuple[Value, ...]) -> Any:
    if _SCALARS.issuperset(map(type, values)):
        return values
    return [_plain(value) for value in values]


def _record(value: dict[str, Value]) -> Any:
    if not all(type(name) is str for name in value):
        raise TypeError("a record's field names must be strings")
    if any(name.startswith("$") for name in value):
        return {"$d": [[name, _plain(item)] for name, item in value.items()]}
    if _SCALARS.issuperset(map(type, value.values())):
        return value
    return {name: _plain(item) for name, item in value.items()}


_WRITERS: dict[type, Callable[[Any], Any]] = {
    tuple: lambda value: {"$t": _items(value)},
    list: _items,
    dict: _record,
    bytes: lambda value: {"$b": binascii.b2a_base64(value, newline=False).decode("ascii")},
    frozenset: lambda value: {"$f": sorted(value)},
    Case: lambda value: {"$c": [value.name, _plain(value.value)]},
    Some: lambda value: {"$s": _plain(value.value)},
    Ok: lambda value: {"$o": _plain(value.value)},
    Err: lambda value: {"$e": _plain(value.value)},
    Handle: lambda value: {"$h": [value.uri, value.id]},
}


def _make_dumps() -> Callable[[Any], str]:
    """The C encoder, made once: `JSONEncoder.encode` makes a new one for every call."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # an interpreter without the accelerator
        return json.JSONEncoder(
            ensure_ascii=False, separators=(",", ":"), check_circular=False
        ).encode
    text = json.encoder.encode_basestring
    run = make(None, _refuse, text, None, ":", ",", False, False, True)
    return lambda value: "".join(run(value, 0))


def _refuse(value: Any) -> Any:
    raise TypeError(f"{type(value).__name__} is not a WIT value")


def _typed(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"expected {kind.__name__}, found {type(value).__name__}")
    return value


def _pair(first: type, value: Any) -> tuple[Any, Any]:
    left, right = _typed(list, value)
    return _typed(first, left), right


def _flags(value: Any) -> frozenset[str]:
    return frozenset(_typed(str, name) for name in _typed(list, value))


def _handle(value: Any) -> Handle:
    uri, number = _pair(str, value)
    return Handle(uri, _typed(int, number))


def _bytes(value: Any) -> bytes:
    return binascii.a2b_base64(_typed(str, value), strict_mode=True)


_TAGS: dict[str, Callable[[Any], Value]] = {
    "$t": lambda value: tuple(_typed(list, value)),
    "$b": _bytes,
    "$f": _flags,
    "$c": lambda value: Case(*_pair(str, value)),
    "$s": Some,
    "$o": Ok,
    "$e": Err,
    "$h": _handle,
    "$d": lambda value: dict(_pair(str, item) for item in _typed(list, value)),
}


def _hook(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        [(name, value)] = found.items()
        if name.startswith("$"):
            return _TAGS[name](value)
    return found


_dumps = _make_dumps()
_DECODER = json.JSONDecoder(object_hook=_hook)
