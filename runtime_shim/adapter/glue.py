"""Functions whose bytes are packed on one side only: one is lowered and lifted again as the other.

All that lies between is core code: a lifted function returns the address of a large result, and a
lowered one takes it; and a borrowed handle has to be given back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import wasmtime

from runtime_shim.adapter.outside import Unusual
from runtime_shim.adapter.packed import flat
from witgen.component import types as t
from witgen.component.core_writer import CoreComponentWriter, CoreSort, Options

_MOST_FLAT = 16  # parameters that are passed without memory


@dataclass(frozen=True, slots=True)
class Job:
    """A function to convert.

    Attributes:
        source: The index of the function at hand.
        wanted: The type that it is wanted with; of resources it has names, of other types none.
    """

    source: int
    wanted: t.FuncType


@dataclass(frozen=True, slots=True)
class _Shape:
    """A function in core types.

    Attributes:
        params: What is passed.
        area: The most bytes that its result takes in memory; 0 if it is returned itself.
        returned: The core type that is returned; empty if nothing is.
        lent: The resource of each parameter that is a borrowed handle, by its place in `params`.
    """

    params: tuple[str, ...]
    area: int
    returned: str
    lent: Mapping[int, t.ValType]


class Converter:
    """Converts functions in a component that is being written, in a memory of its own."""

    def __init__(self, out: CoreComponentWriter) -> None:
        self._out = out
        heap = self._heap = out.core_instantiate(out.core_module(_heap()), [])
        self._memory = out.core_alias(heap, "memory", CoreSort.MEMORY)
        self._realloc = out.core_alias(heap, "realloc")
        self._posts: dict[str, int] = {}

    def convert(self, jobs: Sequence[Job], *, outward: bool) -> list[int]:
        """The index of each function as it is wanted.

        Args:
            jobs: What is to be converted.
            outward: Whether they are called from outside, so that others are called meanwhile.

        Raises:
            Unusual: A borrowed handle is inside of a value, or a function is asynchronous.
            Unencodable: A type cannot be written.
        """
        out = self._out
        shapes = [_shape(job.wanted) for job in jobs]
        # Strings that stand for bytes are on the outer side.
        within = Options(self._memory, self._realloc, latin1=not outward)
        items = []
        for number, (job, shape) in enumerate(zip(jobs, shapes, strict=True)):
            items.append((f"f{number}", CoreSort.FUNCTION, out.lower(job.source, within)))
            for place, resource in shape.lent.items():
                drop = out.resource_drop(out.type_index(resource))
                items.append((f"d{number}-{place}", CoreSort.FUNCTION, drop))
        module = out.core_module(bytes(wasmtime.wat2wasm(_module(shapes, outward))))
        glue = out.core_instantiate(module, [("f", out.core_bundle(items)), ("heap", self._heap)])
        return [
            out.lift(
                out.core_alias(glue, f"g{number}"),
                Options(self._memory, self._realloc, self._post(shape.returned), outward),
                job.wanted,
            )
            for number, (job, shape) in enumerate(zip(jobs, shapes, strict=True))
        ]

    def _post(self, returned: str) -> int:
        name = f"post-{returned}" if returned else "post"
        if name not in self._posts:
            self._posts[name] = self._out.core_alias(self._heap, name)
        return self._posts[name]


@cache
def _heap() -> bytes:
    text = files("runtime_shim.adapter").joinpath("heap.wat").read_text("utf-8")
    return bytes(wasmtime.wat2wasm(text))


def _shape(type: t.FuncType) -> _Shape:
    if type.is_async:
        raise Unusual("an asynchronous function")
    params: list[str] = []
    lent: dict[int, t.ValType] = {}
    for _, param in type.params:
        if isinstance(param, t.Borrow):
            lent[len(params)] = param.resource
        elif _borrows(param):
            raise Unusual("a borrowed handle inside of a value")
        params += flat(param)
    if len(params) > _MOST_FLAT:
        if lent:
            raise Unusual("a borrowed handle among many parameters")
        params = ["i32"]
    result = [] if type.result is None else flat(type.result)
    # No more than 8 bytes in memory for each, gaps included.
    area = 8 * len(result) if len(result) > 1 else 0
    returned = "i32" if area else "".join(result)
    return _Shape(tuple(params), area, returned, lent)


def _borrows(type: t.ValType | None) -> bool:
    return isinstance(type, t.Borrow) or (type is not None and any(map(_borrows, t.parts(type))))


def _module(shapes: Sequence[_Shape], outward: bool) -> str:
    """The text of the module that calls lowered functions as lifted ones are called."""
    imports = [
        '(import "heap" "area" (func $area (param i32) (result i32)))',
        '(import "heap" "keep" (func $keep))',
        '(import "heap" "free" (func $free))',
    ]
    functions = []
    for number, shape in enumerate(shapes):
        params = f"(param {' '.join(shape.params)})" if shape.params else ""
        returned = f"(result {shape.returned})" if shape.returned else ""
        lowered = f"{params} (param i32)" if shape.area else f"{params} {returned}"
        imports.append(f'(import "f" "f{number}" (func $f{number} {lowered}))')
        gets = [f"(local.get {place})" for place in range(len(shape.params))]
        before, after, call = [], [], " ".join([f"(call $f{number}", *gets])
        result = f"(local $result {shape.returned})" if shape.returned else ""
        if shape.area:
            before.append(f"(local.set $result (call $area (i32.const {shape.area})))")
            call += " (local.get $result))"
        else:
            call = f"(local.set $result {call}))" if shape.returned else f"{call})"
        if outward:
            before.append("(call $keep)")
            after.append("(call $free)")
        for place in shape.lent:
            imports.append(
                f'(import "f" "d{number}-{place}" (func $d{number}-{place} (param i32)))'
            )
            after.append(f"(call $d{number}-{place} (local.get {place}))")
        if shape.returned:
            after.append("(local.get $result)")
        code = " ".join([result, *before, call, *after])
        functions.append(f'(func (export "g{number}") {params} {returned} {code})')
    return f"(module {' '.join(imports)} {' '.join(functions)})"
