"""The names of functions in a core module, which backtraces show.

Source: core specification, appendix "Custom Sections", "Name Section".
"""

from __future__ import annotations

from collections.abc import Callable

from witgen.component.body import sections
from witgen.component.cursor import Buffer, Cursor
from witgen.component.writer import name, u32

SECTION = "name"
_MODULE, _FUNCTIONS = 0, 1

_END = "witgen:trap/"


def end(kind: str, text: str) -> str:
    """The name of a function that a client calls to trap: `witgen:trap/<kind>/<text>`.

    The kinds, and which of them have a text: docs/design/native.md.
    """
    return f"{_END}{kind}/{text}"


def is_end(function: str) -> bool:
    """Whether a function exists for its name, which then belongs to the component's behaviour."""
    return function.startswith(_END)


def only_functions(module: Buffer, keep: Callable[[str], bool]) -> bytes:
    """Reduce a core module's name section to the module and some of its functions.

    Args:
        module: A core module.
        keep: Whether to keep a function's name.

    Raises:
        Malformed: A section reaches past the end.
    """
    pieces: list[Buffer] = [memoryview(module)[:8]]
    for kind, section in sections(Cursor(module, 8)):
        body: Buffer = section.take(section.end - section.position)
        if kind == 0:
            custom = Cursor(body)
            if custom.name() == SECTION:
                kept = reduced(custom, keep)
                if not kept:
                    continue
                body = name(SECTION) + kept
        pieces += [bytes((kind,)), u32(len(body)), body]
    return b"".join(pieces)


def reduced(names: Cursor, keep: Callable[[str], bool]) -> bytes:
    """The contents of a name section for some functions and their module; empty without any.

    Raises:
        Malformed: It does not follow the format.
    """
    module = functions = b""
    for kind, part in sections(names):
        if kind == _MODULE:
            module = _part(kind, name(part.name()))
        elif kind == _FUNCTIONS:
            entries = [(part.u32(), part.name()) for _ in range(part.count("name"))]
            kept = [u32(index) + name(text) for index, text in entries if keep(text)]
            functions = _part(kind, u32(len(kept)) + b"".join(kept)) if kept else b""
    return module + functions if functions else b""


def _part(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + u32(len(body)) + body
