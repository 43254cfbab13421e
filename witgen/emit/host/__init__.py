"""The target `host`: what a Python program needs that embeds the host.

Of a client: its binding as a value for the linker, and its typed API. Of any component's world: typed
Python to implement its imports and to call its exports.
"""

from __future__ import annotations

from witgen.client import Client
from witgen.emit.host.api import api_module
from witgen.emit.host.stub import stub_module
from witgen.emit.host.world.model import HostWorld, host_world
from witgen.emit.host.world.module import world_module
from witgen.emit.pycode.environment import render
from witgen.emit.pycode.names import snake

__all__ = ["HostWorld", "bindings", "client_files", "host_world"]


def client_files(client: Client) -> dict[str, bytes]:
    """The package `{world}_client`: `CLIENT` for the linker, and the module `api` for programs."""
    package = _package(client.target_world)
    return {
        f"{package}/__init__.py": stub_module(client),
        f"{package}/api.py": api_module(client),
        f"{package}/py.typed": b"",
    }


def bindings(world: HostWorld) -> dict[str, bytes]:
    """The typed Python of a world, for programs that embed a component of it.

    Returns:
        Relative path → content, sorted: the package `host/{world}_client` with its module `world`;
        a client adds to that package.
    """
    package = f"host/{_package(world.name)}"
    return {
        f"{package}/__init__.py": render("host/templates/package.py.j2", world),
        f"{package}/py.typed": b"",
        f"{package}/world.py": world_module(world),
    }


def _package(world: str) -> str:
    return f"{snake(world)}_client"
