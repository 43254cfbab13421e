"""The guest's view of an invocation that the server delivered: first what is recorded, then live."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NoReturn, Protocol

from runtime_shim.engines.restate import state
from runtime_shim.engines.restate.asked import Asked, AskedFuture
from runtime_shim.engines.restate.bridge import Bridge
from runtime_shim.engines.restate.recording import Recording
from runtime_shim.engines.restate.wire import Outcome, Request, object_key
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.protocol.keys import derived_key
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicy
from runtime_shim.queue.regions import begin_region, restart
from runtime_shim.queue.waits import cycle
from runtime_shim.replay.tape import JUMP, Tape, cancelling, label, unwrap, whose
from runtime_shim.values import Ok, Value
from runtime_shim.values.codec import encode

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from runtime_shim.engines.restate.suspects import Counted
    from runtime_shim.protocol.seams import Future


class Calls(Protocol):
    """What an invocation needs of its engine."""

    def refused(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Outcome | None:
        """The outcome of a guest's call that cannot be made."""

    def place(self, target: WorkerId, identity: str) -> tuple[str, str]:
        """The service and the object that run a call."""

    async def wait(self, live: Live, calls: Sequence[Asked], seconds: float | None) -> None:
        """Wait for any of the calls, or refuse one that would never end."""

    async def end(self, invocation: str) -> None:
        """Cancel what the server knows by this, unless it has begun."""

    async def sent(self, live: Live, call: CallId) -> tuple[WorkerId, uuid.UUID] | None:
        """The target of a call, by an earlier invocation of the worker, and what it is known by."""


