"""Just enough of the component binary to put a component into another one.

Sections are `id size content`; index spaces count what each section defines. Source: the component
model's Binary.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field

PREAMBLE = b"\0asm\x0d\0\x01\0"

CORE_MODULE, CORE_INSTANCE, COMPONENT, INSTANCE, ALIAS, TYPE, CANON, IMPORT, EXPORT = (
    1, 2, 4, 5, 6, 7, 8, 10, 11,
)  # fmt: skip

CORE_FUNC_SORT = b"\0\0"
FUNC, VALUE, TYPE_SORT, COMPONENT_SORT, INSTANCE_SORT = 1, 2, 3, 4, 5


class Unreadable(ValueError):
    """A binary that this module does not understand; wasmtime may."""


class Reader:
    """Reads numbers and names from bytes."""

    def __init__(self, data: bytes, at: int = 0, end: int | None = None) -> None:
        self.data = data
        self.at = at
        self.end = len(data) if end is None else end

    def byte(self) -> int:
        """The next byte."""
        if self.at >= self.end:
            raise Unreadable("the end is missing")
        self.at += 1
        return self.data[self.at - 1]

    def u32(self) -> int:
        """An unsigned LEB128 number of at most 32 bits."""
        result = 0
        for shift in range(0, 35, 7):
            byte = self.byte()
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                if result >= 2**32:
                    break
                return result
        raise Unreadable("a number is too long")

    def name(self) -> str:
        """A name: its length and its bytes."""
        size = self.u32()
        if size > self.end - self.at:
            raise Unreadable("the end is missing")
        self.at += size
        try:
            return self.data[self.at - size : self.at].decode()
        except UnicodeDecodeError:
            raise Unreadable("a name is not UTF-8") from None

    def extern_name(self) -> str:
        """The name of an import or export: a kind of name, then the name."""
        if self.byte() > 1:
            raise Unreadable("an unknown kind of name")
        return self.name()


@dataclass(slots=True)
class Counts:
    """How many items the index spaces hold."""

    funcs: int = 0
    values: int = 0
    types: int = 0
    components: int = 0
    instances: int = 0

    def add(self, sort: int) -> None:
        """Count an item of this sort."""
        match sort:
            case 1:
                self.funcs += 1
            case 2:
                self.values += 1
            case 3:
                self.types += 1
            case 4:
                self.components += 1
            case 5:
                self.instances += 1
            case _:
                raise Unreadable("an unknown sort")

    def of(self, sort: int) -> int:
        """The size of the index space of this sort."""
        sizes = (self.funcs, self.values, self.types, self.components, self.instances)
        return sizes[sort - 1]


@dataclass(frozen=True, slots=True)
class Import:
    """An import, and its index in the space of its sort."""

    name: str
    sort: int
    index: int


@dataclass(slots=True)
class Outline:
    """The outside of a component.

    Attributes:
        prefix: Its leading sections, up to where it begins to define things: types and imports.
        counts: The index spaces after the prefix.
        imports: Its imports in order.
        exports: (name, sort) an export.
    """

    prefix: bytes = b""
    counts: Counts = field(default_factory=Counts)
    imports: list[Import] = field(default_factory=list)
    exports: list[tuple[str, int]] = field(default_factory=list)


def outline(data: bytes) -> Outline:
    """The outline of a component whose imports come before everything that it defines.

    Raises:
        Unreadable: it is laid out otherwise, or is no component.
    """
    if data[:8] != PREAMBLE:
        raise Unreadable("no component")
    result, at, leading = Outline(), 8, True
    while at < len(data):
        reader = Reader(data, at)
        kind, size = reader.byte(), reader.u32()
        begin, at = reader.at, reader.at + size
        if at > len(data):
            raise Unreadable("a section is cut off")
        section = Reader(data, begin, at)
        leading = leading and kind in {0, ALIAS, TYPE, IMPORT}
        if leading:
            _leading(kind, section, result)
            result.prefix = data[8:at]
        elif kind == IMPORT:
            raise Unreadable("an import after a definition")
        elif kind == EXPORT:
            _exports(section, result)
    return result


def _leading(kind: int, section: Reader, result: Outline) -> None:
    if kind == 0:
        return
    count = section.u32()
    if kind == TYPE:
        result.counts.types += count  # what they say is wasmtime's to check
        return
    for _ in range(count):
        if kind == IMPORT:
            name = section.extern_name()
            sort = _external(section)
            result.imports.append(Import(name, sort, result.counts.of(sort)))
        else:
            sort = _alias(section)
        result.counts.add(sort)


def _external(section: Reader) -> int:
    """An import's description; returns its sort."""
    sort = section.byte()
    if sort == TYPE_SORT:
        if section.byte() == 0:
            section.u32()  # eq to a type
        return sort
    if sort not in {FUNC, COMPONENT_SORT, INSTANCE_SORT}:
        raise Unreadable("an import of an unknown sort")
    section.u32()
    return sort


def _alias(section: Reader) -> int:
    sort = section.byte()
    if sort == 0:
        raise Unreadable("an alias of a core item before a definition")
    target = section.byte()
    section.u32()
    if target == 0:
        section.name()
    elif target == 2:
        section.u32()
    else:
        raise Unreadable("an unknown alias")
    return sort


def _exports(section: Reader, result: Outline) -> None:
    for _ in range(section.u32()):
        name, sort = section.extern_name(), section.byte()
        if sort == 0:
            section.byte()
        section.u32()
        result.exports.append((name, sort))
        if section.byte():  # a type is ascribed
            if section.byte() == TYPE_SORT and section.byte() == 1:
                continue  # a fresh resource has no index
            section.u32()


def u32(number: int) -> bytes:
    """A number in unsigned LEB128."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def s33(number: int) -> bytes:
    """A type index where a value type is expected: signed LEB128."""
    out = bytearray()
    while number >= 0x40:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def name(text: str) -> bytes:
    """A name: its length and its bytes."""
    data = text.encode()
    return u32(len(data)) + data


def extern_name(text: str) -> bytes:
    """The name of an import or export."""
    return b"\0" + name(text)


def section(kind: int, content: bytes) -> bytes:
    """A section."""
    return bytes([kind]) + u32(len(content)) + content


def vector(items: list[bytes]) -> bytes:
    """A vector: its length and its items."""
    return u32(len(items)) + b"".join(items)
