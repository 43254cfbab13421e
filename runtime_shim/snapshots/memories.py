"""Memories and globals: what differs from those of a fresh instance, and putting it there."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from runtime_shim.snapshots.parts import Adapter

PAGE, LINE = 4096, 64
_CHUNK = 64  # pages that are read at once: the adapter's memory keeps their size
_LINES = _CHUNK * PAGE // LINE
_SAME = bytes(LINE)
_PER_PAGE = 65536 // PAGE


class Mismatch(Exception):
    """What came out is not what was taken."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs in one memory.

    Attributes:
        size: How large it is, in pages of 64 KiB.
        numbers: The numbers of lines of 64 bytes, each in four bytes.
        lines: What the bytes of each differ by.
    """

    size: int
    numbers: bytes
    lines: bytes


@dataclass(frozen=True, slots=True)
class PartState:
    """The memories and globals of a part, and a digest of all of them."""

    memories: tuple[Changes, ...]
    variables: bytes
    digest: bytes


def taken(adapter: Adapter, fresh: Adapter) -> PartState:
    """How a part differs from that of a fresh instance.

    Raises:
        Mismatch: They are not of the same component.
    """
    sizes, variables = adapter.tell()
    before, others = fresh.tell()
    if len(sizes) != len(before) or len(variables) != len(others):
        raise Mismatch("a fresh instance has other memories")
    hashes = [adapter.hashes(n, size * _PER_PAGE) for n, size in enumerate(sizes)]
    memories = tuple(
        _changes(adapter, fresh, number, size, old, hashes[number])
        for number, (size, old) in enumerate(zip(sizes, before, strict=True))
    )
    return PartState(memories, variables, _digest(sizes, variables, hashes))


def _digest(sizes: Sequence[int], variables: bytes, hashes: Sequence[bytes]) -> bytes:
    whole = hashlib.sha256(repr((tuple(sizes), len(variables))).encode())
    whole.update(variables)
    for one in hashes:
        whole.update(one)
    return whole.digest()


def _changes(
    adapter: Adapter, fresh: Adapter, number: int, size: int, old: int, hashes: bytes
) -> Changes:
    now = array("Q", hashes)
    then = array("Q", fresh.hashes(number, old * _PER_PAGE))
    then.extend([0] * (len(now) - len(then)))
    changed = [page for page, (a, b) in enumerate(zip(now, then, strict=True)) if a != b]
    numbers = array("I")
    lines: list[bytes] = []
    for start in range(0, len(changed), _CHUNK):
        pages = changed[start : start + _CHUNK]
        mixed = _mixed(adapter.read(number, pages), _read(fresh, number, pages, old * _PER_PAGE))
        for at in range(0, len(mixed), LINE):
            line = mixed[at : at + LINE]
            if line != _SAME:
                numbers.append((pages[at // PAGE] * PAGE + at % PAGE) // LINE)
                lines.append(line)
    return Changes(size, numbers.tobytes(), b"".join(lines))


def _read(fresh: Adapter, number: int, pages: list[int], size: int) -> bytes:
    """Pages of a memory that may be smaller; what it lacks is zero."""
    there = [page for page in pages if page < size]
    found = fresh.read(number, there) if there else b""
    return found + bytes(PAGE * (len(pages) - len(there)))


def _mixed(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "little") ^ int.from_bytes(other, "little")).to_bytes(
        len(one), "little"
    )


def put(adapter: Adapter, state: PartState) -> None:
    """Change a part of a fresh instance, and see that all of it is what was taken.

    Raises:
        Mismatch: It is not.
    """
    sizes, _ = adapter.tell()
    if len(sizes) != len(state.memories):
        raise Mismatch("it has another number of memories")
    for number, (have, change) in enumerate(zip(sizes, state.memories, strict=True)):
        if change.size < have:
            raise Mismatch("a memory was smaller")
        if change.size > have:
            adapter.grow(number, change.size - have)
        for first in range(0, len(change.numbers) // 4, _LINES):
            end = first + _LINES
            adapter.combine(
                number,
                change.numbers[4 * first : 4 * end],
                change.lines[LINE * first : LINE * end],
            )
    adapter.set(state.variables)
    check(adapter, state)


def check(adapter: Adapter, state: PartState) -> None:
    """Compare every page and every global with what was taken.

    Raises:
        Mismatch: They differ.
    """
    sizes, variables = adapter.tell()
    hashes = [adapter.hashes(n, size * _PER_PAGE) for n, size in enumerate(sizes)]
    if _digest(sizes, variables, hashes) != state.digest:
        raise Mismatch("a page or a global is not what was taken")
