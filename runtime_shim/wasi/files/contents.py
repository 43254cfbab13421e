"""Reading and writing files in granted folders."""

from __future__ import annotations

import errno
import os
import zlib
from dataclasses import dataclass

from runtime_shim.boundary.context import Context
from runtime_shim.values import Err, Ok, Value
from runtime_shim.wasi.files import facts
from runtime_shim.wasi.files.facts import Descriptor
from runtime_shim.wasi.files.granted import Granted
from runtime_shim.wasi.streams import WINDOW, Source


class Contents:
    """The operations on what is in a file."""

    def __init__(self, granted: Granted) -> None:
        self._granted = granted

    def read(self, context: Context, descriptor: Descriptor, length: int, offset: int) -> Value:
        """The bytes at an offset, and whether the file ends there."""
        done = self.bytes_at(context, descriptor, length, offset)
        return done if isinstance(done, Err) else Ok((done.value, not done.value and length > 0))

    def bytes_at(self, context: Context, descriptor: Descriptor, length: int, offset: int) -> Value:
        """At most `WINDOW` bytes at an offset, recorded."""
        most = min(length, WINDOW)

        def live() -> bytes:
            if "read" not in descriptor.flags:
                raise facts.refused(errno.EBADF)
            return bytes(
                self._granted.opened(
                    descriptor, os.O_RDONLY, lambda file: os.pread(file, most, offset)
                )
            )

        return self._granted.step(context, f"read {descriptor.path} {offset} {most}", live)

    def write(self, context: Context, descriptor: Descriptor, data: bytes, offset: int) -> Value:
        """Write bytes at an offset; how many were written."""
        return self._granted.step(
            context,
            f"write {descriptor.path} {offset} {len(data)} {zlib.crc32(data):08x}",
            lambda: self._granted.opened(
                descriptor, os.O_WRONLY, lambda file: os.pwrite(file, data, offset), change=True
            ),
            changes=True,
        )

    def append(self, context: Context, descriptor: Descriptor, data: bytes) -> Value:
        """Write bytes at the end; how many were written."""
        return self._granted.step(
            context,
            f"append {descriptor.path} {len(data)} {zlib.crc32(data):08x}",
            lambda: self._granted.opened(
                descriptor,
                os.O_WRONLY | os.O_APPEND,
                lambda file: os.write(file, data),
                change=True,
            ),
            changes=True,
        )

    def read_via_stream(self, context: Context, descriptor: Descriptor, offset: int) -> Value:
        """A stream of what is in a file, from an offset."""
        return Ok(Reading(self, descriptor, offset))

    def write_via_stream(self, context: Context, descriptor: Descriptor, offset: int) -> Value:
        """A stream that is written into a file, from an offset."""
        return Ok(Writing(self, descriptor, offset))

    def append_via_stream(self, context: Context, descriptor: Descriptor) -> Value:
        """A stream that is written at the end of a file."""
        return Ok(Appending(self, descriptor))

    def set_size(self, context: Context, descriptor: Descriptor, size: int) -> Value:
        """Cut a file off, or fill it up with zeros."""
        return self._granted.step(
            context,
            f"set-size {descriptor.path} {size}",
            lambda: self._granted.opened(
                descriptor, os.O_WRONLY, lambda file: os.ftruncate(file, size), change=True
            ),
            changes=True,
        )

    def sync(self, context: Context, descriptor: Descriptor) -> Value:
        """See what was written on the disk."""
        return self._granted.step(
            context,
            f"sync {descriptor.path}",
            lambda: self._granted.opened(descriptor, os.O_RDONLY, os.fsync),
        )


@dataclass(slots=True)
class Writing:
    """An output stream into a file."""

    contents: Contents
    descriptor: Descriptor
    at: int

    def write(self, context: Context, data: bytes) -> bool:
        """Write; whether that was possible."""
        while data:
            done = self.contents.write(context, self.descriptor, data, self.at)
            if isinstance(done, Err):
                return False
            self.at += done.value
            data = data[done.value :]
        return True


@dataclass(frozen=True, slots=True)
class Appending:
    """An output stream at the end of a file."""

    contents: Contents
    descriptor: Descriptor

    def write(self, context: Context, data: bytes) -> bool:
        """Write; whether that was possible."""
        return isinstance(self.contents.append(context, self.descriptor, data), Ok)


class Reading(Source):
    """An input stream over a file."""

    __slots__ = ("_contents", "descriptor")

    def __init__(self, contents: Contents, descriptor: Descriptor, offset: int) -> None:
        super().__init__(at=offset)
        self._contents = contents
        self.descriptor = descriptor

    def take(self, context: Context, length: int) -> bytes | None:
        """The next bytes; None at the end of the file, or if it can no longer be read."""
        done = self._contents.bytes_at(context, self.descriptor, length, self.at)
        if isinstance(done, Err) or (length and not done.value):
            return None
        self.at += len(done.value)
        return bytes(done.value)
