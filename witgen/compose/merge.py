"""Merges what stays imported.

Open imports are merged on their compatibility track under the highest version, each being the
union of what the parts need of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from witgen.component import types as t
from witgen.component.names import free
from witgen.compose.expose import needed
from witgen.compose.graph import CompositionGraph, Need
from witgen.compose.matching import Matching
from witgen.compose.model import Export, Instantiation, Wire
from witgen.compose.semver import name_track, name_version
from witgen.diagnostics import ComposeError, Diagnostic, Sink
from witgen.value import state


def merge(
    nodes: Sequence[Instantiation], matching: Matching, exports: Sequence[Export]
) -> CompositionGraph:
    """Merge the open imports of all parts that are used, and the types that exports need.

    Args:
        nodes: All parts.
        matching: Who implements what.
        exports: What the result will export.

    Raises:
        ComposeError: An open import needs a resource that only a plug defines, or imports need each
            other in a cycle.
    """
    graph = CompositionGraph(nodes, matching, exports)
    used = sorted(matching.order)
    # Types of wired interfaces may also have to be imported, so all names get one.
    named = [(node, name) for node in used for name in nodes[node].type.imports]
    # What was asked to be imported keeps its name.
    fixed = {
        (node, name): name
        for node, name in named
        if nodes[node].outside and name in nodes[node].type.exports
    }
    graph.merged |= _unified([key for key in named if key not in fixed], matching) | fixed
    for node in matching.order:
        _pass_types(graph, node)
        graph.add_instance(node)
    sink = Sink()
    collected = _Collector(graph, sink)
    for node, name in named:
        if (node, name) not in matching.wires:
            collected.add(node, name, nodes[node].type.imports[name])
    graph.exposed = needed(graph)
    collected.types.update((key, None) for key in graph.exposed)
    collected.close()
    if sink.errors:
        raise ComposeError(sink.errors)
    graph.settle(_sorted(graph, sink))
    if sink.errors:
        raise ComposeError(sink.errors)
    return graph


def _pass_types(graph: CompositionGraph, node: int) -> None:
    """Give a node the types that it imports from interfaces that are wired, if no import can."""
    wires = graph.matching.wires
    for name, extern in graph.nodes[node].type.imports.items():
        match extern:
            case t.TypeEq(t.Ref(0, t.Space.IMPORT, (head, *rest)) as ref) if (
                node,
                name,
            ) not in wires and (wire := wires.get((node, head))) is not None:
                opened = graph.open(node, ref)
                if isinstance(opened, t.Ref) and opened.space is t.Space.LOCAL:
                    below = (*wire.below, *rest)
                    wires[node, name] = Wire(wire.supplier, wire.export, node, name, below)
            case _:
                pass


def _unified(imports: Sequence[tuple[int, str]], matching: Matching) -> dict[tuple[int, str], str]:
    """(node, import) → the highest version on its track that stays open, or any if none does."""
    if matching.semver == "exact":
        return {(node, name): name for node, name in imports}
    best: dict[str, str] = {}
    opens = [key for key in imports if key not in matching.wires]
    for node, name in [*opens, *imports]:
        best_name = best.setdefault(name_track(name), name)
        if (node, name) not in matching.wires and name_version(name) > name_version(best_name):
            best[name_track(name)] = name
    return {(node, name): best[name_track(name)] for node, name in imports}


@state
class _Collector:
    """Unites needs into imports, and the types of wired interfaces that they mention."""

    graph: CompositionGraph
    sink: Sink
    # (node, import) of wired imports whose types are needed nevertheless.
    types: dict[tuple[int, str], None] = field(default_factory=dict)

    def add(self, node: int, name: str, declared: t.Extern) -> None:
        """Merge an import with what is known under its merged name."""
        graph = self.graph
        key = graph.merged[node, name]
        extern = t.rewrite_extern(declared, lambda ref: self._open(node, name, ref))
        graph.needs.setdefault(key, []).append(Need(node, name, extern))
        options = graph.nodes[node].type.import_options.get(name)
        if options is not None:
            known_options = graph.options.get(key)
            # A version may be split between a name and its options: those of the name that stays.
            if known_options is None or (name == key and _later(options, known_options)):
                graph.options[key] = options
        known = graph.imports.get(key)
        graph.imports[key] = extern if known is None else unite(known, extern)

    def _open(self, node: int, name: str, ref: t.Ref) -> t.ValType:
        graph = self.graph
        opened = graph.open(node, ref)
        if isinstance(opened, t.Ref) and opened.up == 0:
            # What is not there at all, the check of the wire tells.
            if opened.space is t.Space.LOCAL and graph.type_of(opened) is not None:
                self.sink.add(_stranded(graph, node, name, opened))
            elif (node, ref.path[0]) in graph.matching.wires and opened.path[0] == graph.merged[
                node, ref.path[0]
            ]:
                self.types[node, ref.path[0]] = None
        return opened

    def close(self) -> None:
        """Import the types of wired interfaces that open imports mention."""
        done: set[tuple[int, str]] = set()
        while pending := [key for key in self.types if key not in done]:
            for node, name in pending:
                done.add((node, name))
                interface = self.graph.nodes[node].type.imports[name]
                match interface:
                    case t.InstanceType():
                        self.add(node, name, _only_types(self.graph, node, interface))
                    case t.TypeEq():
                        self.add(node, name, interface)
                    case _:
                        pass


def _later(options: t.NameOptions, known: t.NameOptions) -> bool:
    """Whether a label implements a later version of an interface than a known one."""
    if options.implements is None or known.implements is None:
        return options.implements is not None or known.implements is None
    return name_version(options.implements) > name_version(known.implements)


def _only_types(graph: CompositionGraph, node: int, interface: t.InstanceType) -> t.InstanceType:
    """The value types of a wired interface, without those that no import can have."""
    kept: dict[str, t.Extern] = {}
    for name, extern in interface.exports.items():
        if isinstance(extern, t.TypeEq) and all(
            ref.path[0] in kept if ref.up == 0 else _is_outside(graph, node, ref)
            for ref in free(extern)
        ):
            kept[name] = extern
    return t.InstanceType(kept)


def _is_outside(graph: CompositionGraph, node: int, ref: t.Ref) -> bool:
    """Whether an interface of a node may refer to something once it is imported."""
    opened = graph.open(node, t.Ref(ref.up - 1, ref.space, ref.path))
    return not isinstance(opened, t.Ref) or opened.space is not t.Space.LOCAL


def _stranded(graph: CompositionGraph, node: int, name: str, owner: t.Ref) -> Diagnostic:
    part = graph.nodes[node]
    return Diagnostic(
        "CMP3015",
        f"import `{name}` of `{part.name}` remains open but uses the resource {graph.owner(owner)}",
        part.at,
        help=(
            f"plug in a component that exports `{name}`",
            "an import from outside cannot use something defined inside",
        ),
    )


def unite(a: t.Extern, b: t.Extern) -> t.Extern:
    """The union of two imports; where they differ, `a` wins and the check reports it."""
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


def _heads(extern: t.Extern) -> list[str]:
    """The imports that an import's type mentions."""
    refs = (ref for ref in free(extern) if ref.up == 0 and ref.space is t.Space.IMPORT)
    return list(dict.fromkeys(ref.path[0] for ref in refs))


def _sorted(graph: CompositionGraph, sink: Sink) -> dict[str, t.Extern]:
    """The imports, each after those that it mentions, else in the order of the parts."""
    needs = {name: _heads(extern) for name, extern in graph.imports.items()}
    done: dict[str, t.Extern] = {}
    for start in graph.imports:
        stack = [(start, iter(needs[start]))]
        trail = [start]
        while stack:
            name, rest = stack[-1]
            following = next((n for n in rest if n not in done and n in needs), None)
            if following is None:
                stack.pop()
                trail.pop()
                done[name] = graph.imports[name]
            elif following in trail:
                circle = " → ".join(f"`{n}`" for n in [*trail[trail.index(following) :], following])
                message = f"imports use each other's types in a cycle: {circle}"
                sink.add(Diagnostic("CMP3016", message, graph.nodes[0].at))
                return done
            else:
                stack.append((following, iter(needs[following])))
                trail.append(following)
    return done
