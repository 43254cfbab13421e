"""The guest's view of a finished invocation, when its worker is rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NoReturn

from runtime_shim.errors import (
    Divergence,
    HostTrouble,
    Late,
    OutOfMemory,
    RpcError,
    StoreError,
    Trap,
)
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.protocol.past import Past
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicy
from runtime_shim.replay.tape import (
    BEGIN,
    Tape,
    cancelling,
    label,
    refusing,
    unwrap,
    whose,
)
from runtime_shim.values import Value
from runtime_shim.values.codec import encode

if TYPE_CHECKING:
    import uuid

    from runtime_shim.protocol.seams import Future, Invocation


LOOKUPS = frozenset({"golem:rpc/component", "golem:api/host.resolve-worker-id"})
"""What a composed client records when it is constructed, and one that the host links does not.

They find out what a name stands for and change nothing, so either journal serves either client.
"""


class PastFuture:
    """A call that was started in a finished invocation."""

    __slots__ = ("_tape", "call")

    def __init__(self, tape: Replay, call: CallId) -> None:
        self._tape = tape
        self.call = call

    def done(self) -> bool:
        """Everything is finished in a finished invocation."""
        return True

    def wait(self, timeout: float | None = None) -> None:
        """Return at once."""

    def get(self) -> Value:
        """The recorded outcome."""
        self._tape.skip()
        return unwrap(self._tape.next(f"get {self.call.step}"))


class Replay(Tape):
    """A finished invocation run again to rebuild its worker: nothing leaves it.

    Args:
        past: What was recorded.
        invocation: The invocation for which the worker is rebuilt.
        seq: The place of `past` in the worker's history.
    """

    def __init__(self, past: Past, invocation: Invocation, seq: int) -> None:
        self._past = past
        self.worker: WorkerId = invocation.worker
        self.environment: Environment = invocation.environment
        self.function = past.function
        self.args: tuple[Value, ...] = past.args
        self.attempt = 1
        self.seq = seq
        self.entries = past.entries
        self.rewind()
        self._invocation = invocation

    @property
    def where(self) -> str:
        """Whose the entries are."""
        return whose(self.function, self.key, self.worker)

    @property
    def key(self) -> str:
        """As the guest saw it."""
        return str(self.base) if self._past.key is None else self._past.key

    @property
    def base(self) -> uuid.UUID:
        """What its derived keys follow from."""
        return self._past.base()

    @property
    def replaying(self) -> bool:
        """Always."""
        return True

    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        """The recorded value; that of a lookup may not be there."""
        if kind not in LOOKUPS:
            self.skip()
        elif self.at >= self.end or self.entries[self.at][0] != kind:
            return live()
        return self.next(kind)

    @property
    def upcoming(self) -> str | None:
        """The kind of the next entry, which is not a lookup."""
        self.skip()
        return super().upcoming

    def _outcome(
        self, action: str, target: WorkerId, function: str, args: tuple[Value, ...]
    ) -> Value:
        """The recorded outcome of a call, or its refusal by a client that was in the caller."""
        refused = refusing(target, function)
        if self.upcoming == refused:
            raise RpcError(*self.next(refused))
        return self.next(label(action, target, function, encode(args)))

    def skip(self) -> None:
        """Leave out the lookups that come next."""
        while self.at < self.end and self.entries[self.at][0] in LOOKUPS:
            self.at = self.beyond(self.at + 1)

    def finish(self) -> None:
        """Raise `Divergence` unless every entry was replayed."""
        self.skip()
        super().finish()

    def call(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Value:
        """The recorded outcome."""
        return unwrap(self._outcome("call", target, function, args))

    def spawn(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Future:
        """A future of the recorded outcome."""
        self.skip()
        index = self.at
        self.next(label("spawn", target, function, encode(args)))
        return PastFuture(self, CallId(self._past.number, index))

    def wait_any(
        self,
        futures: Iterable[Future],
        timeout: float | None = None,
        patience: float | None = None,
    ) -> None:
        """Return at once."""

    def send(
        self, target: WorkerId, function: str, args: tuple[Value, ...], due: float | None = None
    ) -> CallId:
        """What was sent."""
        self.skip()
        sent = CallId(self._past.number, self.at)
        unwrap(self._outcome("send", target, function, args))
        return sent

    def until(
        self,
        target: WorkerId,
        function: str,
        args: tuple[Value, ...],
        patience: Callable[[], float | None],
    ) -> Value:
        """The recorded answer, after as many as were recorded."""
        while (value := self.call(target, function, args)) is None:
            pass
        return value

    def announce(self) -> None:
        """Nothing: it was done."""

    def cancel(self, call: CallId) -> None:
        """Nothing: it was done."""
        self.skip()
        self.next(cancelling(call))

    def begin_region(self) -> int:
        """A mark: the invocation came to its end."""
        self.skip()
        begin = self.at
        self.next(BEGIN)
        return begin

    def restart(self, position: int) -> NoReturn:
        """It was done, and what came before is skipped: never again."""
        raise Divergence(f"{self.where} goes back to step {position}, which is not in its journal")

    @property
    def retry_policy(self) -> RetryPolicy:
        """What the history has set so far."""
        return self._invocation.retry_policy

    def set_retry_policy(self, policy: RetryPolicy) -> None:
        """Pass it on: the policy holds for the worker from here on."""
        self._invocation.set_retry_policy(policy)


def outgrown(worker: WorkerId, error: Trap) -> Trap | StoreError:
    """What a trap of a rebuild means, which came after the same had ended well.

    The worker may use less than then, or the machine be slower: that is not its failure.
    """
    message = f"{worker.uri} cannot be rebuilt: {error}"
    match error:
        case Divergence():
            return error
        case Late() | OutOfMemory():
            return HostTrouble(message)
        case Trap(retriable=False):
            return StoreError(message, "give it the limits that it had")
        case _:
            return error
