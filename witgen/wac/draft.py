"""The graph of a composition while its statements are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from witgen.component import types as t
from witgen.compose.merge import unite
from witgen.compose.model import Export, Instantiation, Wire
from witgen.compose.show import kind
from witgen.diagnostics import Place
from witgen.syntax.report import Reporter, Spanned
from witgen.value import state, value
from witgen.wac.packages import Package

# The node that represents everything outside the composition.
OUTSIDE = 0


@value
class Item:
    """The value of an expression.

    Attributes:
        node: Whose it is.
        path: The steps into the instance of the node; empty for the instance as a whole.
        extern: What it is; references in it are not followed here.
        id: The full name of the interface that it is an instance of.
        name: The name of the import or export that it comes from.
        declared: The type that it is, where the text declares it.
        options: Options of the name of the import or export that it comes from.
    """

    node: int
    path: tuple[str, ...]
    extern: t.Extern
    id: str | None = None
    name: str | None = None
    declared: t.TypeEq | None = None
    options: t.NameOptions | None = None

    def member(self, name: str, instance: t.InstanceType) -> Item:
        """An export of the instance that this is, given its type."""
        extern = instance.exports[name]
        options = instance.options.get(name)
        id = options.implements if options is not None else None
        if id is None and isinstance(extern, t.InstanceType) and "/" in name:
            id = name
        return Item(self.node, (*self.path, name), extern, id, name, options=options)


def instance_type(item: Item, at: Spanned, report: Reporter) -> t.InstanceType | None:
    """The type of an instance; something else is reported."""
    if isinstance(item.extern, t.InstanceType):
        return item.extern
    what = "a type" if item.declared is not None else kind(item.extern)
    report.at(at, "CMP3114", f"expected an instance, found {what}")
    return None


@state
class Draft:
    """Instances, wires, imports and exports so far.

    Attributes:
        file: The text's name.
        nodes: The instances; the first node is the outside, which has no entry here.
        wires: (consumer, import) → wire.
        imports: What is imported explicitly, and what the types of these need.
        asked: Explicit imports → where they were requested.
        options: Options of the names of explicit imports.
        exports: What is exported.
        lowered: (`import` or `export`, name without case) → name: such names must differ.
    """

    file: str
    nodes: list[Instantiation] = field(default_factory=list)
    wires: dict[tuple[int, str], Wire] = field(default_factory=dict)
    imports: dict[str, t.Extern] = field(default_factory=dict)
    asked: dict[str, Place] = field(default_factory=dict)
    options: dict[str, t.NameOptions] = field(default_factory=dict)
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
        self,
        name: str,
        extern: t.Extern,
        needs: Mapping[str, t.Extern],
        place: Place,
        options: t.NameOptions | None = None,
    ) -> None:
        """Import something, and the types that it needs."""
        for key, needed in (*needs.items(), (name, extern)):
            known = self.imports.get(key)
            self.imports[key] = needed if known is None else unite(known, needed)
        self.asked[name] = place
        if options is not None:
            self.options[name] = options

    def all_nodes(self) -> list[Instantiation]:
        """All nodes, the outside first: it exports what the composition imports explicitly."""
        given = {name: self.imports[name] for name in self.asked}
        outside = Instantiation(
            OUTSIDE,
            self.file,
            b"",
            t.ComponentType(self.imports, given, self.options),
            outside=True,
        )
        return [outside, *self.nodes]
