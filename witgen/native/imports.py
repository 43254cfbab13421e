"""What a client component imports: of each interface only what its code and its types need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from witgen.client import Client
from witgen.component import types as t
from witgen.component.lower import Lowering
from witgen.native.typing import definitions, mentioned
from witgen.resolve import model as m
from witgen.resolve.kinds import types_in


@dataclass(frozen=True, slots=True)
class HostFunction:
    """A function of the host that the code calls.

    Attributes:
        interface: `ns:pkg/name`, without version.
        name: Its name there.
        pointers: Whether its parameters or its result hold pointers.
    """

    interface: str
    name: str
    pointers: bool = True


_RPC = "golem:rpc/types"
HOST: Mapping[str, HostFunction] = {
    "invoke-and-await": HostFunction(_RPC, "[method]wasm-rpc.invoke-and-await"),
    "invoke": HostFunction(_RPC, "[method]wasm-rpc.invoke"),
    "async-invoke-and-await": HostFunction(_RPC, "[method]wasm-rpc.async-invoke-and-await"),
    "schedule-cancelable-invocation": HostFunction(
        _RPC, "[method]wasm-rpc.schedule-cancelable-invocation"
    ),
    "connect": HostFunction(_RPC, "[constructor]wasm-rpc"),
    "connect-ephemeral": HostFunction(_RPC, "[static]wasm-rpc.ephemeral", pointers=False),
    "subscribe": HostFunction(_RPC, "[method]future-invoke-result.subscribe", pointers=False),
    "get": HostFunction(_RPC, "[method]future-invoke-result.get"),
    "resolve-worker-id": HostFunction("golem:api/host", "resolve-worker-id"),
    "resolve-component-id": HostFunction("golem:api/host", "resolve-component-id"),
    "cancel": HostFunction("witgen:rpc/cancellation", "cancel", pointers=False),
}
"""By the name that the code imports them under."""
DISCONNECT = "disconnect"
"""The code's name for dropping a connection, which is not a function of the host."""
CONNECTION, CALL = "wasm-rpc", "future-invoke-result"
"""The host's resources that the client's own ones represent."""


def interface_named(client: Client, name: str) -> m.InterfaceId:
    """The interface of the client's world with a name without version.

    Raises:
        LookupError: Not found.
    """
    resolve = client.resolve
    for item in resolve.worlds[client.component_world_id].imports.values():
        if isinstance(item, m.InterfaceItem):
            body = resolve.interfaces[item.id]
            package = resolve.packages[body.package].name
            if f"{package.namespace}:{package.name}/{body.name}" == name:
                return item.id
    raise LookupError(name)


def pruned_imports(client: Client, needed: Iterable[str]) -> dict[m.InterfaceId, t.InstanceType]:
    """The imported interfaces that are needed, each cut down, in the order of the world.

    Args:
        client: The client.
        needed: The code's names of the functions that it calls.
    """
    resolve = client.resolve
    world = resolve.worlds[client.component_world_id]
    functions: dict[m.InterfaceId, set[str]] = {}
    rpc = interface_named(client, _RPC)
    types = resolve.interfaces[rpc].types
    roots: list[m.Type] = [types[CONNECTION]]
    roots += [types[CALL]] if client.futures else []
    for name in needed:
        if name == DISCONNECT:
            continue
        host = HOST[name]
        interface = interface_named(client, host.interface)
        functions.setdefault(interface, set()).add(host.name)
        function = resolve.interfaces[interface].functions[host.name]
        roots += [p.type for p in function.params]
        roots += [] if function.result is None else [function.result]
    for item in world.exports.values():
        if isinstance(item, m.InterfaceItem):
            roots += mentioned(resolve, item.id)
    kept = _with_aliases(resolve, roots, functions)
    lowering = Lowering(resolve)
    found: dict[m.InterfaceId, t.InstanceType] = {}
    for item in world.imports.values():
        if not isinstance(item, m.InterfaceItem):
            continue
        full = lowering.interface(item.id)
        lowering.known[item.id] = (t.Space.IMPORT, resolve.interface_id(item.id) or "")
        wanted = kept.get(item.id, set()) | functions.get(item.id, set())
        exports = {key: extern for key, extern in full.exports.items() if key in wanted}
        if exports:
            found[item.id] = t.InstanceType(exports)
    return found


def _with_aliases(
    resolve: m.Resolve, roots: Iterable[m.Type], functions: Mapping[m.InterfaceId, set[str]]
) -> dict[m.InterfaceId, set[str]]:
    """The names of the types to keep: definitions, and the aliases that functions go by."""
    found: dict[m.InterfaceId, set[str]] = {}
    listed = list(roots)
    waiting = definitions(resolve, iter(listed))
    waiting += [root for root in listed if not isinstance(root, m.Prim)]
    for interface, names in functions.items():
        for name in names:
            function = resolve.interfaces[interface].functions[name]
            waiting += [p.type for p in function.params if not isinstance(p.type, m.Prim)]
            if function.result is not None and not isinstance(function.result, m.Prim):
                waiting.append(function.result)
    seen: set[m.TypeId] = set()
    while waiting:
        ref = waiting.pop()
        if ref in seen:
            continue
        seen.add(ref)
        typedef = resolve.types[ref]
        if typedef.name is not None and isinstance(typedef.owner, m.InterfaceOwner):
            found.setdefault(typedef.owner.id, set()).add(typedef.name)
        waiting += _parts(typedef.kind)
    return found


def _parts(kind: m.TypeDefKind) -> list[m.TypeId]:
    parts = [part for part in types_in(kind) if not isinstance(part, m.Prim)]
    return [*parts, kind.resource] if isinstance(kind, m.Own | m.Borrow) else parts
