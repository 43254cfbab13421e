"""The four arenas while packages are being joined."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import field
from typing import NamedTuple

from witgen.resolve import model as m
from witgen.resolve import semver
from witgen.resolve.kinds import types_in
from witgen.syntax import ast
from witgen.syntax.report import Reporter, Spanned
from witgen.value import state

# Includes can multiply a text's contents; no real one comes near.
_MOST = 2_000_000


class TooLarge(Exception):
    """Worlds multiplied beyond a reasonable size."""


class Features(NamedTuple):
    """The enabled features."""

    names: Collection[str] = ()
    all: bool = False


@state
class Arena:
    """A `Resolve` under construction.

    Attributes:
        names: Package name → id.
        nodes: Package name → its declaration, for packages read from text.
    """

    report: Reporter
    features: Features
    types: list[m.TypeDef] = field(default_factory=list)
    interfaces: list[m.Interface] = field(default_factory=list)
    worlds: list[m.World] = field(default_factory=list)
    packages: list[m.Package] = field(default_factory=list)
    names: dict[m.PackageName, m.PackageId] = field(default_factory=dict)
    nodes: dict[m.PackageName, ast.PackageRef] = field(default_factory=dict)
    _borrows: list[bool] = field(default_factory=list)
    _items: int = 0
    _resources: list[m.TypeId | None] = field(default_factory=list)

    def add_type(self, type: m.TypeDef) -> m.TypeId:
        """Append a type.

        Raises:
            TooLarge: There are more types than any real input has.
        """
        if len(self.types) >= _MOST:
            raise TooLarge("types")
        self.types.append(type)
        return m.TypeId(len(self.types) - 1)

    def is_open(self, stability: m.Stability, package: m.PackageName, node: Spanned | None) -> bool:
        """Whether a gate admits an item.

        Args:
            stability: The gate.
            package: The package that contains the item.
            node: Where to report a wrong version; None if its owner is checked as well.
        """
        match stability:
            case None:
                return True
            case m.Unstable(feature):
                return self.features.all or feature in self.features.names
            case m.Stable(since):
                return self._is_released(since, package, node)

    def _is_released(self, since: str, package: m.PackageName, node: Spanned | None) -> bool:
        if package.version is None:
            if node is not None:
                self.report.at(
                    node,
                    "RES1040",
                    f"package `{package}` has no version, so its items cannot be gated by version",
                    labels=self.package_label(package, "this package"),
                    help=(f"give the package a version: `package {package}@1.0.0;`",),
                )
            return False
        if semver.key(since) <= semver.key(package.version):
            return True
        if node is not None:
            self.report.at(
                node,
                "RES1041",
                f"version {since} of `{package.namespace}:{package.name}` is not released:"
                f" the package is at {package.version}",
                labels=self.package_label(package, "this package"),
                help=("gate items of a later version with `@unstable(feature = …)`",),
            )
        return False

    def set_world(self, id: m.WorldId, world: m.World) -> None:
        """Replace a world with a larger one.

        Raises:
            TooLarge: All worlds together have more items than any real input has.
        """
        before = self.worlds[id]
        self._items += len(world.imports) + len(world.exports)
        self._items -= len(before.imports) + len(before.exports)
        if self._items > _MOST:
            raise TooLarge("imports and exports")
        self.worlds[id] = world

    def resolve(self, root: m.PackageId) -> m.Resolve:
        """The finished `Resolve`."""
        return m.Resolve(
            tuple(self.worlds),
            tuple(self.interfaces),
            tuple(self.types),
            tuple(self.packages),
            root,
        )

    def package_label(self, name: m.PackageName, text: str) -> list[tuple[Spanned, str]]:
        """A second place: the declaration of a package, if it has one."""
        node = self.nodes.get(name)
        return [(node, text)] if node is not None else []

    def has_borrow(self, type: m.Type) -> bool:
        """Whether a type contains a borrowed handle."""
        if isinstance(type, m.Prim):
            return False
        # A type only refers to earlier ones, so one pass in order suffices.
        for index in range(len(self._borrows), type + 1):
            kind = self.types[index].kind
            self._borrows.append(
                isinstance(kind, m.Borrow)
                or any(
                    not isinstance(part, m.Prim) and self._borrows[part] for part in types_in(kind)
                )
            )
        return self._borrows[type]

    def resource_behind(self, id: m.TypeId) -> m.TypeId | None:
        """The resource that an id refers to, through aliases; None for other types."""
        # An alias comes after its target, so one pass in order suffices.
        for index in range(len(self._resources), id + 1):
            kind = self.types[index].kind
            if isinstance(kind, m.Alias) and not isinstance(kind.type, m.Prim):
                self._resources.append(self._resources[kind.type])
            else:
                found = isinstance(kind, m.Resource)
                self._resources.append(m.TypeId(index) if found else None)
        return self._resources[id]

    def type_dependency(self, id: m.TypeId) -> m.InterfaceId | None:
        """The other interface that a type is `use`d from."""
        type = self.types[id]
        if not isinstance(type.kind, m.Alias) or isinstance(type.kind.type, m.Prim):
            return None
        other = self.types[type.kind.type].owner
        if other == type.owner or not isinstance(other, m.InterfaceOwner):
            return None
        return other.id

    def dependencies(self, id: m.InterfaceId) -> list[m.InterfaceId]:
        """The interfaces that an interface uses types of, in order, each once."""
        found = map(self.type_dependency, self.interfaces[id].types.values())
        return list(dict.fromkeys(dependency for dependency in found if dependency is not None))

    def interface_title(self, id: m.InterfaceId) -> str:
        """An interface as shown to people."""
        interface = self.interfaces[id]
        if interface.name is None:
            return "an inline interface"
        return self.packages[interface.package].name.interface(interface.name)

    def key_name(self, key: m.WorldKey) -> str:
        """A world's key as shown to people."""
        return key if isinstance(key, str) else self.interface_title(key)
