"""Diagnostics as text for people."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import combining, east_asian_width

from witgen.diagnostics.model import Diagnostic, Label, Place, Severity

_WIDEST_LINE = 500
_COLUMNS = 90  # of a source line; with the gutter that is less than 100
# Blue is the bright one: where bold does not brighten, the other is hardly seen on black.
_RED, _YELLOW, _BLUE, _BOLD, _RESET = "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;94m", "\x1b[1m", "\x1b[0m"


def render_text(diagnostics: Iterable[Diagnostic], *, color: bool = False) -> str:
    """One block per diagnostic, with the source line and carets, separated by empty lines.

    Args:
        diagnostics: In the order in which they are shown.
        color: Whether to use ANSI colours.
    """
    blocks = (_block(d) for d in diagnostics)
    text = "\n".join(blocks)
    return text if color else _plain(text)


def _plain(text: str) -> str:
    for code in (_RED, _YELLOW, _BLUE, _BOLD, _RESET):
        text = text.replace(code, "")
    return text


def _block(diagnostic: Diagnostic) -> str:
    tint = _RED if diagnostic.severity is Severity.ERROR else _YELLOW
    head = f"{tint}{diagnostic.severity}[{diagnostic.code}]{_RESET}{_BOLD}: {_safe(diagnostic.message)}{_RESET}"
    places = [Label(diagnostic.place, diagnostic.label)] if diagnostic.place else []
    places += diagnostic.labels
    width = max((len(str(label.place.line)) for label in places), default=1)
    gutter = " " * width
    lines = [head]
    for index, label in enumerate(places):
        snippet = _snippet(label, gutter, tint if index == 0 else _BLUE, first=index == 0)
        # The line, or the name of the file, is already printed above; only its message is new.
        lines += snippet[-1:] if index and _same_line(places[index - 1], label) else snippet
    lines += [f"{gutter} {_BLUE}={_RESET} help: {_safe(text)}" for text in diagnostic.help]
    return "\n".join(lines) + "\n"


def _same_line(above: Label, label: Label) -> bool:
    """Whether two labels mark one line of a source, shown alike for both."""
    one, other = above.place, label.place
    shown = not other.line or _width(_safe(other.source)) <= _COLUMNS
    return shown and (one.file, one.line, one.source) == (other.file, other.line, other.source)


def _snippet(label: Label, gutter: str, tint: str, *, first: bool) -> list[str]:
    place = label.place
    arrow = "-->" if first else ":::"
    lines = [f"{gutter}{_BLUE}{arrow}{_RESET} {_safe(str(place))}"]
    if not place.line or len(place.source) > _WIDEST_LINE:
        if label.message:
            lines.append(f"{gutter} {_BLUE}={_RESET} {_safe(label.message)}")
        return lines
    text, start, width = _shown(place)
    bar = f"{_BLUE}|{_RESET}"
    number = f"{_BLUE}{place.line:>{len(gutter)}}{_RESET}"
    carets = ("^" if first else "-") * width
    note = f" {_safe(label.message)}" if label.message else ""
    lines += [f"{gutter} {bar}", f"{number} {bar} {text}".rstrip()]
    lines.append(f"{gutter} {bar} {' ' * start}{tint}{carets}{note}{_RESET}")
    return lines


def _shown(place: Place) -> tuple[str, int, int]:
    """The line as printed, and the columns of the span in it (tabs and wide characters count).

    Of a long line, only the part around the start of the span.
    """
    before = _safe(place.source[: place.column - 1])
    marked = _safe(place.source[place.column - 1 : place.column - 1 + place.length])
    rest = _safe(place.source[place.column - 1 + place.length :])
    if _width(before + marked + rest) > _COLUMNS:
        if _width(before) > _COLUMNS // 2:
            before = "…" + before[-_COLUMNS // 3 :]
        left = max(_COLUMNS - _width(before), _COLUMNS // 3)
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
