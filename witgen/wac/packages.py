"""The packages that a composition names: components, and definitions of interfaces and worlds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field

from witgen.component import types as t
from witgen.component.cursor import Buffer, Malformed
from witgen.component.validation import read_valid
from witgen.compose.metadata import stripped
from witgen.diagnostics import Diagnostic, Place, did_you_mean
from witgen.syntax.report import Reporter
from witgen.value import state, value
from witgen.wac import ast


@value
class Dependency:
    """A package that was given.

    Attributes:
        name: `ns:name`, or `ns:name@version` for this version only.
        data: A component, or an encoded WIT package.
        file: What people call it.
    """

    name: str
    data: Buffer
    file: str


Look = Callable[[str, "str | None"], "Dependency | None"]
"""Answers a package by name and version, where it is not given by name."""


@value
class Definition:
    """An interface or a world.

    Attributes:
        id: Its full name.
        imports: What its types come from, as seen from outside.
        type: The interface as an instance, or the world as a component; refers to the imports.
    """

    id: str
    imports: Mapping[str, t.Extern]
    type: t.InstanceType | t.ComponentType


@value
class Package:
    """A package that was read."""

    name: str
    data: Buffer
    file: str
    type: t.ComponentType
    definitions: Mapping[str, Definition]


def definitions(type: t.ComponentType) -> dict[str, Definition]:
    """The interfaces and worlds that an encoded WIT package defines.

    Each is an exported component type with one export, the interface or world under its full name.
    """
    found: dict[str, Definition] = {}
    for name, extern in type.exports.items():
        if not (isinstance(extern, t.TypeEq) and isinstance(extern.type, t.ComponentType)):
            continue
        exports = list(extern.type.exports.items())
        if len(exports) == 1 and "/" in exports[0][0]:
            id, item = exports[0]
            if isinstance(item, t.InstanceType | t.ComponentType):
                found[name] = Definition(id, extern.type.imports, item)
    return found


@state
class Packages:
    """The packages of a run, read when they are first named.

    Attributes:
        report: Receives errors.
        given: The packages by name.
        look: Answers packages that are not given.
        strip: Whether components are written without names and debug information.
    """

    report: Reporter
    given: Mapping[str, Dependency]
    look: Look | None = None
    strip: bool = False
    _found: dict[str, Dependency | None] = field(default_factory=dict)
    _read: dict[str, Package | None] = field(default_factory=dict)

    def find(self, name: ast.PackageName) -> Package | None:
        """A package; None, after a report, if it does not exist or cannot be read."""
        dependency = self.dependency(name)
        if dependency is None:
            return None
        if dependency.name not in self._read:
            self._read[dependency.name] = self._load(dependency)
        return self._read[dependency.name]

    def dependency(self, name: ast.PackageName) -> Dependency | None:
        """The file of a package: of this version, else one that was given without version."""
        found = self.given.get(str(name)) or self.given.get(name.path)
        if found is None and self.look is not None:
            if str(name) not in self._found:
                self._found[str(name)] = self.look(name.path, name.version)
            found = self._found[str(name)]
        if found is None:
            path = name.path.replace(":", "/")
            self.report.at(
                name,
                "CMP3107",
                f"unknown package `{name}`",
                help=did_you_mean(str(name), self.given)
                or (
                    f"give it with `--dep {name}=FILE`, or as `deps/{path}.wasm`",
                    *_listed(self.given),
                ),
            )
        return found

    def _load(self, dependency: Dependency) -> Package | None:
        try:
            type = read_valid(dependency.data).type
            data = stripped(dependency.data) if self.strip else dependency.data
        except Malformed as error:
            place = Place(dependency.file, offset=error.offset)
            self.report.sink.add(Diagnostic("CMP3001", error.message, place))
            return None
        return Package(dependency.name, data, dependency.file, type, definitions(type))


def _listed(names: Iterable[str]) -> tuple[str, ...]:
    found = sorted(names)
    return (f"given: {', '.join(f'`{name}`' for name in found)}",) if found else ()
