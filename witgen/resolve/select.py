"""Choosing a world by name, as the tools of the ecosystem do."""

from __future__ import annotations

from witgen.diagnostics import Diagnostic, WitError, did_you_mean
from witgen.resolve import model as m


def select_world(resolve: m.Resolve, name: str | None) -> m.WorldId:
    """The world of that name, or the root package's only one.

    Args:
        resolve: Where to look.
        name: `world` of the root package, or `ns:pkg/world@version` of any package.

    Raises:
        WitError: there is no such world, or no single one to take without a name.
    """
    if not resolve.packages:
        raise WitError([Diagnostic("RES1082", "there is no package, so there is no world")])
    root = resolve.packages[resolve.root]
    listed = ", ".join(f"`{world}`" for world in root.worlds)
    if name is None:
        if len(root.worlds) == 1:
            return next(iter(root.worlds.values()))
        found = f"has several worlds: {listed}" if root.worlds else "has no world"
        advice = ("name one of them",) if root.worlds else ()
        message = f"the package `{root.name}` {found}"
        raise WitError([Diagnostic("RES1082", message, help=advice)])
    known: dict[str, m.WorldId] = {}
    for package in resolve.packages:
        known |= {package.name.interface(world): id for world, id in package.worlds.items()}
    known |= root.worlds
    if name not in known:
        hint = did_you_mean(name, known) or (f"worlds of `{root.name}`: {listed or 'none'}",)
        raise WitError([Diagnostic("RES1083", f"there is no world `{name}`", help=hint)])
    return known[name]
