"""What a worker has sent, found by what the guest knows it by."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from runtime_shim.engines.restate.history import Before
from runtime_shim.engines.restate.state import read_entries
from runtime_shim.engines.restate.wire import Services, object_key, worker_of
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.protocol.keys import derived_key
from runtime_shim.values import Value

if TYPE_CHECKING:
    from runtime_shim.engines.restate.live import Live

_SENT = re.compile(r"(?:send|spawn) (.+) \S+ [0-9a-f]{8}", re.DOTALL)


async def found(live: Live, call: CallId, services: Services) -> tuple[WorkerId, uuid.UUID] | None:
    """The target of a call, and what its derived keys follow from; None if none was made."""
    if call.caller == live.number:
        return _target(live.entries, live.base, call.step)
    if not 0 < call.caller < live.number:
        return None
    key = object_key(live.worker)
    row = await Before(live.bridge, live.worker, live.head, services.log, key).one(call.caller)
    return _target(read_entries(row.entries), row.past(live.worker).base(), call.step)


def _target(
    entries: Sequence[tuple[str, Value]], base: uuid.UUID, step: int
) -> tuple[WorkerId, uuid.UUID] | None:
    sent = _SENT.fullmatch(entries[step][0]) if 0 <= step < len(entries) else None
    return None if sent is None else (worker_of(sent[1]), derived_key(base, step))
