"""Appends to a component what reads and writes its state."""

from __future__ import annotations

from witgen.component import types as t
from witgen.component.body import read_section, sections
from witgen.component.core_writer import CoreComponentWriter, CoreSort, Options
from witgen.component.cursor import Cursor
from witgen.component.local import Unnamed
from witgen.component.state.adapter import adapter
from witgen.component.state.level import Level
from witgen.component.state.module import PREFIX
from witgen.component.writer import Unencodable

OPERATE = t.FuncType(
    (("what", t.Prim.U32), ("a", t.Prim.U32), ("b", t.Prim.U32), ("data", t.Prim.STRING)),
    t.Prim.STRING,
)
"""The type of an adapter's function: an operation, two numbers, and bytes, each as a character."""

_PLACE = "a place in the table of handles"


def append(level: Level) -> None:
    """Append an adapter if the component has state, and export those of the components in it."""
    out = _writer(level)
    if any(module and (module.memories or module.globals) for module in level.core) or (
        level.dropped or level.made
    ):
        _Adapter(level, out).write()
    for number, inner in enumerate(level.instances):
        if inner is not None:
            _again(level, out, number, inner)
    written = b"".join(out.finish())
    for kind, section in sections(Cursor(written)):  # so what is around this sees its type
        read_section(level.body, kind, section, None)
    level.pieces.append(written)


def _writer(level: Level) -> CoreComponentWriter:
    """A writer of what comes behind all that the component has."""
    scope = level.scope
    functions, tables, memories, variables, _ = level.counts
    out = CoreComponentWriter(
        types=len(scope.types),
        functions=len(scope.functions),
        values=len(scope.values),
        instances=len(scope.instances),
        components=len(scope.components),
        modules=len(scope.modules),
        core_types=len(scope.core_types),
        core_functions=functions,
        core_tables=tables,
        core_memories=memories,
        core_globals=variables,
        core_instances=len(level.core),
        pieces=[],
    )
    for index, instance in enumerate(scope.instances):
        out.known_instances[instance.space, instance.path] = index
    for index, defined in enumerate(scope.types):
        if isinstance(defined.type, t.Ref) and defined.type.up == 0:
            out.known_types[defined.type.space, defined.type.path] = index
    return out


def _export(
    level: Level, out: CoreComponentWriter, name: str, function: int, type: t.FuncType
) -> None:
    out.export(name, function, type, None, type)
    level.added.append(name)


class _Adapter:
    """Writes the adapter of one component, and what it exports of it."""

    def __init__(self, level: Level, out: CoreComponentWriter) -> None:
        self._level = level
        self._scope = level.scope
        self._out = out

    def write(self) -> None:
        """The module, its instance, and its functions."""
        out = self._out
        items: list[tuple[str, CoreSort, int]] = []
        memories: list[bool] = []
        variables: list[str] = []
        for instance, module in enumerate(self._level.core):
            for memory in module.memories if module else ():
                index = out.core_alias(instance, memory.name, CoreSort.MEMORY)
                items.append((f"m{len(memories)}", CoreSort.MEMORY, index))
                memories.append(memory.wide)
            for item in module.globals if module else ():
                index = out.core_alias(instance, item.name, CoreSort.GLOBAL)
                items.append((f"g{len(variables)}", CoreSort.GLOBAL, index))
                variables.append(item.type)
        place = out.resource(_PLACE)
        items.append(("new", CoreSort.FUNCTION, out.resource_new(place)))
        items.append(("drop", CoreSort.FUNCTION, out.resource_drop(place)))
        adapting = out.core_module(adapter(memories, variables))
        made = out.core_instantiate(adapting, [("", out.core_bundle(items))])
        options = Options(
            out.core_alias(made, "memory", CoreSort.MEMORY),
            out.core_alias(made, "realloc"),
            latin1=True,
        )
        operate = out.lift(out.core_alias(made, "do"), options, OPERATE)
        self._same = out.core_alias(made, "same")
        self._level.parts[f"{PREFIX}-do"] = tuple(memories), tuple(variables)
        _export(self._level, out, f"{PREFIX}-do", operate, OPERATE)
        self._adopting()
        self._owned()

    def _adopting(self) -> None:
        """For each imported resource, what takes a handle into this component's table, and out of it."""
        refs = (self._scope.types[index].type for index in self._level.dropped)
        found = dict.fromkeys(ref for ref in refs if isinstance(ref, t.Ref))
        for number, ref in enumerate(found):
            if ref.space is t.Space.IMPORT and not ref.path[0].startswith("wasi:io/poll@"):
                type = t.FuncType((("handle", t.Own(ref)),), t.Prim.U32)
                self._lift(f"adopt{number}", self._same, type)
                out = t.FuncType((("place", t.Prim.U32),), t.Own(ref))
                self._lift(f"give{number}", self._same, out)

    def _owned(self) -> None:
        """For each resource that it exports, what makes a handle, and what tells of what."""
        for number, index in enumerate(self._level.made):
            ref = self._scope.types[index].type
            if not isinstance(ref, t.Ref):
                continue
            try:
                public = self._level.body.local.public(ref)
            except Unnamed:  # no handle of it leaves the component
                continue
            new = t.FuncType((("rep", t.Prim.U32),), t.Own(public))
            self._lift(f"new{number}", self._out.resource_new(index), new)
            rep = t.FuncType((("handle", t.Borrow(public)),), t.Prim.U32)
            self._lift(f"rep{number}", self._same, rep)

    def _lift(self, name: str, core: int, type: t.FuncType) -> None:
        _export(
            self._level, self._out, f"{PREFIX}-{name}", self._out.lift(core, Options(), type), type
        )


def _again(level: Level, out: CoreComponentWriter, number: int, inner: Level) -> None:
    """Export what an instance exports for its state."""
    instance = level.scope.instances[number]
    for name in inner.added:
        declared = instance.type.exports[name]
        if not isinstance(declared, t.FuncType):
            continue
        function = out.alias_export(number, name, declared)
        try:
            type = t.rewrite_func(
                t.opened_func(declared, instance.space, instance.path), level.body.local.public
            )
            outer = f"{PREFIX}-i{number}{name.removeprefix(PREFIX)}"
            _export(level, out, outer, function, type)
            if name in inner.parts:
                level.parts[outer] = inner.parts[name]
        except (Unnamed, Unencodable):  # of a resource that only this component knows
            continue
