"""The functions of a component that read and write its state, and calling them."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wasmtime import component as c

from runtime_shim.adapter.state import RESERVED

if TYPE_CHECKING:
    import wasmtime

    from runtime_shim.boundary.reflect import Shape

Resource = tuple[str, str]
"""An interface and the name of a resource in it."""

_TELL, _HASH, _READ, _XOR, _GROW, _SET, _PROBE, _TAKE, _GIVE = range(9)
_AT_ONCE = 1 << 14
"""How many pages of 4 KiB are hashed in one call."""


@dataclass(frozen=True, slots=True)
class Part:
    """A component instance that has state, as the exports of the component tell.

    Attributes:
        name: The function that reads and writes.
        adopting: For each imported resource, the functions that take a handle into its table, and
            that give it away.
        owned: For each exported resource, the functions that make a handle for a representation,
            and that tell it.
    """

    name: str
    adopting: Mapping[Resource, tuple[str, str]]
    owned: Mapping[Resource, tuple[str, str]]


def parts(exports: Mapping[str, Any], shape: Shape) -> tuple[Part, ...]:
    """The parts of a component.

    Args:
        exports: The types of its exports, by name.
        shape: What it imports and exports.
    """
    reserved = [name for name in exports if name.startswith(RESERVED)]
    return tuple(_part(name, reserved, exports, shape) for name in reserved if name.endswith("-do"))


def _part(name: str, reserved: list[str], exports: Mapping[str, Any], shape: Shape) -> Part:
    path = name.removesuffix("do")
    found: dict[str, dict[Resource, str]] = {kind: {} for kind in ("adopt", "give", "new", "rep")}
    for function in reserved:
        kind = function.removeprefix(path).rstrip("0123456789")
        if kind in found:
            raw = exports[function]
            types = [raw.result, *(ty for _, ty in raw.params)]
            [handle] = [ty.ty for ty in types if isinstance(ty, c.OwnType | c.BorrowType)]
            resource = shape.resources.find(handle)
            if resource is not None:
                found[kind][resource.interface, resource.name] = function
    adopt, give, new, rep = found.values()
    return Part(
        name,
        {key: (adopt[key], give[key]) for key in adopt},
        {key: (new[key], rep[key]) for key in new},
    )


class Adapter:
    """The operations on one part of an instance.

    Every method raises `wasmtime.WasmtimeError` where the instance cannot go on.
    """

    def __init__(self, part: Part, store: wasmtime.Store, instance: c.Instance) -> None:
        self.part = part
        self._store = store
        self._instance = instance
        self._operate = self.function(part.name)

    def function(self, name: str) -> c.Func:
        """One of the added functions."""
        index = self._instance.get_export_index(self._store, name)
        found = None if index is None else self._instance.get_func(self._store, index)
        if found is None:
            raise KeyError(name)
        return found

    def call(self, name: str, *args: Any) -> Any:
        """What one of the added functions answers."""
        return self.function(name)(self._store, *args)

    def _do(self, what: int, a: int = 0, b: int = 0, data: bytes = b"") -> bytes:
        answer: str = self._operate(self._store, what, a, b, data.decode("latin1"))
        return answer.encode("latin1")

    def tell(self) -> tuple[tuple[int, ...], bytes]:
        """The size of each memory in pages of 64 KiB, and all globals."""
        told = self._do(_TELL)
        [count] = struct.unpack_from("<Q", told)
        return struct.unpack_from(f"<{count}Q", told, 8), told[8 + 8 * count :]

    def hashes(self, memory: int, pages: int) -> bytes:
        """Eight bytes for each page of 4 KiB; those of an empty page are zero."""
        found = []
        for first in range(0, pages, _AT_ONCE):
            count = struct.pack("<I", min(_AT_ONCE, pages - first))
            found.append(self._do(_HASH, first, memory, count))
        return b"".join(found)

    def read(self, memory: int, pages: list[int]) -> bytes:
        """The contents of pages of 4 KiB."""
        return self._do(_READ, 0, memory, struct.pack(f"<{len(pages)}I", *pages))

    def combine(self, memory: int, numbers: bytes, lines: bytes) -> None:
        """Change lines of 64 bytes by exclusive or."""
        self._do(_XOR, 0, memory, numbers + lines)

    def grow(self, memory: int, pages: int) -> None:
        """Give a memory more pages of 64 KiB."""
        self._do(_GROW, pages, memory)

    def set(self, variables: bytes) -> None:
        """Set all globals."""
        self._do(_SET, data=variables)

    def places(self, count: int) -> tuple[int, ...]:
        """The places of the table of handles that will be taken next."""
        return struct.unpack(f"<{count}I", self._do(_PROBE, count))

    def take(self) -> int:
        """Take the next place for nothing."""
        return int(struct.unpack("<I", self._do(_TAKE))[0])

    def free(self, places: list[int]) -> None:
        """Free places taken for nothing, in this order."""
        self._do(_GIVE, data=struct.pack(f"<{len(places)}I", *places))
