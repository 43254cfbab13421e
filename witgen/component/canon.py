"""Canonical definitions, skipped one by one: only `lift` defines a component function.

Source: component-model `design/mvp/Binary.md`, "Canonical Definitions".
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from witgen.component.cursor import Cursor

# What follows each opcode: i an index or number, o options, a a flag byte (async, or what was once
# `cancellable`), r a result list, v a core value type.
_OPERANDS: Mapping[int, str] = MappingProxyType(
    {
        0x02: "i",  # resource.new
        0x03: "i",  # resource.drop
        0x07: "i",  # resource.drop async
        0x04: "i",  # resource.rep
        0x05: "",  # task.cancel
        0x06: "a",  # subtask.cancel
        0x08: "",  # backpressure.set
        0x09: "ro",  # task.return
        0x0A: "vi",  # context.get
        0x0B: "vi",  # context.set
        0x0C: "a",  # thread.yield
        0x0D: "",  # subtask.drop
        0x0E: "i",  # stream.new
        0x0F: "io",  # stream.read
        0x10: "io",  # stream.write
        0x11: "ia",  # stream.cancel-read
        0x12: "ia",  # stream.cancel-write
        0x13: "i",  # stream.drop-readable
        0x14: "i",  # stream.drop-writable
        0x15: "i",  # future.new
        0x16: "io",  # future.read
        0x17: "io",  # future.write
        0x18: "ia",  # future.cancel-read
        0x19: "ia",  # future.cancel-write
        0x1A: "i",  # future.drop-readable
        0x1B: "i",  # future.drop-writable
        0x1C: "o",  # error-context.new
        0x1D: "o",  # error-context.debug-message
        0x1E: "",  # error-context.drop
        0x1F: "",  # waitable-set.new
        0x20: "ai",  # waitable-set.wait
        0x21: "ai",  # waitable-set.poll
        0x22: "",  # waitable-set.drop
        0x23: "",  # waitable.join
        0x24: "",  # backpressure.inc
        0x25: "",  # backpressure.dec
        0x26: "",  # thread.index
        0x27: "ii",  # thread.new-indirect
        0x28: "",  # thread.resume-later
        0x29: "a",  # thread.suspend
        0x2A: "a",  # thread.suspend-then-resume
        0x2B: "a",  # thread.yield-then-resume
        0x2C: "a",  # thread.suspend-then-promote
        0x2D: "a",  # thread.yield-then-promote
        0x2E: "i",  # stream.forward
        0x2F: "i",  # future.forward
        0x40: "i",  # thread.spawn-ref
        0x41: "ii",  # thread.spawn-indirect
        0x42: "",  # thread.available-parallelism
    }
)
# Options with an index: memory, realloc, post-return, callback, core type.
_INDEXED_OPTIONS = frozenset({0x03, 0x04, 0x05, 0x07, 0x08})
_PLAIN_OPTIONS = frozenset({0x00, 0x01, 0x02, 0x06, 0x09})


def skip_canon(cursor: Cursor) -> int | None:
    """Skip one canonical definition.

    Returns:
        The index of the function's type for `lift`, else None.

    Raises:
        Malformed: The definition is unknown.
    """
    code = cursor.byte()
    match code:
        case 0x00:
            cursor.expect(0x00, "sort of `canon lift`")
            cursor.u32()
            _options(cursor)
            return cursor.u32()
        case 0x01:
            cursor.expect(0x00, "sort of `canon lower`")
            cursor.u32()
            _options(cursor)
            return None
        case _:
            operands = _OPERANDS.get(code)
            if operands is None:
                raise cursor.fail(f"unknown canonical definition 0x{code:02x}")
            for operand in operands:
                _operand(cursor, operand)
            return None


def _operand(cursor: Cursor, operand: str) -> None:
    match operand:
        case "i":
            cursor.u32()
        case "o":
            _options(cursor)
        case "a" | "v":
            cursor.byte()
        case _:
            if cursor.byte() == 0x00:
                cursor.s33()
            else:
                cursor.expect(0x00, "result list")


def _options(cursor: Cursor) -> None:
    for _ in range(cursor.count("option")):
        option = cursor.byte()
        if option in _INDEXED_OPTIONS:
            cursor.u32()
        elif option not in _PLAIN_OPTIONS:
            raise cursor.fail(f"unknown canonical option 0x{option:02x}")
