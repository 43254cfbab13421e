"""Functions put in front of those of a core module that another tool made.

A front takes the place of a function in the module's exports and in its tables; calls from within the
module still reach the function itself. It is written as text, in which functions of the module go by
names of its own. Nothing that is there changes its index, so the module's code is copied as it is.
Source: WebAssembly core specification 3.0, "Modules" of the binary format.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from witgen.component.body import MAGIC, MODULE_VERSION, sections
from witgen.component.coretypes import skip_entity
from witgen.component.cursor import Buffer, Cursor, Malformed
from witgen.component.wasmtime_tools import wat2wasm
from witgen.component.writer import name, u32
from witgen.value import state

_FUNCTION, _GLOBAL, _EXPORT, _ELEMENT, _CODE = 3, 6, 7, 9, 10
_ORDER = (1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11)
_ZERO = b"\x7f\x01\x41\x00\x0b"  # a mutable i32, 0 at first
_FUNCTIONS, _GLOBALS = 0, 3  # sorts of imports and exports


@state
class Module:
    """A core module, as far as fronts need to know it.

    Attributes:
        sections: (id, contents) of each section in order.
        imports: The index of each imported function by its module and name.
        exports: The index of each exported function by its name.
        functions: The type index of each function, imported ones first.
        globals: How many globals there are, imported ones included.
    """

    sections: list[tuple[int, Buffer]] = field(default_factory=list)
    imports: dict[tuple[str, str], int] = field(default_factory=dict)
    exports: dict[str, int] = field(default_factory=dict)
    functions: list[int] = field(default_factory=list)
    globals: int = 0


def read_module(data: Buffer) -> Module:
    """Read a core module.

    Raises:
        Malformed: It does not follow the binary format.
    """
    module = Module()
    for kind, section in sections(Cursor(data, 8)):
        module.sections.append((kind, section.data[section.position : section.end]))
        match kind:
            case 2:
                _read_imports(module, section)
            case 3:
                module.functions += section.vector(section.u32, "function")
            case 6:
                module.globals += section.count("global")
            case 7:
                for _ in range(section.count("export")):
                    key, sort, index = section.name(), section.byte(), section.u32()
                    if sort == _FUNCTIONS:
                        module.exports[key] = index
    for key, index in module.exports.items():
        if index >= len(module.functions):
            raise Malformed(f"`{key}` exports function {index}, which there is not", 0)
    return module


def _read_imports(module: Module, section: Cursor) -> None:
    for _ in range(section.count("import")):
        key = section.name(), section.name()
        sort = section.peek()
        start = section.position + 1
        skip_entity(section)
        if sort == _FUNCTIONS:
            module.imports[key] = len(module.functions)
            module.functions.append(Cursor(section.data, start).u32())
        elif sort == _GLOBALS:
            module.globals += 1


def with_fronts(
    module: Module,
    fronts: Mapping[int, str],
    names: Mapping[str, int],
    variables: Sequence[str] = (),
) -> bytes:
    """A module with functions in front of some of its own.

    Args:
        module: The module.
        fronts: For each function that gets one, the text of its front, which has the same type.
        names: What the texts call functions of the module, without the `$`.
        variables: New globals that the texts use: of type i32, 0 at first.

    Returns:
        The module. Whether the texts fit it is for a validator to say.

    Raises:
        Malformed: A section that has to change does not follow the format, or is of a form that
            compilers do not write.
        WitError: A text is not WebAssembly text.
    """
    count = len(module.functions)
    places = {old: count + number for number, old in enumerate(fronts)}
    added = {
        _FUNCTION: [u32(module.functions[old]) for old in fronts],
        _GLOBAL: [_ZERO for _ in variables],
        _CODE: _assembled(module, fronts.values(), names, variables),
    }
    pieces: list[Buffer] = [MAGIC, MODULE_VERSION]
    for kind, contents in _complete(module.sections, added):
        cursor = Cursor(contents)
        changed: Buffer = contents
        if items := added.get(kind):
            total = u32(cursor.count("item") + len(items))
            changed = b"".join((total, cursor.take(cursor.end - cursor.position), *items))
        elif kind == _EXPORT:
            changed = _exports(cursor, places)
        elif kind == _ELEMENT:
            changed = _elements(cursor, places)
        pieces += [bytes((kind,)), u32(len(changed)), changed]
    return b"".join(pieces)


def _complete(
    found: list[tuple[int, Buffer]], added: Mapping[int, Sequence[bytes]]
) -> list[tuple[int, Buffer]]:
    """The sections, and empty ones where something is added to what is not there."""
    result = list(found)
    for missing in (kind for kind in added if added[kind] and kind not in dict(found)):
        later = _ORDER[_ORDER.index(missing) :]
        place = next((n for n, (kind, _) in enumerate(result) if kind in later), len(result))
        result.insert(place, (missing, b"\0"))
    return result


def _assembled(
    module: Module, texts: Iterable[str], names: Mapping[str, int], variables: Sequence[str]
) -> list[bytes]:
    """The bodies of functions, assembled where everything has the index that it has in the module."""
    known = {index: f" ${key}" for key, index in names.items()}
    lines = [
        f'(import "" "" (func{known.get(index, "")}))' for index in range(len(module.functions))
    ]
    lines += ['(import "" "" (global i32))'] * module.globals
    lines += [f"(global ${key} (mut i32) (i32.const 0))" for key in variables]
    data = wat2wasm("\n".join(("(module", *lines, *texts, ")")))
    found = []
    for code in (section for kind, section in sections(Cursor(data, 8)) if kind == _CODE):
        for _ in range(code.count("function")):
            size = code.u32()
            found.append(u32(size) + bytes(code.take(size)))
    return found


def _exports(cursor: Cursor, places: Mapping[int, int]) -> bytes:
    items = []
    for _ in range(cursor.count("export")):
        key, sort, index = cursor.name(), cursor.byte(), cursor.u32()
        moved = places.get(index, index) if sort == _FUNCTIONS else index
        items.append(name(key) + bytes((sort,)) + u32(moved))
    return u32(len(items)) + b"".join(items)


def _elements(cursor: Cursor, places: Mapping[int, int]) -> bytes:
    """The contents of tables; in the two forms of active segments that list function indices."""
    segments = []
    for _ in range(cursor.count("element segment")):
        start = cursor.position
        form = cursor.u32()
        if form not in (0, 2):
            raise cursor.fail(f"an element segment of form {form} is not supported")
        if form == 2:
            cursor.u32()
        _constant(cursor)
        if form == 2:
            cursor.expect(0, "kind of elements")
        head = bytes(cursor.data[start : cursor.position])
        indices = [cursor.u32() for _ in range(cursor.count("element"))]
        items = b"".join(u32(places.get(index, index)) for index in indices)
        segments.append(head + u32(len(indices)) + items)
    return u32(len(segments)) + b"".join(segments)


def _constant(cursor: Cursor) -> None:
    """Pass the offset of a segment: a constant, or a global where it is linked."""
    known = cursor.byte() in (0x23, 0x41)  # global.get, i32.const
    while cursor.byte() >= 0x80:
        pass
    if not known or cursor.byte() != 0x0B:
        raise cursor.fail("an offset that is computed is not supported")
