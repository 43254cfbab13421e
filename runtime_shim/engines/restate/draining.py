"""Waiting until nothing is left to do."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from runtime_shim.engines.restate.admin import PARKED, Admin, quoted
from runtime_shim.engines.restate.state import PUT_OFF, WAITS
from runtime_shim.engines.restate.wire import Services
from runtime_shim.values.codec import decode

_PAUSES = (0.01, 0.5)  # seconds between two looks
_LOOKS, _LAST = 3, 0.04  # looks that find nothing, and the seconds between them


def until_quiet(admin: Admin, services: Services) -> None:
    """Wait until an application has nothing to do that is due, but for what is held up.

    That is what waits for an announcement, is put off since a host lacks something, or is parked.

    What was sent takes a moment to get to the server, so it begins a little after it is due. What
    one node sends another is seen nowhere for a moment, so the last looks are several.
    """
    names = ", ".join(quoted(name) for name in (services.worker, services.ephemeral))
    pause, longest = _PAUSES
    quiet = 0
    while quiet < _LOOKS:
        rows = admin.query(
            # Without `scheduled_at`, servers do not know when a call is to start.
            "SELECT target_service_key AS worker, scheduled_at, "  # noqa: S608 -- quoted
            f"status = 'backing-off' AND last_failure LIKE {quoted(f'%] {PUT_OFF}%')} "
            f"OR status = {quoted(PARKED)} AS put_off "
            f"FROM sys_invocation WHERE target_service_name IN ({names}) AND "
            "status != 'completed' AND (status != 'scheduled' OR scheduled_start_at <= now() + interval '100 milliseconds')"
        )
        waits = _waits(admin, names) if rows else {}
        waits |= {row["worker"]: () for row in rows if row.get("put_off")}
        if all(_held_up(row["worker"], waits) for row in rows):
            quiet += 1
            pause = _LAST
        else:
            pause = min(2 * pause, longest) if not quiet else _PAUSES[0]
            quiet = 0
        if quiet < _LOOKS:
            time.sleep(pause)


def _waits(admin: Admin, names: str) -> dict[str, Any]:
    """What workers have said that they wait for."""
    rows = admin.query(
        f"SELECT service_key, value FROM state WHERE service_name IN ({names}) "  # noqa: S608 -- quoted
        f"AND key = {quoted(WAITS)}"
    )
    return {row["service_key"]: decode(bytes.fromhex(row["value"])) for row in rows}


def _held_up(worker: str, waits: Mapping[str, Any], seen: Sequence[str] = ()) -> bool:
    """Whether what a worker runs waits for an announcement, or only for those that do."""
    found = waits.get(worker)
    if found is None or worker in seen:
        return False
    return all(_held_up(target, waits, (*seen, worker)) for target, _ in found)
