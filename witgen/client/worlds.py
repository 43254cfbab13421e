"""Choose the world of a target."""

from __future__ import annotations

from witgen.resolve import model as m
from witgen.resolve.select import select_world

UNNAMED = m.PackageName("root", "component")
"""The package given to the types of a component's binary, which carries no name."""


def home(resolve: m.Resolve, world: m.World) -> m.PackageName:
    """The package that names a target: its world's.

    A component's binary does not name its world's package; then it is that of the first interface
    that it exports.
    """
    own = resolve.packages[world.package].name
    if own == UNNAMED:
        for key in world.exports:
            if not isinstance(key, str):
                return resolve.packages[resolve.interfaces[key].package].name
    return own


def is_leftover(resolve: m.Resolve, world: m.World, key: m.WorldKey) -> bool:
    """Whether an export is the one that componentize-py leaves in its components."""
    item = world.exports[key]
    return (
        key == "exports"
        and resolve.packages[world.package].name == UNNAMED
        and isinstance(item, m.InterfaceItem)
        and set(resolve.interfaces[item.id].functions) == {"init"}
    )


def choose(resolve: m.Resolve, name: str | None) -> m.World:
    """The world of a name, or the root package's only one.

    Args:
        resolve: The target.
        name: `world` of the root package, or `ns:pkg/world[@version]` of any package.

    Raises:
        WitError: There is no such world, or no single one; see `select_world`.
    """
    return resolve.worlds[select_world(resolve, name)]
