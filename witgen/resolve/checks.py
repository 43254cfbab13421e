"""Names that must differ, and setters that need a getter.

"Identifiers" of WIT.md and "Name uniqueness" of the explainer: names of one scope must differ by
more than case and dashes, ignoring the annotations of functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import NamedTuple

from witgen.resolve import local
from witgen.resolve import model as m
from witgen.syntax import ast
from witgen.syntax.report import Reporter
from witgen.value import state

_ANNOTATIONS = re.compile(r"(?:\[[a-z]+\])+")


class Name(NamedTuple):
    """A name of a scope; `node` is None if it came from an include."""

    shown: str
    node: ast.Ident | None

    @property
    def role(self) -> str:
        """`get` and `set` may share one attribute."""
        return "get" if "[get]" in self.shown else "set" if "[set]" in self.shown else ""

    @property
    def key(self) -> str:
        """What must be unique, except for a getter and its setter."""
        plain = _ANNOTATIONS.sub("", self.shown).replace("-", "").lower()
        if self.shown.startswith("[constructor]"):
            return f"[constructor]{plain}"
        resource, dot, member = plain.partition(".")
        # A member named like its resource would clash with the resource itself.
        return resource if dot and resource == member else plain


@state
class Unique:
    """The names of one scope, compared as they are added."""

    report: Reporter
    what: str
    seen: dict[str, list[Name]] = field(default_factory=dict)

    def add(self, name: Name, include: ast.Ident | None = None) -> None:
        """Add a name; clashes from an include are reported at the `include`."""
        others = self.seen.setdefault(name.key, [])
        clash = next((o for o in others if {o.role, name.role} != {"get", "set"}), None)
        others.append(name)
        if clash is None:
            return
        if include is not None and clash.node is not None and name.node is not None:
            # Both are the world's own, and already compared.
            return
        node = name.node or include
        if node is not None:
            self._report(name, clash, node)

    def _report(self, name: Name, before: Name, node: ast.Ident) -> None:
        labels = [(before.node, f"`{before.shown}` is here")] if before.node else []
        if name.shown == before.shown:
            self.report.at(
                node,
                "RES1030",
                f"{self.what} `{name.shown}` is defined more than once",
                labels=labels,
            )
            return
        self.report.at(
            node,
            "RES1033",
            f"{self.what} `{name.shown}` conflicts with `{before.shown}`",
            labels=labels,
            help=("names of one scope must differ in more than case, dashes and annotations",),
        )


def check_interface(
    types: Mapping[str, ast.Ident], functions: Iterable[local.LocalFunction], report: Reporter
) -> None:
    """Compare the names of an interface, and the parameters of its functions."""
    unique = Unique(report, "name")
    for name, node in types.items():
        unique.add(Name(name, node))
    names: dict[str, ast.Ident] = {}
    for function in functions:
        name = function.function.name
        names[name] = function.node.name
        unique.add(Name(name, function.node.name))
    check_setters(names, "", report)


def check_members(item: ast.TypeDecl, report: Reporter) -> None:
    """Compare the fields, cases or flags of a type."""
    if not isinstance(item, ast.MembersDef):
        return
    what = {ast.Shape.RECORD: "field", ast.Shape.FLAGS: "flag"}.get(item.shape, "case")
    unique = Unique(report, what)
    for member in item.members:
        unique.add(Name(member.name.name, member.name))


def check_parameters(function: local.LocalFunction, report: Reporter) -> None:
    """Compare the parameters of a function, `self` included."""
    unique = Unique(report, "parameter")
    nodes = [parameter.name for parameter in function.node.signature.parameters]
    params = function.function.params
    if len(params) > len(nodes):
        unique.add(Name("self", function.node.name))
    for node in nodes:
        unique.add(Name(node.name, node))


def check_setters(names: Mapping[str, ast.Ident], what: str, report: Reporter) -> None:
    """Check that every setter has a getter of the same name in its scope."""
    for name, node in names.items():
        if "[set]" in name and name.replace("[set]", "[get]") not in names:
            report.at(
                node,
                "RES1035",
                f"{what}setter `{node.name}` has no getter of the same name",
                help=(f"add `{node.name}: get() -> …;` beside it",),
            )


def check_world(world: local.LocalWorld, report: Reporter) -> None:
    """Compare the plain names that a world itself imports, and those that it exports."""
    for items, what in ((world.imports, "import"), (world.exports, "export")):
        unique = Unique(report, what)
        names: dict[str, ast.Ident] = {}
        for key, item in items.items():
            if isinstance(key, str):
                unique.add(Name(key, item.node))
                names[key] = item.node
        check_setters(names, f"{what}ed ", report)


def check_included(
    world: m.World, own: local.LocalWorld, include: ast.Ident, report: Reporter
) -> None:
    """Compare the names of a world after its includes."""
    for items, mine, what in (
        (world.imports, own.imports, "import"),
        (world.exports, own.exports, "export"),
    ):
        unique = Unique(report, what)
        for key in items:
            if isinstance(key, str):
                node = mine[key].node if key in mine else None
                unique.add(Name(key, node), include)
