"""Memory for values on their way into wasmtime: a stack of blocks whose addresses stay valid."""

from __future__ import annotations

import ctypes

CHUNK = 1 << 14


class Arena:
    """Blocks live until `reset` to a mark taken before them, so nested calls nest."""

    __slots__ = ("_base", "_chunks", "_end", "_top", "_view")

    def __init__(self) -> None:
        self._chunks: list[ctypes.Array[ctypes.c_char]] = []
        self._base = self._top = self._end = 0
        self._view = memoryview(b"")
        self._grow(CHUNK)

    def mark(self) -> tuple[int, int]:
        """The current top."""
        return len(self._chunks), self._top

    def reset(self, mark: tuple[int, int]) -> None:
        """Release everything added since `mark`."""
        count, top = mark
        if len(self._chunks) > count:
            del self._chunks[count:]
            self._use(self._chunks[-1])
        self._top = top

    def put(self, block: bytes | bytearray) -> int:
        """Copy `block` in, aligned to 8 bytes; returns its address."""
        size = len(block)
        if self._top + size > self._end:
            self._grow(max(CHUNK, size))
        address = self._top
        offset = address - self._base
        self._view[offset : offset + size] = block
        self._top = address + ((size + 7) & ~7)
        return address

    def _grow(self, size: int) -> None:
        chunk = ctypes.create_string_buffer((size + 15) & ~7)
        self._chunks.append(chunk)
        self._use(chunk)
        self._top = self._base

    def _use(self, chunk: ctypes.Array[ctypes.c_char]) -> None:
        self._view = memoryview(chunk).cast("B")
        self._base = ctypes.addressof(chunk)
        self._end = self._base + len(chunk)
