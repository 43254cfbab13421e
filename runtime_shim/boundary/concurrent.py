"""Components with streams, futures or asynchronous functions: what of them a host can use.

wasmtime's C API ends the process where a value with a stream or a future reaches it, so functions
that have such types are neither called nor offered. It cannot provide asynchronous functions:
`add_func` is refused as synchronous, and the traps that wasmtime puts in the place of imports that
nobody defines make it refuse every synchronous call of the instance.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from wasmtime import Engine, wat2wasm
from wasmtime import component as c

from runtime_shim.boundary import ffi
from runtime_shim.boundary.reflect import Function, Interface, Shape, shape
from runtime_shim.errors import InvalidComponent

_is_async = ffi.capi("wasmtime_component_func_type_async", ctypes.c_bool, ctypes.c_void_p)


def usable(reflected: Shape, component: c.Component, engine: Engine) -> Shape:
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
        reflected,
        imports={name: _passed(interface) for name, interface in reflected.imports.items()},
        exports={name: _called(interface, late) for name, interface in reflected.exports.items()},
    )


def trap(linker: c.Linker, component: c.Component, engine: Engine) -> None:
    """Have the imports that nobody can provide trap, with their names.

    wasmtime would do so for all of a component that it does not find under their exact names, also
    those of WASI in other versions. So it is asked to for another one, which imports only these;
    that their types are others does not matter.
    """
    imports = []
    for interface in shape(component, engine).imports.values():
        names = [name for name, function in interface.functions.items() if function.problem]
        if interface.name and names:
            owners = dict.fromkeys(m[2] for name in names if (m := _OF_RESOURCE.match(name)))
            types = [f'(export "{owner}" (type ${owner} (sub resource)))' for owner in owners]
            functions = [f'(export "{name}" {_stub(name)})' for name in names]
            imports.append(f'(import "{interface.name}" (instance {" ".join(types + functions)}))')
        else:
            imports += [f'(import "{name}" (func))' for name in names]
    stub = wat2wasm(f"(component {' '.join(imports)})")
    linker.define_unknown_imports_as_traps(c.Component(engine, stub))


_OF_RESOURCE = re.compile(r"\[(method|static|constructor)\]([^.]+)")


def _stub(name: str) -> str:
    """A type that a function of this name may have."""
    match _OF_RESOURCE.match(name):
        case re.Match() as found if found[1] == "method":
            return f'(func (param "self" (borrow ${found[2]})))'
        case re.Match() as found if found[1] == "constructor":
            return f"(func (result (own ${found[2]})))"
        case _:
            return "(func)"


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
