"""Values on the wire of golem:rpc, made by witgen.

A `wit-value` is a tree in a list: node 0 is the root, and a node refers to its
children by index. A codec knows one WIT type; it writes a Python value, in the form
that componentize-py gives it, as nodes, and reads it back.
"""

from __future__ import annotations

from enum import Enum, Flag
from typing import Any, Generic, List, Optional, Tuple, Type, TypeVar, Union, cast

from componentize_py_types import Err, Ok, Some
from wit_world.imports.types import (
    WitNode,
    WitNode_EnumValue,
    WitNode_FlagsValue,
    WitNode_ListValue,
    WitNode_OptionValue,
    WitNode_PrimBool,
    WitNode_PrimChar,
    WitNode_PrimFloat32,
    WitNode_PrimFloat64,
    WitNode_PrimS8,
    WitNode_PrimS16,
    WitNode_PrimS32,
    WitNode_PrimS64,
    WitNode_PrimString,
    WitNode_PrimU8,
    WitNode_PrimU16,
    WitNode_PrimU32,
    WitNode_PrimU64,
    WitNode_RecordValue,
    WitNode_ResultValue,
    WitNode_TupleValue,
    WitNode_VariantValue,
    WitValue,
)

T = TypeVar("T")
E = TypeVar("E")
N = TypeVar("N")
F = TypeVar("F", bound=Flag)
M = TypeVar("M", bound=Enum)

Nodes = List[WitNode]


class Mismatch(Exception):
    """A reply does not have the type that the client was generated for."""


def reserve(nodes: Nodes) -> int:
    """Make room for a node whose children are not known yet; its index."""
    nodes.append(WitNode_PrimBool(False))
    return len(nodes) - 1


def expect(kind: Type[N], nodes: Nodes, index: int) -> N:
    """The node at an index, which must be of the kind."""
    if not 0 <= index < len(nodes):
        raise Mismatch(f"node {index} is missing")
    node = nodes[index]
    if not isinstance(node, kind):
        found, wanted = type(node).__name__, kind.__name__
        raise Mismatch(f"node {index} is a {found}, not a {wanted}")
    return node


class Codec(Generic[T]):
    """Writes and reads the values of one WIT type."""

    def write(self, value: T, nodes: Nodes) -> int:
        """Append the nodes of a value; the index of its root."""
        raise NotImplementedError

    def read(self, nodes: Nodes, index: int) -> T:
        """The value whose root is at an index."""
        raise NotImplementedError

    def reply(self, value: WitValue) -> T:
        """The result of a call: the one element of the tuple that comes back."""
        elements = expect(WitNode_TupleValue, value.nodes, 0).value
        if len(elements) != 1:
            raise Mismatch(f"the reply has {len(elements)} results, not one")
        return self.read(value.nodes, elements[0])


def param(codec: Codec[T], value: T) -> WitValue:
    """A value that stands alone, as a parameter of a call."""
    nodes: Nodes = []
    codec.write(value, nodes)
    return WitValue(nodes)


class Nothing(Codec[None]):
    """No value: a missing payload, or the result of a function without one."""

    def reply(self, value: WitValue) -> None:
        """Nothing; the tuple that comes back is empty."""
        elements = expect(WitNode_TupleValue, value.nodes, 0).value
        if elements:
            raise Mismatch(f"the reply has {len(elements)} results, not none")


class Primitive(Codec[T]):
    """A type whose values are one node."""

    def __init__(self, kind: Type[Any]) -> None:
        self.kind = kind

    def write(self, value: T, nodes: Nodes) -> int:
        nodes.append(self.kind(value))
        return len(nodes) - 1

    def read(self, nodes: Nodes, index: int) -> T:
        return cast(T, expect(self.kind, nodes, index).value)


NOTHING = Nothing()
BOOL = Primitive[bool](WitNode_PrimBool)
U8 = Primitive[int](WitNode_PrimU8)
U16 = Primitive[int](WitNode_PrimU16)
U32 = Primitive[int](WitNode_PrimU32)
U64 = Primitive[int](WitNode_PrimU64)
S8 = Primitive[int](WitNode_PrimS8)
S16 = Primitive[int](WitNode_PrimS16)
S32 = Primitive[int](WitNode_PrimS32)
S64 = Primitive[int](WitNode_PrimS64)
F32 = Primitive[float](WitNode_PrimFloat32)
F64 = Primitive[float](WitNode_PrimFloat64)
CHAR = Primitive[str](WitNode_PrimChar)
STRING = Primitive[str](WitNode_PrimString)


