"""Walk a component: the headers of its sections, and its imports and exports.

Core modules are skipped, and nested components are read only for their types. Sources:
component-model `design/mvp/Binary.md`; `wasm-tools validate` 1.262 where the two differ.
"""

from __future__ import annotations

from collections.abc import Iterator

from witgen.component import types as t
from witgen.component.aliases import pass_core_aliases, read_alias
from witgen.component.canon import skip_canon
from witgen.component.cursor import Buffer, Cursor
from witgen.component.entities import Declared, declare, read_name, sort_of
from witgen.component.local import Local, Unnamed, linked
from witgen.component.names import Names
from witgen.component.scope import (
    COPY,
    Budget,
    Component,
    Defined,
    Exhausted,
    Function,
    Instance,
    Scope,
    at,
    check_size,
)
from witgen.component.task_return import TASK_RETURN, check_task_return
from witgen.component.typereader import read_core_type, read_extern, read_import, read_type
from witgen.value import state, value

MAGIC = b"\0asm"
COMPONENT_VERSION = b"\x0d\0\x01\0"
MODULE_VERSION = b"\x01\0\0\0"


@value
class Binary:
    """A component as read.

    Attributes:
        type: Its imports and exports.
        order: Its imports and exports, in the order of the file.
        custom: (name, offset, size) of the contents of each custom section of the component itself.
        modules: (offset, size) of each core module, those of components in it too.
        compares_components: Whether types of components or core modules may be compared in it.
        compares_labels: Whether labels may be compared in it that differ only in case and hyphens.
    """

    type: t.ComponentType
    order: tuple[tuple[t.Space, str], ...] = ()
    custom: tuple[tuple[str, int, int], ...] = ()
    modules: tuple[tuple[int, int], ...] = ()
    compares_components: bool = False
    compares_labels: bool = False


@state
class Body:
    """A component being read.

    Attributes:
        scope: Its index spaces, imports and exports.
        local: What it defines, and under which names that is exported.
        resources: How many resources it has defined.
    """

    scope: Scope
    local: Local
    resources: int = 0

    def declared(self, space: t.Space, name: str) -> t.Extern | None:
        """What has a name in the scope."""
        match space:
            case t.Space.IMPORT:
                return self.scope.imports.get(name)
            case t.Space.EXPORT:
                return self.scope.exports.get(name)
            case t.Space.LOCAL:
                return self.local.made.get(name)


def is_component(data: Buffer) -> bool:
    """Whether the bytes start like a component."""
    return bytes(data[:8]) == MAGIC + COMPONENT_VERSION


def sections(cursor: Cursor) -> Iterator[tuple[int, Cursor]]:
    """(id, contents) of each section.

    Raises:
        Malformed: A section reaches past the end.
    """
    while not cursor.done:
        kind = cursor.byte()
        size = cursor.u32()
        yield kind, cursor.sub(size)


def read_component(data: Buffer) -> Binary:
    """Read a component's type.

    Raises:
        Malformed: The bytes are not a component.
    """
    custom: list[tuple[str, int, int]] = []
    budget = Budget()
    scope = _read_body(Cursor(data), None, budget, custom)
    return Binary(
        scope.component_type(),
        tuple(scope.order),
        tuple(custom),
        tuple(budget.modules),
        budget.compares and budget.components,
        budget.compares and _are_close(budget.labels),
    )


def _are_close(labels: set[str]) -> bool:
    return len({label.replace("-", "").lower() for label in labels}) < len(labels)


def preamble(cursor: Cursor) -> None:
    """Pass what a component starts with.

    Raises:
        Malformed: It does not start like a component.
    """
    start = cursor.position
    if cursor.end - start < 8 or bytes(cursor.data[start : start + 4]) != MAGIC:
        raise cursor.fail("not a WebAssembly binary: the magic header is missing")
    version = bytes(cursor.data[start + 4 : start + 8])
    cursor.position += 4
    if version == MODULE_VERSION:
        raise cursor.fail("this is a core module, not a component")
    if version != COMPONENT_VERSION:
        raise cursor.fail("unknown version of the component binary format")
    cursor.position += 4


def _read_body(
    cursor: Cursor,
    parent: Scope | None,
    budget: Budget,
    custom: list[tuple[str, int, int]] | None = None,
) -> Scope:
    preamble(cursor)
    scope = Scope(parent, budget, True, level=parent.level + 1 if parent else 1)
    body = Body(scope, Local(budget))
    if body.scope.level > _MAX_COMPONENTS:
        raise cursor.fail(f"components nest deeper than {_MAX_COMPONENTS}")
    for kind, section in sections(cursor):
        read_section(body, kind, section, custom)
        if not section.done and kind not in _PASSED:
            raise section.fail("a section is longer than its contents")
    return body.scope


# Nesting in a file, far beyond what compositions of compositions reach.
_MAX_COMPONENTS = 60
# Custom sections and core modules end where their header says.
_PASSED = frozenset({0, 1})


