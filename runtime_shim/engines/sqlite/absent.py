"""Telling that a key was never used, without a look at the disk.

Nearly every key from outside is new, and every look gives the interpreter away, which under load is
given back last. So the keys that were used are kept as bits, two for each: where one of a key's bits
is missing it was not used, and where both are there it may have been (a Bloom filter).
"""

from __future__ import annotations

from collections.abc import Iterable

_BITS = 23  # a MiB of bits; a hundred thousand keys leave one new key in 2,000 in doubt
_MASK = (1 << _BITS) - 1
MOST = 500_000  # keys; with more of them too many new ones would be in doubt


class UsedKeys:
    """The keys that were used, or at least all of them."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._bits = bytearray(1 << (_BITS - 3))
        for key in keys:
            self.add(key)

    def add(self, key: str) -> None:
        """Take a key down; not by two threads at once."""
        bits, one = self._bits, hash(key)
        two = one >> _BITS & _MASK
        one &= _MASK
        bits[one >> 3] |= 1 << (one & 7)
        bits[two >> 3] |= 1 << (two & 7)

    def __contains__(self, key: str) -> bool:
        """False when it was certainly not used."""
        bits, one = self._bits, hash(key)
        two = one >> _BITS & _MASK
        one &= _MASK
        return bool(bits[one >> 3] >> (one & 7) & bits[two >> 3] >> (two & 7) & 1)
