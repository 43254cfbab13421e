"""Write components that contain core code: modules, their instances, and canonical definitions.

Source: component-model `design/mvp/Binary.md`, "Core Definitions" and "Canonical Definitions".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from witgen.component import types as t
from witgen.component.component_writer import ComponentWriter
from witgen.component.cursor import Buffer
from witgen.component.writer import name, u32
from witgen.value import value


class CoreSort(IntEnum):
    """What a core instance exports, with its byte."""

    FUNCTION = 0x00
    TABLE = 0x01
    MEMORY = 0x02
    GLOBAL = 0x03


@value
class Options:
    """How values pass between a core function and a component function, by core indices.

    Attributes:
        memory: The memory of the pointers.
        realloc: The function that allocates in it.
        post_return: The function called after a result was read.
        latin1: Whether strings of only such characters are one byte a character, instead of UTF-8.
    """

    memory: int | None = None
    realloc: int | None = None
    post_return: int | None = None
    latin1: bool = False

    def encode(self) -> bytes:
        """The vector of options; UTF-8 is the default."""
        given = ((0x03, self.memory), (0x04, self.realloc), (0x05, self.post_return))
        found = [bytes((code,)) + u32(index) for code, index in given if index is not None]
        if self.latin1:
            found.insert(0, b"\x02")
        return u32(len(found)) + b"".join(found)


@dataclass(slots=True)
class CoreComponentWriter(ComponentWriter):
    """A component with core code; every method returns the index of what it appends."""

    core_functions: int = 0
    core_tables: int = 0
    core_memories: int = 0
    core_globals: int = 0
    core_instances: int = 0

    def core_module(self, data: Buffer) -> int:
        """A core module."""
        self.put_raw(1, data)
        self.modules += 1
        return self.modules - 1

    def core_instantiate(self, module: int, arguments: Iterable[tuple[str, int]]) -> int:
        """An instance of a core module, from (name, core instance) of each module it imports."""
        items = [name(key) + b"\x12" + u32(index) for key, index in arguments]
        self.put(2, b"\x00" + u32(module) + u32(len(items)) + b"".join(items))
        return self._new_core_instance()

    def core_bundle(self, exports: Iterable[tuple[str, CoreSort, int]]) -> int:
        """A core instance made of existing items: (name, sort, index)."""
        items = [name(key) + bytes((sort,)) + u32(index) for key, sort, index in exports]
        self.put(2, b"\x01" + u32(len(items)) + b"".join(items))
        return self._new_core_instance()

    def _new_core_instance(self) -> int:
        self.core_instances += 1
        return self.core_instances - 1

    def core_alias(self, instance: int, key: str, sort: CoreSort = CoreSort.FUNCTION) -> int:
        """An export of a core instance."""
        self.put(6, bytes((0x00, sort, 0x01)) + u32(instance) + name(key))
        match sort:
            case CoreSort.FUNCTION:
                return self._new_core_function()
            case CoreSort.TABLE:
                self.core_tables += 1
                return self.core_tables - 1
            case CoreSort.MEMORY:
                self.core_memories += 1
                return self.core_memories - 1
            case CoreSort.GLOBAL:
                self.core_globals += 1
                return self.core_globals - 1

    def _new_core_function(self) -> int:
        self.core_functions += 1
        return self.core_functions - 1

    def lower(self, function: int, options: Options) -> int:
        """A component function as a core function."""
        self.put(8, b"\x01\x00" + u32(function) + options.encode())
        return self._new_core_function()

    def lift(self, function: int, options: Options, type: t.FuncType) -> int:
        """A core function as a component function of this type.

        Raises:
            Unencodable: The type refers to an undeclared name.
        """
        index = self.type_index(type)
        self.put(8, b"\x00\x00" + u32(function) + options.encode() + u32(index))
        self.functions += 1
        return self.functions - 1

    def resource(self, key: str, destructor: int | None = None) -> int:
        """A resource type represented by an `i32`, known locally as `key`.

        Args:
            key: The local name, for references.
            destructor: The core function that receives the representation when a handle is dropped.
        """
        dtor = b"\x00" if destructor is None else b"\x01" + u32(destructor)
        self.put_type(b"\x3f\x7f" + dtor)
        self.known_types[t.Space.LOCAL, (key,)] = self.types
        self.types += 1
        return self.types - 1

    def resource_new(self, type: int) -> int:
        """The core function that makes a handle for a representation."""
        return self._canon(0x02, type)

    def resource_drop(self, type: int) -> int:
        """The core function that drops a handle."""
        return self._canon(0x03, type)

    def resource_rep(self, type: int) -> int:
        """The core function that returns a handle's representation."""
        return self._canon(0x04, type)

    def _canon(self, code: int, type: int) -> int:
        self.put(8, bytes((code,)) + u32(type))
        return self._new_core_function()

    def define(self, key: tuple[str, ...], type: t.ValType) -> int:
        """Define a type, known locally as `key`.

        Raises:
            Unencodable: It refers to an undeclared name.
        """
        index = self.known_types[t.Space.LOCAL, key] = self.type_index(type)
        return index