class Bytes(Codec[bytes]):
    """`list<u8>`, and `list<s8>` in two's complement."""

    def __init__(self, element: Codec[int]) -> None:
        self.element = element

    def write(self, value: bytes, nodes: Nodes) -> int:
        index = reserve(nodes)
        signed = self.element is S8
        numbers = [byte - 256 if signed and byte > 127 else byte for byte in value]
        children = [self.element.write(number, nodes) for number in numbers]
        nodes[index] = WitNode_ListValue(children)
        return index

    def read(self, nodes: Nodes, index: int) -> bytes:
        children = expect(WitNode_ListValue, nodes, index).value
        return bytes(self.element.read(nodes, child) & 255 for child in children)


class ListOf(Codec[List[T]]):
    """`list<element>`."""

    def __init__(self, element: Codec[T]) -> None:
        self.element = element

    def write(self, value: List[T], nodes: Nodes) -> int:
        index = reserve(nodes)
        children = [self.element.write(element, nodes) for element in value]
        nodes[index] = WitNode_ListValue(children)
        return index

    def read(self, nodes: Nodes, index: int) -> List[T]:
        children = expect(WitNode_ListValue, nodes, index).value
        return [self.element.read(nodes, child) for child in children]


class TupleOf(Codec[Tuple[Any, ...]]):
    """`tuple<elements>`."""

    def __init__(self, *elements: Codec[Any]) -> None:
        self.elements = elements

    def write(self, value: Tuple[Any, ...], nodes: Nodes) -> int:
        index = reserve(nodes)
        pairs = zip(self.elements, value, strict=True)
        children = [codec.write(element, nodes) for codec, element in pairs]
        nodes[index] = WitNode_TupleValue(children)
        return index

    def read(self, nodes: Nodes, index: int) -> Tuple[Any, ...]:
        children = expect(WitNode_TupleValue, nodes, index).value
        if len(children) != len(self.elements):
            raise Mismatch(f"node {index} has {len(children)} elements")
        pairs = zip(self.elements, children)
        return tuple(codec.read(nodes, child) for codec, child in pairs)


class RecordOf(Codec[T]):
    """A record: its class, and each field's Python name and codec."""

    def __init__(self, made: Type[T], *fields: Tuple[str, Codec[Any]]) -> None:
        self.made = made
        self.fields = fields

    def write(self, value: T, nodes: Nodes) -> int:
        index = reserve(nodes)
        values = [(codec, getattr(value, name)) for name, codec in self.fields]
        children = [codec.write(field, nodes) for codec, field in values]
        nodes[index] = WitNode_RecordValue(children)
        return index

    def read(self, nodes: Nodes, index: int) -> T:
        children = expect(WitNode_RecordValue, nodes, index).value
        if len(children) != len(self.fields):
            raise Mismatch(f"node {index} has {len(children)} fields")
        pairs = zip(self.fields, children)
        return self.made(*(codec.read(nodes, child) for (_, codec), child in pairs))


class VariantOf(Codec[Any]):
    """A variant: each case's class and the codec of its payload, `NOTHING` without."""

    def __init__(self, *cases: Tuple[Type[Any], Codec[Any]]) -> None:
        self.cases = cases
        self.numbers = {made: number for number, (made, _) in enumerate(cases)}

    def write(self, value: Any, nodes: Nodes) -> int:
        index = reserve(nodes)
        number = self.numbers[type(value)]
        codec = self.cases[number][1]
        payload = None if codec is NOTHING else codec.write(value.value, nodes)
        nodes[index] = WitNode_VariantValue((number, payload))
        return index

    def read(self, nodes: Nodes, index: int) -> Any:
        number, payload = expect(WitNode_VariantValue, nodes, index).value
        if number >= len(self.cases):
            raise Mismatch(f"node {index} is case {number}")
        made, codec = self.cases[number]
        if (payload is None) != (codec is NOTHING):
            raise Mismatch(f"the payload of node {index} is missing or too much")
        return made() if payload is None else made(codec.read(nodes, payload))


