"""Implicit resources: `ns:pkg/iface.{res("argument").method}`.

The resource is created by its constructor when first named, and then found by its arguments, so it
can be used from outside without a handle. The arguments are WAVE text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runtime_shim.boundary.context import Context
from runtime_shim.errors import BadArguments, BadValue
from runtime_shim.exports.members import Export, Kind, split
from runtime_shim.exports.names import Names
from runtime_shim.values import Value
from runtime_shim.values import types as t

_INDEXED = re.compile(
    r"(?P<resource>[a-z][a-z0-9-]*)\((?P<arguments>.*)\)\.(?P<method>[^()]+)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Indexed:
    """A function of an implicit resource.

    Attributes:
        constructor: Makes it, with `arguments`.
        method: Is called on it; its type here is without `self`.
    """

    constructor: Export
    arguments: tuple[Value, ...]
    method: Export
    type: t.FunctionType


def indexed(names: Names, function: str) -> Indexed | None:
    """`function` as one of an implicit resource; None when it does not have that form.

    Raises:
        UnknownFunction: There is no such resource or method.
        BadArguments: The arguments are not WAVE text that fits the constructor.
    """
    if "(" not in function:
        return None
    interface, member = split(function)
    match = _INDEXED.fullmatch(member)
    if match is None:
        return None
    resource, text, method_name = match.group("resource", "arguments", "method")
    prefix = f"{interface}." if interface else ""
    constructor = names.resolve(f"{prefix}{{[constructor]{resource}}}")
    method = names.resolve(f"{prefix}{{{resource}.{method_name}}}")
    if constructor.type is None or method.type is None:
        raise BadArguments(f"`{function}` has a type that cannot be sent")
    if not method.member.startswith("[method]") and method.kind is not Kind.DROP:
        raise BadArguments(f"`{method.name}` is not a method: it does not need a `{resource}`")
    arguments = _arguments(text, constructor.type)
    own = t.FunctionType(method.type.params[1:], method.type.result)
    return Indexed(constructor, arguments, method, own)


def _arguments(text: str, ty: t.FunctionType) -> tuple[Value, ...]:
    from runtime_shim.values import wave

    types = tuple(param for _, param in ty.params)
    if not types:
        if text.strip():
            raise BadArguments(f"the constructor takes no arguments, `{text}` given")
        return ()
    values: tuple[Value, ...] = wave.parse(f"({text})", t.Tuple(types))
    return values


Caller = Callable[[Context, Sequence[Value]], Value]


def bound(implicit: Indexed, known: dict[str, Value], caller: Callable[[Export], Caller]) -> Caller:
    """What calls the method of the resource that its arguments name, which is created if needed.

    Args:
        implicit: The function.
        known: The resources that there are, by constructor and arguments.
        caller: What calls an export of the instance.
    """
    key = f"{implicit.constructor.name}({implicit.arguments!r})"

    def call(context: Context, args: Sequence[Value]) -> Value:
        if len(args) != len(implicit.type.params):
            raise BadValue("wrong number of arguments")
        handle = known.get(key)
        if handle is None or handle.id not in context.handles:
            handle = known[key] = caller(implicit.constructor)(context, implicit.arguments)
        return caller(implicit.method)(context, (handle, *args))

    return call
