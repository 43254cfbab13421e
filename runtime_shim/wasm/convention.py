"""Linking by convention: a client import of `ns:pkg-client/{world}-client` and the component `ns:pkg`.

What a client resource stands for, and how each member calls, is read off both components' types, so a
caller built by anybody's toolchain runs unmodified. Members are told apart by shape before name.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from runtime_shim import types as t
from runtime_shim.link import ClientLink, ClientResource, Member, Mode
from runtime_shim.wasm.names import Export, Names, member_name, without_version
from runtime_shim.wasm.provide import LinkError
from runtime_shim.wasm.reflect import Function, Interface

_IMPORT = re.compile(r"(?P<package>[^:/@]+:[^/@]+)-client/(?P<world>[^/@]+)-client(?:@.+)?")
_MEMBER = re.compile(r"\[(constructor|method|static)\]([^.]+)(?:\.(.+))?")
_DATETIME = t.Record((("seconds", t.Prim.U64), ("nanoseconds", t.Prim.U32)))
_TOKEN = t.Own("cancellation-token")


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
    """What a client resource stands for: an interface, or a resource in one."""

    prefix: str  # of invocation names
    resource: str | None
    members: frozenset[str]

    def function(self, member: str) -> str:
        inner = member if self.resource is None else f"{self.resource}.{member}"
        return f"{self.prefix}{{{inner}}}"


def link_by_convention(
    interface: Interface, parsed: ClientImport, target: Names | None, *, durable: bool
) -> ClientLink:
    """The link of the client import `interface`.

    `target` is None when the component is not deployed: then its constructors end the caller, and
    members are told by shape alone.

    Raises:
        LinkError: the target has nothing that a resource or a member could stand for.
    """
    members: dict[str, list[Function]] = {name: [] for name in interface.owned}
    for function in interface.functions.values():
        match = _MEMBER.fullmatch(function.name)
        if match is None:
            raise LinkError(f"`{function.name}` of `{interface.name}` belongs to no resource")
        members.setdefault(match[2], []).append(function)
    futures = {name for name, functions in members.items() if _is_future(name, functions)}
    resources: list[ClientResource] = []
    takes_name = durable
    for name, functions in members.items():
        if name in futures:
            continue
        stands_for = _Target(f"{parsed.component}/{name}.", None, frozenset())
        if target is not None:
            stands_for = _find(name, parsed, target)
            takes_name = _takes_name(functions, stands_for, target, takes_name)
        resources.append(_resource(interface, name, functions, stands_for, target is not None))
    return ClientLink(
        interface.name, parsed.component, takes_name, tuple(resources), tuple(sorted(futures))
    )


def _is_future(name: str, functions: list[Function]) -> bool:
    own = {f"[method]{name}.subscribe", f"[method]{name}.get"}
    return name.startswith("future-") and all(function.name in own for function in functions)


def _find(name: str, parsed: ClientImport, target: Names) -> _Target:
    """Whether `name` is an exported interface, the world, or an exported resource."""
    interfaces: dict[str, list[Export]] = {}
    for item in target.all:
        interfaces.setdefault(item.interface, []).append(item)
    for interface, items in interfaces.items():
        if name in _interface_names(interface, parsed.world):
            plain = frozenset(
                member_name(item.member) for item in items if "." not in member_name(item.member)
            )
            return _Target(f"{interface}." if interface else "", None, plain)
    for interface, items in interfaces.items():
        own = [member_name(item.member) for item in items if item.type is not None]
        if any(item.member == name and item.function is None for item in items):
            prefix = f"{name}."
            methods = frozenset(m.removeprefix(prefix) for m in own if m.startswith(prefix))
            return _Target(f"{interface}." if interface else "", name, methods)
    known = sorted({n for i in interfaces for n in _interface_names(i, parsed.world)})
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean `{close[0]}`?" if close else ""
    raise LinkError(
        f"the component deployed as `{parsed.component}` exports neither an interface nor a "
        f"resource `{name}`{hint}"
    )


def _interface_names(interface: str, world: str) -> tuple[str, ...]:
    """The unqualified names of an exported interface, by Golem's generator and by ours."""
    if not interface:
        return (f"{world}-inline-functions", world)
    if ":" not in interface:
        return (interface, f"{world}-{interface}")
    return (without_version(interface).rpartition("/")[2],)


def _takes_name(
    functions: list[Function], stands_for: _Target, target: Names, so_far: bool
) -> bool:
    """Whether the constructor takes a worker name: by the number of its parameters."""
    constructor = next((f for f in functions if f.name.startswith("[constructor]")), None)
    if constructor is None or constructor.type is None:
        return so_far
    remote = 0
    if stands_for.resource is not None and "new" in stands_for.members:
        export = target.resolve(stands_for.function("new"))
        remote = len(export.type.params) if export.type else 0
    return len(constructor.type.params) > remote


def _resource(
    interface: Interface, name: str, functions: list[Function], target: _Target, deployed: bool
) -> ClientResource:
    members = [
        _member(interface, function, target, deployed)
        for function in functions
        if not function.name.startswith("[constructor]")
        and function.name != f"[static]{name}.custom"
    ]
    remote = target.resource is not None
    return ClientResource(
        name,
        target.function("new") if remote else None,
        target.function("drop") if remote else None,
        tuple(members),
    )


def _member(interface: Interface, function: Function, target: _Target, deployed: bool) -> Member:
    match = _MEMBER.fullmatch(function.name)
    name = match[3] if match else function.name
    result = function.type.result if function.type else None
    params = function.type.params if function.type else ()

    def has(candidate: str) -> bool:
        return not deployed or candidate in target.members

    def member(mode: Mode, remote: str, future: str | None = None) -> Member:
        return Member(function.name, target.function(remote), mode, future)

    if isinstance(result, t.Own) and result.resource.startswith("future-") and has(name):
        return member(Mode.ASYNC, name, result.resource)
    rest = name.removeprefix("blocking-")
    if rest != name and has(rest):
        return member(Mode.BLOCKING, rest)
    rest = name.removeprefix("schedule-")
    if rest != name and has(rest) and result == _TOKEN and params[-1][1] == _DATETIME:
        return member(Mode.SCHEDULED, rest)
    if has(name) and result is None:
        return member(Mode.TRIGGER, name)
    close = difflib.get_close_matches(name, sorted(target.members), n=1)
    hint = f"; did you mean `{close[0]}`?" if close else ""
    raise LinkError(
        f"`{function.name}` of `{interface.name}` stands for no function of `{target.prefix}"
        f"{{…}}`{hint}"
    )
