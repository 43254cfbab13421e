"""The basis of generated clients in Python: the caller behind them, and workers' resources.

A generated module (`api.py` or `world.py` of `{world}_client`) has types as classes, and converts
between them and the normal form of `runtime_shim.values`. Here is what all of them share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Flag
from types import TracebackType
from typing import (
    TYPE_CHECKING,
    ClassVar,
    NoReturn,
    ParamSpec,
    Protocol,
    Self,
    TypeAlias,
    TypeVar,
    runtime_checkable,
)

from runtime_shim.errors import ResourceGone, ShimError, Trap
from runtime_shim.interface import absent, made_for
from runtime_shim.protocol.records import Environment
from runtime_shim.values import Case, Err, Handle, Ok, Result, Some, Value
from runtime_shim.values.uris import worker_name

__all__ = [
    "Caller",
    "Case",
    "Environment",
    "Err",
    "Handle",
    "HostImports",
    "Invoker",
    "Members",
    "Ok",
    "Remote",
    "RemoteResource",
    "Restores",
    "Result",
    "Saves",
    "Sent",
    "Some",
    "Value",
    "borrow",
    "flag_names",
    "flags_of",
    "in_thread",
    "made_for",
    "own",
    "remote_of",
    "resource_of",
    "restorer",
]

_T = TypeVar("_T")
_P = ParamSpec("_P")
_F = TypeVar("_F", bound=Flag)
_R = TypeVar("_R", bound="RemoteResource")

Members: TypeAlias = Mapping[str, Callable[..., Value]]
"""What implements an interface: WIT names (`f`, `[constructor]r`, `[method]r.m`, `[static]r.s`),
each with a function that takes and gives values in normal form. A resource is any object, which
methods take first. `[drop]r` is called when the guest drops one. `[restore]` makes one again from
the resource's name and what it was saved as."""

HostImports: TypeAlias = Mapping[str, Members]
"""What implements imports: the members of each interface by its name, `ns:pkg/iface@v` or the name
of an inline one; the functions of the world itself have the empty name."""


@runtime_checkable
class Saves(Protocol):
    """A resource of the program that can be recreated in another process."""

    def save(self) -> str:
        """The text to recreate it from; recorded when the component receives it."""


@runtime_checkable
class Restores(Protocol):
    """An implementation of an interface that can recreate its resources."""

    def restore(self, resource: str, saved: str) -> object:
        """Recreate the resource of this WIT name from its saved text."""


def restorer(host: object) -> Callable[[str, str], object]:
    """The function that recreates an interface's resources; it traps if `host` cannot."""

    def restore(resource: str, saved: str) -> object:
        if isinstance(host, Restores):
            return host.restore(resource, saved)
        message = f"a `{resource}` was saved, but {type(host).__name__} has no `restore`"
        raise Trap(message, retriable=False)

    return restore


class Invoker(Protocol):
    """What runs functions: `runtime_shim.Host`, `runtime_shim.Instance`, or a replacement."""

    def invoke(
        self,
        component: str,
        worker: str | None,
        function: str,
        args: tuple[Value, ...] = (),
        *,
        key: str | None = None,
    ) -> Value:
        """Run a function once for `key` and return its result; `worker` None is a new one."""


@runtime_checkable
class Caller(Invoker, Protocol):
    """What also queues calls: `runtime_shim.Host`, or a replacement."""

    def send(
        self,
        component: str,
        worker: str | None,
        function: str,
        args: tuple[Value, ...] = (),
        *,
        key: str | None = None,
        due: float | None = None,
    ) -> str:
        """Queue it, for `due` in seconds since the epoch when given; returns the key."""

    def cancel(self, key: str) -> bool:
        """Cancel a queued call that has not started; return whether it was cancelled."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A call that was queued.

    Attributes:
        caller: What carries it.
        key: Its idempotency key.
    """

    caller: Caller
    key: str

    def cancel(self) -> bool:
        """Cancel it unless it has started; return whether it was cancelled."""
        return self.caller.cancel(self.key)


