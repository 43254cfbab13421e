"""The canonical ABI's layout of types: size, alignment, flattening, and spilling.

Pure arithmetic over the types of a `Resolve`. Pointers have 32 bits. Source: component-model
`design/mvp/CanonicalABI.md`, "Alignment", "Element Size", "Flattening".
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import assert_never

from witgen.resolve import model as m
from witgen.resolve.kinds import types_in
from witgen.value import state, value

# A function with more flat parameters or results passes them in memory.
MAX_FLAT_PARAMS = 16
MAX_FLAT_RESULTS = 1


class Core(StrEnum):
    """A core value type."""

    I32 = "i32"
    I64 = "i64"
    F32 = "f32"
    F64 = "f64"


_PRIMITIVES: dict[m.Prim, tuple[int, Core]] = {
    m.Prim.BOOL: (1, Core.I32),
    m.Prim.U8: (1, Core.I32),
    m.Prim.S8: (1, Core.I32),
    m.Prim.U16: (2, Core.I32),
    m.Prim.S16: (2, Core.I32),
    m.Prim.U32: (4, Core.I32),
    m.Prim.S32: (4, Core.I32),
    m.Prim.U64: (8, Core.I64),
    m.Prim.S64: (8, Core.I64),
    m.Prim.F32: (4, Core.F32),
    m.Prim.F64: (8, Core.F64),
    m.Prim.CHAR: (4, Core.I32),
    m.Prim.ERROR_CONTEXT: (4, Core.I32),
}
_POINTER_PAIR = (Core.I32, Core.I32)


@value
class Layout:
    """The layout of a type in memory and on the stack.

    Attributes:
        size: Bytes of an element of a list.
        align: Alignment in bytes, a power of two.
        flat: The core types of its flat form, or None if it has too many to pass flat.
        offsets: Byte offset of each field of a record, element of a tuple or fixed-length list's
            stride; empty for other kinds.
        tag: Bytes of the discriminant of a variant-like type, else 0.
        payload: Byte offset of the payload of a variant-like type, else 0.
    """

    size: int
    align: int
    flat: tuple[Core, ...] | None
    offsets: tuple[int, ...] = ()
    tag: int = 0
    payload: int = 0


@value
class Signature:
    """The core signature of a function.

    Attributes:
        params: Flat parameters, or a single pointer.
        results: At most one flat result.
        params_spilled: Whether the parameters are in memory, with a pointer as the only core
            parameter.
        result_spilled: Whether the result is in memory: a lifted function returns the pointer, a
            lowered one takes it as its last parameter.
    """

    params: tuple[Core, ...]
    results: tuple[Core, ...]
    params_spilled: bool
    result_spilled: bool


def align_to(offset: int, align: int) -> int:
    """The next multiple of `align`."""
    return (offset + align - 1) // align * align


def tag_size(cases: int) -> int:
    """The size in bytes of the discriminant for a number of cases."""
    return 1 if cases <= 1 << 8 else 2 if cases <= 1 << 16 else 4


def join(a: Core, b: Core) -> Core:
    """The core type that can hold either of two."""
    if a is b:
        return a
    return Core.I32 if {a, b} == {Core.I32, Core.F32} else Core.I64


@state
class Abi:
    """Layouts of the types of a `Resolve`, each computed once."""

    resolve: m.Resolve
    _memo: dict[m.TypeId, Layout] = field(default_factory=dict)

    def layout(self, type: m.Type) -> Layout:
        """The layout of a type.

        Raises:
            ValueError: The type is a resource, which only has handles.
        """
        if isinstance(type, m.Prim):
            if type is m.Prim.STRING:
                return Layout(8, 4, _POINTER_PAIR)
            size, core = _PRIMITIVES[type]
            return Layout(size, size, (core,))
        # Chains of named types may be longer than a call stack.
        stack = [] if type in self._memo else [type]
        while stack:
            kind = self.resolve.types[stack[-1]].kind
            missing = (
                []
                if isinstance(kind, m.List | m.Map | m.Future | m.Stream)
                else [
                    part
                    for part in types_in(kind)
                    if not isinstance(part, m.Prim) and part not in self._memo
                ]
            )
            if missing:
                stack += missing
            else:
                self._memo[stack.pop()] = self._of(kind)
        return self._memo[type]

    def _of(self, kind: m.TypeDefKind) -> Layout:
        match kind:
            case m.Record(fields):
                return self._sequence([f.type for f in fields])
            case m.Tuple(types):
                return self._sequence(list(types))
            case m.FixedLengthList(type, length):
                return self._fixed(type, length)
            case m.Variant(cases):
                return self._variant([c.type for c in cases])
            case m.Option(type):
                return self._variant([None, type])
            case m.Result(ok, err):
                return self._variant([ok, err])
            case m.Enum(labels):
                return self._variant([None] * len(labels))
            case m.Flags(flags):
                size = 1 if len(flags) <= 8 else 2 if len(flags) <= 16 else 4
                words = (len(flags) + 31) // 32 or 1
                return Layout(size * words, size, (Core.I32,) * words)
            case m.List() | m.Map():
                return Layout(8, 4, _POINTER_PAIR)
            case m.Own() | m.Borrow() | m.Future() | m.Stream():
                return Layout(4, 4, (Core.I32,))
            case m.Alias(type):
                return self.layout(type)
            case m.Resource():
                raise ValueError("a resource has no layout, only its handles have")
            case _:
                assert_never(kind)

    def _sequence(self, types: list[m.Type]) -> Layout:
        size, align = 0, 1
        flat: tuple[Core, ...] | None = ()
        offsets = []
        for type in types:
            part = self.layout(type)
            size = align_to(size, part.align)
            offsets.append(size)
            size += part.size
            align = max(align, part.align)
            flat = _append(flat, part.flat)
        return Layout(align_to(size, align), align, flat, tuple(offsets))

    def _fixed(self, type: m.Type, length: int) -> Layout:
        part = self.layout(type)
        flat: tuple[Core, ...] | None = None
        if part.flat is not None and len(part.flat) * length <= MAX_FLAT_PARAMS:
            flat = part.flat * length
        return Layout(part.size * length, part.align, flat, (part.size,))

    def _variant(self, payloads: list[m.Type | None]) -> Layout:
        tag = tag_size(len(payloads))
        parts = [self.layout(type) for type in payloads if type is not None]
        align = max([tag, *(part.align for part in parts)])
        payload = align_to(tag, max([1, *(part.align for part in parts)]))
        size = payload + max([0, *(part.size for part in parts)])
        flat: tuple[Core, ...] | None = ()
        for part in parts:
            flat = _joined(flat, part.flat)
        whole = _append((Core.I32,), flat)
        return Layout(align_to(size, align), align, whole, (), tag, payload)

    def parameters(self, function: m.Function) -> Layout:
        """The parameters as one record: their layout if they are spilled."""
        return self._sequence([p.type for p in function.params])

    def signature(self, function: m.Function, *, lowered: bool) -> Signature:
        """The core signature of a function that is not async.

        Args:
            function: The function.
            lowered: Whether for the import side (`canon lower`) or the export side (`canon lift`).
        """
        whole = self.parameters(function).flat
        spilled = whole is None or len(whole) > MAX_FLAT_PARAMS
        params = (Core.I32,) if whole is None or spilled else whole
        if function.result is None:
            return Signature(params, (), spilled, False)
        flat = self.layout(function.result).flat
        if flat is not None and len(flat) <= MAX_FLAT_RESULTS:
            return Signature(params, flat, spilled, False)
        if lowered:
            return Signature((*params, Core.I32), (), spilled, True)
        return Signature(params, (Core.I32,), spilled, True)


def _append(
    flat: tuple[Core, ...] | None, more: tuple[Core, ...] | None
) -> tuple[Core, ...] | None:
    """Concatenate both; None if too long to pass flat, so that it stays short."""
    if flat is None or more is None or len(flat) + len(more) > MAX_FLAT_PARAMS:
        return None
    return flat + more


def _joined(a: tuple[Core, ...] | None, b: tuple[Core, ...] | None) -> tuple[Core, ...] | None:
    """Element by element, the type that can hold either."""
    if a is None or b is None:
        return None
    shorter, longer = sorted((a, b), key=len)
    shared = tuple(join(x, y) for x, y in zip(shorter, longer, strict=False))
    return shared + longer[len(shorter) :]
