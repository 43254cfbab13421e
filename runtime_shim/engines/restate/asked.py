"""Calls of other workers, as the one that makes them waits for them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from restate.exceptions import TerminalError

from runtime_shim.engines.restate.bridge import CANCELLED, KILLED, Bridge
from runtime_shim.engines.restate.wire import Answer, Outcome, Request
from runtime_shim.errors import Divergence
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.queue import task
from runtime_shim.queue.waits import cycle
from runtime_shim.replay.tape import unwrap
from runtime_shim.values import Err, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runtime_shim.protocol.seams import Future


End = Callable[[str], Awaitable[None]]
"""Cancels what the server knows by this, unless it has begun."""


class Asked:
    """A call that was made, or is made again after a crash.

    Attributes:
        place: The service and the object that run it.
        target: The worker.
        request: The call.
        outcome: What has become of it.
        cancelled: Whether its caller has cancelled it, which did nothing if it had begun.
    """

    def __init__(self, place: tuple[str, str], target: WorkerId, request: Request) -> None:
        self.place = place
        self.target = target
        self.request = request
        self.outcome: Outcome | None = None
        self.cancelled = False
        self.future: Any = None

    def begin(self, bridge: Bridge) -> None:
        """Send it, unless that was done; who sends it again gets the same answer."""
        if self.future is None and self.outcome is None:
            request = self.request
            if self.cancelled:  # before a crash: if that did something, it must not run now
                request = replace(request, function="", args=b"")
            service, key = self.place
            self.future = bridge.context.generic_call(
                service, "invoke", request.pack(), key=key, idempotency_key=request.identity
            )

    def post(self, bridge: Bridge, due: float | None) -> Any:
        """Send it without waiting for it; the SDK's handle."""
        delay = None if due is None else timedelta(seconds=max(0.0, due - time.time()))
        request, (service, key) = self.request, self.place
        return bridge.context.generic_send(
            service,
            "invoke",
            request.pack(),
            key=key,
            send_delay=delay,
            idempotency_key=request.identity,
        )

    async def end(self, bridge: Bridge) -> bool:
        """Take the answer if it is there; whether it was."""
        if self.outcome is not None:
            return True
        if self.future is None or not bridge.completed(self.future):
            return False
        try:
            answer = Answer.parse(await bridge.context.must_take_notification(self.future.handle))
        except TerminalError as error:
            killed = error.message == KILLED
            if error.status_code == CANCELLED and not (self.cancelled or killed):
                self.future = None  # nobody meant it: a signal to the caller reaches its calls
                self.begin(bridge)
                return False
            cancelled = error.status_code == CANCELLED
            failed: Outcome = Err(("remote-internal-error", error.message))
            self.outcome = task.CANCELLED if cancelled else failed
            return True
        if not answer.of(self.request.function, self.request.args):
            raise Divergence(
                f"step {self.request.call.step} called {answer.function} at first, and calls "
                f"{self.request.function} now, or gives other arguments"
            )
        self.outcome = answer.read()
        return True

    async def cancel(self, bridge: Bridge, end: End) -> None:
        """Cancel it unless it has begun."""
        self.begin(bridge)
        self.cancelled = True
        if self.outcome is None:
            await end(await self.future.invocation_id())


class Waiting(Protocol):
    """The invocation that waits for futures."""

    worker: WorkerId

    def wait_any(
        self,
        futures: Iterable[Future],
        timeout: float | None = None,
        patience: float | None = None,
    ) -> None:
        """Block until one of `futures` is finished."""

    def looked(self, asked: Asked) -> bool:
        """Whether a call is over, as far as the server has said by now."""

    def outcome(self, kind: str, live: Callable[[], Outcome]) -> Outcome:
        """A recorded outcome, or `live()` recorded now."""


class AskedFuture:
    """A call in the background, sent now or, after a crash, when its outcome is needed.

    Args:
        live: Who waits.
        call: What it is known by.
        asked: The call; or its outcome, if it was refused.
    """

    def __init__(self, live: Waiting, call: CallId, asked: Asked | Outcome) -> None:
        self.call = call
        self.asked = asked if isinstance(asked, Asked) else None
        self._refused = None if isinstance(asked, Asked) else asked
        self._live = live

    def done(self) -> bool:
        """Whether the outcome is known now."""
        return self.asked is None or self._live.looked(self.asked)

    def wait(self, timeout: float | None = None) -> None:
        """Block until the outcome is known or `timeout` seconds passed."""
        self._live.wait_any((self,), patience=timeout)

    def get(self) -> Value:
        """The outcome, recorded."""
        return unwrap(self._live.outcome(f"get {self.call.step}", self._finish))

    def _finish(self) -> Outcome:
        if self.asked is None:
            if self._refused is None:
                raise AssertionError("a future is a call or an outcome")
            return self._refused
        while self.asked.outcome is None:
            self._live.wait_any((self,))
        return self.asked.outcome


def refuse(asked: Asked, caller: WorkerId) -> None:
    """Fail with an error, instead of waiting forever."""
    asked.cancelled = True
    asked.outcome = cycle(caller, asked.target)
