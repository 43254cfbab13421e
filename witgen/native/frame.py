"""Where the parameters of an exported function are, and how they come to lie in memory.

A function gets them as core values, or, when there are too many, as a pointer. Those that go on the
wire must lie in memory, in the layout that the parameters have when they are passed by pointer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from witgen.component.abi import Abi, Core, Layout, Signature, align_to
from witgen.native.describe import Descriptions
from witgen.resolve import model as m
from witgen.resolve.kinds import types_in

_LOADS = {
    (Core.I32, 1): "i32.load8_u",
    (Core.I32, 2): "i32.load16_u",
    (Core.I32, 4): "i32.load",
    (Core.I64, 8): "i64.load",
    (Core.F32, 4): "f32.load",
    (Core.F64, 8): "f64.load",
}
_STORES = {
    (Core.I32, 1): "i32.store8",
    (Core.I32, 2): "i32.store16",
    (Core.I32, 4): "i32.store",
    (Core.I64, 8): "i64.store",
    (Core.F32, 4): "f32.store",
    (Core.F64, 8): "f64.store",
}
_SLOT = 8


def load(core: Core, size: int, offset: int, base: str) -> str:
    """The core value at an offset."""
    return f"({_LOADS[core, size]} offset={offset} {base})"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A core value of a type that has the same ones always: where it lies, and what it is."""

    offset: int
    core: Core
    size: int


def leaves(abi: Abi, type: m.Type, at: int = 0) -> list[Leaf] | None:
    """The core values of a type, in order; None if they depend on the case of a variant."""
    type = abi.resolve.dealias(type)
    layout = abi.layout(type)
    kind = None if isinstance(type, m.Prim) else abi.resolve.types[type].kind
    match kind:
        case m.Record() | m.Tuple():
            found: list[Leaf] = []
            parts = [f.type for f in kind.fields] if isinstance(kind, m.Record) else kind.types
            for offset, part in zip(layout.offsets, parts, strict=True):
                inner = leaves(abi, part, at + offset)
                if inner is None:
                    return None
                found += inner
            return found
        case m.Variant() | m.Option() | m.Result():
            return None
        case m.List():
            return _pair(at)
        case _ if type is m.Prim.STRING:
            return _pair(at)
        case _ if layout.flat is not None and len(layout.flat) == 1:
            return [Leaf(at, layout.flat[0], layout.size)]
        case _:
            return None


def _pair(at: int) -> list[Leaf]:
    return [Leaf(at, Core.I32, 4), Leaf(at + 4, Core.I32, 4)]


@dataclass(frozen=True, slots=True)
class Frame:
    """The parameters of one function.

    Attributes:
        function: The function.
        abi: Layouts.
        signature: Its core signature.
        layout: Its parameters as a record.
    """

    function: m.Function
    abi: Abi
    signature: Signature
    layout: Layout

    @staticmethod
    def of(function: m.Function, abi: Abi) -> Frame:
        """The frame of an exported function."""
        signature = abi.signature(function, lowered=False)
        return Frame(function, abi, signature, abi.parameters(function))

    def values(self, index: int) -> list[str]:
        """The core values of a parameter without variants, where they are."""
        type = self.function.params[index].type
        found = leaves(self.abi, type, self.layout.offsets[index])
        if found is None:
            raise TypeError("the core values of a variant depend on its case")
        if self.signature.params_spilled:
            return [load(leaf.core, leaf.size, leaf.offset, "(local.get 0)") for leaf in found]
        first = self._first(index)
        return [f"(local.get {first + number})" for number in range(len(found))]

    def _first(self, index: int) -> int:
        flats = [self.abi.layout(p.type).flat or () for p in self.function.params[:index]]
        return sum(len(flat) for flat in flats)

    def fields(self, indices: Sequence[int]) -> list[tuple[int, m.Type]]:
        """The offsets and types of parameters."""
        return [(self.layout.offsets[i], self.function.params[i].type) for i in indices]

    def pointer(self, indices: Sequence[int]) -> str:
        """Where these parameters lie, once `prologue` has run."""
        if not indices:
            return "(i32.const 0)"
        return "(local.get 0)" if self.signature.params_spilled else "(local.get $frame)"

    def prologue(self, indices: Sequence[int], descriptions: Descriptions) -> Iterator[str]:
        """Begin the call, and put these parameters into memory."""
        if self.signature.params_spilled or not indices:
            yield "(drop (call $enter (i32.const 0)))"
            return
        slots = align_to(self.layout.size, _SLOT)
        variants = [i for i in indices if self._leaves(i) is None]
        most = max((len(self._flat(i)) for i in variants), default=0)
        yield f"(local.set $frame (call $enter (i32.const {slots + most * _SLOT})))"
        for index in indices:
            found, first = self._leaves(index), self._first(index)
            if found is not None:
                for number, leaf in enumerate(found):
                    yield (
                        f"({_STORES[leaf.core, leaf.size]} offset={leaf.offset}"
                        f" (local.get $frame) (local.get {first + number}))"
                    )
                continue
            for number, core in enumerate(self._flat(index)):
                yield (
                    f"({core}.store offset={slots + number * _SLOT}"
                    f" (local.get $frame) (local.get {first + number}))"
                )
            type = descriptions.type(self.function.params[index].type)
            yield (
                f"(drop (call $spill (i32.const {type})"
                f" (i32.add (local.get $frame) (i32.const {slots}))"
                f" (i32.add (local.get $frame) (i32.const {self.layout.offsets[index]}))))"
            )

    def _leaves(self, index: int) -> list[Leaf] | None:
        return leaves(self.abi, self.function.params[index].type, self.layout.offsets[index])

    def _flat(self, index: int) -> tuple[Core, ...]:
        return self.abi.layout(self.function.params[index].type).flat or ()

    @property
    def takes_pointers(self) -> bool:
        """Whether something must be allocated for its parameters."""
        types = [param.type for param in self.function.params]
        return self.signature.params_spilled or _holds_pointers(self.abi, types)

    @property
    def core_type(self) -> str:
        """The parameters and the result of the core function."""
        params = "".join(f" {core}" for core in self.signature.params)
        results = "".join(f" {core}" for core in self.signature.results)
        return (f" (param{params})" if params else "") + (f" (result{results})" if results else "")


def _holds_pointers(abi: Abi, types: Sequence[m.Type]) -> bool:
    """Whether there are lists or strings in values of the types."""
    waiting, seen = list(types), set[m.Type]()
    while waiting:
        type = waiting.pop()
        if type is m.Prim.STRING:
            return True
        if isinstance(type, m.Prim) or type in seen:
            continue
        seen.add(type)
        kind = abi.resolve.types[type].kind
        if isinstance(kind, m.List):
            return True
        waiting += types_in(kind)
    return False
