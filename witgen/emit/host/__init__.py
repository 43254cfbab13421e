"""The target `host`: what a Python program needs that embeds the host.

Of a client: its binding as a value for the linker, and its typed API. Of any component's world: typed
Python to implement its imports and to call its exports.
"""

from __future__ import annotations

import re

from witgen.client import Client
from witgen.emit.host.api import api_module
from witgen.emit.host.stub import stub_module
from witgen.emit.host.world.model import HostWorld, host_world
from witgen.emit.host.world.module import world_modules
from witgen.emit.pycode.environment import render
from witgen.emit.pycode.names import snake

__all__ = ["HostWorld", "bindings", "client_files", "host_world"]


def client_files(client: Client, module: str | None = None) -> dict[str, bytes]:
    """The package `{world}_client`: `CLIENT` for the linker, and the module `api` for programs.

    Args:
        client: The client.
        module: The name of the package, if it has another one.
    """
    package = module or package_of(client.target_world, client.target)
    return {
        f"{package}/__init__.py": stub_module(client),
        f"{package}/api.py": api_module(client),
        f"{package}/py.typed": b"",
    }


def bindings(world: HostWorld, module: str | None = None) -> dict[str, bytes]:
    """The typed Python of a world, for programs that embed a component of it.

    Args:
        world: The world.
        module: The name of the package, if it has another one.

    Returns:
        Relative path → content, sorted: the package `host/{world}_client` with its module `world`,
        and one for each interface if there are several; a client adds to that package.
    """
    package = f"host/{module or package_of(world.name, world.target)}"
    files = {
        f"{package}/__init__.py": render("host/templates/package.py.j2", world),
        f"{package}/py.typed": b"",
    }
    files |= {f"{package}/{name}.py": data for name, data in world_modules(world).items()}
    return dict(sorted(files.items()))


def package_of(world: str, target: str) -> str:
    """The package of a world, `{world}_client`.

    The world of every component is called `root`, so the package is called after its package.
    """
    named = re.match(r"[^:/]+:([^/@]+)", target)
    if world == "root" and named is not None and named[1] != "component":
        world = named[1]
    return f"{snake(world)}_client"
