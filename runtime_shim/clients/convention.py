"""Linking by convention: a client import of `ns:pkg-client/{world}-client` and the component `ns:pkg`.

The target of each client resource, and how each member calls it, are derived from both components'
types, so callers built by any toolchain run unmodified. Members are distinguished by shape, then by
name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from runtime_shim.boundary.reflect import Function, Interface
from runtime_shim.errors import LinkError
from runtime_shim.exports.aliases import without_version
from runtime_shim.exports.members import Export, Kind, annotated, member_name
from runtime_shim.exports.names import Names
from runtime_shim.golem.remote import RPC_ERROR
from runtime_shim.link import ClientLink, ClientResource, Member, Mode
from runtime_shim.values import types as t

_IMPORT = re.compile(r"(?P<package>[^:/@]+:[^/@]+)-client/(?P<world>[^/@]+)-client(?:@.+)?")
MEMBER = re.compile(r"\[(constructor|method|static)\]([^.]+)(?:\.(.+))?")
"""A member of a resource: its kind, the resource, its own name; none of a constructor."""

_DATETIME = t.Record((("seconds", t.Prim.U64), ("nanoseconds", t.Prim.U32)))
FUTURE = ("subscribe", "get", "try-get", "cancel")
"""The functions of a future; the last two only where the client shows errors."""


@dataclass(frozen=True, slots=True)
class ClientImport:
    """The name of a client import, taken apart."""

    component: str
    world: str


def client_import(name: str) -> ClientImport | None:
    """`name` as a client import; exactly one `-client` is stripped."""
    match = _IMPORT.fullmatch(name)
    return ClientImport(match["package"], match["world"]) if match else None


@dataclass(frozen=True, slots=True)
class _Target:
    """The target of a client resource: an interface, or a resource in one.

    Attributes:
        prefix: Of invocation names.
        resource: The resource; None for an interface.
        members: The functions, or the methods and statics, by their plain names.
        constructor: The constructor of a resource.
        deployed: Whether the exports are known at all.
    """

    prefix: str
    resource: str | None
    members: Mapping[str, Export]
    constructor: Export | None
    deployed: bool

    def has(self, member: str) -> bool:
        """Whether there is such a function, as far as known."""
        return not self.deployed or member in self.members

    def function(self, member: str) -> str:
        """The invocation name of a function, method or static."""
        inner = member if self.resource is None else f"{self.resource}.{member}"
        if self.resource is not None and member in {"new", "drop"} and member in self.members:
            inner = self.members[member].member  # the plain spelling belongs to another function
        return f"{self.prefix}{{{inner}}}"

    def special(self, member: str, annotation: str) -> str | None:
        """The invocation name of a resource's constructor or drop."""
        if self.resource is None:
            return None
        taken = member in self.members
        inner = f"[{annotation}]{self.resource}" if taken else f"{self.resource}.{member}"
        return f"{self.prefix}{{{inner}}}"


def _target(interface: str, resource: str | None, items: list[Export]) -> _Target:
    prefix = "" if resource is None else f"{resource}."
    constructor, members = None, {}
    for item in items:
        if item.kind is not Kind.FUNCTION or _resource_of(item) != resource:
            continue
        if item.member.startswith("[constructor]"):
            constructor = item
        else:
            members[member_name(item.member).removeprefix(prefix)] = item
    dot = f"{interface}." if interface else ""
    return _Target(dot, resource, members, constructor, deployed=True)


def link_by_convention(
    interface: Interface, parsed: ClientImport, target: Names | None, *, durable: bool
) -> ClientLink:
    """The link of the client import `interface`.

    `target` is None when the component is not deployed: then its constructors trap the caller, and
    members are recognised by shape alone.

    Raises:
        LinkError: the target has no counterpart of a resource or a member.
    """
    members: dict[str, list[Function]] = {name: [] for name in interface.owned}
    for function in interface.functions.values():
        match = MEMBER.fullmatch(function.name)
        if match is None:
            raise LinkError(
                f"`{function.name}` of `{interface.name}` does not belong to a resource"
            )
        members.setdefault(match[2], []).append(function)
    futures = {name for name, functions in members.items() if _is_future(name, functions)}
    clients = {name: functions for name, functions in members.items() if name not in futures}
    targets = {name: _find(name, parsed, target) for name in clients}
    takes_name = durable
    for name, functions in clients.items():
        if target is not None:
            takes_name = _takes_name(functions, targets[name], takes_name)
    return ClientLink(
        interface.name,
        parsed.component,
        takes_name,
        tuple(_resource(interface, n, f, targets[n], takes_name) for n, f in clients.items()),
        tuple(sorted(futures)),
    )


def _is_future(name: str, functions: list[Function]) -> bool:
    own = {f"[method]{name}.{function}" for function in FUTURE}
    return name.startswith("future-") and all(function.name in own for function in functions)


