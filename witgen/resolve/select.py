"""Choosing a world by name, as the tools of the ecosystem do."""

from __future__ import annotations

from collections.abc import Iterable

from witgen.diagnostics import Diagnostic, WitError, did_you_mean
from witgen.resolve import model as m
from witgen.value import replace

# More names than this would be a wall of text.
_MOST_LISTED = 20


def select_world(resolve: m.Resolve, name: str | None) -> m.WorldId:
    """The world of a name, or the root package's only one.

    Args:
        resolve: Where to look.
        name: `world` of the root package, or `ns:pkg/world@version` of any package, each identifier
            with or without WIT's `%`. The version may be left out if there is only one.

    Raises:
        WitError: RES1082 if no name is given and there is not exactly one world, RES1083 if there
            is no world of that name, RES1086 if its package has several versions.
    """
    if not resolve.packages:
        raise _error("RES1082", "there is no package, so there is no world")
    root = resolve.packages[resolve.root]
    if name is None:
        return _only_world(root)
    path, at, version = name.partition("@")
    package, slash, world = path.rpartition("/")
    world = world.removeprefix("%")
    if slash:
        home = _package(resolve, name, package, version if at else None)
        found = None if home is None else home.worlds.get(world)
    else:
        found = None if at else root.worlds.get(world)
    if found is None:
        raise _unknown(resolve, name)
    return found


def _only_world(root: m.Package) -> m.WorldId:
    if len(root.worlds) == 1:
        return next(iter(root.worlds.values()))
    found = f"has several worlds: {_listed(root.worlds)}" if root.worlds else "has no world"
    advice = ("name one of them",) if root.worlds else ()
    raise _error("RES1082", f"the package `{root.name}` {found}", *advice)


def _package(resolve: m.Resolve, name: str, package: str, version: str | None) -> m.Package | None:
    """The package of a world whose full name is given."""
    namespace, _, bare = package.partition(":")
    wanted = m.PackageName(namespace.removeprefix("%"), bare.removeprefix("%"), version)
    alike = [
        p
        for p in resolve.packages
        if (p.name.namespace, p.name.name) == (wanted.namespace, wanted.name)
    ]
    exact = [p for p in alike if p.name.version == version]
    found = exact or (alike if version is None else [])
    if len(found) > 1:
        raise _error(
            "RES1086",
            f"`{name}` does not say which version of `{wanted}` to use:"
            f" {_listed(p.name.version or '' for p in found)}",
            "add one of them after an `@`",
        )
    return found[0] if found else None


def _unknown(resolve: m.Resolve, name: str) -> WitError:
    root = resolve.packages[resolve.root]
    known = [*root.worlds]
    for package in resolve.packages:
        # In the form of the given name: with or without a version.
        home = package.name if "@" in name else replace(package.name, version=None)
        known += map(home.interface, package.worlds)
    listing = f"worlds of `{root.name}`: {_listed(root.worlds) or 'none'}"
    hint = _elsewhere(resolve, name) or did_you_mean(name, known) or (listing,)
    return _error("RES1083", f"there is no world `{name}`", *hint)


def _elsewhere(resolve: m.Resolve, name: str) -> tuple[str, ...]:
    """The full names of the worlds that other packages have by a plain name."""
    plain = name.partition("@")[0].removeprefix("%")
    found = sorted(p.name.interface(plain) for p in resolve.packages if plain in p.worlds)
    return (f"did you mean {' or '.join(f'`{full}`' for full in found)}?",) if found else ()


def _listed(names: Iterable[str]) -> str:
    every = [f"`{name}`" for name in names]
    more = len(every) - _MOST_LISTED
    return ", ".join(every[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _error(code: str, message: str, *advice: str) -> WitError:
    return WitError([Diagnostic(code, message, help=advice)])
