"""Choosing the world of a target."""

from __future__ import annotations

from witgen.resolve import model as m
from witgen.resolve.select import select_world

_DECODED = m.PackageName("root", "component")
"""The package that the types of a component's binary are given, which holds no name of its own."""


def home(resolve: m.Resolve, world: m.World) -> m.PackageName:
    """The package that a target is known by: its world's.

    The binary of a component does not say what package its world was in; then it is that of the
    first interface that it exports.
    """
    own = resolve.packages[world.package].name
    if own == _DECODED:
        for key in world.exports:
            if not isinstance(key, str):
                return resolve.packages[resolve.interfaces[key].package].name
    return own


def is_leftover(resolve: m.Resolve, world: m.World, key: m.WorldKey) -> bool:
    """Whether an export is the one that componentize-py leaves in the components it makes."""
    item = world.exports[key]
    return (
        key == "exports"
        and resolve.packages[world.package].name == _DECODED
        and isinstance(item, m.InterfaceItem)
        and set(resolve.interfaces[item.id].functions) == {"init"}
    )


def choose(resolve: m.Resolve, name: str | None) -> m.World:
    """The world of that name, or the root package's only one.

    Args:
        resolve: The target.
        name: `world` of the root package, or `ns:pkg/world[@version]` of any package.

    Raises:
        WitError: there is no such world, or no single one to take; as `select_world` says.
    """
    return resolve.worlds[select_world(resolve, name)]
