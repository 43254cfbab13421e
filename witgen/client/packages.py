"""witgen's own copies of the host's WIT: golem:rpc and its companions."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from witgen.client.model import GolemRpc
from witgen.resolve import model as m
from witgen.value import replace

HOST = "host"
"""The interface of golem:api that resolves workers; its package is the root of the copies."""

CANCELLATION = "cancellation"
"""The interface of witgen:rpc that cancels pending calls, which golem:rpc cannot."""


@cache
def host(golem_rpc: GolemRpc) -> m.Resolve:
    """golem:api, golem:rpc and WASI in the versions that match a version of golem:rpc."""
    from witgen.load import load

    return load(Path(__file__).parent / "wit" / golem_rpc)


def synchronous(host: m.Resolve) -> m.Resolve:
    """The same without futures of calls, and hence without pollables and wasi:io."""
    rpc = interface(host, "golem:rpc", "types")
    body = host.interfaces[rpc]
    gone = {body.types[name] for name in ("pollable", "future-invoke-result")}

    def stays(function: m.Function) -> bool:
        behind = function.result
        kind = None if not isinstance(behind, int) else host.types[behind].kind
        returned = kind.resource if isinstance(kind, m.Own) else None
        return function.kind.resource not in gone and returned not in gone

    kept = replace(
        body,
        types={name: ref for name, ref in body.types.items() if ref not in gone},
        functions={name: f for name, f in body.functions.items() if stays(f)},
    )
    interfaces = [kept if ref == rpc else other for ref, other in enumerate(host.interfaces)]
    return replace(host, interfaces=tuple(interfaces))


def interface(resolve: m.Resolve, package: str, name: str) -> m.InterfaceId:
    """The id of one of the host's interfaces; `package` is `ns:pkg`.

    Raises:
        LookupError: It is not among the copies.
    """
    for ref, body in enumerate(resolve.interfaces):
        owner = resolve.packages[body.package].name
        if body.name == name and f"{owner.namespace}:{owner.name}" == package:
            return m.InterfaceId(ref)
    raise LookupError(f"{package}/{name}")
