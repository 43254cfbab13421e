"""Reads aliases into a `Scope`."""

from __future__ import annotations

from witgen.component import types as t
from witgen.component.cursor import Cursor
from witgen.component.entities import Declared, enter, sort_of
from witgen.component.scope import COPY, Component, Defined, Function, Scope, at


def pass_core_aliases(cursor: Cursor, most: int) -> int:
    """Skip consecutive aliases of core exports in their usual short form.

    A component made from core modules has thousands, and they are irrelevant to types.

    Args:
        cursor: At the first one, if any; it stops before anything else.
        most: The maximum number.

    Returns:
        How many were skipped.
    """
    data, position, end = cursor.data, cursor.position, cursor.end
    passed = 0
    while passed < most and position + 5 <= end:
        if data[position] or data[position + 2] != 0x01 or data[position + 3] > 0x7F:
            break
        size = data[position + 4]
        if size > 0x7F or position + 5 + size > end:
            break
        position += 5 + size
        passed += 1
    cursor.position = position
    return passed


def read_alias(cursor: Cursor, scope: Scope) -> None:
    """An alias of an instance's export or of an outer definition.

    Raises:
        Malformed: Its target does not exist, or the alias kind is invalid.
    """
    sort = cursor.byte()
    core_sort = cursor.byte() if sort == 0x00 else 0
    match cursor.byte():
        case 0x00:
            index, name = cursor.u32(), cursor.name()
            _alias_export(cursor, scope, sort, core_sort, index, name)
        case 0x01:
            # Core items do not appear in component types.
            cursor.u32()
            cursor.skip_name()
        case 0x02:
            count, index = cursor.u32(), cursor.u32()
            _alias_outer(cursor, scope, sort, core_sort, count, index)
        case other:
            raise cursor.fail(f"invalid alias target 0x{other:02x}")


def _alias_export(
    cursor: Cursor, scope: Scope, sort: int, core_sort: int, index: int, name: str
) -> None:
    instance = at(scope.instances, index, "instance", cursor)
    member = instance.type.exports.get(name)
    if member is None or sort_of(member) != (sort, core_sort):
        raise cursor.fail(f"instance {index} has no export `{name}` of that kind")
    path = (*instance.path, name)
    if isinstance(member, t.TypeSub) or (isinstance(member, t.TypeEq) and _is_value(member.type)):
        scope.types.append(Defined(t.Ref(0, instance.space, path)))
        return
    if isinstance(member, t.FuncType):
        scope.functions.append(Function(member, 1, instance.depth, instance))
        return
    size = t.weight(member)
    scope.budget.charge(COPY * size, cursor)
    extern = t.opened(member, instance.space, instance.path)
    enter(scope, Declared(extern, size, instance.depth), instance.space, path)


def _is_value(type: t.DefType) -> bool:
    return not isinstance(type, t.FuncType | t.InstanceType | t.ComponentType)


def _alias_outer(
    cursor: Cursor, scope: Scope, sort: int, core_sort: int, count: int, index: int
) -> None:
    outer = scope.outer(count, cursor)
    match sort, core_sort:
        case (0x03, _):
            defined = at(outer.types, index, "type", cursor)
            scope.budget.charge(COPY * defined.size if count else 1, cursor)
            scope.types.append(Defined(t.shift(defined.type, count), defined.size, defined.depth))
        case (0x04, _):
            component = at(outer.components, index, "component", cursor)
            scope.budget.charge(COPY * component.size if count else 1, cursor)
            scope.components.append(
                Component(t.shift_component(component.type, count), component.size, component.depth)
            )
        case (0x00, 0x10):
            scope.core_types.append(at(outer.core_types, index, "core type", cursor))
        case (0x00, 0x11):
            scope.modules.append(at(outer.modules, index, "module", cursor))
        case _:
            raise cursor.fail("an outer alias can only refer to a type, a module or a component")
