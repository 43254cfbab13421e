"""What a queue reads back from its journal."""

from __future__ import annotations

from typing import NamedTuple

from runtime_shim.queue.task import Outcome, State


class Settled(NamedTuple):
    """The recorded end of an invocation, and what it was asked."""

    state: State
    outcome: Outcome
    function: str
    encoded: bytes
