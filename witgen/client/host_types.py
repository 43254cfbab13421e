"""The host's types in a client interface."""

from __future__ import annotations

from witgen.client import packages
from witgen.client.assembly import Assembly, Graft
from witgen.client.names import ERROR, FIXED
from witgen.resolve import model as m
from witgen.value import value


@value
class HostTypes:
    """The host's types in the client interface: ids, handles, and the error if visible."""

    pollable: m.Type | None  # None in a client without asynchronous members
    datetime: m.Type
    component_id: m.Type
    worker_id: m.Type
    token: m.Type
    error: m.Type | None


def use_host(
    assembly: Assembly, host: m.Resolve, interface: m.InterfaceId, *, tries: bool, waits: bool
) -> HostTypes:
    """Make a client interface use the host's types.

    Args:
        assembly: Where to add them.
        host: The host's packages.
        interface: The client interface.
        tries: Whether errors of calls are visible.
        waits: Whether there are asynchronous members.
    """
    graft = Graft(assembly, host)
    clock = graft.interface(packages.interface(host, "wasi:clocks", "wall-clock"))
    rpc = graft.interface(packages.interface(host, "golem:rpc", "types"))

    def use(owner: m.InterfaceId, name: str, local: str) -> m.TypeId:
        found = assembly.named(owner, name)
        assert found is not None  # our own copies have it
        return assembly.use(interface, found, local)

    pollable = None
    if waits:
        poll = graft.interface(packages.interface(host, "wasi:io", "poll"))
        pollable = assembly.anonymous(m.Own(use(poll, "pollable", FIXED[0])))
    datetime = use(clock, "datetime", FIXED[1])
    component = use(rpc, "component-id", FIXED[2])
    worker = use(rpc, "worker-id", FIXED[3])
    token = use(rpc, "cancellation-token", FIXED[4])
    error = use(rpc, "rpc-error", ERROR) if tries else None
    own = assembly.anonymous
    return HostTypes(pollable, datetime, component, worker, own(m.Own(token)), error)
