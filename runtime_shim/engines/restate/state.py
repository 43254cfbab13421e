"""What a worker keeps in its object: the head, the newest of its history, and the call under way.

| key | |
|---|---|
| `head` | a `Head` |
| `row/N` | call N as a `Row`, from the head's `first` on; what comes before is in the log's object |
| `now/N` | entries of the call under way, in batches, with its identity |
| `waits` | what the call under way waits for and for nothing else, once that takes long |
| `begun` | while a suspect runs: its identity, the processes that ran it, and how many batches there were |
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from runtime_shim.engines.restate.wire import LARGEST, fields, joined, outside, parted, texts
from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.protocol.keys import root_key
from runtime_shim.protocol.past import Past
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicy
from runtime_shim.values import Ok, Value
from runtime_shim.values.codec import decode, encode

HEAD, WAITS, BEGUN = "head", "waits", "begun"
PAUSED = encode(())
"""What waits for an announcement, and for no call."""
PUT_OFF = "put off: "
"""How the message of an attempt begins that does not count, since the host lacks something."""
_ROW = LARGEST + (2 << 20)  # bytes
_OPTIONAL = (str, type(None))


@dataclass(frozen=True, slots=True)
class Try:
    """The attempt at the call under way that comes next, after one that failed.

    Attributes:
        identity: Which call.
        attempt: From 2.
        due: When, in seconds since the epoch.
        took: How many milliseconds those before ran.
    """

    identity: str
    attempt: int
    due: float
    took: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a worker.

    Attributes:
        seq: How many calls are in its history, without those that failed.
        mark: What the last of those has left.
        count: How many calls ended.
        first: The first of those that are kept here, or the next if none is.
        size: The bytes of those that are kept here.
        chunks: How many messages of older calls are in the log.
        last: Which call ended last.
        digest: That of the component that it was created with.
        environment: What it was created with.
        failure: Why it runs nothing any more.
        announced: How often it announced something.
        policy: Its own retry policy.
        next: The attempt that comes next, if one failed.
        time: When the last call ended, in seconds since the epoch.
        took: How many milliseconds all calls ran.
    """

    digest: str
    environment: Environment
    seq: int = 0
    mark: str = ""
    count: int = 0
    first: int = 1
    size: int = 0
    chunks: int = 0
    last: str = ""
    failure: str | None = None
    announced: int = 0
    policy: RetryPolicy | None = None
    next: Try | None = None
    time: float = 0.0
    took: int = 0

    def pack(self) -> bytes:
        """Its bytes."""
        environment, policy, then = self.environment, self.policy, self.next
        counts = (self.seq, self.mark, self.count, self.first, self.size, self.chunks, self.last)
        made = (self.digest, dict(environment.variables), environment.arguments)
        kept = (
            None
            if policy is None
            else (
                policy.max_attempts,
                policy.min_delay,
                policy.max_delay,
                policy.multiplier,
                policy.jitter,
            )
        )
        again = None if then is None else (then.identity, then.attempt, then.due, then.took)
        times = self.time, self.took
        return encode((*counts, *made, self.failure, self.announced, kept, again, *times))

    @classmethod
    def parse(cls, data: bytes) -> Head:
        """Read it back. Raises `StoreError`."""
        tuples = (tuple, type(None))
        counts = (int, str, int, int, int, int, str)
        tail = (_OPTIONAL, int, tuples, tuples, (int, float), int)
        found = fields(data, *counts, str, dict, tuple, *tail)
        seq, mark, count, first, size, chunks, last, digest, variables, arguments = found[:10]
        failure, announced, policy, then, time, took = found[10:]
        texts(variables.values())
        try:
            return cls(
                digest,
                Environment(variables, texts(arguments)),
                seq,
                mark,
                count,
                first,
                size,
                chunks,
                last,
                failure,
                announced,
                None if policy is None else RetryPolicy(*policy),
                None if then is None else Try(*then),
                time,
                took,
            )
        except (TypeError, ValueError) as error:
            raise StoreError(f"a worker's head is damaged: {error}") from None

    @property
    def leaves(self) -> str:
        """The mark that the next call leaves: which it is, something random, and the build."""
        return f"{self.count + 1}.{os.urandom(6).hex()}.{self.digest[:12]}"

    def moved(self, digest: str) -> Head:
        """With another build. Instances of the one before do not have this mark."""
        state, _, _ = self.mark.rpartition(".")
        return replace(self, digest=digest, mark=f"{state}.{digest[:12]}" if state else "")

    def ended(self, row: Row, size: int) -> Head:
        """After a call has ended."""
        done = row.state == "done"
        return replace(
            self,
            seq=self.seq + done,
            mark=row.mark if done else self.mark,
            count=self.count + 1,
            size=self.size + size,
            last=row.identity,
            next=None,
            time=row.time,
            took=self.took + row.took,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A call that has ended.

    Attributes:
        number: Which of the worker's, from 1.
        state: `done`, `failed` or `cancelled`.
        mark: What it has left, which is a state of the worker if it is done.
        key: Its key, if it came from outside.
        base: What its derived keys follow from, if it was a guest's.
        caller: The worker that made it, empty if it came from outside.
        call: What it is known by there.
        function: Its invocation name.
        attempt: The attempt that ended it.
        time: When, in seconds since the epoch.
        took: How many milliseconds its attempts ran.
        args: The encoded arguments.
        entries: The encoded entries.
        outcome: The encoded outcome.
    """

    number: int
    state: str
    mark: str
    key: str | None
    base: str | None
    caller: str
    call: CallId
    function: str
    attempt: int
    time: float
    took: int
    args: bytes
    entries: bytes
    outcome: bytes

    @property
    def identity(self) -> str:
        """What the server knew it by."""
        return f"g.{self.base}" if self.key is None else outside(self.key)

    def pack(self) -> bytes:
        """Its bytes. Raises `TooLarge`, but not for what was asked and a short outcome."""
        asked = (self.key, self.base, self.caller, tuple(self.call), self.function)
        head = (self.number, self.state, self.mark, *asked, self.attempt, self.time, self.took)
        parts = encode(head), self.args, self.entries, self.outcome
        return joined(*parts, most=_ROW, what="a call with its steps and its outcome")

    @classmethod
    def parse(cls, data: bytes) -> Row:
        """Read it back. Raises `StoreError`."""
        match parted(data):
            case [head, *rest] if len(rest) == 3:
                pass
            case _:
                raise StoreError("a recorded call has other parts than expected")
        kinds = (int, str, str, _OPTIONAL, _OPTIONAL, str, tuple, str, int, (int, float), int)
        number, state, mark, key, base, caller, call, *after = fields(head, *kinds)
        return cls(number, state, mark, key, base, caller, CallId(*call), *after, *rest)

    def past(self, worker: WorkerId) -> Past:
        """For a rebuild. Raises `StoreError`."""
        key, base = self.key, self.base
        outcome = decode(self.outcome)
        return Past(
            self.number,
            key,
            lambda: uuid.UUID(base) if key is None else root_key(worker, key),
            self.function,
            arguments(self.args),
            read_entries(self.entries),
            outcome.value if isinstance(outcome, Ok) else None,
        )


def arguments(data: bytes) -> tuple[Value, ...]:
    """Arguments from their bytes. Raises `StoreError`."""
    found = decode(data)
    if type(found) is not tuple:
        raise StoreError("arguments are not a tuple")
    return found


def read_entries(data: bytes) -> tuple[tuple[str, Value], ...]:
    """Entries from their bytes. Raises `StoreError`."""
    found: Any = decode(data)
    if type(found) is not tuple or not all(
        type(one) is tuple and len(one) == 2 and type(one[0]) is str for one in found
    ):
        raise StoreError("recorded steps are damaged")
    entries: tuple[tuple[str, Value], ...] = found
    return entries


def batch(identity: str, entries: Sequence[tuple[str, Value]]) -> bytes:
    """Some entries of a call under way."""
    return joined(identity.encode(), encode(tuple(entries)))


def read_batch(data: bytes) -> tuple[str, tuple[tuple[str, Value], ...]]:
    """A call's identity, and some of its entries. Raises `StoreError`."""
    match parted(data):
        case [identity, entries]:
            return identity.decode(errors="replace"), read_entries(entries)
        case _:
            raise StoreError("recorded steps have other parts than expected")
