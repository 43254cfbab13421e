"""Copies of components in which sections are left out or have other contents."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from witgen.component.body import sections
from witgen.component.cursor import Buffer, Cursor
from witgen.component.writer import u32

# Answers the new contents of a section, given whether it is of a component (or a core module), its
# id and its contents: empty to leave it out, None to keep it.
Change = Callable[[bool, int, Cursor], "Buffer | None"]
_MODULE, _COMPONENT = 1, 4
_PREAMBLE = 8


def rewritten(
    cursor: Cursor, change: Change, *, in_component: bool = True
) -> Iterator[tuple[int, Buffer]]:
    """The sections of a component, of its core modules and of the components in it.

    Args:
        cursor: At the first section.
        change: What becomes of each.
        in_component: Whether they are a component's, not a core module's.

    Yields:
        (where it comes from, bytes); what does not change is one piece, without a copy.

    Raises:
        Malformed: A section reaches past the end.
    """
    whole = memoryview(cursor.data)
    start = cursor.position
    while not cursor.done:
        here = cursor.position
        kind, section = next(sections(cursor))
        first = section.position
        inner: list[tuple[int, Buffer]]
        if in_component and kind in {_MODULE, _COMPONENT}:
            body = Cursor(cursor.data, min(first + _PREAMBLE, section.end), section.end)
            inner = [(first, whole[first : body.position])]
            inner += rewritten(body, change, in_component=kind == _COMPONENT)
            if len(inner) == 2:
                continue  # one piece: nothing changed
        else:
            contents = change(in_component, kind, section)
            if contents is None:
                continue
            inner = [(first, contents)] if contents else []
        yield start, whole[start:here]
        start = cursor.position
        if inner:
            yield here, bytes((kind,)) + u32(sum(len(piece) for _, piece in inner))
            yield from inner
    yield start, whole[start : cursor.end]