class Live(Tape):
    """One attempt.

    Args:
        calls: The engine.
        bridge: The way to the server.
        worker: Whose it is.
        request: What is asked.
        head: What is known of the worker.
        attempt: From 1.
        leaves: The mark that it leaves.
        policy: The worker's.

    Attributes:
        head: What is known of the worker.
        number: Its place among the worker's calls, from 1.
        records: What it has recorded.
        announced: How often it has announced something.
        counted: The attempt, if it is one at a suspect.
    """

    at = 0
    end = 0
    cancelled = False

    def __init__(
        self,
        calls: Calls,
        bridge: Bridge,
        worker: WorkerId,
        request: Request,
        head: state.Head,
        attempt: int,
        leaves: str,
        policy: RetryPolicy,
    ) -> None:
        self.worker = worker
        self.request = request
        self.function = request.function
        self.args = state.arguments(request.args)
        self.environment = head.environment
        self.seq, self.mark, self.leaves = head.seq, head.mark, leaves
        self.head = head
        self.number = head.count + 1
        self.attempt = attempt
        self.bridge = bridge
        self.retry_policy = policy
        self.announced = 0
        self.records = Recording(bridge, request.identity)
        self.entries = self.records.entries
        self._begun = time.monotonic()
        self.counted: Counted | None = None
        self._calls = calls
        self._futures: dict[CallId, AskedFuture] = {}

    def recorded(self, batches: Sequence[tuple[tuple[str, Value], ...]]) -> None:
        """Begin with what an earlier attempt has saved."""
        self.records.begin(batches)
        self.rewind()

    @property
    def where(self) -> str:
        """Whose the entries are."""
        return whose(self.function, self.key, self.worker)

    @property
    def key(self) -> str:
        """The key that the guest and its peers see."""
        return str(self.base) if self.request.key is None else self.request.key

    @functools.cached_property
    def base(self) -> uuid.UUID:
        """What the keys of its calls and requests follow from."""
        return self.request.root(self.worker)

    @property
    def took(self) -> int:
        """How many milliseconds it has run by now, with the attempts before that failed."""
        then = self.head.next
        before = 0 if then is None or then.identity != self.request.identity else then.took
        return before + int(1000 * (time.monotonic() - self._begun))

    @property
    def replaying(self) -> bool:
        """Whether the next answer comes from what is recorded."""
        return self.at < self.end

    # --- records -------------------------------------------------------------------------------

    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        """The recorded value of a host call, or `live()` recorded now."""
        if self.at < self.end:
            return self.next(kind)
        if external and not self.records.safe:
            self.bridge.do(self.records.sync)
        value = live()
        self._add(kind, value)
        if external:
            self.bridge.do(self.records.push)
        return value

    def outcome(self, kind: str, live: Callable[[], Outcome], *, bound: bool = False) -> Outcome:
        """A recorded outcome, or `live()` recorded now."""
        if self.at < self.end:
            found: Outcome = self.next(kind)
            return found
        outcome = live()
        self._add(kind, outcome, bound=bound)
        return outcome

    def _add(self, kind: str, value: Value, *, bound: bool = True) -> None:
        self.records.add(kind, value, bound=bound)
        self.at = self.end = len(self.entries)

    # --- calls ---------------------------------------------------------------------------------

    def call(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Value:
        """Invoke and await."""
        data = encode(args)
        kind = label("call", target, function, data)
        if self.at < self.end:
            return unwrap(self.next(kind))
        own = object_key(self.worker)
        asked = self._asked(target, function, args, data, (*self.request.chain, own))
        if isinstance(asked, Asked):
            if target == self.worker or object_key(target) in self.request.chain:
                asked.outcome = cycle(self.worker, target)
            else:
                self._wait((asked,), None)
        outcome = asked.outcome if isinstance(asked, Asked) else asked
        refused = not isinstance(asked, Asked) or asked.future is None or asked.cancelled
        self._add(kind, outcome, bound=refused)
        return unwrap(outcome)

    def spawn(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Future:
        """Start a call in the background."""
        data = encode(args)
        kind = label("spawn", target, function, data)
        call = CallId(self.number, self.at)
        asked = self._asked(target, function, args, data, ())
        future = self._futures[call] = AskedFuture(self, call, asked)
        if self.at < self.end:
            self.next(kind)
            return future
        if isinstance(asked, Asked):
            self.bridge.do(functools.partial(self._begin, asked))
        self._add(kind, None, bound=not isinstance(asked, Asked))
        return future

    def send(
        self, target: WorkerId, function: str, args: tuple[Value, ...], due: float | None = None
    ) -> CallId:
        """Fire and forget."""
        data = encode(args)
        call = CallId(self.number, self.at)
        kind = label("send", target, function, data)
        if self.at < self.end:
            unwrap(self.next(kind))
            return call
        asked = self._asked(target, function, args, data, ())
        if isinstance(asked, Asked):
            self.bridge.do(functools.partial(self._send, asked, due))
        self._add(kind, Ok(None) if isinstance(asked, Asked) else asked, bound=True)
        unwrap(self.entries[-1][1])
        return call

    def cancel(self, call: CallId) -> None:
        """Cancel a `send` or a `spawn` that has not started."""
        kind = cancelling(call)
        future = self._futures.get(call)
        asked = None if future is None else future.asked
        if self.at < self.end:
            self.next(kind)
            if asked is not None:
                asked.cancelled = True
            return
        if asked is not None:
            self.bridge.do(functools.partial(asked.cancel, self.bridge, self._calls.end))
        else:
            self.bridge.do(functools.partial(self._cancel, call))
        self._add(kind, None)

    def wait_any(
        self,
        futures: Iterable[Future],
        timeout: float | None = None,
        patience: float | None = None,
    ) -> None:
        """Block until one of `futures` is finished or `timeout` seconds passed."""
        if self.at < self.end:
            return
        asked = [future.asked for future in futures if isinstance(future, AskedFuture)]
        calls = [one for one in asked if one is not None]
        if len(calls) == len(asked) and not any(one.outcome for one in calls):
            self._wait(calls, patience if timeout is None else timeout)

    def looked(self, asked: Asked) -> bool:
        """Whether a call is over, as far as the server has said by now."""
        if asked.outcome is None:
            self.bridge.do(functools.partial(self._look, asked))
        return asked.outcome is not None

    def until(
        self,
        target: WorkerId,
        function: str,
        args: tuple[Value, ...],
        patience: Callable[[], float | None],
    ) -> Value:
        """Ask until there is an answer."""
        from runtime_shim.engines.restate.pausing import until

        return until(self, self._calls.place(target, ""), target, function, args, patience)

    def announce(self) -> None:
        """Wake those that wait for this worker, once this has ended."""
        self.announced += 1

    # --- regions -------------------------------------------------------------------------------

    def begin_region(self) -> int:
        """Begin an atomic part, from its beginning if it was interrupted."""
        return begin_region(self, self._jump)

    def restart(self, position: int) -> NoReturn:
        """Drop what was recorded from `position` on, and run again up to there."""
        restart(self, position, self._jump, recording=True)

    def _jump(self, start: int) -> None:
        """Discard everything recorded from `start` on; continue after it."""
        self._add(JUMP, start)

    def set_retry_policy(self, policy: RetryPolicy) -> None:
        """Give the worker its own policy."""
        self.retry_policy = policy

    # --- between the guest's thread and the event loop -----------------------------------------

    def _asked(
        self,
        target: WorkerId,
        function: str,
        args: tuple[Value, ...],
        data: bytes,
        chain: tuple[str, ...],
    ) -> Asked | Outcome:
        """A call that is to be made at this position, or why it cannot be made."""
        refused = self._calls.refused(target, function, args)
        if refused is not None:
            return refused
        base = derived_key(self.base, self.at)
        caller, call = object_key(self.worker), CallId(self.number, self.at)
        environment: Environment = self.environment
        request = Request(target.name, function, data, None, base, environment, chain, caller, call)
        return Asked(self._calls.place(target, request.identity), target, request)

    def _wait(self, calls: Sequence[Asked], timeout: float | None) -> None:
        self.bridge.do(functools.partial(self._waited, calls, timeout))

    async def _waited(self, calls: Sequence[Asked], seconds: float | None) -> None:
        self.records.save()
        if self.counted is not None:
            self.counted.rest()
        await self._calls.wait(self, calls, seconds)
        if self.counted is not None:
            await self.counted.begin()

    async def _begin(self, asked: Asked) -> None:
        self.records.save()
        asked.begin(self.bridge)
        await self.bridge.push()

    async def _look(self, asked: Asked) -> None:
        self.records.save()
        asked.begin(self.bridge)
        if not await asked.end(self.bridge):
            await self.bridge.sync()
            await asked.end(self.bridge)

    async def _send(self, asked: Asked, due: float | None) -> None:
        self.records.save()
        asked.post(self.bridge, due)
        await self.bridge.push()

    async def _cancel(self, call: CallId) -> None:
        """Cancel what was sent: sent again with its key, it says what the server knows it by."""
        self.records.save()
        found = await self._calls.sent(self, call)
        if found is not None:
            target, base = found
            request = Request(target.name, "", b"", None, base, self.environment)
            place = self._calls.place(target, request.identity)
            handle = Asked(place, target, request).post(self.bridge, None)
            await self._calls.end(await handle.invocation_id())
