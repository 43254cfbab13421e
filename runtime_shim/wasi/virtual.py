"""WASI by the host if a grant needs it, so that the journal has what the guest saw.

A guest with a grant of folders or of HTTP gets its streams from the host. A resource of the host
has another type than wasmtime's, so every interface that mentions one of the host's must also be
the host's: standard input and output, files, sockets. Those without a grant exist but refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wasmtime.component import ResourceType

from runtime_shim.boundary.context import Context, HostFailure
from runtime_shim.boundary.reflect import Interface, Shape
from runtime_shim.offers.provide import HostFunction, Offer, stored
from runtime_shim.values import Err, Value
from runtime_shim.wasi import streams
from runtime_shim.wasi.cli import Standard
from runtime_shim.wasi.files import operations as files
from runtime_shim.wasi.grants import Grants
from runtime_shim.wasi.http import types as http
from runtime_shim.wasi.streams import Source

_ROOTS = (
    "wasi:io/error",
    "wasi:io/streams",
    "wasi:filesystem/types",
    "wasi:http/types",
    "wasi:http/outgoing-handler",
)


def offers(shape: Shape, grants: Grants) -> dict[str, Offer]:
    """The offers for the WASI interfaces that the host provides itself."""
    if not grants.http and any(name.startswith("wasi:http/") for name in shape.imports):
        return {}  # missing ones are reported where each import is provided
    table = _functions(grants)
    return {
        interface.name: Offer(
            {name: table.get(name) or _refusing(interface, name) for name in interface.functions},
            dict.fromkeys(interface.owned, lambda number: stored(number, _drop)),
        )
        for interface in _affected(shape)
    }


def _affected(shape: Shape) -> list[Interface]:
    """The roots, and all interfaces that refer to a resource of an affected one."""
    wasi = [item for name, item in shape.imports.items() if name.startswith("wasi:")]
    found = [item for item in wasi if item.name.partition("@")[0] in _ROOTS]
    ours: list[ResourceType] = []
    known = 0
    while known < len(found):
        ours += [ty for item in found[known:] for ty in item.owned.values()]
        known = len(found)
        found += [
            item
            for item in wasi
            if item not in found and any(ty in ours for ty in item.resources.values())
        ]
    return found


def _functions(grants: Grants) -> dict[str, HostFunction]:
    """By name: no two affected WASI interfaces have a function of the same name."""
    plain: dict[str, Callable[..., Value]] = {
        "get-stdin": lambda context: Source(),
        "get-stdout": lambda context: Printed(1),
        "get-stderr": lambda context: Printed(2),
        "create-tcp-socket": lambda context, family: Err("access-denied"),
    }
    return {
        **{name: HostFunction(run) for name, run in plain.items()},
        **files.functions(grants.directories),
        **streams.functions(),
        **http.functions(grants.allows),
    }


@dataclass(frozen=True, slots=True)
class Printed:
    """What the guest prints: its output (1) or its errors (2)."""

    stream: int

    def write(self, context: Context, data: bytes) -> bool:
        """Print."""
        context.state(Standard).write(data, self.stream)
        return True


def _refusing(interface: Interface, name: str) -> HostFunction:
    def run(context: Context, *args: Value) -> Value:
        raise HostFailure(f"`{name}` of `{interface.name}` is not granted")

    return HostFunction(run)


def _drop(context: Context, representation: int) -> None:
    http.drop(context, context.table.pop(representation, None))
