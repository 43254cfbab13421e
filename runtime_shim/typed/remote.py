"""A worker to call, and resources of workers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Never, ParamSpec, Self, TypeVar

from runtime_shim.errors import (
    BadArguments,
    InvocationFailed,
    RpcError,
    ShimError,
    StoreError,
    Trap,
    first_wins,
)
from runtime_shim.typed.functions import Function
from runtime_shim.typed.held import Held
from runtime_shim.typed.seams import Caller, Invoker, Workers
from runtime_shim.values import Handle, Value
from runtime_shim.values.uris import worker_name

_T = TypeVar("_T")
_P = ParamSpec("_P")

_MADE = (Trap, InvocationFailed, RpcError, StoreError)
"""The host's errors of calls that were made; with any other, nothing ran and nothing is queued."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A call that was queued.

    Attributes:
        caller: What carries it.
        component: The name under which its worker's component is deployed.
        worker: Its worker's name; None for a new one.
        key: Its idempotency key.
    """

    caller: Caller
    component: str
    worker: str | None
    key: str

    def cancel(self) -> bool:
        """Cancel it unless it has started; return whether it was cancelled."""
        return self.caller.cancel(self.component, self.worker, self.key)


@dataclass(frozen=True, slots=True)
class Remote:
    """A worker to call.

    Attributes:
        caller: What carries the calls; `tell` needs a `Caller`.
        component: The name under which the worker's component is deployed.
        worker: The worker's name; None is a new worker for each call.

    Raises:
        BadArguments: There is no name, and the component's workers keep their state: each call would
            leave a worker that nobody finds again.
        ShimError: There is no name, and no such component.
    """

    caller: Invoker
    component: str
    worker: str | None

    def __post_init__(self) -> None:
        caller = self.caller
        if self.worker is None and isinstance(caller, Workers) and caller.durable(self.component):
            raise BadArguments(f"workers of `{self.component}` are durable: name the one to call")

    def ask(self, function: Function, *args: object, key: str | None = None) -> Any:
        """Run a function and return its result.

        Raises:
            BadArguments: an argument is not of its type; nothing ran.
            ResourceGone: An argument is a resource that no longer belongs to the caller.
            InvocationFailed: the worker trapped for good.
            ShimError: The component or the function does not exist.
        """
        given: list[Held] = []
        lowered = function.lower(args, given)
        if given:
            result = self._give(function.name, lowered, key, given)
        else:
            result = self.caller.invoke(
                self.component, self.worker, function.name, lowered, key=key
            )
        lift = function.lift
        return result if lift is None else lift(result, self)

    async def ask_async(self, function: Function, *args: object, key: str | None = None) -> Any:
        """Like `ask`, in a thread."""
        return await in_thread(self.ask, function, *args, key=key)

    if TYPE_CHECKING:
        # Generated methods return what these return, and say what it is. A type variable would have
        # checkers compare each result's type with itself, which takes them 2ⁿ steps for n nested
        # results; `Any` is an error where it is returned.

        def call(self, function: Function, *args: object, key: str | None = None) -> Never:
            """See `ask`."""

        async def call_async(
            self, function: Function, *args: object, key: str | None = None
        ) -> Never:
            """See `ask_async`."""

    else:
        call, call_async = ask, ask_async

    def run(self, function: Function, *args: object, key: str | None = None) -> None:
        """Like `ask`, for a function without result."""
        self.ask(function, *args, key=key)

    async def run_async(self, function: Function, *args: object, key: str | None = None) -> None:
        """Like `run`, in a thread."""
        await in_thread(self.ask, function, *args, key=key)

    def tell(self, function: Function, *args: object, at: datetime | None, key: str | None) -> Sent:
        """Queue a call, for a time when given.

        Raises:
            BadArguments: an argument is not of its type; nothing was queued.
            ResourceGone: An argument is a resource that no longer belongs to the caller.
            ShimError: The component or the function does not exist, or `caller` has no queue.
        """
        caller, name = self.caller, function.name
        if not isinstance(caller, Caller):
            raise ShimError(f"{name} cannot be queued: {type(caller).__name__} has no queue")
        given: list[Held] = []
        lowered = function.lower(args, given)
        due = None if at is None else at.timestamp()
        sent = caller.send(self.component, self.worker, name, lowered, key=key, due=due)
        _take(given)
        return Sent(caller, self.component, self.worker, sent)

    def drop(self, function: str, handle: Handle, key: str | None) -> None:
        """Drop a resource of the worker."""
        self.caller.invoke(self.component, self.worker, function, (handle,), key=key)

    def of(self, handle: Handle) -> Remote:
        """The worker of this component that has the resource."""
        return replace(self, worker=worker_name(handle.uri))

    def _give(
        self, function: str, args: tuple[Value, ...], key: str | None, given: list[Held]
    ) -> Value:
        """Make a call that gives resources away; they stay with the program where it is not made."""
        made = True
        try:
            return self.caller.invoke(self.component, self.worker, function, args, key=key)
        except ShimError as error:
            made = isinstance(error, _MADE) and not isinstance(error, BadArguments)
            raise
        finally:
            if made:
                _take(given)


def _take(given: list[Held]) -> None:
    for resource in given:
        resource._handle = None  # noqa: SLF001  # the other half of the class


class RemoteResource(Held):
    """A resource of a worker, as a context manager that drops it.

    Without `drop`, a `with` block or a transfer of ownership it stays in its worker.
    """

    _DROP: ClassVar[str]
    _remote: Remote

    def __init__(self) -> None:
        raise TypeError(f"a {type(self).__name__} can only be returned by calls")

    def _construct(
        self, remote: Remote, function: Function, *args: object, key: str | None
    ) -> None:
        made: Self = remote.ask(function, *args, key=key)
        self._remote, self._handle = made._remote, made._handle  # its own

    @classmethod
    def _of(cls, handle: Handle, remote: Remote) -> Self:
        if not isinstance(handle, Handle):
            raise TypeError(f"the handle of a {cls.__name__} is expected, not {handle!r}")
        made = cls.__new__(cls)
        made._remote, made._handle = remote.of(handle), handle  # noqa: SLF001  # its own
        return made

    def drop(self, *, key: str | None = None) -> None:
        """Drop it in its worker; does nothing if already dropped or given away."""
        if self._handle is not None:
            self._remote.drop(self._DROP, self._handle, key)
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
        with first_wins(error, f"{self!r} could not be dropped"):
            self.drop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with first_wins(error, f"{self!r} could not be dropped"):
            await self.drop_async()

    def __repr__(self) -> str:
        place = "gone" if self._handle is None else f"{self._handle.uri}#{self._handle.id}"
        return f"<{type(self).__name__} {place}>"


def remote_of(resource: object, function: Function, param: str) -> Remote:
    """The worker that has a resource, which is an argument of a function.

    Raises:
        BadArguments: it is not a resource.
    """
    if not isinstance(resource, RemoteResource):
        raise BadArguments(
            f"{function.name}: {param}: a resource is expected, not {resource!r:.60}"
        )
    return resource._remote  # noqa: SLF001  # the other half of the class


async def in_thread(function: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Run a blocking call in a thread of the event loop's executor.

    A cancelled task stops waiting; the call continues, and its result can be requested again by its
    key.
    """
    import asyncio  # a program without an event loop never needs it

    return await asyncio.to_thread(function, *args, **kwargs)
