"""One package with its own names resolved, before it is joined with the packages it refers to.

Ids in here are the package's own: a non-negative id is an index into the lists of the package, a
negative one is the complement (`~`) of an index into what it uses from other packages.
"""

from __future__ import annotations

from dataclasses import field
from typing import NamedTuple

from witgen.resolve import model as m
from witgen.syntax import ast
from witgen.value import state

# A type that could not be resolved; already reported, so whatever it touches stays silent.
POISON = m.TypeId(-(2**31))


class ForeignItem(NamedTuple):
    """An interface or world of another package, with every place that refers to it."""

    package: m.PackageName
    name: ast.Ident
    is_world: bool
    gates: list[m.Stability]


class ForeignType(NamedTuple):
    """A type of a foreign interface."""

    interface: m.InterfaceId
    name: ast.Ident
    stability: m.Stability


class LocalType(NamedTuple):
    """A type and its declaration; anonymous types have no place."""

    type: m.TypeDef
    node: ast.Ident | None


class LocalFunction(NamedTuple):
    """A function and its declaration."""

    function: m.Function
    node: ast.Func


@state
class LocalInterface:
    """An interface; `name` is None for an inline one."""

    name: str | None
    node: ast.Ident
    docs: str | None = None
    stability: m.Stability = None
    types: dict[str, m.TypeId] = field(default_factory=dict)
    functions: dict[str, LocalFunction] = field(default_factory=dict)


class LocalItem(NamedTuple):
    """An import or export and the name or path of its declaration."""

    item: m.WorldItem
    node: ast.Ident


class LocalInclude(NamedTuple):
    """An `include`."""

    world: m.WorldId
    node: ast.Ident
    renames: tuple[ast.Rename, ...]
    stability: m.Stability


@state
class LocalWorld:
    """A world."""

    name: str
    node: ast.Ident
    docs: str | None = None
    stability: m.Stability = None
    imports: dict[m.WorldKey, LocalItem] = field(default_factory=dict)
    exports: dict[m.WorldKey, LocalItem] = field(default_factory=dict)
    includes: list[LocalInclude] = field(default_factory=list)


@state
class LocalPackage:
    """A package.

    Attributes:
        node: Where the package is first named.
        behind: Type → the type behind its aliases, possibly a foreign one.
        items: Named interfaces and worlds, in dependency order.
        mentions: Every package it refers to → the first reference.
        sound: Whether everything in it could be resolved.
    """

    name: m.PackageName
    node: ast.PackageRef
    docs: str | None
    types: list[LocalType] = field(default_factory=list)
    behind: list[m.TypeId] = field(default_factory=list)
    interfaces: list[LocalInterface] = field(default_factory=list)
    worlds: list[LocalWorld] = field(default_factory=list)
    foreign_interfaces: list[ForeignItem] = field(default_factory=list)
    foreign_worlds: list[ForeignItem] = field(default_factory=list)
    foreign_types: list[ForeignType] = field(default_factory=list)
    mentions: dict[m.PackageName, ast.PackageRef] = field(default_factory=dict)
    sound: bool = True


def package_name(ref: ast.PackageRef) -> m.PackageName:
    """The name of a reference."""
    return m.PackageName(ref.namespace.name, ref.name.name, ref.version)


def stability(attributes: ast.Attributes) -> m.Stability:
    """The gate that attributes express."""
    deprecated = attributes.deprecated.value if attributes.deprecated else None
    if attributes.since:
        return m.Stable(attributes.since.value, deprecated)
    if attributes.unstable:
        return m.Unstable(attributes.unstable.value, deprecated)
    return None


def external_id(attributes: ast.Attributes) -> str | None:
    """The value of `@external-id`."""
    return attributes.external_id.value if attributes.external_id else None
