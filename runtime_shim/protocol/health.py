"""How the store of an engine is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Health:
    """How an engine's store is.

    Attributes:
        state: `serving`; `waiting`: it cannot be written now, for a foreign lock or a full disk, and
            calls wait until it can; `stopped`: nothing more is acknowledged until it is opened again.
        reason: Why it does not serve.
    """

    state: Literal["serving", "waiting", "stopped"]
    reason: str = ""


SERVING = Health("serving")
