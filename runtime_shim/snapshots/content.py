"""A snapshot as bytes: numbers and names as the journal writes values, then what memories differ by.

format  sha256 of the rest  length of the values  values  ( numbers  lines )…
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass

from runtime_shim.errors import ShimError
from runtime_shim.snapshots.memories import LINE, Changes, PartState
from runtime_shim.snapshots.tables import Table
from runtime_shim.values import Value
from runtime_shim.values.codec import decode, encode

FORMAT = b"witgen snapshot 1\n"
_MOST = 1 << 32  # bytes that are unpacked
_SUM = 32
_NUMBER = 4


class Unusable(Exception):
    """Bytes that are not a snapshot, or damaged."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a worker is between two calls.

    Attributes:
        component: The digest of its component.
        version: Of the code that makes and reads its functions for state.
        environment: A digest of what it was created with.
        start: What starting an instance asks of the host: (kind, value).
        parts: Its memories and globals.
        tables: Its tables of handles.
        objects: The objects of the host that it holds, by representation.
        given: What it gave out: for each number of a handle, the interface and the name of the
            resource, the number of the part that defines it, and its representation there.
        implicit: The handles of its implicit resources.
        counts: What the host counts and remembers for it.
    """

    component: str
    version: int
    environment: str
    start: tuple[tuple[str, Value], ...]
    parts: tuple[PartState, ...]
    tables: tuple[Table, ...]
    objects: dict[int, Value]
    given: tuple[tuple[int, str, str, int, int], ...]
    implicit: dict[str, Value]
    counts: Value


def pack(snapshot: Snapshot) -> bytes:
    """A snapshot as bytes."""
    values = encode(
        (
            snapshot.component,
            snapshot.version,
            snapshot.environment,
            snapshot.start,
            [
                (
                    [(memory.size, len(memory.numbers) // _NUMBER) for memory in part.memories],
                    part.variables,
                    part.digest,
                )
                for part in snapshot.parts
            ],
            [(table.handles, table.free, table.top) for table in snapshot.tables],
            list(snapshot.objects.items()),
            snapshot.given,
            list(snapshot.implicit.items()),
            snapshot.counts,
        )
    )
    pieces = [struct.pack("<Q", len(values)), values]
    for part in snapshot.parts:
        for memory in part.memories:
            pieces += [memory.numbers, memory.lines]
    body = zlib.compress(b"".join(pieces), 1)
    return FORMAT + hashlib.sha256(body).digest() + body


def unpack(data: bytes) -> Snapshot:
    """The snapshot that `pack` made bytes of.

    Raises:
        Unusable: It did not make these.
    """
    head = len(FORMAT) + _SUM
    body = data[head:]
    if data[:head] != FORMAT + hashlib.sha256(body).digest():
        raise Unusable("it is damaged, or of another format")
    try:
        unpacker = zlib.decompressobj()
        whole = unpacker.decompress(body, _MOST)
        [size] = struct.unpack_from("<Q", whole)
        return _read(decode(whole[8 : 8 + size]), whole, 8 + size)
    except (zlib.error, struct.error, ShimError, ValueError, TypeError, KeyError) as error:
        raise Unusable(f"it cannot be read: {error}") from None


def _read(values: Value, whole: bytes, at: int) -> Snapshot:
    component, version, environment, start, parts, tables, objects, given, implicit, counts = values
    found: list[PartState] = []
    for memories, variables, digest in parts:
        changes: list[Changes] = []
        for size, count in memories:
            middle = at + _NUMBER * count
            end = middle + LINE * count
            changes.append(Changes(size, whole[at:middle], whole[middle:end]))
            at = end
        found.append(PartState(tuple(changes), variables, digest))
    if at != len(whole):
        raise ValueError("it has another length")
    return Snapshot(
        component,
        version,
        environment,
        start,
        tuple(found),
        tuple(Table(handles, free, top) for handles, free, top in tables),
        dict(objects),
        given,
        dict(implicit),
        counts,
    )
