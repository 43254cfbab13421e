"""Compare the types of core modules that components import or export.

Source: component-model `design/mvp/Binary.md`, `core:moduletype`; WebAssembly core specification,
"Import Matching".
"""

from __future__ import annotations

from dataclasses import field

from witgen.component.coretypes import skip_entity, skip_recursive_group
from witgen.component.cursor import Cursor
from witgen.value import state, value

_KINDS = {0x00: "func", 0x20: "func", 0x01: "table", 0x02: "memory", 0x03: "global", 0x04: "tag"}


@value
class _Entity:
    """An import or export: its kind, its description, and the limits of a table or memory."""

    kind: str
    form: bytes
    least: int = 0
    most: int | None = None


@state
class _Module:
    imports: dict[tuple[str, str], _Entity] = field(default_factory=dict)
    exports: dict[str, _Entity] = field(default_factory=dict)
    types: list[bytes] = field(default_factory=list)


def module_mismatch(found: bytes, expected: bytes) -> str | None:
    """Why a core module of the type `found` does not fit where `expected` is required.

    Args:
        found: A module type as read: well-formed.
        expected: Likewise.

    Returns:
        The first thing that does not fit, or None.
    """
    if found == expected:
        return None
    have, want = _read(found), _read(expected)
    for (module, name), needed in have.imports.items():
        given = want.imports.get((module, name))
        label = f"import `{module}` `{name}` of the core module"
        if given is None:
            return f"nothing provides the {label}"
        if not _fits(given, needed):
            return f"the {label} has another type"
    for name, asked in want.exports.items():
        there = have.exports.get(name)
        if there is None:
            return f"export `{name}` of the core module is missing"
        if not _fits(there, asked):
            return f"export `{name}` of the core module has another type"
    return None


def _fits(found: _Entity, expected: _Entity) -> bool:
    if (found.kind, found.form) != (expected.kind, expected.form):
        return False
    enough = found.least >= expected.least
    if expected.most is None:
        return enough
    return enough and found.most is not None and found.most <= expected.most


def _read(raw: bytes) -> _Module:
    cursor = Cursor(raw, 1)
    module = _Module()
    for _ in range(cursor.u32()):
        match cursor.byte():
            case 0x00:
                key = cursor.name(), cursor.name()
                module.imports[key] = _entity(cursor, module)
            case 0x01:
                start = cursor.position
                added = skip_recursive_group(cursor).size
                # Members of a group are equal to those at the same place in an equal group.
                group = raw[start : cursor.position]
                module.types += [group + bytes((index,)) * (added > 1) for index in range(added)]
            case _:
                name = cursor.name()
                module.exports[name] = _entity(cursor, module)
    return module


def _entity(cursor: Cursor, module: _Module) -> _Entity:
    code = cursor.peek()
    kind = _KINDS[code]
    start = cursor.position
    limits = skip_entity(cursor)
    if kind in {"func", "tag"}:
        end = Cursor(cursor.data, start + (2 if kind == "tag" else 1))
        index = end.u32()
        return _Entity(kind, module.types[index] if index < len(module.types) else b"?")
    form = bytes(cursor.data[start : limits.start if limits else cursor.position])
    if limits is None:
        return _Entity(kind, form)
    return _Entity(kind, form + bytes((limits.flags & 0xFE,)), limits.least, limits.most)
