"""The WIT of a client: the package for callers, and the one from which its component is built."""

from __future__ import annotations

from collections.abc import Iterable

from witgen.client.assembly import uses
from witgen.client.model import Client
from witgen.resolve import model as m
from witgen.resolve.printer import directory_name, to_wit, world_text
from witgen.value import replace


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
    own = resolve.packages[resolve.root].interfaces.values()
    return files | _deps(resolve, _reached(resolve, [*own, *ids]))


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
    """The packages of interfaces and all packages these use, directly or indirectly."""
    waiting = [resolve.interfaces[ref].package for ref in interfaces]
    seen = set(waiting)
    while waiting:
        for ref in resolve.packages[waiting.pop()].interfaces.values():
            for used in uses(resolve, ref):
                package = resolve.interfaces[used].package
                if package not in seen:
                    seen.add(package)
                    waiting.append(package)
    return seen


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