def read_section(
    body: Body, kind: int, cursor: Cursor, custom: list[tuple[str, int, int]] | None
) -> None:
    """Read a section into a component.

    Args:
        body: The component.
        kind: The section's id.
        cursor: Its contents.
        custom: Where (name, offset, size) of a custom section goes.

    Raises:
        Malformed: It does not follow the format.
    """
    scope = body.scope
    match kind:
        case 0:
            name = cursor.name()
            if custom is not None:
                custom.append((name, cursor.position, cursor.end - cursor.position))
        case 1:
            if bytes(cursor.data[cursor.position : min(cursor.position + 8, cursor.end)]) != (
                MAGIC + MODULE_VERSION
            ):
                raise cursor.fail("a core module has no module header")
            scope.modules.append(t.ModuleType())
            scope.budget.modules.append((cursor.position, cursor.end - cursor.position))
        case 4:
            inner = _read_body(cursor, scope, scope.budget)
            scope.components.append(Component(inner.component_type(), inner.size, inner.depth))
        case 2:
            for _ in range(cursor.count("core instance")):
                _core_instance(cursor)
        case 3:
            for _ in range(cursor.count("core type")):
                read_core_type(cursor, scope)
        case 5:
            for _ in range(cursor.count("instance")):
                _instance(body, cursor)
        case 6:
            _aliases(cursor, scope)
        case 7:
            for _ in range(cursor.count("type")):
                _type(body, cursor)
        case 8:
            for _ in range(cursor.count("canonical function")):
                _canon(body, cursor)
        case 9:
            _start(cursor, scope)
        case 10:
            for _ in range(cursor.count("import")):
                read_import(cursor, scope)
        case 11:
            for _ in range(cursor.count("export")):
                _export(body, cursor)
        case _:
            raise cursor.fail(f"unknown section {kind}")


def _aliases(cursor: Cursor, scope: Scope) -> None:
    left = cursor.count("alias")
    while left := left - pass_core_aliases(cursor, left):
        read_alias(cursor, scope)
        left -= 1


def _core_instance(cursor: Cursor) -> None:
    match cursor.byte():
        case 0x00:
            cursor.u32()
            for _ in range(cursor.count("argument")):
                cursor.skip_name()
                cursor.expect(0x12, "core instantiation argument")
                cursor.u32()
        case 0x01:
            for _ in range(cursor.count("core export")):
                cursor.skip_name()
                cursor.byte()
                cursor.u32()
        case other:
            raise cursor.fail(f"invalid core instance 0x{other:02x}")


def _type(body: Body, cursor: Cursor) -> None:
    scope = body.scope
    if cursor.peek() not in (0x3F, 0x3E):
        scope.types.append(read_type(cursor, scope))
        return
    is_async = cursor.byte() == 0x3E
    if cursor.byte() not in (0x7F, 0x7E):
        raise cursor.fail("invalid representation of a resource")
    if is_async:
        cursor.u32()
    has_more = cursor.byte()
    if has_more > 1:
        raise cursor.fail("invalid destructor of a resource")
    if has_more:
        cursor.u32()
    scope.types.append(Defined(t.Ref(0, t.Space.LOCAL, (f"resource {body.resources}",))))
    body.resources += 1


def _canon(body: Body, cursor: Cursor) -> None:
    scope = body.scope
    if cursor.peek() == TASK_RETURN:
        check_task_return(cursor, scope, Names(body.declared))
    index = skip_canon(cursor)
    if index is None:
        return
    defined = at(scope.types, index, "type", cursor)
    if not isinstance(defined.type, t.FuncType):
        raise cursor.fail(f"type index {index} is not a function type")
    scope.functions.append(Function(defined.type, defined.size, defined.depth))


def _start(cursor: Cursor, scope: Scope) -> None:
    function = at(scope.functions, cursor.u32(), "function", cursor)
    for _ in range(cursor.count("argument")):
        at(scope.values, cursor.u32(), "value", cursor)
    scope.budget.charge(function.weight, cursor)
    result = function.type.result
    if cursor.u32() != (result is not None):
        raise cursor.fail("a start function has another number of results")
    if result is not None:
        scope.values.append(Defined(result, function.size, function.depth))


# --- instances ----------------------------------------------------------------------------------


def _entity(cursor: Cursor, scope: Scope) -> Declared | Instance:
    """The item with a sort and an index; for an instance also its origin."""
    match cursor.byte():
        case 0x00:
            cursor.expect(0x11, "core sort: only modules are allowed here")
            return Declared(at(scope.modules, cursor.u32(), "module", cursor))
        case 0x01:
            function = at(scope.functions, cursor.u32(), "function", cursor)
            weight = function.weight
            scope.budget.charge(weight, cursor)
            return Declared(function.type, weight, function.depth)
        case 0x02:
            value = at(scope.values, cursor.u32(), "value", cursor)
            if isinstance(value.type, t.FuncType | t.InstanceType | t.ComponentType):
                raise cursor.fail("a value needs a value type")
            return Declared(t.ValueType(value.type), value.size, value.depth)
        case 0x03:
            type = at(scope.types, cursor.u32(), "type", cursor)
            return Declared(t.TypeEq(type.type), type.size, type.depth)
        case 0x04:
            component = at(scope.components, cursor.u32(), "component", cursor)
            return Declared(component.type, component.size, component.depth)
        case 0x05:
            return at(scope.instances, cursor.u32(), "instance", cursor)
        case other:
            raise cursor.fail(f"invalid sort 0x{other:02x}")


