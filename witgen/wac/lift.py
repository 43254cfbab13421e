"""Declarations → interfaces, worlds and types, by the resolver of WIT.

The declarations are those of WIT, but for function types with a name, which are put in place here.
Declarations outside any interface go into their own interface, since WIT has no place for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING, assert_never

from witgen.component import types as t
from witgen.diagnostics import WitError, did_you_mean
from witgen.syntax import ast as wit
from witgen.syntax.report import Reporter
from witgen.value import state, value
from witgen.wac import ast
from witgen.wac.packages import Definition, Packages, definitions

if TYPE_CHECKING:
    from witgen.resolve import model as m

_Items = Sequence[wit.InterfaceItem | ast.FuncAlias | ast.FuncByName]


@value
class Declared:
    """What a text declares.

    Attributes:
        definitions: Interfaces and worlds by name; interfaces in place by their import's name.
        encoded: The declared type of each interface and world, as a package encodes it.
        types: Types outside of interfaces; they refer to each other as exports.
        functions: Function types: of imports, and those with a name.
    """

    definitions: Mapping[str, Definition] = MappingProxyType({})
    encoded: Mapping[str, t.TypeEq] = MappingProxyType({})
    types: Mapping[str, t.TypeEq] = MappingProxyType({})
    functions: Mapping[str, t.FuncType] = MappingProxyType({})


def lift(
    document: ast.Document,
    statements: Sequence[ast.Statement],
    packages: Packages,
    report: Reporter,
) -> Declared | None:
    """Resolve the declarations of a text.

    Args:
        document: The text.
        statements: Its statements, those left out whose names are taken.
        packages: What declarations may use.
        report: Receives errors.

    Returns:
        None when there was an error.
    """
    directive = document.directive
    lifted = _Lift(report, directive)
    items = lifted.items(statements)
    if directive is None or not items:
        return Declared() if not report.sink.errors else None
    if len(directive.name.names) != 2:
        report.at(
            directive.name,
            "CMP3102",
            "a package that declares interfaces or types needs a namespace and a name",
            help=("write `package namespace:name;`",),
        )
    decoded = _decoded(items, packages, report)
    if report.sink.errors:
        return None
    from witgen.component import encode_package
    from witgen.component.body import read_component
    from witgen.component.cursor import Malformed
    from witgen.resolve.link import Group, link

    ref = lifted.package(directive)
    header = wit.PackageHeader(ref, None, ref.start)
    text = wit.Document(document.file, directive.start, header, tuple(items))
    resolve = link(Group(document.file, (text,)), [], report, all_features=True, decoded=decoded)
    if resolve is None:
        return None
    try:
        return lifted.declared(read_component(encode_package(resolve)).type)
    except WitError as error:
        for diagnostic in error.diagnostics:
            report.sink.add(diagnostic)
    except Malformed as error:
        # Such types do not occur; the reader has the limits of the reference implementation.
        report.at(directive, "CMP3101", f"the declarations are too large: {error.message}")
    return None


def _decoded(items: Sequence[wit.Item], packages: Packages, report: Reporter) -> list[m.Resolve]:
    """The packages that declarations use, with what they use themselves."""
    from witgen.component import decode

    found: list[m.Resolve] = []
    for ref in {str(ref): ref for ref in _foreign(items)}.values():
        package = ast.PackageName((ref.namespace, ref.name), ref.version, ref.start, ref.end)
        dependency = packages.dependency(package)
        if dependency is None:
            continue
        try:
            found.append(decode(bytes(dependency.data), dependency.file))
        except WitError as error:
            for diagnostic in error.diagnostics:
                report.sink.add(diagnostic)
    return found


def _foreign(items: Iterable[wit.Item]) -> Iterator[wit.PackageRef]:
    """The packages that declarations name."""
    for item in items:
        if not isinstance(item, wit.InterfaceDef | wit.WorldDef):
            continue
        stack: list[object] = list(item.items)
        while stack:
            match stack.pop(0):
                case wit.Use(path) | wit.Include(path) if path.package is not None:
                    yield path.package
                case wit.Extern(body=wit.Path(package)) if package is not None:
                    yield package
                case wit.Extern(body=wit.InterfaceDef() as inline):
                    stack += inline.items
                case _:
                    pass


@state
class _Lift:
    """Makes a WIT text of the declarations of a composition."""

    report: Reporter
    directive: ast.Directive | None
    root: str = "root"
    aliases: dict[str, wit.Signature] = field(default_factory=dict)

    def items(self, statements: Sequence[ast.Statement]) -> list[wit.Item]:
        """The interfaces and worlds of the text."""
        names = {
            s.ident.name if isinstance(s, ast.Import) else s.name.name
            for s in statements
            if not isinstance(s, ast.Let | ast.Export)
        }
        while self.root in names:
            self.root += "-root"
        self.aliases = self._aliases(statements, {})
        loose: list[wit.InterfaceItem] = []
        found: list[wit.Item] = []
        for statement in statements:
            match statement:
                case ast.Import(ident, _, ast.InlineInterface(items)):
                    found.append(self._interface(ident, items, None, wit.NO_ATTRIBUTES))
                case ast.Import(ident, _, ast.FuncType(signature)):
                    loose.append(_function(ident, signature))
                case wit.InterfaceDef(name, items, docs, attributes):
                    found.append(self._interface(name, items, docs, attributes))
                case wit.WorldDef():
                    found.append(self._world(statement))
                case wit.AliasDef() | wit.MembersDef() if statement.name.name not in self.aliases:
                    loose.append(statement)
                case ast.FuncAlias(name) | wit.AliasDef(name):
                    loose.append(_function(name, self.aliases[name.name]))
                case _:
                    pass
        if loose:
            name = wit.Ident(self.root, 0, 0)
            found.append(wit.InterfaceDef(name, tuple(loose), None, wit.NO_ATTRIBUTES))
        return found

    def _aliases(
        self, items: Iterable[object], outer: Mapping[str, wit.Signature]
    ) -> dict[str, wit.Signature]:
        """Function types by name; an alias of one is another."""
        found: dict[str, wit.Signature] = dict(outer)
        for item in items:
            match item:
                case ast.FuncAlias(name, signature):
                    found[name.name] = signature
                case wit.AliasDef(name, wit.Named(ident)) if ident.name in found:
                    found[name.name] = found[ident.name]
                case _:
                    pass
        return found

    def _interface(
        self, name: wit.Ident, items: _Items, docs: str | None, attributes: wit.Attributes
    ) -> wit.InterfaceDef:
        # A name in an interface is looked up there only.
        aliases = self._aliases(items, {})
        found: list[wit.InterfaceItem] = []
        for item in items:
            match item:
                case ast.FuncAlias():
                    pass
                case wit.AliasDef(alias) if alias.name in aliases:
                    pass
                case ast.FuncByName(func, type, func_docs, func_attributes):
                    signature = aliases.get(type.name)
                    if signature is None:
                        self._no_function(type, aliases)
                    else:
                        found.append(wit.Func(func, signature, False, func_docs, func_attributes))
                case wit.Use():
                    found.append(item._replace(path=self._own(item.path)))
                case _:
                    found.append(item)
        return wit.InterfaceDef(name, tuple(found), docs, attributes)

    def _no_function(self, type: wit.Ident, aliases: Mapping[str, wit.Signature]) -> None:
        self.report.at(
            type,
            "CMP3105",
            f"`{type.name}` is not a function type of the interface",
            help=did_you_mean(type.name, aliases)
            or (f"declare it: `type {type.name} = func(…);`",),
        )

    def _world(self, world: wit.WorldDef) -> wit.WorldDef:
        aliases = self._aliases(world.items, self.aliases)
        found: list[wit.WorldItem] = []
        declared: Sequence[wit.WorldItem | ast.FuncAlias] = world.items
        for item in declared:
            match item:
                case wit.Extern(name=wit.Ident() as name, body=wit.Path(None, ident)) if (
                    ident.name in aliases
                ):
                    body = _function(name, aliases[ident.name])
                    found.append(item._replace(body=body))
                case wit.Extern(body=wit.InterfaceDef(name, items, docs, attributes)):
                    inline = self._interface(name, items, docs, attributes)
                    found.append(item._replace(body=inline))
                case wit.Extern(body=wit.Path() as path):
                    found.append(item._replace(body=self._own(path)))
                case wit.Use() | wit.Include():
                    found.append(item._replace(path=self._own(item.path)))
                case wit.AliasDef(alias) if (
                    alias.name in aliases and alias.name not in self.aliases
                ):
                    pass
                case wit.Extern() | wit.AliasDef() | wit.MembersDef() | wit.ResourceDef():
                    found.append(item)
                case ast.FuncAlias():
                    pass
                case _:
                    assert_never(item)
        return world._replace(items=tuple(found))

    def _own(self, path: wit.Path) -> wit.Path:
        """A path into the text's own package is a local name."""
        if self.directive is None or path.package is None:
            return path
        ref, name = path.package, self.directive.name
        same = f"{ref.namespace.name}:{ref.name.name}" == name.path and ref.version in {
            None,
            name.version,
        }
        return wit.Path(None, path.name) if same else path

    def package(self, directive: ast.Directive) -> wit.PackageRef:
        """The package that the declarations belong to."""
        namespace, name, *_ = directive.name.names
        return wit.PackageRef(
            namespace, name, directive.name.version, directive.name.start, directive.name.end
        )

    def declared(self, type: t.ComponentType) -> Declared:
        """What an encoded package says that was declared."""
        found = definitions(type)
        loose = found.pop(self.root, None)
        exports = loose.type.exports if loose is not None else {}
        return Declared(
            found,
            {n: e for n, e in type.exports.items() if n in found and isinstance(e, t.TypeEq)},
            {name: extern for name, extern in exports.items() if isinstance(extern, t.TypeEq)},
            {name: extern for name, extern in exports.items() if isinstance(extern, t.FuncType)},
        )


def _function(name: wit.Ident, signature: wit.Signature) -> wit.Func:
    return wit.Func(name, signature, False, None, wit.NO_ATTRIBUTES)
