"""Custom sections of a composition: who made it, and what may be left out of its parts.

Sources: the tool conventions' `ProducersSection.md`; the appendix "Custom Sections" of the core
specification; component-model `design/mvp/Binary.md`, "Name Section".
"""

from __future__ import annotations

from witgen.component.cursor import Buffer, Cursor, Malformed
from witgen.component.name_section import SECTION, is_end, reduced
from witgen.component.rewriting import rewritten
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
    pieces = [piece for _, piece in rewritten(Cursor(data, 8), _without_idle)]
    if sum(len(piece) for piece in pieces) + 8 == len(data):
        return data
    return b"".join([memoryview(data)[:8], *pieces])


def _without_idle(in_component: bool, kind: int, section: Cursor) -> Buffer | None:
    if kind != 0 or not _is_idle(called := section.name()):
        return None
    ends = b"" if in_component or called != SECTION else _ends(section)
    return name(SECTION) + ends if ends else b""


def _ends(names: Cursor) -> bytes:
    """What stays of a name section: the functions that identify a trap."""
    try:
        return reduced(names, is_end)
    except Malformed:  # names mean nothing to anybody but people
        return b""


def _is_idle(section: str) -> bool:
    return section in _IDLE or section.startswith(_DEBUG)
