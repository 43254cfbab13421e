"""The providers of a component's imports: WASI, golem:rpc, golem:api, clients.

Each provider is loaded by the first component that imports something of it.
"""

from __future__ import annotations

import re

from runtime_shim.adapter import HOST
from runtime_shim.boundary.reflect import Interface, Shape
from runtime_shim.errors import LinkError, OpenImport
from runtime_shim.golem.registry import Registry
from runtime_shim.offers.provide import HostFunction, Offer
from runtime_shim.program.deployment import Deployment

_WASI = re.compile(r"wasi:(cli|clocks|filesystem|http|io|random|sockets)/[^@]+@0\.2\.")
"""What wasmtime provides."""


def offers(
    shape: Shape, registry: Registry, deployment: Deployment, dynamic: bool, loose: bool
) -> dict[str, Offer]:
    """The offer for each import that the host provides itself.

    Where clients are `loose`, they need not fit their targets: a call that does not fit fails.

    Raises:
        LinkError: Nothing provides an import; with the names of all such imports.
    """
    if not dynamic:
        _refuse_clients(shape)
    found = _made_by_host(shape, deployment)
    unknown = list(shape.other_imports)
    for interface in shape.imports.values():
        if interface.name in found:
            continue
        offer = _offer(interface, registry, deployment, loose)
        if offer is not None:
            found[interface.name] = offer
        elif not _WASI.match(interface.name) and (interface.functions or interface.owned):
            unknown.append(interface.name or ", ".join(interface.functions))
    if unknown:
        raise LinkError(f"nothing provides the import {', '.join(f'`{n}`' for n in unknown)}")
    return found


def _made_by_host(shape: Shape, deployment: Deployment) -> dict[str, Offer]:
    """The WASI interfaces that the host provides instead of wasmtime because of a grant."""
    if not deployment.grants.directories and not any(map(_is_http, shape.imports)):
        return {}
    from runtime_shim.wasi import virtual

    return virtual.offers(shape, deployment.grants)


def _is_http(name: str) -> bool:
    return name.startswith("wasi:http/")


def _refuse_clients(shape: Shape) -> None:
    from runtime_shim.clients.convention import client_import

    names = [
        f"`{interface.name}`"
        for interface in shape.imports.values()
        if client_import(interface.name) and (interface.functions or interface.owned)
    ]
    if names:
        one = len(names) == 1
        raise OpenImport(
            f"the client import{'' if one else 's'} {', '.join(names)} {'is' if one else 'are'} open: "
            f"compose {'a client' if one else 'clients'} in"
        )


def _offer(
    interface: Interface, registry: Registry, deployment: Deployment, loose: bool
) -> Offer | None:
    name = interface.name
    bare = name.partition("@")[0]
    members = deployment.imports.get(name)
    if members is not None:
        from runtime_shim.offers import custom

        return custom.offer(interface, members)
    if bare.startswith("wasi:"):
        return _wasi(name, registry, deployment)
    if bare in {"golem:rpc/types", "witgen:rpc/cancellation"}:
        from runtime_shim.golem import rpc

        return rpc.cancellation() if bare != "golem:rpc/types" else rpc.offers(registry)
    if bare == "golem:api/host":
        from runtime_shim.golem import api

        return api.offers(registry)
    if name == HOST:
        from runtime_shim.wasi import polling

        return polling.offers()
    if loose:
        from runtime_shim.clients.earlier import offer_to_earlier

        return offer_to_earlier(interface, registry, deployment.links)
    return _client(interface, registry, deployment)


def _wasi(name: str, registry: Registry, deployment: Deployment) -> Offer | None:
    """What of WASI varies, recorded: `add_wasip2` answers inside wasmtime, out of reach of the journal."""
    if _is_http(name) and not deployment.grants.http:
        raise LinkError(
            f"the import `{name}` needs a grant for HTTP, which the component does not have"
        )
    from runtime_shim.wasi import clocks, randomness

    bare = name.partition("@")[0]
    given = clocks.functions(registry.clock)
    functions = given.get(bare) or randomness.FUNCTIONS.get(bare)
    if functions is None:
        return None
    return Offer({member: HostFunction(run) for member, run in functions.items()})


def _client(interface: Interface, registry: Registry, deployment: Deployment) -> Offer | None:
    link = next((link for link in deployment.links if link.interface == interface.name), None)
    if link is None and "-client/" not in interface.name:
        return None
    from runtime_shim.clients.client_link import Linker
    from runtime_shim.clients.convention import client_import, link_by_convention

    if link is None:
        parsed = client_import(interface.name)
        if parsed is None:
            return None
        target = registry.program(parsed.component)
        names, durable = (target.names, target.durable) if target else (None, True)
        link = link_by_convention(interface, parsed, names, durable=durable)
    return Linker(registry).offer(link, interface)
