"""The keys of calls that guests make.

A call that its caller waits for is named by the place at which it was made: step 3 of the invocation
with key `order` is `order~3`, and what that calls at its step 0 is `order~3~0`. Such a key costs
nothing to make, and those of one caller lie side by side in an index. Golem's uuid, which follows
from it, is worked out when a guest or a peer is to see it. A call that nobody waits for may go on for
ever by calling the next, so it has the uuid at once, which does not grow.
"""

from __future__ import annotations

import functools
import hashlib
import re
import uuid

from runtime_shim.protocol import ROOT_NAMESPACE, BadArguments

_PATH = re.compile(r"(.*?)((?:~[0-9]+)+)", re.DOTALL)


def admissible(key: str) -> None:
    """Raise `BadArguments` where a key from outside would be that of a guest's call."""
    if "~" in key and _PATH.fullmatch(key):
        raise BadArguments(
            f"the key {key!r} ends in ~ and a number, as the keys of calls that guests make do"
        )


@functools.lru_cache(maxsize=1024)
def visible(key: str) -> str:
    """The key that guests and peers see: that from outside, or the uuid that Golem derives."""
    path = _PATH.fullmatch(key)
    if path is None:
        return key
    seen = path[1]
    for place in path[2][1:].split("~"):
        seen = child_key(namespace(seen), int(place))
    return seen


def namespace(key: str) -> bytes:
    """The bytes from which the keys of what the visible `key` calls are derived, as Golem does."""
    try:
        return uuid.UUID(key).bytes
    except ValueError:
        return uuid.uuid5(ROOT_NAMESPACE, key).bytes


def child_key(base: bytes, index: int) -> str:
    """`str(protocol.derived_key(…))`, without the detour over `UUID` objects."""
    text = hashlib.sha1(base + b"oplog-index-%d" % index, usedforsecurity=False).hexdigest()
    variant = _VARIANT[text[16]]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
