"""Saying in a component what it is called, as the tool conventions say.

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
    """The pieces of a component that says its name, and the version that the name ends with.

    Args:
        data: The component.
        component: Its name, such as `ns:name@1.0.0`.
        file: Its file, for diagnostics.

    Raises:
        WitError: It is no component.
    """
    if not is_component(data):
        raise WitError(
            [
                Diagnostic(
                    "APP4302",
                    f"`{file}` is no component",
                    Place(file),
                    help=("a core module becomes a component by `wasm-tools component new`",),
                )
            ]
        )
    title, _, version = component.partition("@")
    made: list[Buffer] = [memoryview(data)[:8]]
    try:
        made += _others(data)
    except Malformed as error:
        place = Place(file, offset=error.offset)
        message = f"`{file}` is no component: {error.message}"
        raise WitError([Diagnostic("APP4302", message, place)]) from None
    subsection = name(title)
    made.append(_custom("component-name", b"\0" + u32(len(subsection)) + subsection))
    if version:
        made.append(_custom("version", version.encode()))
    return made


def _custom(title: str, content: bytes) -> bytes:
    body = name(title) + content
    return b"\0" + u32(len(body)) + body


def _others(data: Buffer) -> Iterator[Buffer]:
    whole = memoryview(data)
    cursor = Cursor(data, 8)
    start = 8
    while not cursor.done:
        here = cursor.position
        kind, section = next(sections(cursor))
        if kind == 0 and section.name() in _OURS:
            yield whole[start:here]
            start = section.end
    yield whole[start:]
