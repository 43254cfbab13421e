"""The entries of an invocation under way, and which of them are in the worker's object already.

Outcomes of calls need not be there: whoever asks again with the same key gets the same answer. So they
are put there with the next entry that cannot be had again, or when there are many of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from runtime_shim.engines.restate import state
from runtime_shim.engines.restate.bridge import Bridge
from runtime_shim.engines.restate.wire import LARGEST
from runtime_shim.errors import TooLarge
from runtime_shim.values import Value
from runtime_shim.values.codec import encode

_MOST = LARGEST - (1 << 16)  # bytes of the entries of a call
_UNSAVED = 64  # outcomes, each of which takes another call after a crash


class Recording:
    """Entries.

    Args:
        bridge: The way to the server.
        identity: What the server knows the invocation by.

    Attributes:
        entries: All of them.
        batches: How many keys of the object have some.
    """

    def __init__(self, bridge: Bridge, identity: str) -> None:
        self.entries: list[tuple[str, Value]] = []
        self.batches = 0
        self._bridge = bridge
        self._identity = identity
        self._saved = 0  # entries
        self._size = 0  # bytes of all
        self._bound = False  # whether some of the others cannot be had again
        self._synced = True  # whether the server has acknowledged what is saved

    def begin(self, batches: Sequence[tuple[tuple[str, Value], ...]]) -> None:
        """Begin with what an earlier attempt has saved."""
        for entries in batches:
            self.entries.extend(entries)
            self._size += len(encode(entries))
        self.batches, self._saved = len(batches), len(self.entries)

    @property
    def safe(self) -> bool:
        """Whether the server has acknowledged everything."""
        return self._synced and self._saved == len(self.entries)

    def add(self, kind: str, value: Value, *, bound: bool) -> None:
        """Append an entry, which cannot be had again if it is `bound`.

        Raises:
            CodecError: It cannot be recorded.
            TooLarge: The call records more than a message can have.
        """
        self._size += len(encode((kind, value)))
        if self._size > _MOST:
            raise TooLarge(f"a call's steps are too large to record: {_MOST:,} bytes at most")
        self.entries.append((kind, value))
        self._bound = self._bound or bound

    def save(self, *, everything: bool = False) -> None:
        """Put entries that cannot be had again into the object. On the event loop."""
        fresh = len(self.entries) - self._saved
        if fresh and (everything or self._bound or fresh >= _UNSAVED):
            data = state.batch(self._identity, self.entries[self._saved :])
            self._bridge.set(f"now/{self.batches}", data)
            self.batches += 1
            self._saved = len(self.entries)
            self._bound = self._synced = False

    async def sync(self) -> None:
        """Have the server acknowledge everything."""
        self.save(everything=True)
        await self._bridge.sync()
        self._synced = True

    async def push(self) -> None:
        """Have everything on its way."""
        self.save(everything=True)
        await self._bridge.push()
