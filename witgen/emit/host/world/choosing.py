"""Names that do not depend on order: where several want one, all of them say more.

A name is tried in forms that say more and more: the version of its package, then the interface, the
package, the namespace. Those that want the same name get the first form in which they differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

from witgen.emit.pycode.names import NameAllocator
from witgen.resolve import model as m
from witgen.value import value

_K = TypeVar("_K", bound=Hashable)


@value
class Wanted:
    """A name in its forms.

    Attributes:
        name: The plain name.
        longer: Forms that say more of it.
        version: What tells it from the same name in other versions of a package.
    """

    name: str
    longer: tuple[str, ...] = ()
    version: str = ""


def choose(
    wanted: Mapping[_K, Wanted], scope: NameAllocator, spell: Callable[[str], str]
) -> dict[_K, str]:
    """A name for each; what nobody else wants is plain.

    Args:
        wanted: What each wants.
        scope: Where names are taken.
        spell: How a name is spelled in Python.
    """
    groups: dict[str, list[_K]] = {}
    for key, one in wanted.items():
        groups.setdefault(spell(one.name), []).append(key)
    found: dict[_K, str] = {}
    for keys in groups.values():
        if len(keys) == 1:
            forms = (wanted[keys[0]].name, *wanted[keys[0]].longer)
            found[keys[0]] = scope.take_first(*map(spell, forms))
    for keys in groups.values():
        if len(keys) > 1:
            ordered = sorted(keys, key=lambda key: (wanted[key].longer, wanted[key].version))
            found |= _distinct([wanted[key] for key in ordered], ordered, scope, spell)
    return {key: found[key] for key in wanted}


def _distinct(
    wanted: list[Wanted], keys: list[_K], scope: NameAllocator, spell: Callable[[str], str]
) -> dict[_K, str]:
    """The first forms of those who want the same name that differ and are free."""
    # Versions tell apart what is otherwise the same; else they would say nothing.
    with_version = len({(one.name, *one.longer) for one in wanted}) == 1
    forms = [*zip(*((one.name, *one.longer) for one in wanted), strict=False)]
    versions = [one.version for one in wanted]
    tried = [] if with_version else [[*map(spell, form)] for form in forms]
    tried += [
        [f"{spell(name)}{version}" for name, version in zip(form, versions, strict=True)]
        for form in (forms if with_version else forms[-1:])
    ]
    names: list[str] = []
    for names in tried:
        if len({*names}) == len(names) and all(map(scope.is_free, names)):
            break
    return {key: scope.take(name) for key, name in zip(keys, names, strict=True)}


def version_of(package: m.PackageName) -> str:
    """The version of a package in a name: `_1_2_0`."""
    if not package.version:
        return ""
    return "_" + re.sub(r"[^0-9a-zA-Z]+", "_", package.version)


def in_interface(name: str, interface: str, package: m.PackageName) -> Wanted:
    """A name of something that an interface declares."""
    if not interface:
        return Wanted(name)
    inner = f"{interface}-{name}"
    return Wanted(name, (inner, *_with_package(inner, package)), version_of(package))


def of_interface(name: str, package: m.PackageName, *alike: str) -> Wanted:
    """A name of an interface itself; `alike` are tried before those with the package."""
    return Wanted(name, (*alike, *_with_package(name, package)), version_of(package))


def _with_package(name: str, package: m.PackageName) -> tuple[str, str]:
    return f"{package.name}-{name}", f"{package.namespace}-{package.name}-{name}"
