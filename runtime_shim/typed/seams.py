"""What generated code is given: what carries calls, and what implements imports."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol, TypeAlias, TypeVar, runtime_checkable

from runtime_shim.errors import BadValue, LinkError
from runtime_shim.values import Value

_T = TypeVar("_T")

Members: TypeAlias = Mapping[str, Callable[..., Value]]
"""What implements an interface: WIT names (`f`, `[constructor]r`, `[method]r.m`, `[static]r.s`),
each with a function that takes and gives values in normal form. A resource is any object, which
methods take first. `[drop]r` is called when the guest drops one. `[restore]` makes one again from
the resource's name and what it was saved as."""

HostImports: TypeAlias = Mapping[str, Members]
"""What implements imports: the members of each interface by its name, `ns:pkg/iface@v` or the name
of an inline one; the functions of the world itself have the empty name."""


ASYNC = "is an `async def`: imports are called, not awaited"


@dataclass(frozen=True, slots=True)
class Lacking:
    """Stands in `Members` for a function that the program does not have.

    Attributes:
        problem: What is missing.
    """

    problem: str

    def __call__(self, *args: Value) -> NoReturn:
        """A component that needs it is refused before."""
        raise LinkError(self.problem)


def asynchronous(function: Any) -> bool:
    """Whether calling a function only gives something to await."""
    if isinstance(function, type):
        return False
    called = type(function).__call__ if callable(function) else None
    kinds = (inspect.iscoroutinefunction, inspect.isasyncgenfunction)
    return any(kind(one) for kind in kinds for one in (function, called))


def not_a_coroutine(result: _T) -> _T:
    """The result of an import, unless nothing would run it.

    Raises:
        BadValue: it is a coroutine.
    """
    if inspect.iscoroutine(result):
        result.close()
        raise BadValue("its result is a coroutine: imports are called, not awaited")
    return result


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
class Workers(Protocol):
    """What knows whose workers keep their state: `runtime_shim.Host`."""

    def durable(self, component: str) -> bool:
        """Whether the workers of a component keep their state."""


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

    def cancel(self, component: str, worker: str | None, key: str) -> bool:
        """Cancel a queued call that has not started; return whether it was cancelled."""
