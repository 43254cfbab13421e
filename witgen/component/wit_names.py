"""Names of imports and exports, parsed into the parts that WIT uses."""

from __future__ import annotations

import re

from witgen.component import types as t
from witgen.resolve import model as m

_INTERFACE = re.compile(
    r"(?P<namespace>[a-zA-Z][a-zA-Z0-9-]*):(?P<package>[a-zA-Z][a-zA-Z0-9-]*)"
    r"/(?P<name>[a-zA-Z][a-zA-Z0-9-]*)(?:@(?P<version>[0-9A-Za-z.+-]+))?"
)

_KINDS = {
    "[constructor]": m.FunctionShape.CONSTRUCTOR,
    "[method]": m.FunctionShape.METHOD,
    "[static]": m.FunctionShape.STATIC,
    "[get]": m.FunctionShape.GETTER,
    "[set]": m.FunctionShape.SETTER,
    "[method][get]": m.FunctionShape.METHOD_GETTER,
    "[method][set]": m.FunctionShape.METHOD_SETTER,
    "[static][get]": m.FunctionShape.STATIC_GETTER,
    "[static][set]": m.FunctionShape.STATIC_SETTER,
}
_ASYNC = {
    m.FunctionShape.FREESTANDING: m.FunctionShape.ASYNC_FREESTANDING,
    m.FunctionShape.METHOD: m.FunctionShape.ASYNC_METHOD,
    m.FunctionShape.STATIC: m.FunctionShape.ASYNC_STATIC,
}


def interface_name(name: str) -> tuple[m.PackageName, str] | None:
    """Package and interface of an id such as `wasi:io/poll@0.2.0`; None for another name."""
    match = _INTERFACE.fullmatch(name)
    if match is None:
        return None
    package = m.PackageName(match["namespace"], match["package"], match["version"])
    return package, match["name"]


def function_shape(name: str, type: t.FuncType) -> tuple[m.FunctionShape, str | None] | None:
    """The kind and resource of a function, from its name; None if the form is unknown."""
    end = name.rfind("]") + 1
    rest = name[end:]
    shape = _KINDS.get(name[:end]) if end else m.FunctionShape.FREESTANDING
    if shape is None or ":" in rest:
        return None
    if type.is_async:
        shape = _ASYNC.get(shape, shape)
    if shape is m.FunctionShape.CONSTRUCTOR:
        return shape, rest
    if name.startswith(("[method]", "[static]")):
        resource, dot, _ = rest.partition(".")
        return (shape, resource) if dot else None
    return shape, None
