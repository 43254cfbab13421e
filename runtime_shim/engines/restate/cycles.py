"""Waits that would never end, over all hosts: what the chain of a call does not show.

An invocation that has waited for a while for calls and nothing else says so in its worker's object.
With that, and with whose turn it is, a query of the server finds the calls that are queued behind
an invocation that waits for them. One of those is refused, by the host of its caller.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtime_shim.engines.restate.admin import Admin, quoted
from runtime_shim.engines.restate.asked import Asked
from runtime_shim.engines.restate.bridge import Bridge
from runtime_shim.engines.restate.state import WAITS
from runtime_shim.engines.restate.wire import Services
from runtime_shim.errors import StoreError
from runtime_shim.values.codec import decode, encode

_AGE = 0.2  # seconds that a view of the server is used
_BEHIND = "pending"
_HEADS = frozenset({"running", "suspended", "backing-off", "ready", "paused"})

Call = tuple[str, str]
"""The worker that is called, and what the call is known by."""


@dataclass(frozen=True, slots=True)
class View:
    """What waits for what.

    Attributes:
        heads: The workers that run something.
        queued: The calls that have not begun.
        waits: What a worker's call under way waits for and for nothing else.
    """

    heads: frozenset[str]
    queued: frozenset[Call]
    waits: Mapping[str, tuple[Call, ...]]

    def stuck(self, worker: str) -> Call | None:
        """A queued call that is to be refused since `worker` would wait forever; None if not.

        It is the same one for all workers that wait for each other, the first by name.
        """
        seen: set[str] = set()
        stack, victims = [worker], set()
        while stack:
            current = stack.pop()
            if current in seen:
                continue
            seen.add(current)
            waits = self.waits.get(current)
            if not waits:  # or for what somebody announces
                return None  # it goes on by itself
            for call in waits:
                target, _ = call
                if target not in self.heads:
                    return None  # it is about to begin, or over
                if call in self.queued:
                    victims.add(call)
                stack.append(target)
        return min(victims, default=None)


class Cycles:
    """Looks for waits that would never end.

    Args:
        admin: Asks the server.
        services: The application's services.
    """

    def __init__(self, admin: Admin, services: Services) -> None:
        self._admin = admin
        self._services = services
        self._lock = asyncio.Lock()
        self._seen: tuple[float, View] | None = None

    def publish(self, bridge: Bridge, calls: Sequence[Asked]) -> None:
        """Say that an invocation waits for `calls` and nothing else."""
        waits = tuple((call.place[1], call.request.identity) for call in calls)
        bridge.set(WAITS, encode(waits))

    def withdraw(self, bridge: Bridge) -> None:
        """Say that it goes on."""
        bridge.clear(WAITS)

    async def look(self, worker: str, calls: Sequence[Asked]) -> Asked | None:
        """Which of the calls must not be waited for any longer."""
        asked = time.monotonic()
        async with self._lock:
            if self._seen is None or self._seen[0] < asked - _AGE:
                try:
                    view = await asyncio.get_running_loop().run_in_executor(None, self._view)
                except StoreError:
                    return None
                self._seen = time.monotonic(), view
            stuck = self._seen[1].stuck(worker)
        own = {(call.place[1], call.request.identity): call for call in calls}
        return None if stuck is None else own.get(stuck)

    def _view(self) -> View:
        names = ", ".join(
            quoted(name) for name in (self._services.worker, self._services.ephemeral)
        )
        # What waits is read first: a call that has begun since is no longer queued.
        waits = {
            row["service_key"]: _calls(row["value"])
            for row in self._admin.query(
                f"SELECT service_key, value FROM state WHERE service_name IN ({names}) "  # noqa: S608 -- quoted
                f"AND key = {quoted(WAITS)}"
            )
        }
        rows = self._admin.query(
            "SELECT target_service_key, idempotency_key, status FROM sys_invocation "  # noqa: S608 -- quoted
            f"WHERE target_service_name IN ({names}) AND target_handler_name = 'invoke' "
            "AND status != 'completed' AND status != 'scheduled'"
        )
        heads = frozenset(r["target_service_key"] for r in rows if r["status"] in _HEADS)
        queued = frozenset(
            (r["target_service_key"], r.get("idempotency_key", ""))
            for r in rows
            if r["status"] == _BEHIND
        )
        return View(heads, queued, waits)


def _calls(data: str) -> tuple[Call, ...]:
    found: Any = decode(bytes.fromhex(data))
    return tuple((target, identity) for target, identity in found)
