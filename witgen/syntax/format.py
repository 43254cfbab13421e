"""The formatter: the same tokens and comments in one canonical layout.

Two spaces per level; one member per line; lists of names and parameters on one line if they fit,
else one element per line with a trailing comma. At most one empty line is kept between items;
top-level items are separated by one. Comments stay before, or on the line of, their token, and
their text is not touched: it can be documentation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field

from witgen.diagnostics import WitError
from witgen.syntax.parser import parse
from witgen.syntax.report import Reporter
from witgen.syntax.tokens import Comment, Token, tokens
from witgen.value import replace, state, value

WIDTH = 100
_LISTS = frozenset({"record", "variant", "enum", "flags"})
_OPEN, _CLOSE = frozenset("({<"), frozenset(")}>")


def format_text(text: str, file: str = "text.wit") -> str:
    """The formatted text of a WIT file.

    Raises:
        WitError: it is not WIT; `file` is its name in what is said.
    """
    report = Reporter()
    parse(text.removeprefix("\ufeff"), file, report)
    if report.sink.errors:
        raise WitError(report.sink.errors)
    return formatted(text)


def formatted(text: str) -> str:
    """The formatted text of a WIT file that parses; formatting it again changes nothing."""
    writer = _Writer()
    stream = tokens(text)
    _Items(stream, writer).block(0, len(stream) - 1)
    writer.comments(stream[-1].comments, blank=stream[-1].blank, first=not writer.lines)
    return "\n".join(writer.lines) + "\n" if writer.lines else ""


@state
class _Writer:
    """The lines written so far and the depth of the next one."""

    lines: list[str] = field(default_factory=list)
    depth: int = 0

    def line(self, text: str) -> None:
        self.lines.append(("  " * self.depth + text).rstrip() if text else "")

    def gap(self) -> None:
        if self.lines and self.lines[-1] and not self.lines[-1].endswith("{"):
            self.lines.append("")

    def comments(self, comments: Sequence[Comment], *, blank: bool, first: bool) -> None:
        """Comments on their own lines, except one that trails the previous line."""
        for comment in comments:
            if comment.trailing and self.lines and self.lines[-1]:
                self.lines[-1] += f" {comment.text}"
                continue
            if comment.blank and not first:
                self.gap()
            # Only the first line is indented: the others may be documentation.
            self.line(comment.text)
            first = False
        if blank and not first:
            self.gap()


@value
class _Items:
    """Writes the statements of a token stream."""

    stream: tuple[Token, ...]
    writer: _Writer

    def block(self, start: int, end: int, separator: str = ";") -> None:
        """The statements from `start` up to `end`, which is the end or a closing brace."""
        position, first = start, True
        while position < end:
            self._before(position, first=first)
            first = False
            position = self._attributes(position)
            position = self._statement(position, end, separator)

    def _before(self, position: int, *, first: bool) -> None:
        token = self.stream[position]
        top = self.writer.depth == 0 and not first and not self._same_kind(position)
        comments = token.comments
        while comments and comments[0].trailing:
            self.writer.comments(comments[:1], blank=False, first=first)
            comments = comments[1:]
        if top:
            self.writer.gap()
        self.writer.comments(comments, blank=token.blank, first=first or (top and not comments))

    def _same_kind(self, position: int) -> bool:
        """Whether a top-level `use` follows another, so that no empty line separates them."""
        if self.stream[position].text != "use":
            return False
        return any(line.startswith("use ") for line in self.writer.lines[-1:])

    def _attributes(self, position: int) -> int:
        """Each attribute before an item on its own line."""
        while self.stream[position].text == "@":
            end = position + 2
            if self.stream[end].text == "(":
                end = self._closing(end) + 1
            self._write(self.stream[position:end])
            self.writer.comments(self.stream[end].comments, blank=False, first=True)
            position = end
        return position

    def _statement(self, position: int, end: int, separator: str) -> int:
        """One statement; the position after it."""
        start = position
        while position < end:
            text = self.stream[position].text
            if text == separator:
                self._write(self.stream[start : position + 1])
                return position + 1
            if text == "{" and self._is_block(start, position):
                return self._braces(start, position)
            if text in "({<" and not (text == "{" and separator == ","):
                position = self._closing(position)
            elif separator == ";" and position > start and text == "}":
                break
            position += 1
            if self._ends_after(start, position, separator):
                self._write(self.stream[start:position])
                return position
        if start < end:
            self._write(self.stream[start:end], "," if separator == "," else "")
        return end

    def _ends_after(self, start: int, position: int, separator: str) -> bool:
        """`include w with { … }` ends with its brace."""
        return (
            separator == ";"
            and self.stream[start].text == "include"
            and self.stream[position - 1].text == "}"
        )

    def _is_block(self, start: int, position: int) -> bool:
        """Whether a brace opens a block of items, rather than a list of names."""
        return self.stream[position - 1].text not in {".", "with"} or position == start

    def _braces(self, start: int, opening: int) -> int:
        closing = self._closing(opening)
        self._write(self.stream[start : opening + 1])
        self.writer.depth += 1
        is_list = any(t.text in _LISTS for t in self.stream[start:opening][:1])
        self.block(opening + 1, closing, "," if is_list else ";")
        last = self.stream[closing]
        self.writer.comments(last.comments, blank=False, first=opening + 1 == closing)
        self.writer.depth -= 1
        if self.writer.lines[-1].endswith("{") and opening + 1 == closing and not last.comments:
            self.writer.lines[-1] += "}"
        else:
            self.writer.line("}")
        return closing + 1

    def _closing(self, position: int) -> int:
        """The bracket that closes the one at `position`."""
        depth = 0
        while True:
            text = self.stream[position].text
            depth += (text in _OPEN and bool(text)) - (text in _CLOSE and bool(text))
            if depth == 0:
                return position
            position += 1

    def _write(self, run: Sequence[Token], suffix: str = "") -> None:
        """A statement on one line, or with its outermost list broken up."""
        line = _joined(run) + suffix
        inside = any(t.comments for t in run[1:])
        if not inside and 2 * self.writer.depth + len(line) <= WIDTH:
            self.writer.line(line)
            return
        # The comments before the statement are already written.
        for depth, text, comments in _broken([replace(run[0], comments=()), *run[1:]]):
            self.writer.depth += depth
            self.writer.comments(comments, blank=False, first=True)
            if text:
                self.writer.line(text)
            self.writer.depth -= depth
        if suffix:
            self.writer.lines[-1] += suffix


def _broken(run: Sequence[Token]) -> Iterator[tuple[int, str, tuple[Comment, ...]]]:
    """(depth, line, comments before it) of a statement that does not fit on a line.

    The longest bracketed list is broken up, one element per line. A comment inside an element
    breaks the line before the token that it precedes.
    """
    opening, closing = _widest(run)
    if opening is None:
        yield from _split(run, 0)
        return
    yield from _split(run[: opening + 1], 0)
    element: list[Token] = []
    depth = 0
    for token in run[opening + 1 : closing]:
        depth += (token.text in _OPEN) - (token.text in _CLOSE)
        element.append(token)
        if token.text == "," and depth == 0:
            yield from _split(element, 1)
            element = []
    if element:
        comma = Token(",", (), blank=False, spaced=False)
        yield from _split([*element, comma], 1)
    tail = run[closing]
    if tail.comments:
        yield 1, "", tail.comments
        tail = Token(tail.text, (), blank=False, spaced=False)
    yield from _split([tail, *run[closing + 1 :]], 0)


def _widest(run: Sequence[Token]) -> tuple[int | None, int]:
    best: tuple[int | None, int] = (None, 0)
    stack: list[int] = []
    for index, token in enumerate(run):
        if token.text in _OPEN:
            stack.append(index)
        elif token.text in _CLOSE and stack:
            opening = stack.pop()
            breakable = run[opening].text in "({"
            if breakable and not stack and index - opening > best[1] - (best[0] or 0):
                best = opening, index
    return best


def _split(run: Sequence[Token], depth: int) -> Iterator[tuple[int, str, tuple[Comment, ...]]]:
    """A run as lines, each starting at a comment."""
    begin = 0
    for index, token in enumerate(run):
        if token.comments and index > begin:
            yield depth, _joined(run[begin:index]), run[begin].comments
            begin = index
    if run:
        yield depth, _joined(run[begin:]), run[begin].comments


def _joined(run: Sequence[Token]) -> str:
    """Tokens on one line, with the white space that belongs between them."""
    parts: list[str] = []
    for index, token in enumerate(run):
        if index and _space(run, index):
            parts.append(" ")
        parts.append(token.text)
    text = "".join(parts)
    # A list on one line has no comma after its last element.
    return text.replace(",)", ")").replace(", }", " }").replace(",}", "}").replace(",>", ">")


def _space(run: Sequence[Token], index: int) -> bool:
    """Whether there is a space before `run[index]`."""
    before, here = run[index - 1].text, run[index].text
    if here in {",", ";", ":", ")", ">", ".", "/", "@", "<"} or before in {"(", "<", ".", "/", "@"}:
        return False
    if here == "(":
        return False
    if here == "}":
        return not _in_use(run, index)
    if before == "{":
        return not _in_use(run, index - 1)
    if before == ":":
        return not _in_package_name(run, index)
    return True


def _in_use(run: Sequence[Token], index: int) -> bool:
    """Whether a brace belongs to `use i.{a, b}`, which has no inner spaces."""
    return run[0].text == "use" or run[index - 1].text == "."


def _in_package_name(run: Sequence[Token], index: int) -> bool:
    """Whether the colon before `index` is that of `ns:pkg`."""
    if run[0].text == "package" or run[0].text in {"use", "include"}:
        return True
    return index + 1 < len(run) and run[index + 1].text == "/"
