"""The names of promises: each is a durable worker of a built-in component."""

from __future__ import annotations

from runtime_shim.protocol.ids import WorkerId

COMPONENT = "golem:promises"
"""The name of the component; its workers are promises, named `{worker uri}#{oplog index}`."""


ENTRIES = 1 << 32
"""How many entries of an invocation have an oplog index: that of the first is its number times this."""


COMPLETE, POLL, DELETE = "complete", "poll", "delete"


def promise_worker(uri: str, index: int) -> WorkerId:
    """The worker that keeps a promise."""
    return WorkerId(COMPONENT, f"{uri}#{index}")
