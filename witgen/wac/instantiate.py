"""The arguments of `new`. Source: "New Expressions" of the language reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from witgen.component import types as t
from witgen.component.entities import sort_of
from witgen.compose.model import Instantiation, Semver, Wire
from witgen.compose.show import kind
from witgen.diagnostics import Diagnostic, Label
from witgen.syntax.report import Reporter, Spanned
from witgen.value import state
from witgen.wac import ast, names
from witgen.wac.draft import Draft, Item, instance_type


@state
class Arguments:
    """Gives arguments to one instance.

    Attributes:
        report: Receives errors.
        draft: The graph so far.
        semver: Whether versions are interchangeable when an instance is spread.
        new: The expression.
        node: The instance.
        fill: Whether what is not given is imported without a `...`.
    """

    report: Reporter
    draft: Draft
    semver: Semver
    new: ast.New
    node: Instantiation
    fill: bool = False
    # The imports that are given, also by what was reported.
    _given: dict[str, Spanned] = field(default_factory=dict)
    # Whether something was reported that may have been meant for any import.
    _unsure: bool = False

    def give(self, arguments: Sequence[tuple[ast.Argument, Item | None]]) -> None:
        """Wire the arguments: named ones first, then what instances are spread over."""
        for argument, item in arguments:
            match argument:
                case ast.Named(name):
                    text = name.text
                    found = text if name.quoted else names.by_last_name(text, self.imports)
                    self._wire(found, item, name)
                case ast.Inferred(ident):
                    if item is None:
                        self._unsure = True
                    else:
                        self._wire(self._inferred(ident.name, item), item, ident)
                case _:
                    pass
        for argument, item in arguments:
            if isinstance(argument, ast.Spread):
                if item is None:
                    self._unsure = True
                else:
                    self._spread(item, argument)
        filled = self.fill or any(isinstance(argument, ast.Fill) for argument, _ in arguments)
        if not filled and not self._unsure:
            self._check_missing()

    @property
    def imports(self) -> Mapping[str, t.Extern]:
        """What the component imports."""
        return self.node.type.imports

    def _inferred(self, name: str, item: Item) -> str:
        """The import that a local name is given to."""
        for candidate in (item.id, item.name):
            if candidate is not None and candidate in self.imports:
                return candidate
        found = names.by_last_name(name, self.imports)
        labels = [
            label
            for label, options in self.node.type.import_options.items()
            if options.implements is not None and options.implements == item.id
        ]
        return labels[0] if found not in self.imports and len(labels) == 1 else found

    def _wire(self, name: str, item: Item | None, at: Spanned) -> None:
        report = self.report
        if name not in self.imports:
            self._unsure = True
            several = names.ambiguous(name, self.imports)
            report.at(
                at,
                "CMP3110",
                (
                    f"`{name}` is ambiguous: `{self.new.package}` imports {_quoted(several)}"
                    if several
                    else f"`{self.new.package}` does not import `{name}`"
                ),
                help=names.near(name, self.imports) or self._imports(),
            )
            return
        first = self._given.setdefault(name, at)
        if first is not at:
            report.at(
                at,
                "CMP3111",
                f"argument `{name}` is given twice",
                labels=[(first, "first given here")],
            )
        elif item is not None:
            self._connect(name, item, at)

    def _connect(self, name: str, item: Item, at: Spanned) -> None:
        place = self.report.place(at)
        wanted = self.imports[name]
        if item.declared is not None or sort_of(item.extern) != sort_of(wanted):
            found = "a declared type" if item.declared is not None else kind(item.extern)
            self.report.sink.add(
                Diagnostic(
                    "CMP3014",
                    f"argument `{name}` of `{self.new.package}`: expected {kind(wanted)}, "
                    f"found {found}",
                    place,
                    labels=(Label(self.node.at, f"`{name}` is imported here"),),
                )
            )
            return
        export, below = (item.path[0], item.path[1:]) if item.path else (None, ())
        self.draft.wires[self.node.id, name] = Wire(
            item.node, export, self.node.id, name, below, place
        )

    def _spread(self, item: Item, argument: ast.Spread) -> None:
        instance = instance_type(item, argument.ident, self.report)
        if instance is None:
            return
        matched = False
        for name in self.imports:
            found = None if name in self._given else self._export_for(name, instance)
            if found is not None:
                matched = True
                self._given[name] = argument.ident
                self._connect(name, item.member(found, instance), argument.ident)
        if not matched:
            self._unsure = True
            left = [name for name in self.imports if name not in self._given]
            self.report.at(
                argument.ident,
                "CMP3113",
                f"no export of `{argument.ident.name}` matches a missing import of "
                f"`{self.new.package}`",
                help=(
                    f"it exports {_quoted(instance.exports)}",
                    f"missing: {_quoted(left)}",
                ),
            )

    def _export_for(self, name: str, instance: t.InstanceType) -> str | None:
        """The export of a spread instance that an import is given."""
        options = self.node.type.import_options.get(name)
        wanted = (name, options.implements if options is not None else None)
        find = names.compatible if self.semver == "compatible" else names.exact
        found = (find(each, instance.exports) for each in wanted if each is not None)
        return next((each for each in found if each is not None), None)

    def _check_missing(self) -> None:
        missing = [name for name in self.imports if name not in self._given]
        if missing:
            what = "argument" if len(missing) == 1 else "arguments"
            self.report.at(
                self.new.package,
                "CMP3112",
                f"missing {what} of `{self.new.package}`: {_quoted(missing)}",
                help=("end the arguments with `...` to import what is not given",),
            )

    def _imports(self) -> tuple[str, ...]:
        return (f"it imports {_quoted(self.imports)}",)


def _quoted(found: Sequence[str] | Mapping[str, object]) -> str:
    return ", ".join(f"`{name}`" for name in found) or "nothing"
