"""Incompatible changes: what breaks users of the old version.

The new version must be a subtype of the old one. A world may import less and export more; an
interface is what its package offers, so it may gain items. Source of the rules: component-model
`design/mvp/Subtyping.md`, as the composer checks them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from witgen.component import types as t
from witgen.component.local import linked
from witgen.component.lower import Lowering, interface_type
from witgen.compose.semver import name_track
from witgen.compose.subtype import MISSING, NOT_OFFERED, Mismatch
from witgen.compose.targets import subtype_mismatches
from witgen.diagnostics import Diagnostic, WitError
from witgen.resolve import model as m
from witgen.resolve.select import select_world
from witgen.value import replace, value

# The package given to a component's world, which says nothing about the component's origin.
_COMPONENT = m.PackageName("root", "component")
# Sets the dependencies of the new version apart, which may have other types under the same names.
_NEW = " (new)"


@value
class Change:
    """One incompatible change.

    Attributes:
        path: Where it is: `interface i` or `world w`, then `func f`, `import x` or `export x`, then
            steps into the type.
        message: What changed, one sentence without a full stop.
        help: What may have been intended.
    """

    path: tuple[str, ...]
    message: str
    help: tuple[str, ...] = ()


@value
class Comparison:
    """Two versions, compared.

    Attributes:
        changes: The incompatible changes.
        grown: Whether items were added or changed compatibly.
        package: The package, with its old version; None if a component does not name it.
        version: The new version.
    """

    changes: tuple[Change, ...]
    grown: bool
    package: m.PackageName | None
    version: str | None


@value
class _Side:
    """One of the two versions, and the world that is compared; None for the whole package."""

    resolve: m.Resolve
    world: m.WorldId | None

    @property
    def package(self) -> m.Package:
        """The root package."""
        return self.resolve.packages[self.resolve.root]

    @property
    def name(self) -> m.PackageName | None:
        """The package whose version counts: of a component, the one of all interfaces exported."""
        if self.package.name != _COMPONENT:
            return self.package.name
        if self.world is None:
            return None
        exports = [key for key in self.resolve.worlds[self.world].exports if isinstance(key, int)]
        owners = {self.resolve.interfaces[id].package for id in exports}
        return self.resolve.packages[owners.pop()].name if len(owners) == 1 else None


def compare(old: m.Resolve, new: m.Resolve, world: str | None = None) -> Comparison:
    """Compare two versions of a package, or of a world.

    Args:
        old: The version that has users.
        new: The version that replaces it.
        world: The world to compare, by default everything in the package. If one side is a
            component, its world is compared with this one, or with the only one.

    Raises:
        WitError: CMP3202 when the packages have different names; RES1082 or RES1083 when there is
            no such world.
    """
    roots = [side.packages[side.root].name for side in (old, new) if side.packages]
    one_world = world is not None or _COMPONENT in roots
    before, after = (_Side(side, _world(side, world) if one_world else None) for side in (old, new))
    known, name = before.name, after.name
    if _COMPONENT not in roots and known and name and _bare(known) != _bare(name):
        raise WitError(
            [Diagnostic("CMP3202", f"the package was named `{known}` and is now named `{name}`")]
        )
    if known and name and _bare(known) == _bare(name):
        after = _Side(_renamed(after.resolve, name, known), after.world)
    changes = tuple(_changes(before, after))
    grown = bool(changes) or any(_changes(after, before))
    return Comparison(changes, grown, known, name.version if name else None)


def _bare(name: m.PackageName) -> m.PackageName:
    return replace(name, version=None)


def _world(resolve: m.Resolve, name: str | None) -> m.WorldId:
    is_component = resolve.packages[resolve.root].name == _COMPONENT
    return select_world(resolve, None if is_component else name)


def _renamed(resolve: m.Resolve, name: m.PackageName, other: m.PackageName) -> m.Resolve:
    """The same with the two names exchanged, so that a new version does not rename everything."""
    names = {name: other, other: name}
    packages = [replace(p, name=names.get(p.name, p.name)) for p in resolve.packages]
    return replace(resolve, packages=tuple(packages))


def _changes(before: _Side, after: _Side) -> Iterator[Change]:
    if before.world is not None and after.world is not None:
        yield from _world_changes(before, before.world, after, after.world)
        return
    for name, id in before.package.interfaces.items():
        there = after.package.interfaces.get(name)
        if there is None:
            yield Change((f"interface {name}",), f"the interface `{name}` was removed")
        else:
            yield from _interface_changes(name, before, id, after, there)
    for name, world in before.package.worlds.items():
        now = after.package.worlds.get(name)
        if now is None:
            yield Change((f"world {name}",), f"the world `{name}` was removed")
        else:
            yield from _world_changes(before, world, after, now)


def _interface_changes(
    name: str, old: _Side, before: m.InterfaceId, new: _Side, after: m.InterfaceId
) -> Iterator[Change]:
    own = _own_interfaces(old)

    def renamed(dependency: str) -> str:
        # Types of the package's own interfaces are compared where they are declared.
        return dependency if dependency in own else dependency + _NEW

    found = interface_type(new.resolve, after, renamed)
    expected = interface_type(old.resolve, before)
    known = {**_same_resources(found.imports, expected.imports), **expected.imports}
    for mismatch in _mismatches(found, t.ComponentType(known, expected.exports)):
        # An import differs from its old version only in what this interface does not use.
        if mismatch.path[0].startswith("export "):
            message = f"the interface `{name}` breaks its users: "
            message += str(replace(mismatch, path=mismatch.path[1:]))
            yield Change((f"interface {name}", *mismatch.path[1:]), message, mismatch.help)


def _mismatches(found: t.ComponentType, expected: t.ComponentType) -> Iterator[Mismatch]:
    # A type is named once, and not for each function that has it.
    return subtype_mismatches(found, expected, by_use=False)


def _same_resources(
    new: Mapping[str, t.Extern], old: Mapping[str, t.Extern]
) -> dict[str, t.Extern]:
    """What the new version uses, with the old version's resources instead of fresh ones."""
    by_track = {name_track(name): name for name in old}
    found: dict[str, t.Extern] = {}
    for key, extern in new.items():
        name = by_track.get(name_track(key.removesuffix(_NEW)))
        was = old[name] if name else None
        if isinstance(extern, t.InstanceType) and name and isinstance(was, t.InstanceType):
            same = linked(extern, t.Space.IMPORT, (name,)).exports
            kept = {
                item: same[item] if isinstance(was.exports.get(item), t.TypeSub) else type
                for item, type in extern.exports.items()
            }
            extern = t.InstanceType(kept, extern.options)
        found[key] = extern
    return found


