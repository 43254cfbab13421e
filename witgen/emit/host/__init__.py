"""The target `host`: what a Python program needs that embeds the host.

Of a client: its binding as a value for the linker, and its typed API. Of any component's world: typed
Python to implement its imports and to call its exports.
"""

from __future__ import annotations

import re

from witgen.client import Client
from witgen.emit.host.api import api_module
from witgen.emit.host.shared import SharedTypes
from witgen.emit.host.stub import stub_module
from witgen.emit.host.world.model import HostWorld, host_world
from witgen.emit.host.world.module import world_modules
from witgen.emit.pycode.environment import render
from witgen.emit.pycode.names import snake

__all__ = ["HostWorld", "bindings", "client_files", "host_world", "package_files"]


def client_files(client: Client) -> dict[str, bytes]:
    """The package `{world}_client`: `CLIENT` for the linker, and the module `api` for programs."""
    files = package_files(client, None)
    return {path.removeprefix("host/"): data for path, data in files.items()}


def bindings(world: HostWorld, module: str | None = None) -> dict[str, bytes]:
    """The typed Python of a world, for programs that embed a component of it.

    Args:
        world: The world.
        module: The name of the package, if it has another one.

    Returns:
        Relative path → content, sorted: the package `host/{world}_client` with its module `world`,
        and one for each interface if there are several.
    """
    return package_files(None, world, module)


def package_files(
    client: Client | None, world: HostWorld | None, module: str | None = None
) -> dict[str, bytes]:
    """The package of a client and of the world that it is of, which share their types.

    Args:
        client: The client, if there is one.
        world: The world, if it can be bound.
        module: The name of the package, if it has another one.

    Returns:
        Relative path → content, sorted.
    """
    files: dict[str, bytes] = {"py.typed": b""}
    shared: SharedTypes = {}
    if world is not None:
        made = world_modules(world)
        shared = made.shared
        files |= {f"{name}.py": data for name, data in made.sources.items()}
        files["__init__.py"] = render("host/templates/package.py.j2", world)
        module = module or package_of(world.name, world.target)
    if client is not None:
        files |= {"__init__.py": stub_module(client), "api.py": api_module(client, shared)}
        module = module or package_of(client.target_world, client.target)
    return {f"host/{module}/{path}": files[path] for path in sorted(files)}


def package_of(world: str, target: str) -> str:
    """The package of a world, `{world}_client`.

    The world of every component is called `root`, so the package is called after its package.
    """
    named = re.match(r"[^:/]+:([^/@]+)", target)
    if world == "root" and named is not None and named[1] != "component":
        world = named[1]
    return f"{snake(world)}_client"
