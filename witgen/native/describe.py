"""Types and remote functions as words in the static data, which the runtime interprets.

What each word means is written in `runtime/wire.wat` and `runtime/calls.wat`. Equal descriptions are
one, so types share their structure.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from witgen.component.abi import Abi, Layout
from witgen.resolve import model as m

BASE = 16
"""Where the data begins: address 0 means nothing."""

_RECORD, _VARIANT, _ENUM, _FLAGS, _TUPLE, _LIST, _OPTION, _RESULT = range(8)
_HANDLE = 21
_PRIMITIVES = (
    m.Prim.U8,
    m.Prim.U16,
    m.Prim.U32,
    m.Prim.U64,
    m.Prim.S8,
    m.Prim.S16,
    m.Prim.S32,
    m.Prim.S64,
    m.Prim.F32,
    m.Prim.F64,
    m.Prim.CHAR,
    m.Prim.BOOL,
    m.Prim.STRING,
)
"""In the order of the cases of `wit-node`, which they follow from 8 on."""


@dataclass(slots=True)
class Descriptions:
    """The static data of a client, while it is written.

    Attributes:
        resolve: The types.
        abi: Their layouts.
        resources: Of each remote resource, where its functions are in the runtime's table.
        data: The data so far, from `BASE` on.
    """

    resolve: m.Resolve
    abi: Abi
    resources: Mapping[m.TypeId, int]
    data: bytearray = field(default_factory=bytearray)
    _known: dict[bytes, int] = field(default_factory=dict)
    _types: dict[m.Type, int] = field(default_factory=dict)
    _counts: dict[int, int] = field(default_factory=dict)

    def words(self, *words: int) -> int:
        """The address of these words."""
        return self._put(struct.pack(f"<{len(words)}I", *words), 4)

    def text(self, text: str) -> tuple[int, int]:
        """The address and the length of a text."""
        data = text.encode()
        return self._put(data, 1), len(data)

    def _put(self, data: bytes, align: int) -> int:
        key = data + bytes((align,))
        address = self._known.get(key)
        if address is None:
            self.data += bytes(-len(self.data) % align)
            address = self._known[key] = BASE + len(self.data)
            self.data += data
        return address

    def record(self, fields: Sequence[tuple[int, m.Type]], size: int, kind: int = _RECORD) -> int:
        """A record of fields at these offsets."""
        parts = [(offset, self.type(type)) for offset, type in fields]
        counts = [self._counts[part] for _, part in parts]
        count = 1 + sum(counts) if all(counts) else 0
        flat = [word for part in parts for word in part]
        return self._counted(count, kind, size, count, len(parts), *flat)

    def _counted(self, count: int, *words: int) -> int:
        address = self.words(*words)
        self._counts[address] = count
        return address

    def type(self, type: m.Type) -> int:
        """The address of a type's description.

        Raises:
            TypeError: Such a type cannot be sent.
        """
        type = self.resolve.dealias(type)
        address = self._types.get(type)
        if address is None:
            layout = self.abi.layout(type)
            if isinstance(type, m.Prim):
                address = self._counted(1, 8 + _PRIMITIVES.index(type), layout.size, 1)
            else:
                address = self._kind(self.resolve.types[type].kind, layout)
            self._types[type] = address
        return address

    def _kind(self, kind: m.TypeDefKind, layout: Layout) -> int:
        match kind:
            case m.Record(fields):
                types = [f.type for f in fields]
                return self.record(list(zip(layout.offsets, types, strict=True)), layout.size)
            case m.Tuple(types):
                fields_ = list(zip(layout.offsets, types, strict=True))
                return self.record(fields_, layout.size, _TUPLE)
            case m.Variant(cases):
                return self._cases(_VARIANT, [c.type for c in cases], layout)
            case m.Option(type):
                return self._cases(_OPTION, [None, type], layout)
            case m.Result(ok, err):
                return self._cases(_RESULT, [ok, err], layout)
            case m.Enum(labels):
                return self._counted(1, _ENUM, layout.size, 1, len(labels), layout.tag)
            case m.Flags(flags):
                count = 1 + (len(flags) + 3) // 4
                return self._counted(count, _FLAGS, layout.size, count, len(flags))
            case m.List(type):
                return self._counted(0, _LIST, layout.size, 0, self.type(type))
            case m.Own(resource) | m.Borrow(resource):
                behind = self.resolve.dealias(resource)
                owned = int(isinstance(kind, m.Own))
                if isinstance(behind, m.Prim):
                    raise TypeError("a handle refers to a resource")
                return self._counted(1, _HANDLE, layout.size, 1, self.resources[behind], owned)
            case m.Resource() | m.FixedLengthList() | m.Map() | m.Future() | m.Stream() | m.Alias():
                raise TypeError("a type that cannot be sent")
            case _:
                assert_never(kind)

    def _cases(self, kind: int, payloads: Sequence[m.Type | None], layout: Layout) -> int:
        parts = [0 if type is None else self.type(type) for type in payloads]
        count = 0 if any(parts) else 1
        flat = 0 if layout.flat is None else len(layout.flat)
        return self._counted(
            count, kind, layout.size, count, len(parts), layout.tag, layout.payload, flat, *parts
        )
