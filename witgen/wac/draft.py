"""The graph of a composition while its statements are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from witgen.component import types as t
from witgen.compose.merge import unite
from witgen.compose.model import Export, Instantiation, Wire
from witgen.compose.show import kind
from witgen.diagnostics import Place
from witgen.syntax.report import Reporter, Spanned
from witgen.wac.packages import Package

# The node that stands for what is outside of the composition.
OUTSIDE = 0


@dataclass(frozen=True, slots=True)
class Item:
    """What an expression stands for.

    Attributes:
        node: Whose it is.
        path: The steps into the instance of the node; empty for the instance as a whole.
        extern: What it is; references in it are not looked at here.
        id: The full name of the interface that it is an instance of.
        name: The name of the import or export that it comes from.
        declared: The type that it is, where the text declares it.
    """

    node: int
    path: tuple[str, ...]
    extern: t.Extern
    id: str | None = None
    name: str | None = None
    declared: t.TypeEq | None = None

    def member(self, name: str, extern: t.Extern) -> Item:
        """An export of an instance."""
        id = name if isinstance(extern, t.InstanceType) and "/" in name else None
        return Item(self.node, (*self.path, name), extern, id, name)


def instance_type(item: Item, at: Spanned, report: Reporter) -> t.InstanceType | None:
    """The type of an instance; something else is reported."""
    if isinstance(item.extern, t.InstanceType):
        return item.extern
    what = "a type" if item.declared is not None else kind(item.extern)
    report.at(at, "CMP3114", f"expected an instance, found {what}")
    return None


@dataclass(slots=True)
class Draft:
    """Instances, wires, imports and exports so far.

    Attributes:
        file: The text's name.
        nodes: The instances; the first node is the outside, which has no entry here.
        wires: (consumer, import) → wire.
        imports: What is imported explicitly, and what the types of these need.
        asked: Explicit imports → where they were asked for.
        exports: What is exported.
        lowered: (`import` or `export`, name without case) → name: such names must differ.
    """

    file: str
    nodes: list[Instantiation] = field(default_factory=list)
    wires: dict[tuple[int, str], Wire] = field(default_factory=dict)
    imports: dict[str, t.Extern] = field(default_factory=dict)
    asked: dict[str, Place] = field(default_factory=dict)
    exports: dict[str, Export] = field(default_factory=dict)
    lowered: dict[tuple[str, str], str] = field(default_factory=dict)
    _firsts: dict[str, int] = field(default_factory=dict)
    _labels: set[str] = field(default_factory=set)

    def instantiate(self, package: Package, place: Place, label: str | None) -> Instantiation:
        """Add an instance of a component."""
        id = len(self.nodes) + 1
        first = self._firsts.setdefault(package.name, id)
        name = f"{label} ({package.name})" if label else package.name
        number, plain = 2, name
        while name in self._labels:
            name, number = f"{plain} {number}", number + 1
        self._labels.add(name)
        node = Instantiation(
            id,
            name,
            package.data,
            package.type,
            component=None if first == id else first,
            place=place,
        )
        self.nodes.append(node)
        return node

    def add_import(
        self, name: str, extern: t.Extern, needs: Mapping[str, t.Extern], place: Place
    ) -> None:
        """Import something, and the types that it needs."""
        for key, needed in (*needs.items(), (name, extern)):
            known = self.imports.get(key)
            self.imports[key] = needed if known is None else unite(known, needed)
        self.asked[name] = place

    def all_nodes(self) -> list[Instantiation]:
        """All nodes, the outside first: it exports what the composition imports explicitly."""
        given = {name: self.imports[name] for name in self.asked}
        outside = Instantiation(
            OUTSIDE, self.file, b"", t.ComponentType(self.imports, given), outside=True
        )
        return [outside, *self.nodes]
