"""Choosing the world of a target."""

from __future__ import annotations

from witgen.diagnostics import Diagnostic, WitError, did_you_mean
from witgen.resolve import model as m

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
        name: `world` of the root package, or `ns:pkg/world@version` of any package.

    Raises:
        WitError: there is no such world, or no single one to take without a name.
    """
    if not resolve.packages:
        raise WitError([Diagnostic("GEN2001", "there is no package, so there is no world")])
    root = resolve.packages[resolve.root]
    if name is None:
        if len(root.worlds) == 1:
            return resolve.worlds[next(iter(root.worlds.values()))]
        listed = ", ".join(f"`{world}`" for world in root.worlds)
        found = f"has several worlds: {listed}" if root.worlds else "has no world"
        message = f"the package `{root.name}` {found}"
        advice = ("name one of them",) if root.worlds else ()
        raise WitError([Diagnostic("GEN2001", message, help=advice)])
    known: dict[str, m.WorldId] = {}
    for package in resolve.packages:
        known |= {package.name.interface(world): ref for world, ref in package.worlds.items()}
    known |= root.worlds
    if name not in known:
        listed = ", ".join(f"`{world}`" for world in root.worlds) or "none"
        hint = did_you_mean(name, known) or (f"worlds of `{root.name}`: {listed}",)
        raise WitError([Diagnostic("GEN2002", f"there is no world `{name}`", help=hint)])
    return resolve.worlds[known[name]]
