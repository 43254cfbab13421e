"""Decide that a key was never used, without reading the disk.

Nearly every key from outside is new, and every lookup releases the interpreter lock, which under
load is regained last. So used keys are kept as bits, two for each: if one of a key's bits is
missing, the key was not used, and if both are set, it may have been (a Bloom filter).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

_BITS = 23  # a MiB of bits; a hundred thousand keys leave one new key in 2,000 in doubt
_MASK = (1 << _BITS) - 1
MOST = 500_000  # keys; with more, too many new ones would be in doubt
_LOOKS = 64  # looks after which it pays to know the keys that were used earlier


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
    """The keys that were used by this process, and by earlier ones once that is worth a look.

    Args:
        earlier: Reads those that are in the store, None where they are too many.
    """

    def __init__(self, earlier: Callable[[], Sequence[str] | None]) -> None:
        self._own = Bits()
        self._read = earlier
        self._earlier: Bits | None = None
        self._looks = 0

    def add(self, key: str) -> None:
        """Take a key in; not by two threads at once."""
        self._own.add(key)

    def __contains__(self, key: str) -> bool:
        """False when the key was certainly never used."""
        earlier = self._earlier
        if earlier is None:
            looks = self._looks = self._looks + 1  # by itself, whatever others count meanwhile
            if looks == _LOOKS:  # whoever asks a few times reads no more than that
                keys = self._read()
                self._earlier = None if keys is None else Bits(keys)
            return True
        return key in self._own or key in earlier
