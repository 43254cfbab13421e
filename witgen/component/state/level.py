"""A component as it is read for its state: of what its instances are made, down to core modules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from witgen.component import types as t
from witgen.component.body import Body, preamble, read_section, sections
from witgen.component.canon import skip_canon
from witgen.component.cursor import Buffer, Cursor
from witgen.component.local import Local
from witgen.component.scope import Budget, Component, Scope, at
from witgen.component.state.module import Module, exposed
from witgen.component.writer import u32
from witgen.value import state

_COMPONENT = 4
_MAX_NESTING = 60


@state
class Level:
    """A component, and what `Body` does not keep of it: its core items.

    Attributes:
        body: The component.
        parent: The one around it.
        pieces: What becomes of it.
        reasons: Why its state cannot be taken, in the order in which they are found.
        modules, components: What was made of them; None for those that are imported.
        core: The module of each core instance; None where it is made of existing items.
        instances: The component of each instance; None where that is made of existing items,
            imported, or part of another one.
        counts: How many core functions, tables, memories, globals and tags there are.
        dropped: The types of which its code can drop handles.
        made: The resources of which its code can make handles.
        exports: What it exports, before anything is added.
        added: What is exported for its state.
        parts: The functions among those that read and write: of which memories (whether their
            addresses have 64 bits) and of which globals (their types).
    """

    body: Body
    parent: Level | None
    pieces: list[Buffer] = field(default_factory=list)
    reasons: dict[str, None] = field(default_factory=dict)
    modules: list[Module | None] = field(default_factory=list)
    components: list[Level | None] = field(default_factory=list)
    core: list[Module | None] = field(default_factory=list)
    instances: list[Level | None] = field(default_factory=list)
    counts: list[int] = field(default_factory=lambda: [0] * 5)
    dropped: dict[int, None] = field(default_factory=dict)
    made: dict[int, None] = field(default_factory=dict)
    exports: tuple[str, ...] = ()
    added: list[str] = field(default_factory=list)
    parts: dict[str, tuple[tuple[bool, ...], tuple[str, ...]]] = field(default_factory=dict)

    @property
    def scope(self) -> Scope:
        """Its index spaces."""
        return self.body.scope


# Called at the end of each component: appends to it.
Ending = Callable[[Level], None]


def read_level(cursor: Cursor, parent: Level | None, ending: Ending) -> Level:
    """Read a component, and let `ending` append to it and to those in it.

    Args:
        cursor: At its start.
        parent: The one around it.
        ending: What appends.

    Raises:
        Malformed: It does not follow the format.
    """
    budget = Budget() if parent is None else parent.scope.budget
    depth = 1 if parent is None else parent.scope.level + 1
    if depth > _MAX_NESTING:
        raise cursor.fail(f"components nest deeper than {_MAX_NESTING}")
    scope = Scope(None if parent is None else parent.scope, budget, True, level=depth)
    level = Level(Body(scope, Local(budget)), parent)
    whole, start = memoryview(cursor.data), cursor.position
    preamble(cursor)
    while not cursor.done:
        before = cursor.position
        kind, section = next(sections(cursor))
        new = _section(level, kind, section, ending)
        if new is not None:
            level.pieces += [whole[start:before], bytes((kind,)) + u32(sum(map(len, new))), *new]
            start = cursor.position
    level.pieces.append(whole[start : cursor.end])
    level.exports = tuple(scope.exports)
    if not level.reasons:
        ending(level)
    return level


def _section(level: Level, kind: int, section: Cursor, ending: Ending) -> list[Buffer] | None:
    """Read a section; returns its new contents if it has a module or a component."""
    scope = level.scope
    if kind == _COMPONENT:
        inner = read_level(section, level, ending)
        made = inner.scope
        scope.components.append(Component(made.component_type(), made.size, made.depth))
        level.components.append(inner)
        return inner.pieces
    own = Cursor(section.data, section.position, section.end)
    read_section(level.body, kind, section, None)
    match kind:
        case 1:
            module = exposed(own)
            level.modules.append(module)
            return module.pieces
        case 2:
            for _ in range(own.count("core instance")):
                _core_instance(level, own)
        case 5:
            for _ in range(own.count("instance")):
                _instance(level, own)
        case 6:
            for _ in range(own.count("alias")):
                _alias(level, own)
        case 8:
            for _ in range(own.count("canonical function")):
                _canon(level, own)
        case 9:
            level.reasons["it starts with a function of a component"] = None
        case _:  # what was imported, and what was exported under one more number
            level.modules += [None] * (len(scope.modules) - len(level.modules))
            level.components += [None] * (len(scope.components) - len(level.components))
            level.instances += [None] * (len(scope.instances) - len(level.instances))
    return None


def _core_instance(level: Level, cursor: Cursor) -> None:
    module: Module | None = None
    if cursor.byte() == 0x00:
        module = at(level.modules, cursor.u32(), "module", cursor)
        why = ("it runs a core module that it imports",) if module is None else module.reasons
        level.reasons |= dict.fromkeys(why)
    for _ in range(cursor.u32()):
        cursor.skip_name()
        cursor.byte()
        cursor.u32()
    level.core.append(module)


def _instance(level: Level, cursor: Cursor) -> None:
    component: Level | None = None
    made = cursor.byte() == 0x00
    if made:
        component = at(level.components, cursor.u32(), "component", cursor)
        why = (
            {"it runs a component that it imports": None}
            if component is None
            else component.reasons
        )
        level.reasons |= why
    for _ in range(cursor.u32()):
        if not made:
            cursor.byte()
        cursor.skip_name()
        if cursor.byte() == 0x00:
            cursor.byte()
        cursor.u32()
    level.instances.append(component)


def _alias(level: Level, cursor: Cursor) -> None:
    sort = cursor.byte()
    core = cursor.byte() if sort == 0x00 else None
    outer: Level | None = None
    if cursor.byte() == 0x02:
        outer = level
        for _ in range(cursor.u32()):
            outer = outer.parent or outer
        index = cursor.u32()
    else:
        index = cursor.u32()
        cursor.skip_name()
    match sort, core:
        case 0x00, 0x11:
            level.modules.append(outer.modules[index] if outer else None)
        case 0x00, int() if core < len(level.counts):
            level.counts[core] += 1
        case 0x04, _:
            level.components.append(outer.components[index] if outer else None)
        case 0x05, _:
            level.instances.append(None)
        case _:
            pass


_ASYNC = "its code uses tasks, streams or futures of the component model"


def _canon(level: Level, cursor: Cursor) -> None:
    code, start = cursor.peek(), cursor.position + 1
    lifted = skip_canon(cursor)
    if lifted is None:
        level.counts[0] += 1
    else:
        type = at(level.scope.types, lifted, "type", cursor).type
        if isinstance(type, t.FuncType) and type.is_async:
            level.reasons[_ASYNC] = None
    if code in (0x02, 0x03, 0x07):
        types = level.made if code == 0x02 else level.dropped
        types[Cursor(cursor.data, start, cursor.end).u32()] = None
    elif code > 0x04:
        level.reasons[_ASYNC] = None
