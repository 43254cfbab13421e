"""Core types in a component: only their extent is found, with little inspection.

Source: WebAssembly core specification 3.0, "Types" and "Imports" of the binary format, and
component-model `design/mvp/Binary.md`, `core:type` and `core:moduletype`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from witgen.component.cursor import Cursor
from witgen.value import value

_MODULE = 0x50
_MAX_NESTING = 20
# The sort `type` and the target `outer` of an alias.
_OUTER_TYPE = (0x10, 0x01)


class CoreType(NamedTuple):
    """A core type of a component.

    Attributes:
        raw: A module type that mentions nothing outside it, or the definition of one type that
            mentions no other; empty for a type that does, whose bytes say nothing elsewhere.
        is_module: Whether it is a module type.
    """

    raw: bytes
    is_module: bool = False


class Group(NamedTuple):
    """A recursive group: how many types, and whether one mentions a type by its index."""

    size: int
    mentions: bool


# Answers the core type that is `count` scopes out.
Outer = Callable[[int, int], CoreType]


def read_core_types(cursor: Cursor, outer: Outer) -> list[CoreType]:
    """A core type definition of a component: one type, or those of a recursive group.

    Args:
        cursor: Where it starts.
        outer: Looks up what a module type has by an alias of the enclosing scopes.

    Raises:
        Malformed: It is not a core type, or mentions what cannot be mentioned.
    """
    if cursor.peek() == 0x00:
        # What tells a `sub` type, which is not final, from a module type.
        cursor.byte()
        if cursor.peek() != _MODULE:
            raise cursor.fail("a core type behind 0x00 is a `sub` type")
    elif cursor.peek() == _MODULE:
        return [CoreType(_module_type(cursor, outer), is_module=True)]
    return _group_types(cursor)


def _group_types(cursor: Cursor) -> list[CoreType]:
    start = cursor.position
    group = skip_recursive_group(cursor)
    alone = group.size == 1 and not group.mentions
    return [CoreType(bytes(cursor.data[start : cursor.position]) if alone else b"")] * group.size


def _module_type(cursor: Cursor, outer: Outer) -> bytes:
    """The bytes of a module type, with a definition in place of every alias."""
    parts: list[bytes] = []
    own: list[CoreType] = []
    start = cursor.position
    cursor.byte()
    for _ in range(cursor.count("module type declaration")):
        match cursor.byte():
            case 0x00:
                cursor.name()
                cursor.name()
                skip_entity(cursor)
            case 0x01:
                own += _group_types(cursor)
            case 0x02:
                parts.append(bytes(cursor.data[start : cursor.position - 1]))
                own.append(_aliased(cursor, own, outer))
                parts.append(b"\x01" + own[-1].raw)
                start = cursor.position
            case 0x03:
                cursor.name()
                skip_entity(cursor)
            case other:
                raise cursor.fail(f"invalid module type declaration 0x{other:02x}")
    return b"".join([*parts, bytes(cursor.data[start : cursor.position])])


def _aliased(cursor: Cursor, own: list[CoreType], outer: Outer) -> CoreType:
    if (cursor.byte(), cursor.byte()) != _OUTER_TYPE:
        raise cursor.fail("a core module type can only have aliases of outer core types")
    count, index = cursor.u32(), cursor.u32()
    if count:
        found = outer(count - 1, index)
    elif index < len(own):
        found = own[index]
    else:
        raise cursor.fail(f"unknown core type {index}: index out of bounds")
    if found.is_module:
        raise cursor.fail("a core module type cannot have an alias of a module type")
    if not found.raw:
        raise cursor.fail("an alias of a core type that mentions other types is not supported")
    return found


@value
class Limits:
    """The limits of a table or a memory.

    Attributes:
        start: Where they start.
        flags: Whether there is a maximum (1), whether it is shared, its index type, page size.
        least: The minimum.
        most: The maximum.
    """

    start: int
    flags: int
    least: int
    most: int | None


def skip_entity(cursor: Cursor) -> Limits | None:
    """Skip the description of a core import or export.

    Returns:
        The limits of a table or memory.

    Raises:
        Malformed: It is not one.
    """
    match cursor.byte():
        case 0x00 | 0x20:
            cursor.u32()
        case 0x01:
            pass_value_type(cursor)
            return read_limits(cursor)
        case 0x02:
            return read_limits(cursor)
        case 0x03:
            pass_value_type(cursor)
            cursor.byte()
        case 0x04:
            cursor.byte()
            cursor.u32()
        case other:
            raise cursor.fail(f"invalid core external kind 0x{other:02x}")
    return None


def read_limits(cursor: Cursor) -> Limits:
    """Read the limits of a table or a memory.

    Raises:
        Malformed: They are not any.
    """
    start = cursor.position
    flags = cursor.byte()
    if flags > 0x0F:
        raise cursor.fail(f"invalid limits 0x{flags:02x}")
    least = cursor.u64()
    most = cursor.u64() if flags & 0x01 else None
    if flags & 0x08:
        cursor.u32()
    return Limits(start, flags, least, most)


def pass_value_type(cursor: Cursor) -> bool:
    """Pass a value type; whether it mentions a type by its index.

    Raises:
        Malformed: It is not one.
    """
    code = cursor.s33()
    if code >= 0:
        raise cursor.fail("invalid core value type")
    # 0x63 and 0x64 are `ref null` and `ref`, 0x62 makes the heap type exact.
    if code & 0x7F not in (0x63, 0x64):
        return False
    if cursor.peek() == 0x62:
        cursor.byte()
    return cursor.s33() >= 0


def skip_recursive_group(cursor: Cursor) -> Group:
    """Pass a core type or a group of them.

    Raises:
        Malformed: It is not one.
    """
    if cursor.peek() != 0x4E:
        return Group(1, _sub_type(cursor))
    cursor.byte()
    mentions = [_sub_type(cursor) for _ in range(cursor.count("core type"))]
    return Group(len(mentions), any(mentions))


def _sub_type(cursor: Cursor) -> bool:
    """Pass a type definition; whether it mentions a type by its index."""
    kind = cursor.byte()
    mentions = False
    if kind in (0x4F, 0x50):
        for _ in range(cursor.count("supertype")):
            cursor.u32()
            mentions = True
        kind = cursor.byte()
    for _ in range(_MAX_NESTING):
        match kind:
            case 0x65:  # shared
                kind = cursor.byte()
            case 0x4C | 0x4D:  # describes, descriptor
                cursor.u32()
                mentions = True
                kind = cursor.byte()
            case _:
                break
    match kind:
        case 0x60:
            for _ in range(2):
                for _ in range(cursor.count("core value type")):
                    mentions |= pass_value_type(cursor)
        case 0x5E:
            mentions |= _field_type(cursor)
        case 0x5F:
            for _ in range(cursor.count("field")):
                mentions |= _field_type(cursor)
        case other:
            raise cursor.fail(f"invalid core type 0x{other:02x}")
    return mentions


def _field_type(cursor: Cursor) -> bool:
    # Packed types (0x78, 0x77) are single bytes like the other abbreviations.
    mentions = pass_value_type(cursor)
    cursor.byte()
    return mentions
