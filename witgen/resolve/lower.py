"""Syntax trees of one package → `LocalPackage`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TypeVar

from witgen.diagnostics import did_you_mean
from witgen.resolve import local
from witgen.resolve import model as m
from witgen.resolve.checks import check_interface, check_members, check_parameters, check_world
from witgen.resolve.functions import Functions
from witgen.resolve.items import FileScope, Items
from witgen.resolve.scope import Interner, Scope
from witgen.syntax import ast
from witgen.syntax.report import Reporter
from witgen.value import state

_K = TypeVar("_K")
_V = TypeVar("_V")


def lower(
    node: ast.PackageRef,
    docs: str | None,
    files: Sequence[Sequence[ast.Item]],
    report: Reporter,
) -> local.LocalPackage:
    """Resolve a package's own names.

    Args:
        node: Its name.
        docs: The docs of the package.
        files: The items of each of its files, in order of their paths.
        report: Receives errors of family RES1.
    """
    package = local.LocalPackage(local.package_name(node), node, docs)
    before = report.count
    items = Items(package, report, [FileScope(file) for file in files])
    items.collect()
    _Lowering(package, items, report).run()
    if report.count > before or items.blind or items.broken:
        package.sound = False
    return package


@state
class _Lowering:
    package: local.LocalPackage
    items: Items
    report: Reporter
    interner: Interner = field(init=False)
    # The names that can be `use`d from each of the package's interfaces.
    scopes: dict[int, Scope] = field(default_factory=dict)
    foreign_types: dict[tuple[int, str], m.TypeId] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.interner = Interner(self.package)

    def run(self) -> None:
        self._find_foreign_types()
        for name, ref in self.items.ids.items():
            definition, file = self.items.definitions[name], self.items.scope_of[name]
            if isinstance(definition, ast.InterfaceDef):
                self._interface(m.InterfaceId(ref.id), definition, file)
        for name, ref in self.items.ids.items():
            definition, file = self.items.definitions[name], self.items.scope_of[name]
            if isinstance(definition, ast.WorldDef):
                self._world(m.WorldId(ref.id), definition, file)

    def _find_foreign_types(self) -> None:
        for path, file, use in self.items.foreign_uses():
            target = self.items.find(path, file)
            if target is None or target.is_world or target.id >= 0:
                continue
            for used in use.names:
                key = (target.id, used.name.name)
                if key not in self.foreign_types:
                    pool = self.package.foreign_types
                    self.foreign_types[key] = m.TypeId(~len(pool))
                    stability = local.stability(use.attributes)
                    pool.append(local.ForeignType(m.InterfaceId(target.id), used.name, stability))

    # --- interfaces -----------------------------------------------------------------------------

    def _interface(self, id: m.InterfaceId, node: ast.InterfaceDef, file: FileScope) -> None:
        interface = self.package.interfaces[id]
        interface.docs = node.docs
        interface.stability = local.stability(node.attributes)
        scope = Scope(self.package, self.interner, m.InterfaceOwner(id), self.report)
        self.scopes[id] = scope
        scope.functions |= {item.name.name for item in node.items if isinstance(item, ast.Func)}
        self._types(scope, node.items, file)
        interface.types = scope.types
        functions = Functions(scope)
        for item in node.items:
            if isinstance(item, ast.Func):
                self._add_function(interface, functions.free(item))
            elif isinstance(item, ast.ResourceDef):
                for member in functions.members(item):
                    self._add_function(interface, member)
        interface.functions = _paired(interface.functions)
        check_interface(scope.nodes, interface.functions.values(), self.report)

    def _add_function(self, interface: local.LocalInterface, function: local.LocalFunction) -> None:
        name = function.function.name
        check_parameters(function, self.report)
        before = interface.functions.setdefault(name, function)
        if before is not function:
            self.report.at(
                function.node.name,
                "RES1030",
                f"function `{name}` is defined more than once",
                labels=[(before.node.name, "first defined here")],
            )

    def _types(
        self,
        scope: Scope,
        items: Sequence[ast.InterfaceItem] | Sequence[ast.WorldItem],
        file: FileScope,
    ) -> None:
        for item in items:
            if isinstance(item, ast.Use):
                self._use(scope, item, file)
        types = [i for i in items if isinstance(i, ast.AliasDef | ast.MembersDef | ast.ResourceDef)]
        scope.define_all(types)
        for type in types:
            check_members(type, self.report)

    def _use(self, scope: Scope, use: ast.Use, file: FileScope) -> None:
        interface = self.items.interface(use.path, file)
        for used in use.names:
            id = local.POISON if interface is None else self._used_type(interface, used.name)
            scope.add_used(used.local, id, use.attributes)

    def _used_type(self, interface: m.InterfaceId, name: ast.Ident) -> m.TypeId:
        if interface < 0:
            return self.foreign_types[interface, name.name]
        scope = self.scopes.get(interface)
        if scope is None:
            # Interfaces in a cycle, already reported.
            return local.POISON
        found = scope.types.get(name.name)
        if found is not None:
            return found
        self.package.sound = False
        if self.report.full:
            return local.POISON
        title = self.package.interfaces[interface].name
        if name.name in scope.functions:
            self.report.at(name, "RES1024", f"`{name.name}` is a function: only types can be used")
        else:
            self.report.at(
                name,
                "RES1025",
                f"type `{name.name}` is not defined in interface `{title}`",
                labels=[(self.package.interfaces[interface].node, "this interface")],
                help=did_you_mean(name.name, scope.types),
            )
        return local.POISON

    # --- worlds ---------------------------------------------------------------------------------

    def _world(self, id: m.WorldId, node: ast.WorldDef, file: FileScope) -> None:
        world = self.package.worlds[id]
        world.docs = node.docs
        world.stability = local.stability(node.attributes)
        scope = Scope(self.package, self.interner, m.WorldOwner(id), self.report)
        self._types(scope, node.items, file)
        for name, type in scope.types.items():
            if type != local.POISON:
                world.imports[name] = local.LocalItem(m.TypeItem(type), scope.nodes[name])
        for item in node.items:
            if isinstance(item, ast.Include):
                self._include(world, item, file)
        functions = Functions(scope)
        for item in node.items:
            if isinstance(item, ast.Extern):
                self._extern(world, scope, item, file)
            elif isinstance(item, ast.ResourceDef):
                for member in functions.members(item):
                    check_parameters(member, self.report)
                    found = local.LocalItem(m.FunctionItem(member.function), member.node.name)
                    self._add_item(world.imports, member.function.name, found, "import")
        world.imports, world.exports = _paired(world.imports), _paired(world.exports)
        check_world(world, self.report)

    def _include(self, world: local.LocalWorld, node: ast.Include, file: FileScope) -> None:
        target = self.items.world(node.path, file)
        if target is not None:
            stability = local.stability(node.attributes)
            world.includes.append(
                local.LocalInclude(target, node.path.name, node.renames, stability)
            )

    def _extern(
        self, world: local.LocalWorld, scope: Scope, node: ast.Extern, file: FileScope
    ) -> None:
        side = world.imports if node.is_import else world.exports
        word = "import" if node.is_import else "export"
        stability = local.stability(node.attributes)
        external = local.external_id(node.attributes)
        body = node.body
        key: m.WorldKey
        item: m.WorldItem
        if isinstance(body, ast.Path):
            id = self.items.interface(body, file)
            if id is None:
                return
            item = m.InterfaceItem(id, stability, external, node.docs)
            key = node.name.name if node.name else id
            at = node.name or body.name
        elif isinstance(body, ast.InterfaceDef):
            id = m.InterfaceId(len(self.package.interfaces))
            self.package.interfaces.append(local.LocalInterface(None, body.name))
            self._interface(id, body, file)
            item = m.InterfaceItem(id, stability, external)
            key, at = body.name.name, body.name
        else:
            function = Functions(scope).free(body)
            check_parameters(function, self.report)
            item = m.FunctionItem(function.function)
            key, at = function.function.name, body.name
        self._add_item(side, key, local.LocalItem(item, at), word)

    def _add_item(
        self,
        side: dict[m.WorldKey, local.LocalItem],
        key: m.WorldKey,
        item: local.LocalItem,
        word: str,
    ) -> None:
        before = side.setdefault(key, item)
        if before is item:
            return
        if isinstance(key, str):
            code, message = "RES1031", f"{word} `{key}` is declared more than once"
        else:
            code, message = "RES1032", f"interface `{item.node.name}` is {word}ed more than once"
        self.report.at(item.node, code, message, labels=[(before.node, f"first {word}ed here")])


def _paired(items: dict[_K, _V]) -> dict[_K, _V]:
    """The items, with every setter that precedes its getter moved directly after it."""
    early: dict[object, _K] = {}
    found: dict[_K, _V] = {}
    for key, item in items.items():
        getter = key.replace("[set]", "[get]") if isinstance(key, str) else key
        if getter != key and getter in items and getter not in found:
            early[getter] = key
            continue
        found[key] = item
        if key in early:
            found[early[key]] = items[early[key]]
    return found
