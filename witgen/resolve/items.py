"""The interfaces and worlds of a package, their dependencies and their order.

Names follow "Package format" and "Item: `use`" of WIT.md: a plain name refers to the file (an item
or a top-level `use`) or else to the package.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import NamedTuple

from witgen.diagnostics import did_you_mean
from witgen.resolve import local
from witgen.resolve import model as m
from witgen.resolve.toposort import Cycle, toposort
from witgen.syntax import ast
from witgen.syntax.report import Reporter
from witgen.value import state


class ItemRef(NamedTuple):
    """An interface or world by its id in the package."""

    is_world: bool
    id: int


# A name of a file: an item of the package by name, or a path into another package.
Alias = str | ast.Path


@state
class FileScope:
    """One file (or nested package): its items and the names in its scope."""

    items: Sequence[ast.Item]
    names: dict[str, tuple[ast.Ident, Alias]] = field(default_factory=dict)


@state
class Items:
    """The items of a package.

    Attributes:
        package: The package being resolved; ids are assigned here.
        files: The files, in order of their paths.
        blind: An item of unknown name could not be parsed, so a missing name proves nothing.
    """

    package: local.LocalPackage
    report: Reporter
    files: list[FileScope]
    blind: bool = False
    definitions: dict[str, ast.InterfaceDef | ast.WorldDef] = field(default_factory=dict)
    scope_of: dict[str, FileScope] = field(default_factory=dict)
    ids: dict[str, ItemRef] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    _foreign: dict[tuple[m.PackageName, str], ItemRef] = field(default_factory=dict)

    # --- definitions and order ------------------------------------------------------------------

    def collect(self) -> None:
        """Find all items, order them by dependency, and assign ids."""
        for scope in self.files:
            self._collect_definitions(scope)
        for scope in self.files:
            self._collect_names(scope)
        self._find_foreign()
        for name in self._order():
            definition = self.definitions[name]
            if isinstance(definition, ast.WorldDef):
                self.ids[name] = ItemRef(True, len(self.package.worlds))
                self.package.worlds.append(local.LocalWorld(name, definition.name))
            else:
                self.ids[name] = ItemRef(False, len(self.package.interfaces))
                self.package.interfaces.append(local.LocalInterface(name, definition.name))

    def _collect_definitions(self, scope: FileScope) -> None:
        for item in scope.items:
            if isinstance(item, ast.Broken):
                if item.name is None:
                    self.blind = True
                else:
                    self.broken.add(item.name)
            elif isinstance(item, ast.InterfaceDef | ast.WorldDef):
                name = item.name.name
                before = self.definitions.setdefault(name, item)
                if before is item:
                    self.scope_of[name] = scope
                else:
                    self._error(
                        item.name,
                        "RES1001",
                        f"duplicate item `{name}` in package `{self.package.name}`",
                        [(before.name, "first defined here")],
                    )

    def _collect_names(self, scope: FileScope) -> None:
        for item in scope.items:
            if isinstance(item, ast.TopUse):
                name = item.local
                target: Alias = item.path if item.path.package else item.path.name.name
            elif isinstance(item, ast.InterfaceDef | ast.WorldDef):
                name, target = item.name, item.name.name
                if self.definitions[target] is not item:
                    continue
            else:
                continue
            before = scope.names.setdefault(name.name, (name, target))[0]
            if before is not name:
                self._error(
                    name,
                    "RES1002",
                    f"duplicate name `{name.name}` in this file",
                    [(before, "first defined here")],
                )
        for item in scope.items:
            if not isinstance(item, ast.TopUse) or item.path.package:
                continue
            if item.path.name.name not in self.definitions:
                self.missing_item(item.path.name, scope, own_alias=True)

    def _order(self) -> list[str]:
        needs: dict[str, list[ast.Ident]] = {name: [] for name in self.definitions}
        for scope in self.files:
            for mention in _mentions(scope.items):
                if mention.owner is None or mention.path.package:
                    continue
                if self.definitions[mention.owner.name].name is not mention.owner:
                    continue
                target = self._target(mention.path.name, scope)
                if isinstance(target, str):
                    found = self.definitions[target].name
                    at = mention.path.name
                    needs[mention.owner.name].append(ast.Ident(found.name, at.start, at.end))
        try:
            return toposort(needs)
        except Cycle as cycle:
            edges = cycle.edges
            self._error(
                edges[0],
                "RES1010",
                f"interface or world `{edges[0].name}` depends on itself",
                [(edge, f"needs `{edge.name}`") for edge in edges[1:]],
            )
            # The rest can still be checked in source order.
            return list(self.definitions)

    # --- names ----------------------------------------------------------------------------------

    def _target(self, name: ast.Ident, scope: FileScope) -> Alias | None:
        """What a plain name refers to; reports an unknown name."""
        found = scope.names.get(name.name)
        if found is not None:
            target = found[1]
            if not isinstance(target, str) or target in self.definitions:
                return target
            # The top-level use is wrong and already reported.
            self.package.sound = False
            return None
        if name.name in self.definitions:
            return name.name
        self.missing_item(name, scope)
        return None

    def find(self, path: ast.Path, scope: FileScope) -> ItemRef | None:
        """The item that a path refers to; None, already reported, if it is missing."""
        target: Alias | None = path if path.package else self._target(path.name, scope)
        if target is None:
            return None
        if isinstance(target, str):
            return self.ids.get(target)
        assert target.package is not None
        return self._foreign.get((local.package_name(target.package), target.name.name))

    def missing_item(self, name: ast.Ident, scope: FileScope, *, own_alias: bool = False) -> None:
        """Report an unknown name, unless its definition could not be parsed."""
        self.package.sound = False
        if self.blind or self.report.full or name.name in self.broken:
            return
        known = [*self.definitions, *(() if own_alias else scope.names)]
        self.report.at(
            name,
            "RES1003",
            f"interface or world `{name.name}` does not exist",
            help=did_you_mean(name.name, known)
            or (f"it is neither in this file nor in package `{self.package.name}`",),
        )

    def interface(self, path: ast.Path, scope: FileScope) -> m.InterfaceId | None:
        """The interface that a path names."""
        found = self.find(path, scope)
        if found is None:
            return None
        if found.is_world:
            self._error(
                path.name,
                "RES1004",
                f"`{path.name.name}` is a world, not an interface",
                self._definition(path.name),
            )
            return None
        return m.InterfaceId(found.id)

    def world(self, path: ast.Path, scope: FileScope) -> m.WorldId | None:
        """The world that a path names."""
        found = self.find(path, scope)
        if found is None:
            return None
        if not found.is_world:
            self._error(
                path.name,
                "RES1005",
                f"`{path.name.name}` is an interface, not a world",
                self._definition(path.name),
            )
            return None
        return m.WorldId(found.id)

    def _definition(self, name: ast.Ident) -> list[tuple[ast.Ident, str]]:
        definition = self.definitions.get(name.name)
        return [(definition.name, "defined here")] if definition is not None else []

    def _error(
        self, node: ast.Ident, code: str, message: str, labels: list[tuple[ast.Ident, str]]
    ) -> None:
        self.package.sound = False
        self.report.at(node, code, message, labels=labels)

    # --- other packages -------------------------------------------------------------------------

    def _find_foreign(self) -> None:
        """Record every interface and world of another package that is mentioned."""
        package = self.package
        for scope in self.files:
            for mention in _mentions(scope.items):
                ref = mention.path.package
                if ref is None:
                    continue
                name = local.package_name(ref)
                package.mentions.setdefault(name, ref)
                key = (name, mention.path.name.name)
                found = self._foreign.get(key)
                pool = package.foreign_worlds if mention.is_world else package.foreign_interfaces
                if found is None:
                    found = self._foreign[key] = ItemRef(mention.is_world, ~len(pool))
                    pool.append(local.ForeignItem(name, mention.path.name, mention.is_world, []))
                pool = package.foreign_worlds if found.is_world else package.foreign_interfaces
                pool[~found.id].gates.append(local.stability(mention.attributes))

    def foreign_uses(self) -> Iterator[tuple[ast.Path, FileScope, ast.Use]]:
        """All `use`s with their files, in the order of the reference implementation."""
        for scope in self.files:
            for mention in _mentions(scope.items):
                if mention.use is not None:
                    yield mention.path, scope, mention.use


class _Mention(NamedTuple):
    """A path in a file; `owner` is the interface or world whose order it affects."""

    owner: ast.Ident | None
    attributes: ast.Attributes
    path: ast.Path
    is_world: bool = False
    use: ast.Use | None = None


def _mentions(items: Sequence[ast.Item]) -> Iterator[_Mention]:
    """All paths of a file: in a world its uses and includes, then its imports, then its exports."""
    for item in items:
        match item:
            case ast.TopUse():
                yield _Mention(None, ast.NO_ATTRIBUTES, item.path)
            case ast.InterfaceDef():
                for use in item.items:
                    if isinstance(use, ast.Use):
                        yield _Mention(item.name, use.attributes, use.path, use=use)
            case ast.WorldDef():
                yield from _world_mentions(item)
            case ast.NestedPackage() | ast.Broken():
                pass


def _world_mentions(world: ast.WorldDef) -> Iterator[_Mention]:
    externs: list[ast.Extern] = []
    for item in world.items:
        if isinstance(item, ast.Use):
            yield _Mention(None, item.attributes, item.path, use=item)
        elif isinstance(item, ast.Include):
            yield _Mention(world.name, item.attributes, item.path, is_world=True)
        elif isinstance(item, ast.Extern):
            externs.append(item)
    for extern in sorted(externs, key=lambda extern: not extern.is_import):
        body = extern.body
        if isinstance(body, ast.Path):
            yield _Mention(None, extern.attributes, body)
        elif isinstance(body, ast.InterfaceDef):
            for use in body.items:
                if isinstance(use, ast.Use):
                    yield _Mention(None, use.attributes, use.path, use=use)
