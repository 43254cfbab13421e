"""What the host functions of one instance share: the running invocation and its resource tables.

Linkers are made once per component and used for all its instances, so a host function finds its
instance as the innermost one running on this thread. To wasmtime a resource is a number, and
numbers come from counters, so a replay gets the same ones.
"""

from __future__ import annotations

import ctypes
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

import wasmtime

from runtime_shim.boundary.arena import Arena
from runtime_shim.boundary.signals import Guard
from runtime_shim.errors import Busy, Late, message_of
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmtime.component import ResourceAny

    from runtime_shim.protocol.seams import Invocation
    from runtime_shim.values import Value


_S = TypeVar("_S")

LATE = "the invocation took longer than its deadline"
"""The message of a trap."""


class HostFailure(Exception):  # not an error of the host: it traps the guest
    """Raised by a host function to trap the guest with this message."""


class Context:
    """The state of one instance.

    Attributes:
        invocation: The current invocation, None between two.
        table: The objects behind the host resources that the guest holds, by representation.
        handles: The worker's own resources that were given out, by the number in their `Handle`.
        lending: The numbers of those that the arguments under conversion lend.
        moving: What the arguments under conversion give away: handles, and the host's objects by
            their negative addresses.
        lent: The representations of the host's objects among the arguments, by address.
        temporaries: Handles made for the call under way, to be freed after it.
        out: Where the C API puts a pointer, and its address.
        slice: How many seconds of a wait a host function may wait at once, where the guest can be
            interrupted.
        guard: What keeps signals waiting, where the invocation runs on the main thread.
        failure: The exception with which a host function trapped the guest.
        hint: The last error that the guest got from the host, for the message of a trap.
        deadline: When the invocation has to be over, by the monotonic clock; None for never.
        transient: Whether the guest asked for its actions to be repeated instead of recorded.
        idempotent: Whether what is sent outside may be sent again when its outcome is not known.
        states: What families of host functions keep, by its kind.
        next_rep, next_handle: The last that were used.
        stderr: The last of what the guest printed, for the message of a trap.
    """

    __slots__ = (
        "__weakref__",
        "_uri",
        "arena",
        "deadline",
        "engine",
        "environment",
        "failure",
        "guard",
        "handles",
        "hint",
        "idempotent",
        "invocation",
        "lending",
        "lent",
        "moving",
        "next_handle",
        "next_rep",
        "out",
        "out_address",
        "raw",
        "slice",
        "states",
        "stderr",
        "store",
        "table",
        "temporaries",
        "transient",
        "worker",
    )

    def __init__(self, worker: WorkerId, environment: Environment, engine: wasmtime.Engine) -> None:
        self.worker = worker
        self._uri: str | None = None
        self.environment = environment
        self.engine = engine
        self.store = wasmtime.Store(engine)
        self.arena = Arena()
        self.raw = 0  # the address of the store's context, from `ffi.attach` on
        self.invocation: Invocation | None = None
        self.table: dict[int, Any] = {}
        self.handles: dict[int, tuple[object, ResourceAny]] = {}
        self.lending: list[int] = []
        self.moving: list[int] = []
        self.lent: dict[int, int] = {}
        self.temporaries: list[int] = []
        self.out = ctypes.c_uint64()
        self.out_address = ctypes.addressof(self.out)
        self.failure: BaseException | None = None
        self.guard: Guard | None = None
        self.slice: Callable[[float | None], float] | None = None
        self.hint: str | None = None
        self.deadline: float | None = None
        self.transient = False
        self.idempotent = True
        self.stderr = bytearray()
        self.states: dict[type, Any] = {}
        self.next_rep = 0
        self.next_handle = 0

    @property
    def uri(self) -> str:
        """The address of the worker, computed for its first handle."""
        uri = self._uri = self._uri or self.worker.uri
        return uri

    @property
    def current(self) -> Invocation:
        """The invocation under way. What it is asked is recorded, whatever the guest wants.

        Raises:
            HostFailure: There is none, as in a destructor that runs while the store is closed.
        """
        if self.invocation is None:
            raise HostFailure("a host function was called outside an invocation")
        return self.invocation

    def step(self, kind: str, live: Callable[[], Value], *, external: bool = False) -> Value:
        """A step of the invocation; where the guest wants nothing recorded, what `live` gives.

        Raises:
            HostFailure: there is no invocation.
        """
        if self.transient:
            return live()
        return self.current.step(kind, live, external=external)

    @property
    def replaying(self) -> bool:
        """Whether the next `step` comes from the journal.

        Raises:
            HostFailure: there is no invocation.
        """
        return not self.transient and self.current.replaying

    def state(self, kind: type[_S]) -> _S:
        """What a family of host functions keeps for this instance; made when it is first needed."""
        found: _S | None = self.states.get(kind)
        if found is None:
            found = self.states[kind] = kind()
        return found

    def close(self) -> None:
        """Unload the instance and forget what it held."""
        self.handles.clear()
        self.states.clear()
        self.store.close()

    def patience(self, timeout: float | None = None) -> float | None:
        """How many seconds a host function may wait: `timeout`, or less before the deadline.

        wasmtime interrupts only running code, not waiting code.

        Raises:
            Late: the deadline has passed.
            Interrupted: the guest was interrupted.
        """
        if self.slice is not None:
            timeout = self.slice(timeout)
        if self.deadline is None:
            return timeout
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Late(LATE)
        return left if timeout is None else min(left, timeout)

    def insert(self, value: Any) -> int:
        """Put `value` into the table of host resources; returns its representation."""
        self.next_rep += 1
        self.table[self.next_rep] = value
        return self.next_rep

    def insert_at(self, representation: int, value: Any) -> None:
        """Put `value` under the representation that it had before this replay."""
        self.next_rep = max(self.next_rep, representation)
        self.table[representation] = value

    def give(self, kind: object, resource: ResourceAny) -> int:
        """Remember a resource of the worker; returns the number of its `Handle`."""
        self.next_handle += 1
        self.handles[self.next_handle] = kind, resource
        return self.next_handle

    def commit(self) -> None:
        """The arguments are converted: remove what they give away."""
        if self.moving:
            for number in self.moving:
                if number < 0:
                    del self.lent[-number]
                else:
                    self.handles.pop(number)[1].close()
            self.moving.clear()

    def fail(self, error: BaseException) -> str:
        """Record why the guest is trapped, and return the text for wasmtime's error."""
        if self.failure is None:
            self.failure = error
        return message_of(error)


class _Running(threading.local):
    def __init__(self) -> None:
        self.stack: list[Context] = []


running = _Running()


def enter(context: Context) -> list[Context]:
    """Make `context` the innermost one of this thread, until the returned stack is popped."""
    stack = running.stack
    stack.append(context)
    return stack


def nested(target: WorkerId | None, what: str) -> None:
    """Look at a call that an import makes: `what` it calls, of which worker, or of any.

    Raises:
        Busy: It would wait for its own call.
        RecursionError: There are too few frames: where a call ends half-way, its worker is stuck.
    """
    stack = running.stack
    if stack and (target is None or any(context.worker == target for context in stack)):
        raise Busy(f"re-entrant call of {what} from an import")
    frames()


def frames(left: int = 120) -> None:
    """Raise `RecursionError` unless so many calls can be nested here.

    By default enough for a call of a worker and what follows it, which may have to be loaded.
    """
    if left:
        frames(left - 1)


def innermost() -> Context:
    """The context of the guest that called into the host on this thread."""
    return running.stack[-1]
