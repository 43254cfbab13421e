"""Whether a component fits into a world: `targets` of the component model.

A component fits if the world offers all that it imports and it exports all that the world demands:
if its type is a subtype of the world's. Names may be versions of one compatibility track.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from witgen.component import types as t
from witgen.component.body import read_component
from witgen.component.cursor import Buffer, Malformed
from witgen.component.local import linked
from witgen.component.lower import Lowering
from witgen.component.names import Names
from witgen.compose.check import types_only
from witgen.compose.model import Semver
from witgen.compose.semver import name_track
from witgen.compose.subtype import MISSING, NOT_OFFERED, Checker, Mismatch
from witgen.diagnostics import ComposeError, Diagnostic, Label, Place, did_you_mean
from witgen.resolve import model as m
from witgen.resolve.select import select_world


def off_target(
    component: t.ComponentType,
    resolve: m.Resolve,
    world: m.WorldId,
    *,
    name: str = "the component",
    file: str | None = None,
    semver: Semver = "compatible",
) -> list[Diagnostic]:
    """Why a component does not fit into a world; nothing when it does.

    Args:
        component: What the component imports and exports.
        resolve: Where the world stands.
        world: The world.
        name: What people call the component.
        file: Where the world was read from, for messages.
        semver: Whether versions of one compatibility track are interchangeable.

    Returns:
        CMP3022 for each import that the world does not offer, each export that is missing, and each
        place where types differ. Imports with types only need not be offered.
    """
    wanted = Lowering(resolve).world(world)
    label = f"the world `{resolve.worlds[world].name}`"
    known = {"import": list(wanted.imports), "export": list(component.exports)}
    return [
        _diagnostic(mismatch, name, label, file, known)
        for mismatch in subtype_mismatches(component, wanted, semver)
    ]


def check_target(
    data: Buffer,
    resolve: m.Resolve,
    world: str | None = None,
    *,
    name: str = "the component",
    file: str | None = None,
    semver: Semver = "compatible",
) -> str:
    """Check a component against a world.

    Args:
        data: The component.
        resolve: Where the world stands.
        world: The world, where there are several.
        name: What people call the component.
        file: Where the world was read from, for messages.
        semver: Whether versions of one compatibility track are interchangeable.

    Returns:
        The name of the world.

    Raises:
        ComposeError: It does not fit, with all reasons; or it is not a component.
        WitError: There is no such world.
    """
    id = select_world(resolve, world)
    try:
        type = read_component(data).type
    except Malformed as error:
        place = Place(name, offset=error.offset)
        raise ComposeError([Diagnostic("CMP3001", error.message, place)]) from None
    problems = off_target(type, resolve, id, name=name, file=file, semver=semver)
    if problems:
        raise ComposeError(problems)
    return resolve.worlds[id].name


def subtype_mismatches(
    found: t.ComponentType,
    expected: t.ComponentType,
    semver: Semver = "compatible",
    *,
    by_use: bool = True,
) -> Iterator[Mismatch]:
    """The mismatches of one component type with an expected one.

    Args:
        found: The actual type.
        expected: The expected type.
        semver: Whether versions of one compatibility track are interchangeable.
        by_use: Whether a type that differs is reported for the first function that has it.

    Returns:
        One mismatch for each import that is not offered, each export that is missing, and each member
        that differs; the first step of its path is `import NAME` or `export NAME`.
    """
    offered = _aliased(expected.imports, found.imports, t.Space.IMPORT, semver, skip_types=True)
    given = _aliased(found.exports, expected.exports, t.Space.EXPORT, semver)
    names = Names(lambda _space, _name: None)
    checker = Checker(names, lambda ref: f"`{ref.path[-1]}`", by_use)
    return checker.components(
        t.ComponentType(found.imports, given), t.ComponentType(offered, expected.exports), ()
    )


def _aliased(
    have: Mapping[str, t.Extern],
    wanted: Mapping[str, t.Extern],
    space: t.Space,
    semver: Semver,
    *,
    skip_types: bool = False,
) -> dict[str, t.Extern]:
    """What there is, also under the expected names: another version, the same thing.

    Args:
        have: What there is.
        wanted: What is expected.
        space: The place of both in the component type.
        semver: Whether versions are interchangeable.
        skip_types: Whether types other than resources are there in any case.
    """
    by_track = {name_track(name): name for name in have} if semver == "compatible" else {}
    found = dict(have)
    for name, extern in wanted.items():
        other = name if name in have else by_track.get(name_track(name))
        item = have[other] if other else None
        if other and other != name and isinstance(item, t.InstanceType):
            item = linked(item, space, (other,))
        if skip_types:
            item = _with_types(item, extern)
        if item is not None:
            found[name] = item
    return found


def _with_types(item: t.Extern | None, wanted: t.Extern) -> t.Extern | None:
    """What there is, and the types of what is wanted, which need no definition."""
    if isinstance(item, t.InstanceType) and isinstance(wanted, t.InstanceType):
        types = {name: type for name, type in wanted.exports.items() if types_only(type)}
        return t.InstanceType({**types, **item.exports}, item.options)
    return wanted if item is None and types_only(wanted) else item


def _diagnostic(
    mismatch: Mismatch,
    name: str,
    world: str,
    file: str | None,
    known: Mapping[str, list[str]],
) -> Diagnostic:
    (side, _, item), rest = mismatch.path[0].partition(" "), mismatch.path[1:]
    labels = (Label(Place(file), "the world is declared here"),) if file else ()
    if rest:
        whose = f"`{name}` does not fit what {world}"
        verb = "offers" if side == "import" else "demands"
        message = f"{side} `{item}` of {whose} {verb}: {Mismatch(rest, mismatch.message)}"
        return Diagnostic("CMP3022", message, Place(name), labels=labels, help=mismatch.help)
    if side == "import" and mismatch.message == NOT_OFFERED:
        message = f"import `{item}` of `{name}` is not offered by {world}"
    elif side == "export" and mismatch.message == MISSING:
        message = f"export `{item}`, which {world} requires, is missing in `{name}`"
    else:
        message = f"{side} `{item}` of `{name}` does not fit {world}: {mismatch.message}"
    advice = did_you_mean(item, known[side]) or tuple(_listed(side, known[side]))
    return Diagnostic("CMP3022", message, Place(name), labels=labels, help=mismatch.help or advice)


def _listed(side: str, names: Iterable[str]) -> Iterator[str]:
    listed = ", ".join(f"`{name}`" for name in names) or "nothing"
    yield f"the world offers {listed}" if side == "import" else f"it exports {listed}"
