"""Exports what a core module keeps: its own memories and its mutable globals.

Source: WebAssembly core specification 3.0, "Modules" of the binary format.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from witgen.component.body import sections
from witgen.component.coretypes import (
    Limits,
    pass_value_type,
    read_limits,
    skip_entity,
)
from witgen.component.cursor import Buffer, Cursor, Malformed
from witgen.component.state.lasting import Unfamiliar, lasting
from witgen.component.writer import name, u32
from witgen.value import value

PREFIX = "witgen-state"
"""What the names of all exports begin with that are added here."""

NUMBERS: Mapping[int, str] = MappingProxyType(
    {0x7F: "i32", 0x7E: "i64", 0x7D: "f32", 0x7C: "f64", 0x7B: "v128"}
)
"""The types of globals that can be read and set from outside."""

_EXPORTS = 7
_BEFORE_EXPORTS = frozenset({0, 1, 2, 3, 4, 5, 13, 6})
_MEMORY, _GLOBAL = 0x02, 0x03
_MUTABLE, _SHARED, _WIDE, _PAGE_SIZE = 0x01, 0x02, 0x04, 0x08


@value
class Memory:
    """A memory of a core module.

    Attributes:
        name: What it is exported as.
        wide: Whether its addresses have 64 bits.
    """

    name: str
    wide: bool


@value
class Global:
    """A mutable global of a core module: what it is exported as, and its type."""

    name: str
    type: str


@value
class Module:
    """A core module that exports what it keeps.

    Attributes:
        pieces: The module.
        memories: Its own memories.
        globals: Its own mutable globals.
        reasons: Why what it keeps cannot all be taken.
    """

    pieces: list[Buffer]
    memories: tuple[Memory, ...] = ()
    globals: tuple[Global, ...] = ()
    reasons: tuple[str, ...] = ()


class _Reader:
    """Collects what a module defines, section by section."""

    def __init__(self) -> None:
        self.imported = {_MEMORY: 0, _GLOBAL: 0}
        self.memories: list[bool] = []
        self.globals: list[tuple[int, str]] = []  # place among its own, type
        self.reasons: list[str] = []

    def read(self, kind: int, section: Cursor) -> None:
        """Read a section's contents; what cannot be read is a reason."""
        try:
            match kind:
                case 2:
                    for _ in range(section.count("import")):
                        self._import(section)
                case 5:
                    for _ in range(section.count("memory")):
                        self._memory(section)
                case 6:
                    for place in range(section.count("global")):
                        self._global(section, place)
                case 10:
                    self.reasons += [
                        f"its code uses `{name}`, whose effect cannot be seen from outside"
                        for name in sorted(lasting(section))
                    ]
                case _:
                    pass
        except Unfamiliar as error:
            self.reasons.append(f"its code uses {error}")
        except Malformed as error:
            self.reasons.append(f"it has a core module that cannot be read: {error}")

    def _import(self, section: Cursor) -> None:
        section.skip_name()
        section.skip_name()
        kind = section.peek()
        limits = skip_entity(section)
        if kind in self.imported:
            self.imported[kind] += 1
        if kind == _MEMORY and limits is not None:
            self._check(limits)

    def _memory(self, section: Cursor) -> None:
        limits = read_limits(section)
        self._check(limits)
        self.memories.append(bool(limits.flags & _WIDE))

    def _check(self, limits: Limits) -> None:
        if limits.flags & _SHARED:
            self.reasons.append("it shares a memory between threads")
        if limits.flags & _PAGE_SIZE:
            self.reasons.append("it has a memory with pages of another size")

    def _global(self, section: Cursor, place: int) -> None:
        code = section.peek()
        pass_value_type(section)
        flags = section.byte()
        self._constant(section)
        if flags & _SHARED:
            self.reasons.append("it shares a global between threads")
        elif not flags & _MUTABLE:
            return
        elif code in NUMBERS:
            self.globals.append((place, NUMBERS[code]))
        else:
            self.reasons.append("it has a variable that refers to a function or an object")

    def _constant(self, section: Cursor) -> None:
        """Pass the value that a global begins with."""
        while (code := section.byte()) != 0x0B:
            match code:
                case 0x41 | 0x42 | 0x23 | 0xD2 | 0xD0:
                    while section.byte() & 0x80:
                        pass
                case 0x43:
                    section.take(4)
                case 0x44:
                    section.take(8)
                case 0x6A | 0x6B | 0x6C | 0x7C | 0x7D | 0x7E:
                    pass
                case 0xFD if section.u32() == 0x0C:
                    section.take(16)
                case _:
                    raise Unfamiliar(f"a constant that is not known here (0x{code:02x})")


def exposed(cursor: Cursor) -> Module:
    """A core module with exports of its own memories and mutable globals under reserved names.

    Args:
        cursor: All of the module.

    Raises:
        Malformed: It does not follow the format.
    """
    whole, start = memoryview(cursor.data), cursor.position
    cursor.take(8)
    reader = _Reader()
    place = end = -1  # where exports are, or belong
    count, kept = 0, whole[:0]
    while not cursor.done:
        before = cursor.position
        kind, section = next(sections(cursor))
        if kind == _EXPORTS:
            place, end = before, cursor.position
            count = section.count("export")
            kept = whole[section.position : section.end]
        elif place < 0 and kind not in _BEFORE_EXPORTS:
            place = end = before
        reader.read(kind, section)
    if place < 0:
        place = end = cursor.end
    memories = tuple(Memory(f"{PREFIX}:m{n}", wide) for n, wide in enumerate(reader.memories))
    variables = tuple(Global(f"{PREFIX}:g{n}", type) for n, (_, type) in enumerate(reader.globals))
    added = [
        name(memory.name) + b"\x02" + u32(reader.imported[_MEMORY] + index)
        for index, memory in enumerate(memories)
    ] + [
        name(item.name) + b"\x03" + u32(reader.imported[_GLOBAL] + index)
        for item, (index, _) in zip(variables, reader.globals, strict=True)
    ]
    body = b"".join([u32(count + len(added)), kept, *added])
    exports = bytes((_EXPORTS,)) + u32(len(body)) + body
    pieces: list[Buffer] = [whole[start : cursor.end]]
    if added:
        pieces = [whole[start:place], exports, whole[end : cursor.end]]
    return Module(
        pieces,
        memories,
        variables,
        tuple(dict.fromkeys(reader.reasons)),
    )
