"""What all attempts of a host share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runtime_shim.engines.restate.asked import Asked, refuse
from runtime_shim.engines.restate.wire import Outcome, Services, object_key
from runtime_shim.errors import BadArguments, UnknownFunction
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.protocol.retry import RetryPolicies
from runtime_shim.values import Err, Value

if TYPE_CHECKING:
    import uuid

    from runtime_shim.engines.restate.admin import Admin
    from runtime_shim.engines.restate.builds import Builds
    from runtime_shim.engines.restate.cycles import Cycles
    from runtime_shim.engines.restate.live import Live
    from runtime_shim.engines.restate.suspects import Suspects
    from runtime_shim.protocol.seams import Handler, Program

_GRACE, _LONGEST = 0.4, 5.0
"""Seconds of waiting after which it is looked whether the wait is for itself, and then at most."""
AT_ONCE = 0.001


@dataclass(frozen=True, slots=True)
class Site:
    """A host.

    Attributes:
        handler: Runs attempts.
        services: The application's services.
        retries: When trapped calls are retried.
        pool: The threads of guests; as many as there are attempts, since they wait for each other.
        admin: The server, for operators.
        cycles: Finds waits that would never end.
        builds: The components.
        suspects: What may have ended an earlier process.
        clock: Seconds since the epoch.
        beat: Seconds after which the server hears of a guest that computes.
        explicit: Whether the SDK leaves recovery to attempts.
    """

    handler: Handler
    services: Services
    retries: RetryPolicies
    pool: Executor
    admin: Admin
    cycles: Cycles
    builds: Builds
    suspects: Suspects
    clock: Callable[[], float] = time.time
    beat: float = 15.0
    explicit: bool = True

    @property
    def programs(self) -> Mapping[str, Program]:
        """The deployed components."""
        return self.builds.programs

    def refused(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Outcome | None:
        """The outcome of a guest's call that cannot be made."""
        program = self.programs.get(target.component)
        if program is None:
            message = f"Could not find any component with the given id: {target.component}"
            return Err(("not-found", message))
        try:
            program.check(function, args)
        except (UnknownFunction, BadArguments) as error:
            return Err(("protocol-error", str(error)))
        return None

    def place(self, target: WorkerId, identity: str) -> tuple[str, str]:
        """The service and the object that run a call."""
        program = self.programs.get(target.component)
        return self.services.place(target, identity, durable=program is None or program.durable)

    async def wait(self, live: Live, calls: Sequence[Asked], seconds: float | None) -> None:
        """Wait for any of the calls, or refuse one that would never end."""
        bridge = live.bridge
        timers = [] if seconds is None else [bridge.timer(max(seconds, AT_ONCE))]
        grace, published = _GRACE, False
        for call in calls:
            call.begin(bridge)
        while True:
            for call in calls:
                if await call.end(bridge):
                    break
            else:
                waits = asyncio.ensure_future(
                    bridge.settled([*(call.future for call in calls), *timers])
                )
                try:
                    await asyncio.wait({waits}, timeout=grace if not timers else None)
                finally:
                    late = not waits.done()
                    if late:
                        waits.cancel()
                if not late:
                    waits.result()
                    if not any(map(bridge.completed, timers)):
                        continue
                    break
                grace = min(2 * grace, _LONGEST)
                if not published:
                    self.cycles.publish(bridge, calls)
                    await bridge.push()
                    published = True
                stuck = await self.cycles.look(object_key(live.worker), calls)
                if stuck is None:
                    continue
                await stuck.cancel(bridge, self.end)
                refuse(stuck, live.worker)
            break
        if published:
            self.cycles.withdraw(bridge)

    async def end(self, invocation: str) -> None:
        """Cancel what the server knows by this, unless it has begun."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self.admin.cancel, invocation)

    async def sent(self, live: Live, call: CallId) -> tuple[WorkerId, uuid.UUID] | None:
        """The target of a call, by an invocation of the worker, and what it is known by."""
        from runtime_shim.engines.restate.sent import found

        return await found(live, call, self.services)

    async def build(self, worker: WorkerId, digest: str) -> Program | None:
        """The program with this digest, None where neither this host nor the server has it."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.pool, self.builds.of, worker.component, digest)
