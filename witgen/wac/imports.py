"""What an import statement imports. Source: "Import Statements" of the language reference."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from witgen.component import types as t
from witgen.diagnostics import did_you_mean
from witgen.syntax import ast as wit
from witgen.syntax.report import Reporter, Spanned
from witgen.value import value
from witgen.wac import ast
from witgen.wac.lift import Declared
from witgen.wac.packages import Definition, Packages


@value
class Found:
    """Something to import.

    Attributes:
        name: The name of the import.
        place: Where the text declares it.
        extern: Its type, as seen from the composition.
        needs: Imports that its types come from.
        id: The full name of the interface.
    """

    name: str
    place: Spanned
    extern: t.Extern
    needs: Mapping[str, t.Extern] = MappingProxyType({})
    id: str | None = None


@value
class Importer:
    """Finds what imports name.

    Attributes:
        packages: What was given.
        declared: What the text declares; None where declarations are wrong.
        report: Receives errors.
        package: The text's own package.
    """

    packages: Packages
    declared: Declared | None
    report: Reporter
    package: ast.PackageName | None

    def find(self, statement: ast.Import) -> Found | None:
        """What a statement imports; None where that was reported."""
        ident, name, type = statement
        given = name.text if name else None
        declared = self.declared
        match type:
            case ast.PackagePath():
                definition = self.definition(type)
                if definition is None:
                    return None
                return _defined(given or str(type), type, definition)
            case ast.FuncType():
                function = declared.functions.get(ident.name) if declared else None
                return self._function(given or ident.name, ident, function)
            case ast.InlineInterface():
                found = declared.definitions.get(ident.name) if declared else None
                return _defined(given or ident.name, ident, found, named=False) if found else None
            case wit.Ident():
                return self._local(ident, given, type)

    def _local(self, ident: wit.Ident, given: str | None, type: wit.Ident) -> Found | None:
        """Something that the text declares."""
        declared = self.declared
        if declared is None:
            return None
        if type.name in declared.definitions:
            definition = declared.definitions[type.name]
            return _defined(given or definition.id, ident, definition)
        if type.name in declared.functions:
            return self._function(given or ident.name, ident, declared.functions[type.name])
        if type.name in declared.types:
            self.report.at(
                type,
                "CMP3121",
                f"`{type.name}` is a value type and cannot be imported",
                help=("import an interface, a world or a function",),
            )
            return None
        known = [*declared.definitions, *declared.functions]
        self.report.at(
            type,
            "CMP3105",
            f"undefined name `{type.name}`",
            help=did_you_mean(type.name, known),
        )
        return None

    def _function(self, name: str, place: Spanned, function: t.FuncType | None) -> Found | None:
        """A function; the types that it names are imported with it, as imports may name only such."""
        if function is None or self.declared is None:
            return None
        needs = {
            key: t.rewrite_extern(type, _as_import) for key, type in self.declared.types.items()
        }
        found = t.rewrite_func(function, _as_import)
        return Found(name, place, found, needs if found != function else {})

    def definition(self, path: ast.PackagePath) -> Definition | None:
        """The interface or world that a path leads to; None where that was reported."""
        first, *rest = path.segments
        if self.package is not None and path.package.path == self.package.path:
            if self.declared is None:
                return None
            known = self.declared.definitions
        else:
            package = self.packages.find(path.package)
            if package is None:
                return None
            known = package.definitions
            if not known:
                self.report.at(
                    first,
                    "CMP3109",
                    f"`{path.package}` does not define interfaces and worlds",
                    help=(f"`{package.file}` is a component; give the WIT of the package",),
                )
                return None
        found = known.get(first.name)
        if found is None:
            self.report.at(
                first,
                "CMP3109",
                f"`{path.package}` does not define `{first.name}`",
                help=did_you_mean(first.name, known)
                or (f"it defines {', '.join(f'`{name}`' for name in known)}",),
            )
            return None
        for segment in rest:
            found = self._inner(path, found, segment)
            if found is None:
                return None
        return found

    def _inner(
        self, path: ast.PackagePath, owner: Definition, segment: wit.Ident
    ) -> Definition | None:
        """An interface that a world exports."""
        exports = owner.type.exports if isinstance(owner.type, t.ComponentType) else {}
        extern = exports.get(segment.name)
        if not isinstance(extern, t.InstanceType):
            self.report.at(
                segment,
                "CMP3109",
                f"`{owner.id}` does not export an interface `{segment.name}`",
                help=did_you_mean(
                    segment.name,
                    [name for name, e in exports.items() if isinstance(e, t.InstanceType)],
                ),
            )
            return None
        assert isinstance(owner.type, t.ComponentType)
        return Definition(f"{owner.id}/{segment.name}", owner.type.imports, extern)


def _defined(name: str, place: Spanned, definition: Definition, *, named: bool = True) -> Found:
    return Found(
        name,
        place,
        definition.type,
        definition.imports,
        definition.id if named and isinstance(definition.type, t.InstanceType) else None,
    )


def _as_import(ref: t.Ref) -> t.ValType:
    return t.Ref(ref.up, t.Space.IMPORT, ref.path) if ref.space is t.Space.EXPORT else ref