def _find(name: str, parsed: ClientImport, target: Names | None) -> _Target:
    """Whether `name` is an exported interface, the world, or an exported resource."""
    if target is None:
        return _Target(f"{parsed.component}/{name}.", None, {}, None, deployed=False)
    interfaces: dict[str, list[Export]] = {}
    for item in target.all:
        interfaces.setdefault(item.interface, []).append(item)
    for interface in target.interfaces:
        interfaces.setdefault(interface, [])  # of types only: the client has an empty resource
    for interface, items in interfaces.items():
        if name in _interface_names(interface, parsed.world):
            return _target(interface, None, items)
    for interface, items in interfaces.items():
        if any(annotated(item) == f"[drop]{name}" for item in items):
            return _target(interface, name, items)
    known = sorted({n for i in interfaces for n in _interface_names(i, parsed.world)})
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean `{close[0]}`?" if close else ""
    raise LinkError(
        f"the component deployed as `{parsed.component}` exports neither an interface nor a "
        f"resource `{name}`{hint}"
    )


def _resource_of(item: Export) -> str | None:
    """The resource that a member belongs to."""
    annotation, _, rest = annotated(item).rpartition("]")
    return rest.partition(".")[0] if annotation else None


def _interface_names(interface: str, world: str) -> tuple[str, ...]:
    """The unqualified names of an exported interface, by Golem's generator and by ours."""
    if not interface:
        return (f"{world}-inline-functions", world)
    if ":" not in interface:
        return (interface, f"{world}-{interface}")
    return (without_version(interface).rpartition("/")[2],)


def _takes_name(functions: list[Function], stands_for: _Target, so_far: bool) -> bool:
    """Whether the constructor takes a worker name: by the number of its parameters."""
    constructor = next((f for f in functions if f.name.startswith("[constructor]")), None)
    if constructor is None or constructor.type is None:
        return so_far
    remote = stands_for.constructor
    count = len(remote.type.params) if remote is not None and remote.type is not None else 0
    return len(constructor.type.params) > count


def _resource(
    interface: Interface, name: str, functions: list[Function], target: _Target, durable: bool
) -> ClientResource:
    members = [
        _member(interface, function, target, durable)
        for function in functions
        if not function.name.startswith("[constructor]")
        and function.name != f"[static]{name}.custom"
    ]
    return ClientResource(
        name, target.special("new", "constructor"), target.special("drop", "drop"), tuple(members)
    )


def _member(interface: Interface, function: Function, target: _Target, durable: bool) -> Member:
    match = MEMBER.fullmatch(function.name)
    name = match[3] if match else function.name
    result = function.type.result if function.type else None
    params = tuple(ty for _, ty in function.type.params) if function.type else ()

    def member(mode: Mode, remote: str, future: str | None = None) -> Member:
        own = params[:-1] if mode is Mode.SCHEDULED else params
        static = function.name.startswith("[static]")
        if target.deployed:
            worker = static and _names_worker(own, target.members.get(remote), durable)
        else:
            worker = static and own[:1] == (t.Prim.STRING,) and not _has_handle(own)
        return Member(function.name, target.function(remote), mode, future, worker)

    if isinstance(result, t.Own) and result.resource.startswith("future-") and target.has(name):
        return member(Mode.ASYNC, name, result.resource)
    rest = name.removeprefix("blocking-")
    if rest != name and target.has(rest):
        return member(Mode.BLOCKING, rest)
    rest = name.removeprefix("try-")
    fails = isinstance(result, t.Result) and result.err == RPC_ERROR
    if rest != name and target.has(rest) and fails:
        return member(Mode.TRY, rest)
    rest = name.removeprefix("schedule-")
    token = isinstance(result, t.Own) and result.resource == "cancellation-token"
    if rest != name and target.has(rest) and token and params[-1:] == (_DATETIME,):
        return member(Mode.SCHEDULED, rest)
    if target.has(name) and result is None:
        return member(Mode.TRIGGER, name)
    rest = name.removeprefix("trigger-")
    if rest != name and target.has(rest) and result is None:
        return member(Mode.TRIGGER, rest)
    close = difflib.get_close_matches(name, sorted(target.members), n=1)
    hint = f"; did you mean `{close[0]}`?" if close else ""
    raise LinkError(
        f"`{function.name}` of `{interface.name}` does not match any function of `{target.prefix}"
        f"{{…}}`{hint}"
    )


def _names_worker(params: tuple[t.Type, ...], remote: Export | None, durable: bool) -> bool:
    """Whether a static has no handle that identifies its worker, and takes the worker's name.

    Of a durable component it has one parameter more than the remote function, the worker's name;
    without it (Golem's clients have none) it stays a static that finds no worker when it is called.
    """
    if remote is None or remote.type is None:
        return False
    wanted = tuple(ty for _, ty in remote.type.params)
    if _has_handle(wanted):
        return False
    added = (t.Prim.STRING,) if durable else ()
    return len(params) == len(wanted) + len(added) and params[: len(added)] == added


def _has_handle(params: tuple[t.Type, ...]) -> bool:
    return any(isinstance(ty, t.Own | t.Borrow) for ty in params)
