"""Record a component's name in it, following the tool conventions.

Source: the custom section `component-name` of component-model `design/mvp/Binary.md`, and `version`
of the OCI annotations that wasm-metadata keeps.
"""

from __future__ import annotations

from collections.abc import Iterator

from witgen.component.body import is_component, sections
from witgen.component.cursor import Buffer, Cursor, Malformed
from witgen.component.writer import name, u32
from witgen.diagnostics import Diagnostic, Place, WitError

_OURS = frozenset({"component-name", "version"})


def named(data: Buffer, component: str, file: str) -> list[Buffer]:
    """The pieces of a component with its name recorded, and the version that the name ends with.

    Args:
        data: The component.
        component: Its name, such as `ns:name@1.0.0`.
        file: Its file, for diagnostics.

    Raises:
        WitError: It is not a component.
    """
    if not is_component(data):
        raise WitError(
            [
                Diagnostic(
                    "APP4302",
                    f"`{file}` is not a component",
                    Place(file),
                    help=("turn a core module into a component with `wasm-tools component new`",),
                )
            ]
        )
    title, _, version = component.partition("@")
    made: list[Buffer] = [memoryview(data)[:8]]
    inner: list[Buffer] = []
    try:
        made += _others(data, inner)
    except Malformed as error:
        place = Place(file, offset=error.offset)
        message = f"`{file}` is not a component: {error.message}"
        raise WitError([Diagnostic("APP4302", message, place)]) from None
    subsection = name(title)
    made.append(
        _custom("component-name", b"".join([b"\0", u32(len(subsection)), subsection, *inner]))
    )
    if version:
        made.append(_custom("version", version.encode()))
    return made


def _custom(title: str, content: bytes) -> bytes:
    body = name(title) + content
    return b"\0" + u32(len(body)) + body


def _others(data: Buffer, inner: list[Buffer]) -> Iterator[Buffer]:
    """All sections but those rewritten; `inner` receives the names of a component's parts."""
    whole = memoryview(data)
    cursor = Cursor(data, 8)
    start = 8
    while not cursor.done:
        here = cursor.position
        kind, section = next(sections(cursor))
        if kind != 0 or (title := section.name()) not in _OURS:
            continue
        yield whole[start:here]
        start = section.end
        if title == "component-name":
            inner += _parts(section)
    yield whole[start:]


def _parts(section: Cursor) -> Iterator[Buffer]:
    """The subsections of `component-name` that name parts of the component."""
    whole = memoryview(section.data)
    while not section.done:
        start = section.position
        kind, part = next(sections(section))
        if kind != 0:
            yield whole[start : part.end]
