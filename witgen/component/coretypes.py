"""Core types as far as a component names them: found the end of, hardly looked into.

Source: WebAssembly core specification 3.0, "Types" and "Imports" of the binary format, and
component-model `design/mvp/Binary.md`, `core:moduletype`.
"""

from __future__ import annotations

from dataclasses import dataclass

from witgen.component.cursor import Cursor

_MODULE = 0x50
_MAX_NESTING = 20


def skip_core_type(cursor: Cursor) -> bool:
    """Pass a core type definition of a component.

    Returns:
        Whether it is a module type.

    Raises:
        Malformed: It is not a core type, or one that refers to an enclosing scope.
    """
    if cursor.peek() != _MODULE:
        skip_recursive_group(cursor)
        return False
    cursor.byte()
    for _ in range(cursor.count("module type declaration")):
        match cursor.byte():
            case 0x00:
                cursor.name()
                cursor.name()
                skip_entity(cursor)
            case 0x01:
                skip_recursive_group(cursor)
            case 0x02:
                raise cursor.fail("an alias in a core module type is not supported")
            case 0x03:
                cursor.name()
                skip_entity(cursor)
            case other:
                raise cursor.fail(f"invalid module type declaration 0x{other:02x}")
    return True


@dataclass(frozen=True, slots=True)
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
    """Pass the description of a core import or export.

    Returns:
        The limits of a table or memory.

    Raises:
        Malformed: It is not one.
    """
    match cursor.byte():
        case 0x00 | 0x20:
            cursor.u32()
        case 0x01:
            _value_type(cursor)
            return _limits(cursor)
        case 0x02:
            return _limits(cursor)
        case 0x03:
            _value_type(cursor)
            cursor.byte()
        case 0x04:
            cursor.byte()
            cursor.u32()
        case other:
            raise cursor.fail(f"invalid core external kind 0x{other:02x}")
    return None


def _limits(cursor: Cursor) -> Limits:
    start = cursor.position
    flags = cursor.byte()
    if flags > 0x0F:
        raise cursor.fail(f"invalid limits 0x{flags:02x}")
    least = cursor.u64()
    most = cursor.u64() if flags & 0x01 else None
    if flags & 0x08:
        cursor.u32()
    return Limits(start, flags, least, most)


def _value_type(cursor: Cursor) -> None:
    code = cursor.s33()
    if code >= 0:
        raise cursor.fail("invalid core value type")
    # 0x63 and 0x64 are `ref null` and `ref`, 0x62 makes the heap type exact.
    if code & 0x7F in (0x63, 0x64):
        if cursor.peek() == 0x62:
            cursor.byte()
        cursor.s33()


def skip_recursive_group(cursor: Cursor) -> int:
    """Pass a core type or a group of them; answers how many.

    Raises:
        Malformed: It is not one.
    """
    if cursor.peek() != 0x4E:
        _sub_type(cursor)
        return 1
    cursor.byte()
    count = cursor.count("core type")
    for _ in range(count):
        _sub_type(cursor)
    return count


def _sub_type(cursor: Cursor) -> None:
    kind = cursor.byte()
    if kind in (0x4F, 0x50):
        for _ in range(cursor.count("supertype")):
            cursor.u32()
        kind = cursor.byte()
    for _ in range(_MAX_NESTING):
        match kind:
            case 0x65:  # shared
                kind = cursor.byte()
            case 0x4C | 0x4D:  # describes, descriptor
                cursor.u32()
                kind = cursor.byte()
            case _:
                break
    match kind:
        case 0x60:
            for _ in range(2):
                for _ in range(cursor.count("core value type")):
                    _value_type(cursor)
        case 0x5E:
            _field_type(cursor)
        case 0x5F:
            for _ in range(cursor.count("field")):
                _field_type(cursor)
        case other:
            raise cursor.fail(f"invalid core type 0x{other:02x}")


def _field_type(cursor: Cursor) -> None:
    # Packed types (0x78, 0x77) are single bytes like the other abbreviations.
    _value_type(cursor)
    cursor.byte()
