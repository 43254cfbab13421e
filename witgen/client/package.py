"""The WIT of a client: the package for callers, and the one that its component is built from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from witgen.client.assembly import uses
from witgen.client.model import Client
from witgen.resolve import model as m
from witgen.resolve.printer import directory_name, to_wit, world_text


def caller_files(client: Client) -> dict[str, bytes]:
    """`client.wit`, whose world has exports only, and a complete `deps/`."""
    resolve = client.resolve
    own = resolve.packages[resolve.root].interfaces.values()
    return {"client.wit": _package(client)} | _deps(resolve, _reached(resolve, own))


def component_files(client: Client) -> dict[str, bytes]:
    """The same package with the component's world in `component.wit`, and a complete `deps/`."""
    resolve = client.resolve
    world = resolve.worlds[client.component_world_id]
    ids = [item.id for item in world.imports.values() if isinstance(item, m.InterfaceItem)]
    text = world_text(resolve, client.component_world_id, client.world)
    files = {"client.wit": _package(client), "component.wit": text.encode()}
    return files | _deps(resolve, {resolve.interfaces[ref].package for ref in ids})


def _package(client: Client) -> bytes:
    """The client package with the callers' world alone; what that world imports is implied."""
    resolve = client.resolve
    root = resolve.packages[resolve.root]
    world = resolve.worlds[client.world]
    worlds = list(resolve.worlds)
    worlds[client.world] = replace(world, imports={})
    packages = list(resolve.packages)
    packages[resolve.root] = replace(root, worlds={world.name: client.world})
    shown = replace(resolve, worlds=tuple(worlds), packages=tuple(packages))
    return to_wit(shown, resolve.root).encode()


def _reached(resolve: m.Resolve, interfaces: Iterable[m.InterfaceId]) -> set[m.PackageId]:
    """The packages that interfaces use, however far away."""
    waiting = list(interfaces)
    seen = set(waiting)
    while waiting:
        for used in uses(resolve, waiting.pop()):
            if used not in seen:
                seen.add(used)
                waiting.append(used)
    return {resolve.interfaces[ref].package for ref in seen}


def _deps(resolve: m.Resolve, packages: set[m.PackageId]) -> dict[str, bytes]:
    return {
        f"deps/{directory_name(resolve.packages[ref].name)}/package.wit": to_wit(
            resolve, ref
        ).encode()
        for ref in sorted(packages - {resolve.root})
    }


def interface_file(resolve: m.Resolve, interface: m.InterfaceId) -> bytes:
    """A file with one interface of a package."""
    body = resolve.interfaces[interface]
    packages = list(resolve.packages)
    packages[body.package] = replace(
        packages[body.package], interfaces={body.name or "": interface}, worlds={}, docs=None
    )
    return to_wit(replace(resolve, packages=tuple(packages)), body.package).encode()