def _instance(body: Body, cursor: Cursor) -> None:
    match cursor.byte():
        case 0x00:
            body.scope.budget.compares = True
            exports, size, depth = _instantiate(cursor, body.scope)
        case 0x01:
            exports, size, depth = _bundle(cursor, body.scope)
        case other:
            raise cursor.fail(f"invalid instance 0x{other:02x}")
    name = f"instance {len(body.local.made)}"
    type = t.InstanceType(exports)
    body.local.made[name] = type
    body.scope.budget.charge(size, cursor)
    body.scope.instances.append(Instance(type, t.Space.LOCAL, (name,), size, depth))


def _instantiate(cursor: Cursor, scope: Scope) -> tuple[dict[str, t.Extern], int, int]:
    component = at(scope.components, cursor.u32(), "component", cursor)
    arguments: dict[str, Declared | Instance] = {}
    for _ in range(cursor.count("argument")):
        name = cursor.name()
        if name in arguments:
            raise cursor.fail(f"instantiation argument `{name}` is given twice")
        arguments[name] = _entity(cursor, scope)
    for name, extern in component.type.imports.items():
        given = arguments.get(name)
        if given is None:
            raise cursor.fail(f"instantiation argument `{name}` is missing")
        if sort_of(given.type if isinstance(given, Instance) else given.extern) != sort_of(extern):
            raise cursor.fail(f"instantiation argument `{name}` has another kind")
    size = component.size
    scope.budget.charge(COPY * size, cursor)

    def leaf(ref: t.Ref) -> t.ValType:
        """A reference of the component type as seen from inside the instance's type."""
        nonlocal size
        if ref.up or ref.space is t.Space.EXPORT:
            return ref
        given = arguments.get(ref.path[0])
        if isinstance(given, Instance):
            return t.Ref(1, given.space, given.path + ref.path[1:])
        if given is None or not isinstance(given.extern, t.TypeEq):
            raise cursor.fail(f"instantiation argument `{ref.path[0]}` is not a type")
        type = given.extern.type
        if isinstance(type, t.FuncType | t.InstanceType | t.ComponentType):
            raise cursor.fail(f"instantiation argument `{ref.path[0]}` is not a value type")
        size += given.size
        check_size(size, 1, cursor)
        scope.budget.charge(COPY * given.size, cursor)
        return t.shift_value(type, 1)

    exports = {
        name: t.rewrite_extern(extern, leaf) for name, extern in component.type.exports.items()
    }
    # Members of an instance are referred to by name; only types are substituted.
    given_types = [
        entity.depth
        for entity in arguments.values()
        if isinstance(entity, Declared) and isinstance(entity.extern, t.TypeEq)
    ]
    return exports, size, component.depth + max(given_types, default=0)


def _bundle(cursor: Cursor, scope: Scope) -> tuple[dict[str, t.Extern], int, int]:
    exports: dict[str, t.Extern] = {}
    size = depth = 1
    for _ in range(cursor.count("export")):
        name, _options = read_name(cursor)
        if name in exports:
            raise cursor.fail(f"export name `{name}` is not unique")
        entity = _entity(cursor, scope)
        size += entity.size
        depth = max(depth, entity.depth + 1)
        check_size(size, depth, cursor)
        scope.budget.charge(COPY * entity.size, cursor)
        if isinstance(entity, Instance):
            exports[name] = t.shift_extern(linked(entity.type, entity.space, entity.path), 1)
        else:
            exports[name] = t.shift_extern(entity.extern, 1)
    return exports, size, depth


def _export(body: Body, cursor: Cursor) -> None:
    scope = body.scope
    name, options = read_name(cursor)
    entity = _entity(cursor, scope)
    scope.budget.charge(COPY * entity.size, cursor)
    extern = entity.type if isinstance(entity, Instance) else entity.extern
    declared = Declared(extern, entity.size, entity.depth)
    match cursor.byte():
        case 0x00:
            pass
        case 0x01:
            scope.budget.compares = True
            declared = read_extern(cursor, scope)
            if sort_of(declared.extern) != sort_of(extern):
                raise cursor.fail(f"export `{name}` has a type of another kind")
        case other:
            raise cursor.fail(f"invalid marker 0x{other:02x} of an ascribed type")
    public: t.Extern
    try:
        if isinstance(entity, Instance) and isinstance(declared.extern, t.InstanceType):
            public = body.local.publish_instance(name, declared.extern, entity.space, entity.path)
        else:
            source = extern.type if isinstance(extern, t.TypeEq) else None
            public = body.local.publish(name, declared.extern, source)
    except Unnamed as error:
        raise cursor.fail(f"export `{name}` refers to {error}, which is not exported") from None
    except Exhausted as error:
        raise cursor.fail(str(error)) from None
    declare(
        cursor, scope, t.Space.EXPORT, name, options, Declared(public, entity.size, entity.depth)
    )
