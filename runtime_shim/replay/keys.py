"""The keys of calls that guests make.

A call that its caller waits for is named by the place at which it was made: step 3 of the invocation
with key `order` is `order~3`, and what that calls at its step 0 is `order~3~0`. Such a key costs
nothing to make, and those of one caller lie side by side in an index. Golem's uuid, which follows
from it, is worked out when a guest or a peer is to see it. A call that nobody waits for may go on for
ever by calling the next, so it has the uuid at once, which does not grow.
"""

from __future__ import annotations

import functools
import re

from runtime_shim.errors import BadArguments
from runtime_shim.protocol.ids import derived_key

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
        seen = str(derived_key(seen, int(place)))
    return seen
