"""Who provides what a component imports: WASI, golem:rpc, golem:api, clients."""

from __future__ import annotations

import re

from runtime_shim.adapter import virtual
from runtime_shim.boundary.reflect import Interface, Shape
from runtime_shim.clients.client_link import Linker
from runtime_shim.clients.convention import client_import, link_by_convention
from runtime_shim.errors import LinkError, OpenImport
from runtime_shim.golem import api as golem_api
from runtime_shim.golem import rpc as golem_rpc
from runtime_shim.golem.registry import Registry
from runtime_shim.offers import custom
from runtime_shim.offers.provide import Offer
from runtime_shim.program.settings import Settings
from runtime_shim.wasi import polling, shadows
from runtime_shim.wasi import virtual as virtual_wasi

_WASI = re.compile(r"wasi:(cli|clocks|filesystem|http|io|random|sockets)/[^@]+@0\.2\.")
"""What wasmtime provides."""


def offers(shape: Shape, registry: Registry, settings: Settings) -> dict[str, Offer]:
    """The offer for each import that the host provides itself.

    Raises:
        LinkError: an import that nothing provides, with the names of all such.
    """
    if not settings.dynamic:
        _refuse_clients(shape)
    found = virtual_wasi.offers(shape, settings.grants, settings.engine)
    unknown = list(shape.other_imports)
    for interface in shape.imports.values():
        if interface.name in found:
            continue
        offer = _offer(interface, registry, settings)
        if offer is not None:
            found[interface.name] = offer
        elif not _WASI.match(interface.name) and (interface.functions or interface.owned):
            unknown.append(interface.name or ", ".join(interface.functions))
    if unknown:
        raise LinkError(f"nothing provides the import {', '.join(f'`{n}`' for n in unknown)}")
    return found


def _refuse_clients(shape: Shape) -> None:
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


def _offer(interface: Interface, registry: Registry, settings: Settings) -> Offer | None:
    name = interface.name
    bare = name.partition("@")[0]
    members = settings.imports.get(name)
    if members is not None:
        return custom.offer(interface, members)
    if name == virtual.HOST:
        return polling.offers(settings.engine)
    if bare == "golem:rpc/types":
        return golem_rpc.offers(registry, settings.engine)
    if bare == "witgen:rpc/cancellation":
        return golem_rpc.cancellation()
    if bare == "golem:api/host":
        return golem_api.offers(registry)
    if bare.startswith("wasi:http/") and not settings.grants.http:
        raise LinkError(f"the import `{name}` needs a grant of HTTP, which the component has not")
    if bare.startswith("wasi:"):
        return shadows.offers(name, settings.engine)
    return _client(interface, registry, settings)


def _client(interface: Interface, registry: Registry, settings: Settings) -> Offer | None:
    link = next((link for link in settings.links if link.interface == interface.name), None)
    parsed = client_import(interface.name)
    if link is None and parsed is None:
        return None
    if link is None:
        if parsed is None:  # narrowed above
            return None
        target = registry.program(parsed.component)
        names, durable = (target.names, target.durable) if target else (None, True)
        link = link_by_convention(interface, parsed, names, durable=durable)
    return Linker(registry, settings.engine).offer(link, interface)
