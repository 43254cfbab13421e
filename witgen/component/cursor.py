"""A bounded cursor over untrusted bytes.

Every read is checked against the end of the enclosing section, every LEB128 against its width; a
violation raises `Malformed` with the offset in the whole file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TypeVar

from witgen.value import state

T = TypeVar("T")

Buffer = bytes | memoryview


class Malformed(ValueError):
    """A binary that does not follow the format.

    Attributes:
        message: The error, one sentence without a full stop.
        offset: Byte offset in the whole input.
    """

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@state
class Cursor:
    """A position in `data` that never passes `end`."""

    data: Buffer
    position: int = 0
    end: int = field(default=-1)

    def __post_init__(self) -> None:
        if self.end < 0:
            self.end = len(self.data)

    @property
    def done(self) -> bool:
        """Whether everything up to the end was read."""
        return self.position >= self.end

    def fail(self, message: str) -> Malformed:
        """The error for the current position, to be raised."""
        return Malformed(message, self.position)

    def byte(self) -> int:
        """The next byte."""
        position = self.position
        if position >= self.end:
            raise Malformed("unexpected end", position)
        self.position = position + 1
        return self.data[position]

    def peek(self) -> int:
        """The next byte, without consuming it."""
        if self.position >= self.end:
            raise Malformed("unexpected end", self.position)
        return self.data[self.position]

    def expect(self, value: int, what: str) -> None:
        """Consume a byte that must be `value`."""
        if self.byte() != value:
            raise Malformed(f"invalid {what}", self.position - 1)

    def u32(self) -> int:
        """An unsigned LEB128 of 32 bits, at most five bytes."""
        start = self.position
        if start >= self.end:
            raise Malformed("unexpected end", start)
        value = self.data[start]
        self.position = start + 1
        if value < 0x80:
            return value
        value &= 0x7F
        for shift in (7, 14, 21, 28):
            part = self.byte()
            value |= (part & 0x7F) << shift
            if part < 0x80:
                if value >> 32:
                    raise Malformed("integer is too large", start)
                return value
        raise Malformed("integer representation is too long", start)

    def s33(self) -> int:
        """A signed LEB128 of 33 bits, at most five bytes."""
        start = self.position
        value = 0
        for shift in (0, 7, 14, 21, 28):
            part = self.byte()
            value |= (part & 0x7F) << shift
            if part < 0x80:
                if part & 0x40:
                    value -= 1 << (shift + 7)
                if not -(1 << 32) <= value < 1 << 32:
                    raise Malformed("integer is too large", start)
                return value
        raise Malformed("integer representation is too long", start)

    def u64(self) -> int:
        """An unsigned LEB128 of 64 bits, at most ten bytes."""
        start = self.position
        value = 0
        for shift in range(0, 70, 7):
            part = self.byte()
            value |= (part & 0x7F) << shift
            if part < 0x80:
                if value >> 64:
                    raise Malformed("integer is too large", start)
                return value
        raise Malformed("integer representation is too long", start)

    def take(self, size: int) -> memoryview:
        """The next `size` bytes, without a copy."""
        if size > self.end - self.position:
            raise Malformed("unexpected end", self.position)
        start = self.position
        self.position += size
        return memoryview(self.data)[start : start + size]

    def name(self) -> str:
        """A length-prefixed UTF-8 name of at most 100 000 bytes."""
        start = self.position
        size = self.u32()
        if size > 100_000:
            raise Malformed("name is too long", start)
        first = self.position
        if size > self.end - first:
            raise Malformed("unexpected end", first)
        self.position = first + size
        try:
            return str(self.data[first : first + size], "utf-8")
        except UnicodeDecodeError:
            raise Malformed("name is not valid UTF-8", start) from None

    def skip_name(self) -> None:
        """Skip a length-prefixed name unchecked."""
        size = self.u32()
        if size > self.end - self.position:
            raise Malformed("unexpected end", self.position)
        self.position += size

    def count(self, what: str) -> int:
        """The length of a vector, whose items take at least one byte each."""
        start = self.position
        count = self.u32()
        if count > self.end - self.position:
            raise Malformed(f"{what} count {count} is larger than the rest of the section", start)
        return count

    def vector(self, item: Callable[[], T], what: str) -> tuple[T, ...]:
        """A vector of items."""
        return tuple([item() for _ in range(self.count(what))])

    def sub(self, size: int) -> Cursor:
        """A cursor over the next `size` bytes, which this one skips."""
        if size > self.end - self.position:
            raise Malformed(
                f"section of {size} bytes is larger than the {self.end - self.position} bytes left",
                self.position,
            )
        inner = Cursor(self.data, self.position, self.position + size)
        self.position += size
        return inner