@dataclass(frozen=True, slots=True)
class Remote:
    """A worker to call.

    Attributes:
        caller: What carries the calls; `send` needs a `Caller`.
        component: The name under which the worker's component is deployed.
        worker: The worker's name; None is a new worker for each call.
    """

    caller: Invoker
    component: str
    worker: str | None

    def call(
        self,
        lift: Callable[[Value], _T] | None,
        function: str,
        args: tuple[Value, ...],
        key: str | None = None,
    ) -> _T:
        """Run a function and convert its result; None leaves it unchanged.

        Raises:
            BadArguments: an argument is out of the range of its type; nothing ran.
            InvocationFailed: the worker trapped for good.
            ShimError: The component or the function does not exist.
        """
        result = self.run(function, args, key)
        return result if lift is None else lift(result)

    def call_for_resource(
        self,
        lift: Callable[[Value, Remote], _T],
        function: str,
        args: tuple[Value, ...],
        key: str | None = None,
    ) -> _T:
        """Like `call`, for results with resources, which must know which worker to call."""
        return lift(self.run(function, args, key), self)

    def run(self, function: str, args: tuple[Value, ...], key: str | None = None) -> Value:
        """Like `call`, for a function without result, or for the result in normal form."""
        return self.caller.invoke(self.component, self.worker, function, args, key=key)

    def send(
        self, function: str, args: tuple[Value, ...], at: datetime | None, key: str | None
    ) -> Sent:
        """Queue a call, for a time when given.

        Raises:
            BadArguments: an argument is out of the range of its type; nothing was queued.
            ShimError: The component or the function does not exist, or `caller` has no queue.
        """
        caller = self.caller
        if not isinstance(caller, Caller):
            raise ShimError(f"{function} cannot be queued: {type(caller).__name__} has no queue")
        due = None if at is None else at.timestamp()
        sent = caller.send(self.component, self.worker, function, args, key=key, due=due)
        return Sent(caller, sent)

    def of(self, handle: Handle) -> Remote:
        """The worker of this component that has the resource."""
        return replace(self, worker=worker_name(handle.uri))


class RemoteResource:
    """A resource of a worker, as a context manager that drops it.

    Without `drop`, a `with` block or a transfer of ownership it stays in its worker.
    """

    _DROP: ClassVar[str]
    _remote: Remote
    _handle: Handle | None

    def __init__(self) -> None:
        raise TypeError(f"a {type(self).__name__} can only be returned by calls")

    def _construct(
        self, remote: Remote, function: str, args: tuple[Value, ...], key: str | None
    ) -> None:
        handle = remote.call(_handle_of, function, args, key)
        self._remote, self._handle = remote.of(handle), handle

    def drop(self, *, key: str | None = None) -> None:
        """Drop it in its worker; does nothing if already dropped or given away."""
        if self._handle is not None:
            self._remote.run(self._DROP, (self._handle,), key)
            self._handle = None

    async def drop_async(self, *, key: str | None = None) -> None:
        """Like `drop`, in a thread."""
        await in_thread(self.drop, key=key)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.drop()
        except Exception as second:
            if error is None:
                raise
            self._note(error, second)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self.drop_async()
        except Exception as second:
            if error is None:
                raise
            self._note(error, second)

    def _note(self, first: BaseException, second: Exception) -> None:
        """Tell it with the error of the block, which is the cause and goes on."""
        first.add_note(f"then {self!r} could not be dropped: {type(second).__name__}: {second}")

    def __repr__(self) -> str:
        place = "gone" if self._handle is None else f"{self._handle.uri}#{self._handle.id}"
        return f"<{type(self).__name__} {place}>"


def borrow(resource: RemoteResource) -> Handle:
    """The handle of a resource, lent for a call.

    Raises:
        ResourceGone: It no longer belongs to the caller.
    """
    handle = resource._handle  # noqa: SLF001  # the other half of the class
    if handle is None:
        raise ResourceGone(f"this {type(resource).__name__} was dropped or given away")
    return handle


def own(resource: RemoteResource) -> Handle:
    """The handle of a resource, given away: its receiver drops it.

    Raises:
        ResourceGone: It no longer belongs to the caller.
    """
    handle = borrow(resource)
    resource._handle = None  # noqa: SLF001  # the other half of the class
    return handle


def remote_of(resource: RemoteResource) -> Remote:
    """The worker that has a resource."""
    return resource._remote  # noqa: SLF001  # the other half of the class


def resource_of(kind: type[_R], handle: Handle, remote: Remote) -> _R:
    """The resource that a worker returned."""
    made = kind.__new__(kind)
    made._remote, made._handle = remote.of(handle), handle  # noqa: SLF001  # likewise
    return made


def flag_names(flags: Iterable[tuple[str, _F]], value: _F) -> frozenset[str]:
    """The WIT names of the flags that are set."""
    return frozenset(name for name, flag in flags if flag in value)


def flags_of(flags: Iterable[tuple[str, _F]], names: Value, found: _F) -> _F:
    """`found`, with the flags of these WIT names also set."""
    for name, flag in flags:
        if name in names:
            found |= flag
    return found


def _handle_of(value: Value) -> Handle:
    if not isinstance(value, Handle):
        raise TypeError(f"a constructor must return a handle, not {value!r}")
    return value


async def in_thread(function: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Run a blocking call in a thread of the event loop's executor.

    A cancelled task stops waiting; the call continues, and its result can be requested again by its
    key.
    """
    import asyncio  # a program without an event loop never needs it

    return await asyncio.to_thread(function, *args, **kwargs)


if not TYPE_CHECKING:  # a checker would take every name for one of these

    def __getattr__(name: str) -> NoReturn:
        """Generated code asks for a name of another interface."""
        raise absent(__name__, name)
