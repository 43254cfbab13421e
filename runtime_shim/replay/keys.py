"""The keys of calls that guests make.

A call that its caller waits for is named by the place at which it was made: step 3 of the
invocation with key `order` is `order~3`, and what that calls at its step 0 is `order~3~0`. Such a
key is cheap, and those of one caller are adjacent in an index. Golem's UUID, which follows from it,
is computed when a guest or a peer sees it. Calls that nothing waits for may form an endless chain,
so they get the UUID at once, which does not grow.
"""

from __future__ import annotations

import functools
import re

from runtime_shim.errors import BadArguments
from runtime_shim.protocol.ids import derived_key

_PATH = re.compile(r"(.*?)((?:~[0-9]+)+)", re.DOTALL)


def admissible(key: str) -> None:
    """Raise `BadArguments` if a key from outside could be that of a guest's call."""
    if "~" in key and _PATH.fullmatch(key):
        raise BadArguments(
            f"the key {key!r} ends in ~ and a number, which is reserved for calls that guests make"
        )


@functools.lru_cache(maxsize=1024)
def visible(key: str) -> str:
    """The key that guests and peers see: the one from outside, or the UUID that Golem derives."""
    path = _PATH.fullmatch(key)
    if path is None:
        return key
    seen = path[1]
    for place in path[2][1:].split("~"):
        seen = str(derived_key(seen, int(place)))
    return seen
