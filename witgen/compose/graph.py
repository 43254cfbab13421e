"""`CompositionGraph`: the composed component as one scope.

What it imports and what its parts export there. References of the parts are translated into this
scope: to a merged import, or to the instance of the part that implements an import.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field

from witgen.component import types as t
from witgen.component.names import Names, free
from witgen.compose.matching import Matching
from witgen.compose.model import Export, Instantiation
from witgen.value import state, value

_MEMBER = re.compile(r"\[(?:constructor|method|static)\]([^.]+)(?:\..+)?")


@value
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


@state
class CompositionGraph:
    """The scope of the composed component.

    Attributes:
        nodes: All parts, instantiated or not.
        matching: Who implements what.
        merged: (node, import) → name in the result, for imports that stay open.
        imports: Name → merged type, as seen from the composed component.
        needs: Name → who needs it.
        options: Name → options of the name.
        exports: What the result exports, each after those whose types it uses.
        exposed: (node, import): wired imports that are imported as types, for exports.
    """

    nodes: Sequence[Instantiation]
    matching: Matching
    exports: Sequence[Export]
    merged: dict[tuple[int, str], str] = field(default_factory=dict)
    imports: dict[str, t.Extern] = field(default_factory=dict)
    needs: dict[str, list[Need]] = field(default_factory=dict)
    options: dict[str, t.NameOptions] = field(default_factory=dict)
    exposed: tuple[tuple[int, str], ...] = ()
    names: Names = field(init=False)
    _instances: dict[str, t.InstanceType] = field(default_factory=dict)
    _public: dict[t.Ref, str] = field(default_factory=dict)
    _portable: dict[t.Ref, bool] = field(default_factory=dict)
    _terms: dict[int, Names] = field(default_factory=dict)

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

    def item(self, node: int, path: tuple[str, ...]) -> t.Ref:
        """The place of a node's export in the scope of the composed component."""
        if self.nodes[node].outside:
            return t.Ref(0, t.Space.IMPORT, (self.merged[node, path[0]], *path[1:]))
        return t.Ref(0, t.Space.LOCAL, (self.nodes[node].key, *path))

    def type_of(self, ref: t.Ref) -> t.Extern | None:
        """What stands there, as seen from the composed component."""
        return self.names.lookup(ref.space, ref.path)

    def declared(self, export: Export) -> t.Extern:
        """What an export of a node is, as seen from the node.

        Raises:
            KeyError: There is no such export.
        """
        type = self.nodes[export.node].type
        if not export.path:
            # The exports of a component refer to its imports from one scope further in.
            return t.InstanceType(
                {name: t.rewrite_extern(item, _inward) for name, item in type.exports.items()},
                type.export_options,
            )
        if len(export.path) == 1:
            return type.exports[export.path[0]]
        found = self.terms(export.node).lookup(t.Space.EXPORT, export.path)
        if found is None:
            raise KeyError(export.path)
        return found

    def public(self, ref: t.Ref) -> t.Ref | None:
        """The name by which a type is exported from the result, its own or one behind it."""
        found = (self._exported(step) for step in self.names.chain(ref))
        return next((name for name in found if name is not None), None)

    def is_named(self, ref: t.Ref) -> bool:
        """Whether a type is exported with the instance that it is mentioned in.

        Validators know it then; by another name, or exported by itself, it is another type to them.
        """
        name = self._exported(ref)
        return name is not None and len(name.path) > 1

    def _exported(self, ref: t.Ref) -> t.Ref | None:
        if not self._public:
            for export in self.exports:
                if export.type is None:
                    self._public.setdefault(self.item(export.node, export.path), export.name)
        for size in range(len(ref.path), 0, -1):
            name = self._public.get(t.Ref(0, ref.space, ref.path[:size]))
            if name is not None:
                return t.Ref(0, t.Space.EXPORT, (name, *ref.path[size:]))
        return None

    def resource_of(self, export: Export) -> tuple[str, t.Ref] | None:
        """The export that a constructor, method or static function belongs to, and its resource."""
        name = _MEMBER.fullmatch(export.name)
        if name is None:
            return None
        for other in self.exports:
            if other.name == name[1] and other.type is None:
                return other.name, self.names.canonical(self.item(other.node, other.path))
        return None

    def is_value(self, ref: t.Ref) -> bool:
        """Whether a name refers to a value type rather than a resource."""
        return self.names.definition(ref) is not None

    def outer(self, node: int, ref: t.Ref) -> t.ValType:
        """A reference of a node's scope in the scope of the composed component."""
        if ref.up or ref.space is t.Space.LOCAL:
            return ref
        if ref.space is t.Space.EXPORT:
            return self.item(node, ref.path)
        wire = self.matching.wires.get((node, ref.path[0]))
        if wire is not None:
            return self.item(wire.supplier, (*wire.path, *ref.path[1:]))
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
        if owner.space is t.Space.IMPORT or not self.is_portable(owner):
            return owner
        return t.Ref(0, t.Space.IMPORT, (self.merged[node, ref.path[0]], *ref.path[1:]))

    def is_portable(self, ref: t.Ref) -> bool:
        """Whether a type can be imported: a value type that mentions no resource made inside."""
        wanted = self.names.canonical(ref)
        pending = [] if wanted in self._portable else [wanted]
        while pending:
            owner = pending.pop()
            definition = self.names.definition(owner)
            parts = free(t.TypeEq(definition)) if definition is not None else ()
            owners = [self.names.canonical(part) for part in parts]
            unknown = [part for part in owners if part not in self._portable]
            if owner.space is t.Space.IMPORT:
                self._portable[owner] = True
            elif unknown and owner not in self._portable:
                self._portable[owner] = False  # until its parts are known
                pending += [owner, *unknown]
            else:
                known = (self._portable.get(part, False) for part in owners)
                self._portable[owner] = definition is not None and all(known)
        return self._portable[wanted]

    def terms(self, node: int) -> Names:
        """The names of a node's own scope: its imports and exports as it declares them."""
        if node not in self._terms:
            type = self.nodes[node].type
            scopes = {t.Space.IMPORT: type.imports, t.Space.EXPORT: type.exports}
            self._terms[node] = Names(lambda space, name: scopes.get(space, {}).get(name))
        return self._terms[node]

    def add_instance(self, node: int) -> None:
        """Enter the instance of a node: its exports, its imports in place."""
        if self.nodes[node].outside:
            return

        def leaf(ref: t.Ref) -> t.ValType:
            if ref.space is t.Space.EXPORT and ref.up == 0:
                return ref
            return t.shift_value(self.outer(node, ref), 1)

        type = self.nodes[node].type
        self._instances[self.nodes[node].key] = t.InstanceType(
            {name: t.rewrite_extern(extern, leaf) for name, extern in type.exports.items()},
            type.export_options,
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


def _inward(ref: t.Ref) -> t.ValType:
    return ref if ref.space is t.Space.EXPORT else t.shift_value(ref, 1)