class EnumOf(Codec[M]):
    """An enum: its class, whose values count from 0."""

    def __init__(self, made: Type[M]) -> None:
        self.made = made

    def write(self, value: M, nodes: Nodes) -> int:
        nodes.append(WitNode_EnumValue(value.value))
        return len(nodes) - 1

    def read(self, nodes: Nodes, index: int) -> M:
        return self.made(expect(WitNode_EnumValue, nodes, index).value)


class FlagsOf(Codec[F]):
    """Flags: their class, whose values are the bits, and how many there are."""

    def __init__(self, made: Type[F], count: int) -> None:
        self.made = made
        self.count = count

    def write(self, value: F, nodes: Nodes) -> int:
        bits = [bool(value.value >> bit & 1) for bit in range(self.count)]
        nodes.append(WitNode_FlagsValue(bits))
        return len(nodes) - 1

    def read(self, nodes: Nodes, index: int) -> F:
        bits = expect(WitNode_FlagsValue, nodes, index).value
        if len(bits) != self.count:
            raise Mismatch(f"node {index} has {len(bits)} flags")
        return self.made(sum(1 << bit for bit, is_set in enumerate(bits) if is_set))


class OptionOf(Codec[Optional[T]]):
    """`option<payload>`, as `None` or the payload."""

    def __init__(self, payload: Codec[T]) -> None:
        self.payload = payload

    def write(self, value: Optional[T], nodes: Nodes) -> int:
        index = reserve(nodes)
        child = None if value is None else self.payload.write(value, nodes)
        nodes[index] = WitNode_OptionValue(child)
        return index

    def read(self, nodes: Nodes, index: int) -> Optional[T]:
        child = expect(WitNode_OptionValue, nodes, index).value
        return None if child is None else self.payload.read(nodes, child)


class NestedOptionOf(Codec[Optional[Some[T]]]):
    """`option<option<…>>`, as `None` or `Some(payload)`."""

    def __init__(self, payload: Codec[T]) -> None:
        self.payload = payload

    def write(self, value: Optional[Some[T]], nodes: Nodes) -> int:
        index = reserve(nodes)
        child = None if value is None else self.payload.write(value.value, nodes)
        nodes[index] = WitNode_OptionValue(child)
        return index

    def read(self, nodes: Nodes, index: int) -> Optional[Some[T]]:
        child = expect(WitNode_OptionValue, nodes, index).value
        return None if child is None else Some(self.payload.read(nodes, child))


class ResultOf(Codec[Union[Ok[T], Err[E]]]):
    """`result<ok, err>`, as `Ok` or `Err`; `NOTHING` is a missing payload."""

    def __init__(self, ok: Codec[T], err: Codec[E]) -> None:
        self.ok = ok
        self.err = err

    def write(self, value: Union[Ok[T], Err[E]], nodes: Nodes) -> int:
        index = reserve(nodes)
        child: Union[Ok[Optional[int]], Err[Optional[int]]]
        if isinstance(value, Ok):
            child = Ok(self._child(self.ok, value.value, nodes))
        else:
            child = Err(self._child(self.err, value.value, nodes))
        nodes[index] = WitNode_ResultValue(child)
        return index

    def read(self, nodes: Nodes, index: int) -> Union[Ok[T], Err[E]]:
        child = expect(WitNode_ResultValue, nodes, index).value
        if isinstance(child, Ok):
            return Ok(self._payload(self.ok, nodes, child.value))
        return Err(self._payload(self.err, nodes, child.value))

    def _child(self, codec: Codec[N], value: N, nodes: Nodes) -> Optional[int]:
        return None if codec is NOTHING else codec.write(value, nodes)

    def _payload(self, codec: Codec[N], nodes: Nodes, index: Optional[int]) -> N:
        if (index is None) != (codec is NOTHING):
            raise Mismatch("the payload of a result is missing or too much")
        return cast(N, None) if index is None else codec.read(nodes, index)
