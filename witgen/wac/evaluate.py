"""Statements → graph, from top to bottom.

Types are compared later, when all wires are known: here only kinds and names are checked.
A wrong name has no value afterwards, so that each mistake is reported once.
Source: "Statements" of the language reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import assert_never

from witgen.component import types as t
from witgen.compose.api import is_leaked
from witgen.compose.model import Export, Semver
from witgen.diagnostics import Diagnostic, Label, Place, did_you_mean
from witgen.syntax import ast as wit
from witgen.syntax.report import Reporter, Spanned
from witgen.value import state
from witgen.wac import ast, names
from witgen.wac.draft import OUTSIDE, Draft, Item, instance_type
from witgen.wac.imports import Importer
from witgen.wac.instantiate import Arguments
from witgen.wac.lift import Declared
from witgen.wac.packages import Packages


@state
class Evaluator:
    """One run over the statements of a text.

    Attributes:
        packages: What `new` and imports name.
        declared: What the text declares; None where declarations are wrong.
        report: Receives errors.
        draft: The graph so far.
        package: The text's own package.
        semver: Whether versions are interchangeable when an instance is spread.
        fill: Whether instances import what they are not given.
    """

    packages: Packages
    declared: Declared | None
    report: Reporter
    draft: Draft
    package: ast.PackageName | None
    semver: Semver = "compatible"
    fill: bool = False
    # None is something that was reported.
    scope: dict[str, Item | None] = field(default_factory=dict)
    # All names that the text defines, to report those used too early.
    defined: dict[str, wit.Ident] = field(default_factory=dict)

    def run(self, statements: Sequence[ast.Statement]) -> None:
        """Evaluate the statements."""
        self.defined = {ident.name: ident for ident in _names(statements)}
        for statement in statements:
            if self.report.full:
                return
            match statement:
                case ast.Import(ident):
                    self.scope[ident.name] = self._import(statement)
                case ast.Let(ident, value):
                    self.scope[ident.name] = self._expression(value, ident.name)
                case ast.Export():
                    self._export(statement)
                case wit.InterfaceDef(name) | wit.WorldDef(name) | ast.FuncAlias(name):
                    self._declare(name)
                case wit.AliasDef(name) | wit.MembersDef(name=name) | wit.ResourceDef(name):
                    self._declare(name)
                case _:
                    assert_never(statement)

    # --- declarations and imports ---------------------------------------------------------------

    def _declare(self, name: wit.Ident) -> None:
        """Declared types are exported under their names."""
        self.scope[name.name] = None
        if self.declared is None:
            return
        type = self.declared.encoded.get(name.name) or self.declared.types.get(name.name)
        if type is None and (function := self.declared.functions.get(name.name)) is not None:
            type = t.TypeEq(function)
        if type is None:
            return
        self.scope[name.name] = Item(OUTSIDE, (name.name,), type, declared=type)
        self._add_export(Export(name.name, type=type, place=self.report.place(name)), name)

    def _import(self, statement: ast.Import) -> Item | None:
        importer = Importer(self.packages, self.declared, self.report, self.package)
        found = importer.find(statement)
        if found is None:
            return None
        name = found.name
        at = statement.name or found.place
        if not names.is_extern_name(name):
            self.report.at(at, "CMP3119", f"`{name}` is not a valid import name", help=_NAMES)
            return None
        same = self.draft.lowered.setdefault(("import", name.lower()), name)
        if same in self.draft.asked:
            self._twice(
                "CMP3118",
                f"`{name}` is imported twice",
                at,
                self.draft.asked[same],
                named=statement.name is not None,
            )
            return None
        # Another name than that of the interface is a label of it.
        label = found.id is not None and "/" not in name
        options = t.NameOptions(implements=found.id) if label else None
        self.draft.add_import(name, found.extern, found.needs, self.report.place(at), options)
        return Item(OUTSIDE, (name,), found.extern, found.id, name, options=options)

    # --- expressions ----------------------------------------------------------------------------

    def _expression(self, value: ast.Expression, label: str | None = None) -> Item | None:
        """The value of an expression; None where that was reported."""
        steps: list[ast.Access] = []
        while isinstance(value, ast.Access):
            steps.append(value)
            value = value.base
        if isinstance(value, ast.Name):
            item = self._name(value.ident)
        else:
            item = self._new(value, None if steps else label)
        for step in reversed(steps):
            if item is None:
                return None
            item = self._access(item, step)
        return item

    def _name(self, ident: wit.Ident) -> Item | None:
        if ident.name in self.scope:
            return self.scope[ident.name]
        later = self.defined.get(ident.name)
        self.report.at(
            ident,
            "CMP3105",
            f"undefined name `{ident.name}`",
            labels=[(later, "it is defined here, after its use")] if later else (),
            help=() if later else did_you_mean(ident.name, self.scope),
        )
        self.scope[ident.name] = None
        return None

    def _access(self, item: Item, step: ast.Access) -> Item | None:
        exports = instance_type(item, step.base, self.report)
        if exports is None:
            return None
        wanted = step.name.text
        name = wanted if step.name.quoted else names.by_last_name(wanted, exports.exports)
        if name not in exports.exports:
            several = names.ambiguous(wanted, exports.exports)
            listed = ", ".join(f"`{path}`" for path in several)
            self.report.at(
                step.name,
                "CMP3115",
                (
                    f"`{wanted}` is ambiguous: the instance exports {listed}"
                    if several
                    else f"the instance has no export `{wanted}`"
                ),
                help=names.near(wanted, exports.exports) or _listed("it has", exports.exports),
            )
            return None
        return item.member(name, exports)

    def _new(self, new: ast.New, label: str | None) -> Item | None:
        values = [
            (
                self._expression(argument.value)
                if isinstance(argument, ast.Named)
                else (
                    self._name(argument.ident)
                    if isinstance(argument, ast.Inferred | ast.Spread)
                    else None
                )
            )
            for argument in new.arguments
        ]
        if self.package is not None and new.package.path == self.package.path:
            self.report.at(
                new.package,
                "CMP3107",
                f"`{new.package}` is this composition's own package",
                help=("a composition cannot instantiate itself",),
            )
            return None
        package = self.packages.find(new.package)
        if package is None:
            return None
        if package.definitions and not package.type.imports:
            self.report.at(
                new.package,
                "CMP3108",
                f"`{new.package}` only defines interfaces and worlds and is not a component",
                help=(f"`{package.file}` is an encoded WIT package",),
            )
            return None
        node = self.draft.instantiate(package, self.report.place(new.package), label)
        arguments = Arguments(self.report, self.draft, self.semver, new, node, self.fill)
        arguments.give(list(zip(new.arguments, values, strict=True)))
        exports = {
            name: extern
            for name, extern in package.type.exports.items()
            if not is_leaked(name, extern)
        }
        return Item(node.id, (), t.InstanceType(exports, package.type.export_options))

    # --- exports --------------------------------------------------------------------------------

    def _export(self, export: ast.Export) -> None:
        item = self._expression(export.value)
        if item is None:
            return
        if export.spread:
            self._spread(item, export)
            return
        name = export.name.text if export.name else item.id or item.name
        at: Spanned = export.name or export.value
        if name is None:
            self.report.at(
                at,
                "CMP3116",
                "the export needs a name",
                help=("write `export … as name;`, or `export …...;` for all of its exports",),
            )
            return
        self._add_export(
            self._exported(name, item, self.report.place(at)), at, named=bool(export.name)
        )

    def _exported(self, name: str, item: Item, place: Place) -> Export:
        if item.declared is not None:
            return Export(name, type=item.declared, place=place)
        return Export(name, item.node, item.path, options=_options(name, item), place=place)

    def _spread(self, item: Item, export: ast.Export) -> None:
        instance = instance_type(item, export.value, self.report)
        if instance is None:
            return
        added = False
        for name in instance.exports:
            if name not in self.draft.exports:
                found = self._exported(
                    name, item.member(name, instance), self.report.place(export.value)
                )
                self._add_export(found, export.value, member=True)
                added = True
        if not added:
            self.report.at(
                export.value,
                "CMP3113",
                "spreading this instance has no effect",
                help=(
                    ("all of its exports are already exported",)
                    if instance.exports
                    else ("it has no exports",)
                ),
            )

    def _add_export(
        self, export: Export, at: Spanned, *, named: bool = True, member: bool = False
    ) -> None:
        if not names.is_extern_name(export.name) and not (
            member and names.is_member_name(export.name)
        ):
            self.report.at(
                at, "CMP3119", f"`{export.name}` is not a valid export name", help=_NAMES
            )
            return
        same = self.draft.lowered.setdefault(("export", export.name.lower()), export.name)
        if same not in self.draft.exports:
            self.draft.exports[export.name] = export
            return
        first = self.draft.exports[same]
        what = "a declared type" if first.type is not None else "another export"
        message = f"export `{export.name}` has the name of {what}"
        self._twice("CMP3117", message, at, first.place, named=named)

    def _twice(
        self, code: str, message: str, at: Spanned, first: Place | None, *, named: bool
    ) -> None:
        labels = () if first is None else (Label(first, "first exported here"),)
        help_ = () if named else ("give it another name with `as`",)
        self.report.sink.add(
            Diagnostic(code, message, self.report.place(at), labels=labels, help=help_)
        )


def _options(name: str, item: Item) -> t.NameOptions | None:
    """The options of an export: those that its item has under its own name, where they hold."""
    if item.options is None or name == item.name:
        return item.options
    implements = None if "/" in name else item.options.implements
    found = t.NameOptions(implements, external_id=item.options.external_id)
    return found if found != t.NameOptions() else None


_NAMES = ("a name is `words-with-dashes`, or the path of an interface: `ns:name/interface@1.0.0`",)


def _names(statements: Sequence[ast.Statement]) -> Iterator[wit.Ident]:
    """The names that statements define."""
    for statement in statements:
        match statement:
            case ast.Import(ident) | ast.Let(ident):
                yield ident
            case ast.Export():
                pass
            case _:
                yield statement.name


def distinct(statements: Sequence[ast.Statement], report: Reporter) -> list[ast.Statement]:
    """The statements without those that define a name again, which are reported."""
    known: dict[str, wit.Ident] = {}
    kept: list[ast.Statement] = []
    for statement in statements:
        ident = next(_names([statement]), None)
        first = known.setdefault(ident.name, ident) if ident is not None else None
        if ident is not None and first is not None and first is not ident:
            report.at(
                ident,
                "CMP3106",
                f"`{ident.name}` is already defined",
                labels=[(first, "first defined here")],
            )
        else:
            kept.append(statement)
    return kept


def _listed(what: str, found: Sequence[str] | Mapping[str, object]) -> tuple[str, ...]:
    return (f"{what} {', '.join(f'`{name}`' for name in found) or 'none'}",)
