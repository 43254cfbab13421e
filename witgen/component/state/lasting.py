"""Finds instructions that change what an instance keeps outside its memories and globals.

A regular expression passes over runs of other instructions, so megabytes of code take a fraction of a
second; what it stops at is looked at one by one. Source: WebAssembly core specification 3.0,
"Instructions" of the binary format, with threads and the exceptions that preceded those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from witgen.component.cursor import Cursor

_INDEX = rb"[\x80-\xff]*+[\x00-\x7f]"
"""A number in LEB128, of any width."""
_TYPE = rb"(?:[\x63\x64]\x62?+)?+" + _INDEX
"""A value type, or the type of a block."""
_MEMORY = rb"(?:[\x40-\x7f]" + _INDEX + rb"|[\x00-\x3f])" + _INDEX
"""An alignment, a memory where it says so, and an offset."""
_PASSED = (
    # without operands
    rb"[\x00\x01\x05\x0a\x0b\x0f\x19-\x1b\x45-\xc4\xd1\xd3\xd4]",
    # a number: locals, globals, `table.get`, branches, calls, constants, `ref.func`, `ref.null`
    rb"[\x07-\x09\x0c\x0d\x10\x12\x14\x15\x18\x20-\x25\x3f-\x42\xd0\xd2\xd5\xd6]" + _INDEX,
    rb"[\x28-\x3e]" + _MEMORY,
    rb"[\x02-\x04\x06]" + _TYPE,
    rb"[\x11\x13]" + _INDEX + _INDEX,
    rb"\x43[\s\S]{4}",
    rb"\x44[\s\S]{8}",
    rb"\x1c\x01" + _TYPE,
    # saturating truncation, wide arithmetic, `table.size`, and what fills or copies memories
    rb"\xfc(?:[\x00-\x07\x13-\x16]|[\x0b\x10]" + _INDEX + rb"|[\x08\x0a]" + _INDEX + _INDEX + rb")",
    rb"\xfd(?:[\x00-\x0b\x5c\x5d]" + _MEMORY + rb"|[\x54-\x5b]" + _MEMORY + rb"[\s\S]"
    rb"|[\x0c\x0d][\s\S]{16}|[\x15-\x22][\s\S]"
    rb"|[\x0e-\x14\x23-\x53\x5e-\x7f]|[\x80-\xff][\x01\x02])",
    rb"\xfe(?:\x03[\s\S]|[\x00-\x02\x10-\x4e]" + _MEMORY + rb")",
)
_REST = re.compile(rb"(?:" + rb"|".join(_PASSED) + rb")*+")
_ONE_TYPE = re.compile(_TYPE)
# Where they change something: the name, and how many numbers follow.
_BULK: Mapping[int, tuple[str, int]] = MappingProxyType(
    {
        0x09: ("data.drop", 1),
        0x0C: ("table.init", 2),
        0x0D: ("elem.drop", 1),
        0x0E: ("table.copy", 2),
        0x0F: ("table.grow", 1),
        0x11: ("table.fill", 1),
    }
)


class Unfamiliar(ValueError):
    """Code has an instruction that is not known here, so nothing can be said of the rest."""


def lasting(code: Cursor) -> frozenset[str]:
    """The instructions of a code section that change tables or drop segments.

    Args:
        code: Its contents.

    Raises:
        Unfamiliar: It has an instruction that is not known here.
        Malformed: It does not follow the format.
    """
    found: set[str] = set()
    for _ in range(code.count("function")):
        body = code.sub(code.u32())
        for _ in range(body.count("group of locals")):
            body.u32()
            _pass_type(body)
        found.update(_changes(body))
    if not code.done:
        raise code.fail("a code section is longer than its contents")
    return frozenset(found)


def _changes(body: Cursor) -> Iterator[str]:
    """The names of what changes something in a function, behind its locals."""
    rest = _REST.match
    while True:
        passed = rest(body.data, body.position, body.end)
        if passed is not None:
            body.position = passed.end()
        if body.done:
            return
        match body.byte():
            case 0x0E:  # br_table
                _pass_numbers(body, body.count("branch") + 1)
            case 0x1C:  # select, of several types
                for _ in range(body.count("type")):
                    _pass_type(body)
            case 0x1F:  # try_table
                _pass_type(body)
                for _ in range(body.count("handler")):
                    _pass_numbers(body, 2 if body.byte() < 2 else 1)
            case 0x26:
                body.u32()
                yield "table.set"
            case 0xFB:
                raise Unfamiliar("objects that are collected as garbage")
            case 0xFC if (operation := body.u32()) in _BULK:
                name, operands = _BULK[operation]
                _pass_numbers(body, operands)
                yield name
            case code:
                raise Unfamiliar(f"an instruction that is not known here (0x{code:02x})")


def _pass_numbers(body: Cursor, count: int) -> None:
    for _ in range(count):
        body.u32()


def _pass_type(body: Cursor) -> None:
    passed = _ONE_TYPE.match(body.data, body.position, body.end)
    if passed is None:
        raise body.fail("unexpected end")
    body.position = passed.end()
