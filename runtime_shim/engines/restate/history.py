"""A worker's history: the newest of it in its own object, the rest in the log's, in messages of many."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace

from runtime_shim.engines.restate.bridge import Bridge
from runtime_shim.engines.restate.state import Head, Row
from runtime_shim.engines.restate.wire import LARGEST, joined, parted
from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.past import Past
from runtime_shim.values.codec import encode

ROWS, BYTES = 64, 1 << 16
"""How many calls, and how many bytes of them, are kept in a worker's object, which travels with every
call. The server takes 32 MiB of an object for granted, and no more."""
_CHUNKS = 16  # messages that are read at once, unless they are large


class Before:
    """What a worker has been through before a call: the `History` for it.

    Args:
        bridge: The way to the server; used by the guest's thread.
        worker: Whose it is.
        head: What is known of it.
        log: The service of logs.
        key: What the server knows the worker by.
    """

    def __init__(self, bridge: Bridge, worker: WorkerId, head: Head, log: str, key: str) -> None:
        self._bridge = bridge
        self._worker = worker
        self._head = head
        self._log = log
        self._key = key

    def after(self, seq: int, mark: str) -> Iterator[Past] | None:
        """What follows the first `seq`; None where the state after those was another one."""
        number = 0
        state, _, build = mark.rpartition(".")
        if seq:
            found, _, _ = mark.partition(".")
            number = int(found) if found.isdecimal() else self._head.count + 1
            if number > self._head.count or build != self._head.digest[:12]:
                return None
        rows = self.rows(max(number, 1))
        if seq:
            first = next(rows, None)
            if first is None or first.state != "done":
                return None
            if first.mark.rpartition(".")[0] != state:
                return None
        return (row.past(self._worker) for row in rows if row.state == "done")

    def rows(self, start: int) -> Iterator[Row]:
        """The calls from number `start` on."""
        head = self._head
        if start < head.first:
            yield from self._older(start)
        for number in range(max(start, head.first), head.count + 1):
            yield Row.parse(self._bridge.do(functools.partial(self.row, number)))

    async def row(self, number: int) -> bytes:
        """A call that is kept in the worker's object. On the event loop."""
        return await kept(self._bridge, number)

    async def one(self, number: int) -> Row:
        """A call. On the event loop."""
        if number >= self._head.first:
            return Row.parse(await self.row(number))
        [chunk] = await self._chunks(await self._place(number), 1)
        for row in map(Row.parse, parted(chunk)):
            if row.number == number:
                return row
        raise _missing(number)

    def _older(self, start: int) -> Iterator[Row]:
        """The calls from this one on that are in the log."""
        at = self._bridge.do(functools.partial(self._place, start))
        while at < self._head.chunks:
            for chunk in self._bridge.do(functools.partial(self._chunks, at, _CHUNKS)):
                yield from (row for row in map(Row.parse, parted(chunk)) if row.number >= start)
                at += 1

    async def _place(self, number: int) -> int:
        """Which message of the log has a call."""
        low, high = 0, self._head.chunks if number > 1 else 1
        while high - low > 1:
            middle = (low + high) // 2
            [chunk] = await self._chunks(middle, 1)
            later = Row.parse(parted(chunk)[0]).number > number
            low, high = (low, middle) if later else (middle, high)
        return low

    async def _chunks(self, start: int, count: int) -> list[bytes]:
        asked = encode((start, min(start + count, self._head.chunks)))
        found = parted(await self._bridge.call(self._log, "read", self._key, asked))
        if not found:
            raise StoreError(f"message {start} of the log is missing")
        return found


async def kept(bridge: Bridge, number: int) -> bytes:
    """A call that is kept in the worker's object. Raises `StoreError`."""
    data = await bridge.get(f"row/{number}")
    if data is None:
        raise _missing(number)
    return data


def _missing(number: int) -> StoreError:
    return StoreError(f"the worker's call {number} is missing")


async def spilled(bridge: Bridge, head: Head, row: bytes, log: str, key: str) -> Head:
    """Keep the call that has ended; the head to set, before `forget`.

    Where there are many bytes or calls, those before it are copied to the log, and it goes there as well if it
    alone has as many: whatever an attempt comes to, its worker's object stays small.
    """
    large = len(row) >= BYTES
    if not large:
        bridge.set(f"row/{head.count}", row)
    if head.count - head.first < ROWS and head.size < BYTES:
        return head
    rows = [await kept(bridge, number) for number in range(head.first, head.count)]
    # A worker that was deleted begins again with 0.
    message = joined(*rows, *[row] * large, most=2 * LARGEST)
    await bridge.call(log, "append", key, joined(encode(head.chunks), message, most=2 * LARGEST))
    first, size = (head.count + 1, 0) if large else (head.count, len(row))
    return replace(head, first=first, size=size, chunks=head.chunks + 1)


def forget(bridge: Bridge, first: int | None, head: Head, batches: int) -> None:
    """Remove what a worker's object need not have any more, now that its head was set.

    Args:
        bridge: The way to the server, of which the server may hear only the beginning.
        first: The first call that the object had before; None where that is not known.
        head: The worker's.
        batches: How many keys have entries of the call that has ended.
    """
    for number in range(max(1, head.first - ROWS) if first is None else first, head.first):
        bridge.clear(f"row/{number}")
    for number in reversed(range(batches)):  # those that are left are the first ones
        bridge.clear(f"now/{number}")
