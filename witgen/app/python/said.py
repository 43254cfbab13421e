"""What componentize-py says when it fails, cut to what the author of the sources can use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from witgen.app.manifest.find import shown
from witgen.diagnostics import Diagnostic, Label, Place

# The folders given with `-p` are mounted as /0, /1, …
_FRAME = re.compile(r'^ +File "/(\d+)/([^"]+)", line (\d+)(?:, in .*)?$', re.MULTILINE)
_ERROR = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception|Exit|Interrupt|Warning)\b.*$", re.MULTILINE)
_STUB = re.compile(r"called trapping stub: (\S+)")
_START = "AssertionError: "
_FRAMES = "Traceback (most recent call last):"
_MOST = 4


def failure(output: str, folders: Sequence[Path]) -> Diagnostic | None:
    """The error of a guest's own code, at its last line; None if the output tells of none.

    Args:
        output: What componentize-py wrote.
        folders: The folders of the guest's modules.
    """
    said = output.partition(_START)[2].partition("\nStack backtrace:")[0]
    said, _, causes = said.partition("\nCaused by:")
    if stub := _STUB.search(causes):
        message = f"a module calls `{stub[1]}` while it is loaded, which happens during the build"
        hints = ("call it in a function: the module's own code may not call what it imports",)
        return Diagnostic("APP4111", message, help=hints)
    errors = _ERROR.findall(said)
    if not errors:
        return None
    places = [*_places(said, folders)][::-1]
    labels = tuple(Label(place, "called from here") for place in places[1 : _MOST + 1])
    printed = said.partition(_FRAMES)[0].strip() if _FRAMES in said else ""
    told = tuple(f"it printed: {line}" for line in printed.splitlines()[-_MOST:])
    return Diagnostic(
        "APP4111", errors[-1], places[0] if places else None, labels=labels, help=told
    )


def _places(said: str, folders: Sequence[Path]) -> Iterator[Place]:
    """The lines of the guest's own modules in a traceback, the last call last."""
    for number, path, line in _FRAME.findall(said):
        if int(number) < len(folders):
            file = folders[int(number)] / path
            yield _place(file, int(line))


def _place(file: Path, line: int) -> Place:
    try:
        source = file.read_text("utf-8", "replace").splitlines()[line - 1]
    except (OSError, IndexError):
        return Place(shown(file), line, 1, 1)
    text = source.strip()
    return Place(shown(file), line, source.find(text) + 1, max(1, len(text)), source)
