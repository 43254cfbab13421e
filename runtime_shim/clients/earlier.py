"""Linking the clients of an earlier build, whose targets may have changed since.

What it did is in the journals under the names that it used, and what it calls now may fail, but
only that call.
"""

from __future__ import annotations

from collections.abc import Iterator

from runtime_shim.boundary.reflect import Interface
from runtime_shim.clients.client_link import Linker
from runtime_shim.clients.convention import client_import, link_by_convention
from runtime_shim.errors import LinkError
from runtime_shim.golem.registry import Registry
from runtime_shim.link import ClientLink
from runtime_shim.offers.provide import Offer


def offer_to_earlier(
    interface: Interface, registry: Registry, links: tuple[ClientLink, ...]
) -> Offer | None:
    """The offer for a client import by whatever link has all that the import needs.

    None if it is not a client import.

    Raises:
        LinkError: there is no such link.
    """
    problem: LinkError | None = None
    for link in _links(interface, registry, links):
        if isinstance(link, LinkError):
            problem = link
            continue
        try:
            return Linker(registry, strict=False).offer(link, interface)
        except LinkError as error:
            problem = error
    if problem is not None:
        raise problem
    return None


def _links(
    interface: Interface, registry: Registry, links: tuple[ClientLink, ...]
) -> Iterator[ClientLink | LinkError]:
    """The generated link, the one by convention with the target as it is, and that by shape alone."""
    yield from (link for link in links if link.interface == interface.name)
    parsed = client_import(interface.name)
    if parsed is None:
        return
    target = registry.program(parsed.component)
    durable = target is None or target.durable
    for names in (None,) if target is None else (target.names, None):
        try:
            yield link_by_convention(interface, parsed, names, durable=durable)
        except LinkError as error:
            yield error
