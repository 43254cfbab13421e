"""`CompositionGraph`: the composed component as one scope.

What it imports and what its parts export there. References of the parts are translated into this
scope: to a merged import, or to the instance of the part that implements an import.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from witgen.component import types as t
from witgen.component.names import Names
from witgen.compose.matching import Matching
from witgen.compose.model import Instantiation


@dataclass(frozen=True, slots=True)
class Need:
    """An open import of a node, or its types where only these are needed.

    Attributes:
        node: Whose import it is.
        name: Its name there.
        extern: Its type, as seen from the composed component.
    """

    node: int
    name: str
    extern: t.Extern


@dataclass(slots=True)
class CompositionGraph:
    """The scope of the composed component.

    Attributes:
        nodes: All parts, instantiated or not.
        matching: Who implements what.
        merged: (node, import) → name in the result, for imports that stay open.
        imports: Name → merged type, as seen from the composed component.
        needs: Name → who needs it.
        options: Name → options of the name.
        exposed: Wired imports of the socket that are imported as types, for its exports.
    """

    nodes: Sequence[Instantiation]
    matching: Matching
    merged: dict[tuple[int, str], str] = field(default_factory=dict)
    imports: dict[str, t.Extern] = field(default_factory=dict)
    needs: dict[str, list[Need]] = field(default_factory=dict)
    options: dict[str, t.NameOptions] = field(default_factory=dict)
    exposed: tuple[str, ...] = ()
    names: Names = field(init=False)
    _instances: dict[str, t.InstanceType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = Names(self._root)

    def _root(self, space: t.Space, name: str) -> t.Extern | None:
        if space is t.Space.IMPORT:
            return self.imports.get(name)
        return self._instances.get(name)

    def settle(self, imports: dict[str, t.Extern]) -> None:
        """Fix the imports; what was looked up while they grew is forgotten."""
        self.imports = imports
        self.names = Names(self._root)

    def outer(self, node: int, ref: t.Ref) -> t.ValType:
        """A reference of a node's scope in the scope of the composed component."""
        if ref.up or ref.space is t.Space.LOCAL:
            return ref
        if ref.space is t.Space.EXPORT:
            return t.Ref(0, t.Space.LOCAL, (self.nodes[node].key, *ref.path))
        wire = self.matching.wires.get((node, ref.path[0]))
        if wire is not None:
            key = self.nodes[wire.supplier].key
            return t.Ref(0, t.Space.LOCAL, (key, wire.export, *ref.path[1:]))
        return t.Ref(0, t.Space.IMPORT, (self.merged[node, ref.path[0]], *ref.path[1:]))

    def seen(self, node: int, extern: t.Extern) -> t.Extern:
        """An import or export of a node in the scope of the composed component."""
        return t.rewrite_extern(extern, lambda ref: self.outer(node, ref))

    def open(self, node: int, ref: t.Ref) -> t.ValType:
        """A reference of an open import: what a plug defines is imported as a type."""
        outer = self.outer(node, ref)
        if not isinstance(outer, t.Ref) or outer.up or outer.space is not t.Space.LOCAL:
            return outer
        owner = self.names.canonical(outer)
        if owner.space is t.Space.IMPORT or self.names.definition(owner) is None:
            return owner
        return t.Ref(0, t.Space.IMPORT, (self.merged[node, ref.path[0]], *ref.path[1:]))

    def add_instance(self, node: int) -> None:
        """Enter the instance of a node: its exports, its imports in place."""

        def leaf(ref: t.Ref) -> t.ValType:
            if ref.space is t.Space.EXPORT and ref.up == 0:
                return ref
            return t.shift_value(self.outer(node, ref), 1)

        exports = self.nodes[node].type.exports
        self._instances[self.nodes[node].key] = t.InstanceType(
            {name: t.rewrite_extern(extern, leaf) for name, extern in exports.items()}
        )

    def owner(self, ref: t.Ref) -> str:
        """A resource in words: its name and whose it is."""
        space, head, *rest = ref.space, *ref.path
        name = f"`{ref.path[-1]}`"
        if space is t.Space.IMPORT:
            return f"{name} of the import `{head}`" if rest else f"{name}, an import"
        supplier = next((node.name for node in self.nodes if node.key == head), head)
        if len(rest) > 1:
            return f"{name} of `{rest[0]}`, defined in `{supplier}`"
        return f"{name}, defined in `{supplier}`"
