"""The guest's view of an invocation while its steps come from the journal."""

from __future__ import annotations

import functools
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

from runtime_shim.errors import Divergence, RpcError
from runtime_shim.protocol.ids import WorkerId, derived_key
from runtime_shim.protocol.records import Environment, Past
from runtime_shim.protocol.retry import RetryPolicy
from runtime_shim.replay.keys import visible
from runtime_shim.values import Err, Ok, Value
from runtime_shim.values.codec import encode

if TYPE_CHECKING:
    import threading

    from runtime_shim.protocol.seams import Future, Invocation


def label(action: str, target: WorkerId, function: str, encoded: bytes) -> str:
    """The journal kind of a call: the action, its target, and a checksum of the arguments."""
    return f"{_action(action, target, function)}{zlib.crc32(encoded):08x}"


@functools.lru_cache(maxsize=1024)
def _action(action: str, target: WorkerId, function: str) -> str:
    return f"{action} {target.component}/{target.name} {function} "


def unwrap(outcome: Value) -> Value:
    """The value of a recorded outcome.

    Raises:
        RpcError: the outcome is one.
    """
    if type(outcome) is Ok:
        return outcome.value
    if type(outcome) is Err:
        kind, message = outcome.value
        raise RpcError(kind, message)
    raise Divergence("the journal has something other than an outcome")


BEGIN = "begin"
"""The kind of the entry with which a region begins; its end is `end {number of that entry}`."""

JUMP = "jump"
"""The kind of the entry that drops everything between the position it names and itself."""


def jumps(entries: Sequence[tuple[str, Value]]) -> Mapping[int, int]:
    """The jumps of the reader over dropped entries: from where to where."""
    return {
        start: at + 1
        for at, (kind, start) in enumerate(entries)
        if kind == JUMP and type(start) is int and start <= at
    }


def whose(function: str, key: str, worker: WorkerId) -> str:
    """An invocation, as messages name it."""
    return f"{function} (invocation {key} of {worker.uri})"


class Tape(ABC):
    """The recorded entries of one invocation, read in order: the base of a guest's view.

    Attributes:
        entries: Pairs of (kind, value).
        at: The number of the next entry.
        end: How many there are.
        jumps: What to leave out: from which number to which.
    """

    entries: Sequence[tuple[str, Value]]
    at: int
    end: int
    jumps: Mapping[int, int] = MappingProxyType({})

    @property
    @abstractmethod
    def key(self) -> str:
        """The idempotency key of the invocation, as its guest sees it."""

    @abstractmethod
    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        """The recorded value of a host call, or `live()` recorded now."""

    def rewind(self) -> None:
        """Start reading `entries`."""
        self.jumps = jumps(self.entries)
        self.at = self.beyond(0)
        self.end = len(self.entries)

    def beyond(self, at: int) -> int:
        """The number of the next entry that counts, from `at` on."""
        while at in self.jumps:
            at = self.jumps[at]
        return at

    @property
    def position(self) -> int:
        """The number of the next entry."""
        return self.at

    def end_region(self, begin: int) -> None:
        """A mark, which matters when it is missing."""
        self.step(f"end {begin}", _nothing)

    @property
    @abstractmethod
    def where(self) -> str:
        """The invocation, for messages."""

    def next(self, kind: str) -> Value:
        """The value of the next entry.

        Raises:
            Divergence: There is none, or it has another kind.
        """
        if self.at >= self.end:
            raise Divergence(f"{self.where} continues with {kind!r}, which is not in its journal")
        found, value = self.entries[self.at]
        if found != kind:
            raise Divergence(
                f"{self.where} reached {kind!r} at step {self.at}, where its journal has {found!r}"
            )
        self.at = self.beyond(self.at + 1) if self.jumps else self.at + 1
        return value

    def finish(self) -> None:
        """Raise `Divergence` unless every entry was replayed."""
        if self.at < self.end:
            found = self.entries[self.at][0]
            raise Divergence(f"{self.where} ended before {found!r}, which is in its journal")


def _nothing() -> None:
    """A mark has no value."""


class PastFuture:
    """A call that was started in a finished invocation."""

    __slots__ = ("_index", "_tape")

    def __init__(self, tape: Tape, index: int) -> None:
        self._tape = tape
        self._index = index

    @property
    def key(self) -> str:
        """The call's key, derived from its invocation's."""
        return str(derived_key(self._tape.key, self._index))

    def done(self) -> bool:
        """Everything is finished in a finished invocation."""
        return True

    def wait(self, timeout: float | None = None) -> None:
        """Return at once."""

    def get(self) -> Value:
        """The recorded outcome."""
        return unwrap(self._tape.next(f"get {self._index}"))


class Replay(Tape):
    """A finished invocation run again to rebuild its worker: nothing leaves it.

    Args:
        past: What was recorded.
        invocation: The invocation for which the worker is rebuilt.
        seq: The place of `past` in the worker's history.
    """

    def __init__(self, past: Past, invocation: Invocation, seq: int) -> None:
        self._key = past.key
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
        return visible(self._key)

    @property
    def replaying(self) -> bool:
        """Always."""
        return True

    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        """The recorded value."""
        return self.next(kind)

    def call(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Value:
        """The recorded outcome."""
        return unwrap(self.next(label("call", target, function, encode(args))))

    def spawn(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Future:
        """A future of the recorded outcome."""
        index = self.at
        self.next(label("spawn", target, function, encode(args)))
        return PastFuture(self, index)

    def wait_any(
        self,
        futures: Iterable[Future],
        timeout: float | None = None,
        patience: float | None = None,
    ) -> None:
        """Return at once."""

    def send(
        self, target: WorkerId, function: str, args: tuple[Value, ...], due: float | None = None
    ) -> str:
        """The recorded key."""
        return str(unwrap(self.next(label("send", target, function, encode(args)))))

    def pause(self, event: threading.Event, timeout: float | None) -> None:
        """Return at once."""

    def cancel(self, key: str) -> None:
        """Nothing: it was done."""
        self.next(f"cancel {key}")

    def begin_region(self) -> int:
        """A mark: the invocation came to its end."""
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
