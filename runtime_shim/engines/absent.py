"""Decide that a key was never used, without reading the disk.

Nearly every key from outside is new, and every lookup releases the interpreter lock, which under
load is regained last. So used keys are kept as bits, two for each: if one of a key's bits is
missing, the key was not used, and if both are set, it may have been (a Bloom filter).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from runtime_shim.protocol.ids import Identity, KeyId

_BITS = 23  # a MiB of bits; a hundred thousand keys leave one new key in 2,000 in doubt
_MASK = (1 << _BITS) - 1
MOST = 500_000  # keys; with more, too many new ones would be in doubt


class Bits:
    """Keys, or at least all that were added."""

    __slots__ = ("_bits",)

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._bits = bytearray(1 << (_BITS - 3))
        for key in keys:
            self.add(key)

    def add(self, key: str) -> None:
        """Take a key in; not by two threads at once."""
        bits, one = self._bits, hash(key)
        two = one >> _BITS & _MASK
        one &= _MASK
        bits[one >> 3] |= 1 << (one & 7)
        bits[two >> 3] |= 1 << (two & 7)

    def __contains__(self, key: str) -> bool:
        """False when it was certainly not added."""
        bits, one = self._bits, hash(key)
        two = one >> _BITS & _MASK
        one &= _MASK
        return bool(bits[one >> 3] >> (one & 7) & bits[two >> 3] >> (two & 7) & 1)


class UsedKeys:
    """The keys that were used; all may have been, until those are read that were used before."""

    def __init__(self) -> None:
        self._own = Bits()
        self._earlier: Bits | None = None

    def read(self, recent: Iterable[Identity], keys: Callable[[int], Sequence[str] | None]) -> None:
        """Take in what was used before.

        Args:
            recent: Calls that may not be in the store yet; looked at before `keys` reads it.
            keys: Reads the keys in the store, None where they are more than so many.
        """
        own = Bits(one.key for one in recent if isinstance(one, KeyId))
        found = keys(MOST)
        if found is not None:
            for key in found:
                own.add(key)
            self._earlier = own

    def add(self, key: str) -> None:
        """Take a key in; not by two threads at once."""
        self._own.add(key)

    def __contains__(self, key: str) -> bool:
        """False when the key was certainly never used."""
        earlier = self._earlier
        return earlier is None or key in self._own or key in earlier
