"""Snapshots of workers on a Restate server: two blobs for each, of which the older one is written next.

A snapshot has the mark of the last invocation that it includes, random for each attempt. Where the worker's
history has another one there, or none, nobody goes on from it: it may be ahead of what was recorded, or of
an attempt that came to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from runtime_shim.engines.records import Taken
from runtime_shim.engines.restate.blobs import Blobs
from runtime_shim.engines.restate.ingress import Ingress
from runtime_shim.engines.restate.wire import object_key
from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.snapshots import Kept, Last

_SLOTS = ("0", "1")
_REASON = "reason"
_MOST = 64 << 20  # bytes of one; a worker with more is run again


class RestateSnapshots:
    """`Snapshots` of an application's workers.

    Args:
        ingress: The way to the server, which is closed with it.
        blobs: Where they are kept.
    """

    def __init__(self, ingress: Ingress, blobs: Blobs) -> None:
        self._ingress = ingress
        self._blobs = blobs

    def find(self, worker: WorkerId, seq: int) -> Iterator[Kept]:
        """The snapshots of a worker after at most so many invocations, the newest first."""
        there = [(kept[0], slot) for slot, kept in self._slots(worker).items() if kept[0] <= seq]
        for _, slot in sorted(there, reverse=True):
            found = self._blobs.get(_name(worker, slot))
            if found is not None:
                count, mark, _ = _read(found[0])
                if 0 < count <= seq:  # it may have been replaced meanwhile
                    yield Kept(count, found[1], mark)

    def keep(self, worker: WorkerId, last: Last, data: bytes) -> bool:
        """Keep a snapshot; whether it is. Nobody uses it unless its last invocation is recorded."""
        if len(data) > _MOST:
            return False
        slots = self._slots(worker)
        slot = min(_SLOTS, key=lambda one: slots.get(one, (0,))[0])
        self._blobs.put(_name(worker, slot), f"{last.seq + 1} {last.mark} {len(data)}", data)
        self._blobs.drop(_name(worker, _REASON))
        return True

    def note(self, worker: WorkerId, reason: str) -> None:
        """Keep why a worker cannot be taken now."""
        self._blobs.put(_name(worker, _REASON), reason, b"")

    def taken(self, worker: WorkerId) -> Taken | None:
        """The newest snapshot of a worker; None where no host has kept any."""
        slots, reason = self._slots(worker), self._blobs.about(_name(worker, _REASON))
        if not slots and reason is None:
            return None
        calls, _, size = max(slots.values(), default=(0, "", 0))
        return Taken(calls, size, reason or "")

    def forget(self, worker: WorkerId) -> None:
        """Delete those of a worker."""
        for slot in (*_SLOTS, _REASON):
            self._blobs.drop(_name(worker, slot))

    def close(self) -> None:
        """Close the connections."""
        self._ingress.close()

    def _slots(self, worker: WorkerId) -> dict[str, tuple[int, str, int]]:
        said = {slot: self._blobs.about(_name(worker, slot)) for slot in _SLOTS}
        return {slot: _read(about) for slot, about in said.items() if about is not None}


def _name(worker: WorkerId, slot: str) -> str:
    return f"snapshot/{slot}/{object_key(worker)}"


def _read(about: str) -> tuple[int, str, int]:
    """How many invocations a snapshot includes, the mark of the last one, and its size."""
    match about.split(" "):
        case [seq, mark, size] if seq.isdecimal() and size.isdecimal():
            return int(seq), mark, int(size)
        case _:
            raise StoreError("a snapshot says nothing of itself")
