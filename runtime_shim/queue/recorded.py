"""What a queue reads back from its journal."""

from __future__ import annotations

from typing import NamedTuple

from runtime_shim.queue.task import Outcome, State


class Settled(NamedTuple):
    """The recorded end of an invocation."""

    state: State
    outcome: Outcome
