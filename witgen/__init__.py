"""Typed worker-to-worker clients for WebAssembly components.

The façade: functions that take and give values, their classes, and two errors. Rooms are imported when a
function needs them.

    resolve = witgen.load("house/wit")
    client = witgen.client(resolve)
    files = witgen.generate(client)
    composed = witgen.compose(caller, [plug])
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence
from importlib import import_module
from os import PathLike
from types import ModuleType
from typing import TYPE_CHECKING

from witgen.diagnostics.model import ComposeError, Diagnostic, WitError
from witgen.version import __version__

if TYPE_CHECKING:
    from witgen.app.embedding import deployments
    from witgen.client.model import Client
    from witgen.compose.model import Semver
    from witgen.loaded import Resolve
    from witgen.resolve import model as m

__all__ = [
    "Client",
    "ComposeError",
    "Diagnostic",
    "Resolve",
    "WitError",
    "__version__",
    "bindings",
    "client",
    "compose",
    "deployments",
    "generate",
    "load",
    "native_client",
]

_ELSEWHERE = {
    "Client": "witgen.client.model",
    "Resolve": "witgen.loaded",
    "deployments": "witgen.app.embedding",
}


def load(
    path: str | PathLike[str], *, features: Collection[str] = (), all_features: bool = False
) -> Resolve:
    """Load WIT: a `.wit` file, a folder of them with its `deps/`, or a `.wasm`.

    Args:
        path: Where it is.
        features: The `@unstable` features to switch on.
        all_features: Whether all of them are on.

    Returns:
        Everything that was loaded; `to_dict()` and `to_wit()` print it.

    Raises:
        WitError: the path cannot be read or what it holds is wrong, all errors that were found.
    """
    from witgen.load import load
    from witgen.loaded import Resolve

    return Resolve.of(load(path, features=features, all_features=all_features))


def client(
    resolve: m.Resolve,
    world: str | None = None,
    *,
    kind: str = "durable",
    component: str | None = None,
    types: str = "auto",
    golem_rpc: str = "0.2.0",
    skip_unsupported: bool = False,
    extras: Collection[str] = (),
    sync_only: bool = False,
) -> Client:
    """The client interface of a target's world.

    Args:
        resolve: The target.
        world: Its world, when the root package has several.
        kind: `durable` or `ephemeral`.
        component: The name the target is deployed under, by default its package name.
        types: Where types are declared: `auto`, `use` or `inline`.
        golem_rpc: The version of golem:rpc that the client speaks.
        skip_unsupported: Leave out, with a warning, functions that cannot be called remotely,
            instead of failing.
        extras: Members beyond Golem's rules: `try` (errors of calls are values, and calls can be
            cancelled), `trigger` (fire and forget for functions with results).
        sync_only: Leave out asynchronous members and futures, and with them wasi:io.

    Returns:
        The client; `warnings` lists what was renamed.

    Raises:
        WitError: There is no such world, or something in it cannot be sent.
    """
    from witgen.client import client

    return client(
        resolve,
        world,
        kind=kind,
        component=component,
        types=types,
        golem_rpc=golem_rpc,
        skip_unsupported=skip_unsupported,
        extras=extras,
        sync_only=sync_only,
    )


def generate(client: Client, emit: Iterable[str] | None = None) -> dict[str, bytes]:
    """The files of a client: relative path → content, sorted, the same for the same client.

    Args:
        client: What to write down.
        emit: What to emit, by default all: `wit` (the package for callers), `host` (the binding for
            the host's linker, and typed Python) and `python` (the sources of the client component).

    Raises:
        WitError: `emit` names something that cannot be emitted.
    """
    from witgen.emit import generate

    return generate(client) if emit is None else generate(client, emit)


def bindings(
    resolve: m.Resolve,
    world: str | None = None,
    *,
    component: str | None = None,
    module: str | None = None,
) -> dict[str, bytes]:
    """Typed Python of a component's world, for programs that embed it.

    Args:
        resolve: The component.
        world: Its world, when the root package has several.
        component: The name it is deployed under, by default its package name.
        module: The Python package, by default `{world}_client`, after the package for a component.

    Returns:
        Relative path → content, sorted: `host/{world}_client/world.py` and what belongs to it.

    Raises:
        WitError: There is no such world, or something in it cannot be bound.
    """
    from witgen.emit.host import bindings, host_world

    return bindings(host_world(resolve, world, component=component), module)


def native_client(client: Client) -> bytes:
    """The client component in core code: kilobytes, and no CPython inside.

    Returns:
        A component that does what the one built from the Python sources does, the same bytes for
        the same client.

    Raises:
        WitError: a type is nested deeper than components can say.
    """
    from witgen.native import client_bytes

    return client_bytes(client)


def compose(
    socket: bytes,
    plugs: Sequence[bytes],
    *,
    allow_imports: Sequence[str] | None = None,
    semver: Semver = "compatible",
    wire: Sequence[str] = (),
    leave_open: Sequence[str] = (),
    define_types: bool = False,
    strip: bool = False,
) -> bytes:
    """Plug components into a socket component and into each other.

    Args:
        socket: The component whose exports the result has.
        plugs: Components that implement imports of the socket or of each other.
        allow_imports: Globs of the imports that may stay open; None allows all.
        semver: Whether versions of one compatibility track are interchangeable:
            `compatible` or `exact`.
        wire: Which export implements which import, where names differ, each as
            `[part:]import=plug.export`. The parts are called `socket` and `plug`, or `plug 1`,
            `plug 2`, … where there are several.
        leave_open: Imports that stay open although a plug offers them, each as `[part:]import`.
        define_types: Define types that would be imported, unless an import or an export needs them.
        strip: Leave names, producers and debug information out, of all parts too.

    Returns:
        The composed component, the same bytes for the same input.

    Raises:
        ComposeError: A part is not a component, does not fit or is unused, an import remains open
            that must not, or an option is invalid.
    """
    from witgen.compose.api import compose, named_parts
    from witgen.compose.connections import parse_connections, parse_left_open

    parts = named_parts(socket, plugs)
    return compose(
        parts[0],
        parts[1:],
        allow_imports=allow_imports,
        semver=semver,
        connections=parse_connections(wire, parts),
        leave_open=parse_left_open(leave_open, parts),
        define_types=define_types,
        strip=strip,
    )


if not TYPE_CHECKING:  # a checker would take every name for one of these

    def __getattr__(name: str) -> object:
        """What the façade has from elsewhere, imported on first use."""
        if name not in _ELSEWHERE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = found = getattr(import_module(_ELSEWHERE[name]), name)
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


class _Facade(ModuleType):
    """Keeps `load`, `client` and `compose` what they are: functions.

    Python binds a submodule on its package when it is first imported, and the rooms behind these
    functions have the same names.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (isinstance(value, ModuleType) and name in __all__):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Facade