def _follows(mismatch: Mismatch, inside: set[tuple[tuple[str, ...], str]]) -> bool:
    """Whether a function differs only because of a type that was already compared."""
    path = mismatch.path
    return any(
        (path[start:], mismatch.message) in inside
        for start, step in enumerate(path)
        if step.startswith(("field ", "case ", "flag "))
    )


def _world_changes(before: _Side, old: m.WorldId, after: _Side, new: m.WorldId) -> Iterator[Change]:
    name = after.resolve.worlds[new].name
    found, expected = Lowering(after.resolve).world(new), Lowering(before.resolve).world(old)
    # The package's own interfaces have been compared.
    own = _own_interfaces(before) if before.world is None else set()
    for mismatch in _mismatches(found, expected):
        side, _, item = mismatch.path[0].partition(" ")
        rest = mismatch.path[1:]
        if rest and side == "export" and item in own:
            continue
        message = _message(name, side, item, Mismatch(rest, mismatch.message), found)
        yield Change((f"world {name}", *mismatch.path), message, mismatch.help)


def _own_interfaces(side: _Side) -> set[str | None]:
    return {side.resolve.interface_id(id) for id in side.package.interfaces.values()}


def _message(world: str, side: str, item: str, rest: Mismatch, found: t.ComponentType) -> str:
    if side == "import" and not rest.path and rest.message == NOT_OFFERED:
        return f"the world `{world}` imports `{item}`, which it did not before"
    if side == "export" and not rest.path and item not in found.exports:
        return f"the world `{world}` no longer exports `{item}`"
    if side == "import":
        # Of the old version, which had to offer less.
        rest = replace(rest, message="") if rest.message == MISSING else rest
        return f"the import `{item}` of the world `{world}` requires more than before: {rest}"
    return f"the export `{item}` of the world `{world}` breaks its users: {rest}"
