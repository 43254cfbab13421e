"""Custom sections of a composition: who made it, and what may be left out of its parts.

Sources: the tool conventions' `ProducersSection.md`; the appendix "Custom Sections" of the core
specification; component-model `design/mvp/Binary.md`, "Name Section".
"""

from __future__ import annotations

from collections.abc import Iterator

from witgen.component.body import sections
from witgen.component.cursor import Buffer, Cursor, Malformed
from witgen.component.name_section import SECTION, is_end, reduced
from witgen.component.writer import name, u32
from witgen.version import __version__

# Sections for people and debuggers. All others may matter to some tool: `component-type`
# to tools that make components, `dylink.0` and `linking` to linkers.
_IDLE = frozenset(
    {"component-name", "external_debug_info", "name", "producers", "sourceMappingURL"}
)
_DEBUG = (".debug_", "reloc..debug_")


def producers() -> bytes:
    """The custom section that says that witgen composed the component."""
    tools = name("witgen") + name(__version__)
    body = name("producers") + u32(1) + name("processed-by") + u32(1) + tools
    return b"\0" + u32(len(body)) + body


def stripped(data: Buffer) -> Buffer:
    """A component and its parts without names, producers and debug information.

    The names of functions that clients of core code end with stay: they identify a trap.

    Args:
        data: A component that was read.

    Returns:
        The same component where there is nothing to leave out.

    Raises:
        Malformed: A core module in it has sections that reach past its end.
    """
    pieces = list(_kept(Cursor(data, 8), in_component=True))
    if sum(len(piece) for piece in pieces) + 8 == len(data):
        return data
    return b"".join([memoryview(data)[:8], *pieces])


def _kept(cursor: Cursor, *, in_component: bool) -> Iterator[Buffer]:
    """The sections that stay; runs of them that are not changed are one piece."""
    whole = memoryview(cursor.data)
    start = cursor.position
    while not cursor.done:
        here = cursor.position
        kind, section = next(sections(cursor))
        match kind:
            case 0 if _is_idle(called := section.name()):
                ends = b"" if in_component or called != SECTION else _ends(section)
                inner: list[Buffer] | None = [name(SECTION), ends] if ends else None
            case 1 | 4 if in_component:  # a core module, a component
                body = Cursor(cursor.data, section.position + 8, section.end)
                inner = [whole[section.position : body.position]]
                inner += _kept(body, in_component=kind == 4)
                if sum(len(piece) for piece in inner) == section.end - section.position:
                    continue
            case _:
                continue
        yield whole[start:here]
        start = cursor.position
        if inner is not None:
            yield bytes((kind,)) + u32(sum(len(piece) for piece in inner))
            yield from inner
    yield whole[start : cursor.end]


def _ends(names: Cursor) -> bytes:
    """What stays of a name section: the functions that identify a trap."""
    try:
        return reduced(names, is_end)
    except Malformed:  # names mean nothing to anybody but people
        return b""


def _is_idle(section: str) -> bool:
    return section in _IDLE or section.startswith(_DEBUG)
