"""Diagnostics as text for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from unicodedata import combining, east_asian_width

from witgen.diagnostics.model import Diagnostic, Label, Place, Severity

_WIDEST_LINE = 500
_COLUMNS, _FEWEST = 90, 20  # of a source line; with the gutter that is less than 100
_UNBOUNDED = 1 << 30
_ABOVE = 3  # lines of a snippet before the one with its carets
# Blue is the bright one: where bold does not brighten, the other is hardly seen on black.
_RED, _YELLOW, _BLUE, _BOLD, _RESET = "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;94m", "\x1b[1m", "\x1b[0m"


def render_text(
    diagnostics: Iterable[Diagnostic], *, color: bool = False, width: int | None = None
) -> str:
    """One block per diagnostic, with the source line and carets, separated by empty lines.

    Args:
        diagnostics: In the order in which they are shown.
        color: Whether to use ANSI colours.
        width: The columns of the terminal, so that words stay whole; None without a terminal.
    """
    blocks = (_block(d, width or _UNBOUNDED) for d in diagnostics)
    text = "\n".join(blocks)
    return text if color else _plain(text)


def folded(text: str, width: int, before: int = 0, indent: int = 4) -> str:
    """`text` in lines of whole words.

    Args:
        text: One line.
        width: The columns of a line; a longer word stays whole all the same.
        before: The columns of what is already on the first line.
        indent: How far the other lines are indented.
    """
    if before + _width(text) <= width:
        return text
    lines = textwrap.wrap(
        text,
        width,
        initial_indent=" " * before,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    return "\n".join(lines)[before:] if lines else text


def _plain(text: str) -> str:
    for code in (_RED, _YELLOW, _BLUE, _BOLD, _RESET):
        text = text.replace(code, "")
    return text


def _block(diagnostic: Diagnostic, columns: int) -> str:
    tint = _RED if diagnostic.severity is Severity.ERROR else _YELLOW
    kind = f"{diagnostic.severity}[{diagnostic.code}]"
    said = folded(_safe(diagnostic.message), columns, len(kind) + 2)
    head = f"{tint}{kind}{_RESET}{_BOLD}: {said}{_RESET}"
    places = [Label(diagnostic.place, diagnostic.label)] if diagnostic.place else []
    places += diagnostic.labels
    width = max((len(str(label.place.line)) for label in places), default=1)
    gutter = " " * width
    lines = [head]
    room = max(columns - width - 3, _FEWEST)
    for index, label in enumerate(places):
        snippet = _snippet(label, gutter, tint if index == 0 else _BLUE, room, first=index == 0)
        # The line, or the name of the file, is already printed above; only its message is new.
        again = index and _same_line(places[index - 1], label, room)
        lines += snippet[min(_ABOVE, len(snippet) - 1) :] if again else snippet
    start = width + 9
    lines += [
        f"{gutter} {_BLUE}={_RESET} help: {folded(_safe(text), columns, start, start)}"
        for text in diagnostic.help
    ]
    return "\n".join(lines) + "\n"


def _same_line(above: Label, label: Label, room: int) -> bool:
    """Whether two labels mark one line of a source, shown alike for both."""
    one, other = above.place, label.place
    shown = not other.line or _width(_safe(other.source)) <= min(_COLUMNS, room - 2)
    return shown and (one.file, one.line, one.source) == (other.file, other.line, other.source)


def _snippet(label: Label, gutter: str, tint: str, room: int, *, first: bool) -> list[str]:
    place = label.place
    arrow = "-->" if first else ":::"
    lines = [f"{gutter}{_BLUE}{arrow}{_RESET} {_safe(str(place))}"]
    if not place.line or len(place.source) > _WIDEST_LINE:
        if label.message:
            said = folded(_safe(label.message), room, 0, len(gutter) + 3)
            lines.append(f"{gutter} {_BLUE}={_RESET} {said}")
        return lines
    text, start, width = _shown(place, min(_COLUMNS, room - 2))
    bar = f"{_BLUE}|{_RESET}"
    number = f"{_BLUE}{place.line:>{len(gutter)}}{_RESET}"
    carets = ("^" if first else "-") * width
    lines += [f"{gutter} {bar}", f"{number} {bar} {text}".rstrip()]
    note = f"{carets} {_safe(label.message)}".rstrip()
    first_line, *rest = folded(note, room, start, min(start, room // 2)).split("\n")
    lines.append(f"{gutter} {bar} {' ' * start}{tint}{first_line}{_RESET}")
    lines += [f"{gutter} {bar} {tint}{line}{_RESET}" for line in rest]
    return lines


def _shown(place: Place, columns: int) -> tuple[str, int, int]:
    """The line as printed, and the columns of the span in it (tabs and wide characters count).

    Of a long line, only the part around the start of the span.
    """
    before = _safe(place.source[: place.column - 1])
    marked = _safe(place.source[place.column - 1 : place.column - 1 + place.length])
    rest = _safe(place.source[place.column - 1 + place.length :])
    if _width(before + marked + rest) > columns:
        if _width(before) > columns // 2:
            before = "…" + before[-columns // 3 :]
        left = max(columns - _width(before), columns // 3)
        if _width(marked + rest) > left:
            rest = (rest[: max(left - _width(marked), 0)]) + "…"
            marked = marked[:left]
    return before + marked + rest, _width(before), max(1, _width(marked))


def _width(text: str) -> int:
    return sum(0 if combining(c) else 2 if east_asian_width(c) in {"W", "F"} else 1 for c in text)


def _safe(text: str) -> str:
    """Escape control and direction-changing characters, so that no input can steer a terminal."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown_character(c) for c in text.replace("\t", "    "))


def _shown_character(c: str) -> str:
    if c.isprintable() or c == " ":
        return c
    return f"\\u{{{ord(c):x}}}"
