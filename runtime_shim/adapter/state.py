"""Components that show what they keep."""

from __future__ import annotations

from witgen.component.cursor import Malformed
from witgen.component.state.instrument import VERSION as VERSION  # noqa: PLC0414 -- for others here
from witgen.component.state.instrument import Refused, instrument
from witgen.component.state.module import PREFIX

RESERVED = PREFIX
"""What the names of the exports begin with that such a component has more."""


def stateful(data: bytes) -> bytes | tuple[str, ...]:
    """The component with functions for its state, or why it can have none: sentences about it."""
    try:
        made = instrument(data)
    except Malformed as error:
        return (f"it cannot be read: {error}",)
    return made.reasons if isinstance(made, Refused) else made.data
