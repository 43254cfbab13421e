"""The composed component as one scope: what it imports, and what its parts export there.

Imports that stay open are merged on their compatibility track under the highest version, each
being the union of what the parts need of it. References of the parts are translated into the
scope of the whole: to a merged import, or to the instance of the part that implements them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from witgen.component import types as t
from witgen.component.names import Names
from witgen.compose.matching import Matching
from witgen.compose.model import Node
from witgen.compose.semver import track, version
from witgen.diagnostics import ComposeError, Diagnostic, Place, Sink


@dataclass(frozen=True, slots=True)
class Need:
    """An open import of a node, or its types where only these are needed."""

    node: int
    name: str
    extern: t.Extern


@dataclass(slots=True)
class Whole:
    """The scope of the composed component.

    Attributes:
        nodes: All parts.
        matching: Who implements what.
        merged: (node, import) → name in the whole, for open imports.
        imports: Name → merged type, as seen from the whole.
        needs: Name → who needs it.
        options: Name → options of the name.
    """

    nodes: Sequence[Node]
    matching: Matching
    merged: dict[tuple[int, str], str] = field(default_factory=dict)
    imports: dict[str, t.Extern] = field(default_factory=dict)
    needs: dict[str, list[Need]] = field(default_factory=dict)
    options: dict[str, t.NameOptions] = field(default_factory=dict)
    names: Names = field(init=False)
    _instances: dict[str, t.InstanceType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = Names(self._root)

    def _root(self, space: t.Space, name: str) -> t.Extern | None:
        if space is t.Space.IMPORT:
            return self.imports.get(name)
        return self._instances.get(name)

    def outer(self, node: int, ref: t.Ref) -> t.ValType:
        """A reference of a node's scope in the scope of the whole."""
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
        """An import or export of a node in the scope of the whole."""
        return t.rewrite_extern(extern, lambda ref: self.outer(node, ref))

    def seen_open(self, need: Need) -> t.Extern:
        """An open import in the scope of the whole, mentioning imports as far as possible."""
        return t.rewrite_extern(need.extern, lambda ref: self.open(need.node, ref))

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


def merge(nodes: Sequence[Node], matching: Matching) -> Whole:
    """Merge the open imports of all parts that are used.

    Raises:
        ComposeError: An open import needs a resource that only a plug defines, or imports need
            each other in a circle.
    """
    whole = Whole(nodes, matching)
    used = sorted(matching.order)
    opens = [
        (node, name)
        for node in used
        for name in nodes[node].type.imports
        if (node, name) not in matching.wires
    ]
    # Types of wired interfaces may have to be imported as well, so all names get one.
    named = [(node, name) for node in used for name in nodes[node].type.imports]
    best: dict[str, str] = {}
    for node, name in [*opens, *named]:
        best_name = best.setdefault(track(name), name)
        if (node, name) not in matching.wires and version(name) > version(best_name):
            best[track(name)] = name
    for node, name in named:
        whole.merged[node, name] = best[track(name)]
    for node in matching.order:
        whole.add_instance(node)
    sink = Sink()
    collected = _Collector(whole, sink)
    for node, name in opens:
        collected.add(Need(node, name, nodes[node].type.imports[name]))
    collected.close()
    if sink.errors:
        raise ComposeError(sink.errors)
    whole.imports = _sorted(whole, sink)
    if sink.errors:
        raise ComposeError(sink.errors)
    return whole


@dataclass(slots=True)
class _Collector:
    """Unites needs into imports, and the types of wired interfaces that they mention."""

    whole: Whole
    sink: Sink
    # (node, import) of wired imports whose types are needed nevertheless.
    types: dict[tuple[int, str], None] = field(default_factory=dict)

    def add(self, need: Need) -> None:
        """Unite an import with what is known under its merged name."""
        whole = self.whole
        key = whole.merged[need.node, need.name]
        extern = t.rewrite_extern(need.extern, lambda ref: self._open(need, ref))
        whole.needs.setdefault(key, []).append(need)
        options = whole.nodes[need.node].type.import_options.get(need.name)
        if options is not None:
            whole.options.setdefault(key, options)
        known = whole.imports.get(key)
        whole.imports[key] = extern if known is None else unite(known, extern)

    def _open(self, need: Need, ref: t.Ref) -> t.ValType:
        opened = self.whole.open(need.node, ref)
        if isinstance(opened, t.Ref) and opened.up == 0:
            if opened.space is t.Space.LOCAL:
                self.sink.add(_stranded(self.whole, need, opened))
            elif (need.node, ref.path[0]) in self.whole.matching.wires and opened.path[
                0
            ] == self.whole.merged[need.node, ref.path[0]]:
                self.types[need.node, ref.path[0]] = None
        return opened

    def close(self) -> None:
        """Import the types of wired interfaces that open imports mention."""
        done: set[tuple[int, str]] = set()
        while pending := [key for key in self.types if key not in done]:
            for node, name in pending:
                done.add((node, name))
                interface = self.whole.nodes[node].type.imports[name]
                if isinstance(interface, t.InstanceType):
                    self.add(Need(node, name, _only_types(interface)))


def _only_types(interface: t.InstanceType) -> t.InstanceType:
    """The value types of an interface."""
    return t.InstanceType(
        {name: extern for name, extern in interface.exports.items() if isinstance(extern, t.TypeEq)}
    )


def _stranded(whole: Whole, need: Need, owner: t.Ref) -> Diagnostic:
    part = whole.nodes[need.node].name
    return Diagnostic(
        "CMP3015",
        f"import `{need.name}` of `{part}` stays open but uses the resource {whole.owner(owner)}",
        Place(part),
        help=(
            f"plug in a component that exports `{need.name}`",
            "an import from outside cannot use what is made inside",
        ),
    )


def unite(a: t.Extern, b: t.Extern) -> t.Extern:
    """The union of two imports; where they differ, `a` wins and the check tells."""
    match a, b:
        case (t.InstanceType(), t.InstanceType()):
            exports = dict(a.exports)
            for name, extern in b.exports.items():
                exports[name] = unite(exports[name], extern) if name in exports else extern
            return t.InstanceType(exports, {**b.options, **a.options})
        case (t.TypeSub(), t.TypeEq()):
            return b
        case _:
            return a


def _heads(extern: t.Extern) -> Iterator[str]:
    """The imports that an import's type mentions."""
    found: dict[str, None] = {}

    def leaf(ref: t.Ref) -> t.ValType:
        if ref.up == 0 and ref.space is t.Space.IMPORT:
            found[ref.path[0]] = None
        return ref

    t.rewrite_extern(extern, leaf)
    return iter(found)


def _sorted(whole: Whole, sink: Sink) -> dict[str, t.Extern]:
    """The imports, each after those that it mentions, else in the order of the parts."""
    needs = {name: list(_heads(extern)) for name, extern in whole.imports.items()}
    done: dict[str, t.Extern] = {}
    for start in whole.imports:
        stack = [(start, iter(needs[start]))]
        trail = [start]
        while stack:
            name, rest = stack[-1]
            following = next((n for n in rest if n not in done and n in needs), None)
            if following is None:
                stack.pop()
                trail.pop()
                done[name] = whole.imports[name]
            elif following in trail:
                circle = " → ".join(f"`{n}`" for n in [*trail[trail.index(following) :], following])
                message = f"imports use each other's types in a circle: {circle}"
                sink.add(Diagnostic("CMP3016", message, Place(whole.nodes[0].name)))
                return done
            else:
                stack.append((following, iter(needs[following])))
                trail.append(following)
    return done
