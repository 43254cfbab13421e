"""What a program implements, put in the form that the host takes: by WIT names, in normal form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime_shim.errors import Trap
from runtime_shim.typed.functions import Function
from runtime_shim.typed.kinds import HostedBy
from runtime_shim.typed.lower import lacks
from runtime_shim.typed.seams import (
    ASYNC,
    HostImports,
    Lacking,
    Members,
    Restores,
    asynchronous,
    not_a_coroutine,
)
from runtime_shim.values import Value


class Resource:
    """A resource that the program implements, and what its objects have.

    Attributes:
        kind: Its name and the methods of its objects.
        methods: The methods, and the functions that they implement.
        made: The method that constructs one, which may be its class.
    """

    def __init__(
        self, kind: HostedBy, *methods: tuple[str, Function], made: str | None = None
    ) -> None:
        self.kind, self.methods, self.made = kind, methods, made


class Import:
    """An imported interface, or the functions of the world.

    Attributes:
        key: Its name in a component; empty for the world.
        attribute: The attribute of the imports that implements it; empty for themselves.
        functions: The methods that it needs, and the functions that they implement.
        resources: Its resources.
    """

    def __init__(
        self,
        key: str,
        attribute: str,
        functions: tuple[tuple[str, Function], ...] = (),
        resources: tuple[Resource, ...] = (),
    ) -> None:
        self.key, self.attribute = key, attribute
        self.functions, self.resources = functions, resources


def implement(imports: object, parts: tuple[Import, ...]) -> HostImports:
    """The members of each interface; a `Lacking` for each that the program does not have."""
    return {part.key: _members(imports, part) for part in parts}


def _members(imports: object, part: Import) -> Members:
    host = getattr(imports, part.attribute, None) if part.attribute else imports
    if host is None:
        absent = Lacking(f"{type(imports).__name__} has no `{part.attribute}`")
        methods = [f for resource in part.resources for _, f in resource.methods]
        return {function.name: absent for function in (*(f for _, f in part.functions), *methods)}
    found: dict[str, Callable[..., Value]] = {
        function.name: _function(host, name, function) for name, function in part.functions
    }
    for resource in part.resources:
        made = getattr(host, resource.made, None) if resource.made else None
        for name, function in resource.methods:
            found[function.name] = _absent(made, name) or _method(name, function)
        found[f"[drop]{resource.kind.name}"] = _absent(made, "drop") or _drop
    if part.resources:
        found["[restore]"] = _restorer(host)
    return found


def _function(host: object, name: str, function: Function) -> Callable[..., Value]:
    problem = lacks(host, (name,))
    if problem is not None:
        return Lacking(problem)

    def call(*args: Value) -> Value:
        result = getattr(host, name)(*function.take(args))  # what it is now
        return function.give(not_a_coroutine(result))

    return call


def _method(name: str, function: Function) -> Callable[..., Value]:
    def call(it: Any, *args: Value) -> Value:
        result = getattr(it, name)(*function.take(args))
        return function.give(not_a_coroutine(result))

    return call


def _drop(it: Any) -> None:
    not_a_coroutine(it.drop())


def _absent(made: object, name: str) -> Lacking | None:
    """Why the objects that a class makes cannot have a method, if that is certain."""
    if not isinstance(made, type) or hasattr(made, "__getattr__"):
        return None
    found = getattr(made, name, None)
    if found is None:
        known = {*getattr(made, "__annotations__", ()), *_assigned(made)}
        return None if name in known else Lacking(f"{made.__name__} has no method `{name}`")
    return Lacking(f"`{made.__name__}.{name}` {ASYNC}") if asynchronous(found) else None


def _assigned(made: type) -> tuple[str, ...]:
    """The attributes that a constructor mentions."""
    code = getattr(getattr(made, "__init__", None), "__code__", None)
    return () if code is None else tuple(code.co_names)


def _restorer(host: object) -> Callable[[str, str], object]:
    """The function that recreates an interface's resources; it traps if `host` cannot."""

    def restore(resource: str, saved: str) -> object:
        if isinstance(host, Restores):
            return host.restore(resource, saved)
        message = f"a `{resource}` was saved, but {type(host).__name__} has no `restore`"
        raise Trap(message, retriable=False)

    return restore
