"""Components with streams, futures or asynchronous functions: what of them a host can use.

wasmtime's C API ends the process where a value with a stream or a future reaches it, so functions
that have such types are neither called nor offered. It cannot provide asynchronous functions:
`add_func` is refused as synchronous, and the traps that wasmtime puts in the place of imports that
nobody defines make it refuse every synchronous call of the instance.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from wasmtime import Engine
from wasmtime import component as c

from runtime_shim.boundary import ffi
from runtime_shim.boundary.reflect import Function, Interface, Shape
from runtime_shim.errors import InvalidComponent

_is_async = ffi.capi("wasmtime_component_func_type_async", ctypes.c_bool, ctypes.c_void_p)


def usable(shape: Shape, component: c.Component, engine: Engine) -> Shape:
    """A shape without imports that have such types, and with the problem of exports that are asynchronous.

    Raises:
        InvalidComponent: It imports asynchronous functions; with their names.
    """
    ty = component.type
    lacking = [
        f"`{interface}.{{{name}}}`" if interface else f"`{name}`"
        for interface, name in _asynchronous(ty.imports(engine), engine)
    ]
    if lacking:
        raise InvalidComponent(
            "it imports asynchronous functions, which this host cannot provide: "
            + ", ".join(lacking)
        )
    late = set(_asynchronous(ty.exports(engine), engine))
    return replace(
        shape,
        imports={name: _passed(interface) for name, interface in shape.imports.items()},
        exports={name: _called(interface, late) for name, interface in shape.exports.items()},
    )


def _asynchronous(
    items: Mapping[str, Any], engine: Engine, interface: str = ""
) -> Iterator[tuple[str, str]]:
    """The asynchronous functions: their interfaces and names."""
    for name, item in items.items():
        ty = item.ty
        if isinstance(ty, c.ComponentInstanceType):
            yield from _asynchronous(ty.exports(engine), engine, name)
        elif isinstance(ty, c.FuncType) and _is_async(ty.ptr()):
            yield interface, name


def _passed(interface: Interface) -> Interface:
    functions = {n: f for n, f in interface.functions.items() if f.problem is None}
    return replace(interface, functions=functions)


def _called(interface: Interface, late: set[tuple[str, str]]) -> Interface:
    def one(function: Function) -> Function:
        if (interface.name, function.name) not in late:
            return function
        problem = function.problem or "asynchronous functions cannot be called"
        return replace(function, type=None, raw=None, problem=problem)

    return replace(interface, functions={n: one(f) for n, f in interface.functions.items()})
