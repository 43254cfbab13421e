"""The syntax tree of WAC: what was written, nothing looked up.

Declarations are those of WIT, with its syntax tree. Positions are offsets of a
`witgen.syntax.sources.SourceMap`. Nodes are named tuples, as those of `witgen.syntax.ast`.
Source: "WAC Grammar" of the language reference.
"""

from __future__ import annotations

from typing import NamedTuple

from witgen.syntax import ast as wit


class PackageName(NamedTuple):
    """`ns:name@version`, with more names between where namespaces are nested."""

    names: tuple[wit.Ident, ...]
    version: str | None
    start: int
    end: int

    @property
    def path(self) -> str:
        """The name without its version."""
        return ":".join(name.name for name in self.names)

    def __str__(self) -> str:
        """As written."""
        return self.path if self.version is None else f"{self.path}@{self.version}"


class PackagePath(NamedTuple):
    """`ns:name/item/inner@version`: something that a package defines.

    Attributes:
        segments: The names behind the slashes.
    """

    package: PackageName
    segments: tuple[wit.Ident, ...]
    start: int
    end: int

    def __str__(self) -> str:
        """As written."""
        path = "/".join((self.package.path, *(segment.name for segment in self.segments)))
        return path if self.package.version is None else f"{path}@{self.package.version}"


class Directive(NamedTuple):
    """`package name targets world;`."""

    name: PackageName
    targets: PackagePath | None
    start: int
    end: int


# --- names and types ----------------------------------------------------------------------------


class ExternName(NamedTuple):
    """The name of an import or export, or of an argument.

    Attributes:
        quoted: Whether it was written as a string, so that nothing is inferred.
    """

    text: str
    quoted: bool
    start: int
    end: int


class FuncType(NamedTuple):
    """`func(…) -> …`."""

    signature: wit.Signature


class InlineInterface(NamedTuple):
    """`interface { … }`."""

    items: tuple[wit.InterfaceItem | FuncAlias | FuncByName, ...]
    start: int
    end: int


ImportType = PackagePath | FuncType | InlineInterface | wit.Ident


class FuncAlias(NamedTuple):
    """`type name = func(…) -> …;`."""

    name: wit.Ident
    signature: wit.Signature


class FuncByName(NamedTuple):
    """`name: type;` in an interface: a function of a type that has a name."""

    name: wit.Ident
    type: wit.Ident
    docs: str | None
    attributes: wit.Attributes


# --- expressions --------------------------------------------------------------------------------


class Name(NamedTuple):
    """A local name."""

    ident: wit.Ident
    start: int
    end: int


class New(NamedTuple):
    """`new ns:name { … }`."""

    package: PackageName
    arguments: tuple[Argument, ...]
    start: int
    end: int


class Access(NamedTuple):
    """`base.name` or `base["name"]`."""

    base: Expression
    name: ExternName
    start: int
    end: int


Expression = Name | New | Access


class Inferred(NamedTuple):
    """`name`: an argument whose name is found."""

    ident: wit.Ident


class Named(NamedTuple):
    """`name: value`."""

    name: ExternName
    value: Expression


class Spread(NamedTuple):
    """`...name`: the exports of an instance."""

    ident: wit.Ident


class Fill(NamedTuple):
    """`...`: what is not given is imported."""

    start: int
    end: int


Argument = Inferred | Named | Spread | Fill


# --- statements ---------------------------------------------------------------------------------


class Import(NamedTuple):
    """`import ident as name: type;`."""

    ident: wit.Ident
    name: ExternName | None
    type: ImportType


class Let(NamedTuple):
    """`let ident = value;`."""

    ident: wit.Ident
    value: Expression


class Export(NamedTuple):
    """`export value;`, with `as name` or `...`.

    Attributes:
        name: Of `as`.
        spread: Whether all exports of the value are exported.
    """

    value: Expression
    name: ExternName | None
    spread: bool
    start: int
    end: int


Declaration = wit.InterfaceDef | wit.WorldDef | wit.TypeDecl | FuncAlias
Statement = Import | Let | Export | Declaration


class Document(NamedTuple):
    """One text.

    Attributes:
        file: The name shown to people.
        directive: The package; None, already reported, if the text does not give it.
        statements: In order; what could not be parsed is left out.
    """

    file: str
    directive: Directive | None
    statements: tuple[Statement, ...]
