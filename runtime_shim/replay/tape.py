"""The guest's view of an invocation while its steps come from the journal."""

from __future__ import annotations

import functools
import uuid
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from runtime_shim.errors import Divergence, RpcError
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.values import Err, Ok, Value


def label(action: str, target: WorkerId, function: str, encoded: bytes) -> str:
    """The journal kind of a call: the action, its target, and a checksum of the arguments."""
    return f"{call_label(action, target, function)}{zlib.crc32(encoded):08x}"


@functools.lru_cache(maxsize=1024)
def call_label(action: str, target: WorkerId, function: str) -> str:
    """The kind of a call's entry, before the checksum of its arguments."""
    return f"{action} {target.component}/{target.name} {function} "


def cancelling(call: CallId) -> str:
    """The journal kind of the cancelling of a call."""
    return f"cancel {call.caller} {call.step}"


def refusing(target: WorkerId, function: str) -> str:
    """The journal kind of a call whose arguments do not fit its target, by a client in the caller."""
    return f"refused {target} {function}"


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
        mark, leaves: The marks before and after it: always the same, since one host runs all.
    """

    entries: Sequence[tuple[str, Value]]
    at: int
    end: int
    jumps: Mapping[int, int] = MappingProxyType({})
    mark = ""
    leaves = ""

    @property
    @abstractmethod
    def key(self) -> str:
        """The idempotency key of the invocation, as its guest sees it."""

    @property
    @abstractmethod
    def base(self) -> uuid.UUID:
        """What the keys of its calls and requests follow from."""

    def derived(self, name: str) -> uuid.UUID:
        """A key of its own for something that it does: the same on every attempt."""
        return uuid.uuid5(self.base, name)

    @abstractmethod
    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        """The recorded value of a host call, or `live()` recorded now."""

    @property
    def upcoming(self) -> str | None:
        """The kind of the next entry, if there is one."""
        return self.entries[self.at][0] if self.at < self.end else None

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
        self.step(f"end {begin}", nothing)

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


def nothing() -> None:
    """A mark has no value."""
