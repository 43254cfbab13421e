"""Text → tokens and comments.

Follows "Lexical structure" of WIT.md, with the reference implementation's stricter rules on
characters. A bad character or name is reported and scanning continues, so that one run finds all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import NoReturn

from witgen.syntax import names
from witgen.syntax.ast import Ident
from witgen.syntax.report import Reporter
from witgen.syntax.strings import unescape
from witgen.value import state

# Kind (a terminal of the grammar), value, start, end. The value of an ID and of
# `constructor` is an `Ident`, of a STRING its content, of all others the text.
Token = tuple[str, object, int, int]

END = "$END"

# Terminals that stand for several words of the grammar.
_PRIMITIVES = "bool u8 u16 u32 u64 s8 s16 s32 s64 f32 f64 char string error-context"
_CLASSES = {
    **dict.fromkeys(("import", "export"), "DIRECTION"),
    **dict.fromkeys(_PRIMITIVES.split(), "PRIMITIVE"),
    # Reserved but unused.
    "from": "RESERVED",
}

_SOURCE = r"""(?:[ \t\n]++|\r\n)*+(?:
        (?P<id>%?(?:[a-z][a-z0-9]*+|[A-Z][A-Z0-9]*+)(?:-(?:[a-z0-9]++|[A-Z0-9]++)(?![\w]))*+(?![\w-]))
      | (?P<punctuation>->|{}/(?![/*]))
      | (?P<line>//[^\n]*+\n?)
      | (?P<version>[0-9]++\.[0-9]++\.[0-9]++
            (?:-(?:[0-9A-Za-z-]++(?:\.[0-9A-Za-z-]++)*+)?)?+
            (?:\+(?:[0-9A-Za-z-]++(?:\.[0-9A-Za-z-]++)*+)?)?+)
      | (?P<integer>[0-9]++)
      | (?P<string>"(?:[^"\\\n]|\\[^\n])*+"?)
      | (?P<block>/\*)
      | (?P<name>%?[^\W\d][\w-]*+|_)
      | (?P<stray>[^\w\s{}/"\\]++|.)
      | \Z
    )"""
_MARKS = "{}()<>,;:.=@"


def pattern(long: str = "", marks: str = "") -> re.Pattern[str]:
    """The token pattern of WIT, or of a language with more punctuation.

    Args:
        long: An additional mark of several characters.
        marks: Additional marks of one character.
    """
    one = re.escape(_MARKS + marks)
    choices = (f"{re.escape(long)}|" if long else "") + f"[{one}]|"
    source = _SOURCE.replace("{}", choices, 1).replace("{}", one, 1)
    return re.compile(source, re.VERBOSE | re.DOTALL)


WIT = pattern()
_LONGEST_SHOWN = 100
_EMPTY_END = re.compile(r"[0-9.]+[-+]|[^+]*\+")
# Tokens where an item may begin or end, and what must not be mistaken for them.
_LANDMARK = re.compile(r"""(?<![\w%-])(?:package|interface|world|use)(?![\w-])|[{}@"]|/[/*]""")
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
    "\u0149\u0673\u0f77\u0f79\u17a3\u17a4\u17b4\u17b5]"
)
# All bytes of plain ASCII text.
_PLAIN = bytes([9, 10, 13, *range(0x20, 0x7F)])

# wit-parser's limit on nested types and packages.
NESTING = 100


class TooDeep(Exception):
    """Scanning stopped at brackets nested too deeply; it has been reported."""


@state
class Scanner:
    """Scans one text.

    Attributes:
        text: The text, a byte order mark removed.
        base: The offset of its first character in the source map.
        literals: Fixed tokens → terminals.
        report: Where findings go.
        docs: Offset of a token → the comments directly before it; filled while scanning.
        skipping: While set, only tokens that an item may begin or end with are returned.
        pattern: The token pattern, see `pattern`.
    """

    text: str
    base: int
    literals: Mapping[str, str]
    report: Reporter
    docs: dict[int, list[str]] = field(default_factory=dict)
    skipping: bool = False
    pattern: re.Pattern[str] = WIT

    def check_characters(self) -> None:
        """Report characters that are forbidden everywhere, comments included."""
        if self.text.isascii() and not self.text.encode().translate(None, _PLAIN):
            return
        for match in _FORBIDDEN.finditer(self.text):
            if self.report.full:
                return
            char, at = match[0], self.base + match.start()
            shown = f"U+{ord(char):04X}"
            if char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069":
                self.report.error("WIT0003", f"bidirectional override character {shown}", at)
            elif ord(char) < 0xA0:
                self.report.error("WIT0004", f"control character {shown}", at)
            else:
                self.report.error("WIT0005", f"character {shown} is discouraged by Unicode", at)

    def tokens(self) -> Iterator[Token]:
        """The tokens in order, ending with one of kind `END`.

        Raises:
            TooDeep: `<` is nested beyond the limit of the reference implementation.
        """
        text, base, docs = self.text, self.base, self.docs
        keywords = {k: v for k, v in self.literals.items() if k[0].isalpha() or k == "_"} | _CLASSES
        literals = self.literals
        match_at = self.pattern.match
        comments: list[str] = []
        position = depth = 0
        while True:
            if self.skipping:
                landmark = _LANDMARK.search(text, position)
                position = landmark.start() if landmark is not None else len(text)
            match = match_at(text, position)
            assert match is not None
            kind = match.lastgroup
            if kind is None:
                end = base + len(text)
                yield (END, "", end, end)
                return
            start, position = match.span(kind)
            value: object = match[kind]
            if kind == "line":
                comments.append(match[kind])
                continue
            if kind == "block":
                position = self._block_end(start)
                comments.append(text[start:position])
                continue
            at, end = start + base, position + base
            if comments:
                docs[at] = comments
                comments = []
            if kind == "id":
                name = match[kind]
                terminal = keywords.get(name)
                if terminal == "CONSTRUCTOR":
                    yield (terminal, Ident(name, at, end), at, end)
                elif terminal is not None:
                    yield (terminal, name, at, end)
                else:
                    yield ("ID", Ident(name.removeprefix("%"), at, end), at, end)
            elif kind == "punctuation":
                if value == "<":
                    depth += 1
                    if depth == NESTING:  # there is a type inside
                        self._too_deep(at)
                elif value == ">":
                    depth -= 1
                elif value in {";", "}"}:
                    depth = 0
                yield (literals[match[kind]], value, at, end)
            elif kind == "version":
                yield ("VERSION", self._version(match[kind], at), at, end)
            elif kind == "integer":
                yield ("INTEGER", value, at, end)
            elif kind == "string":
                yield ("STRING", self._string(match[kind], at), at, end)
            elif value == "_":
                yield ("UNDERSCORE", value, at, end)
            elif kind == "name":
                yield ("ID", self._bad_name(match[kind], at), at, end)
            else:
                self._stray(match[kind], at)
                if self.report.full:
                    position = len(text)

    def _too_deep(self, at: int) -> NoReturn:
        self.report.error("WIT0006", "types are nested too deeply", at, label=f"level {NESTING}")
        raise TooDeep

    def _block_end(self, start: int) -> int:
        """The end of the block comment at `start`; such comments nest to any depth."""
        depth = 0
        for match in _COMMENT_EDGE.finditer(self.text, start):
            depth += 1 if match[0] == "/*" else -1
            if depth == 0:
                return match.end()
        self.report.error(
            "WIT0007",
            "unterminated block comment",
            self.base + start,
            self.base + start + 2,
            help=("close it with `*/`; block comments nest",),
        )
        return len(self.text)

    def _version(self, text: str, at: int) -> str:
        problem = names.version_problem(text)
        if problem:
            shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
            self.report.error(
                "WIT0012", f"invalid version `{shown}`: {problem}", at, at + len(text)
            )
        # An empty pre-release or build at the end is accepted and means none.
        return text[:-1] if _EMPTY_END.fullmatch(text) else text

    def _string(self, text: str, at: int) -> str:
        content, problems = unescape(text)
        for offset, length, message in problems:
            self.report.error("WIT0008", message, at + offset, at + offset + length)
        return content

    def _bad_name(self, text: str, at: int) -> Ident:
        name = text.removeprefix("%")
        problem, offset, length = names.name_problem(name)
        offset += len(text) - len(name)
        better = names.kebab(name) if len(name) <= _LONGEST_SHOWN else None
        shown = name if len(name) <= _LONGEST_SHOWN else f"{name[:_LONGEST_SHOWN]}…"
        fix = (f"write `{better}`",) if better else ()
        self.report.error(
            "WIT0010",
            f"invalid identifier `{shown}`: {problem}",
            at + offset,
            at + offset + length,
            help=fix,
        )
        # A name without a correction is kept as it is: its uses have the same error.
        return Ident(name, at, at + len(text))

    def _stray(self, text: str, at: int) -> None:
        shown = text[0] if text[0].isprintable() else f"U+{ord(text[0]):04X}"
        if _FORBIDDEN.match(text):
            # Already reported with all such characters.
            return
        if text[0] == "%":
            self.report.error(
                "WIT0010",
                "expected a name directly after `%`",
                at,
                at + 1,
                help=("`%` escapes a keyword, as in `%use`; a name starts with a letter",),
            )
            return
        hint: tuple[str, ...] = ()
        if text[0] == "\r":
            hint = ("a carriage return is only allowed before a line feed",)
        elif text[0].isspace():
            hint = ("only spaces, tabs and line ends separate tokens",)
        self.report.error("WIT0009", f"unexpected character `{shown}`", at, at + 1, help=hint)
