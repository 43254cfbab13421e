"""The tokens of a WIT text with its comments, for tools that must keep them all.

The parser works on a text whose comments are blanked out; a formatter needs them. The text has
already been parsed, so anything unexpected here is a bug, not an error in the input.
"""

from __future__ import annotations

import re

from witgen.value import value

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<line>//[^\n]*)
  | (?P<string>"(?:\\.|[^"\\])*")
  | (?P<version>\d+\.\d+\.\d+(?:-(?:[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)?(?:\+(?:[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)?)
  | (?P<word>%?[^\W\d][\w-]*|\d+)
  | (?P<punct>->|[{}()<>,;:=./@*_])
    """,
    re.VERBOSE,
)


@value
class Comment:
    """A comment as written, without surrounding white space.

    Attributes:
        text: From its `/` to its end.
        trailing: Whether it is on the line of the previous token.
        blank: Whether an empty line precedes it.
    """

    text: str
    trailing: bool
    blank: bool


@value
class Token:
    """A token and what precedes it.

    Attributes:
        text: As written.
        comments: The comments between the previous token and this one.
        blank: Whether an empty line directly precedes it or its comments.
        spaced: Whether anything separates the previous token from this one.
    """

    text: str
    comments: tuple[Comment, ...]
    blank: bool
    spaced: bool


def tokens(text: str) -> tuple[Token, ...]:
    """All tokens of a text; the last has an empty text and carries the comments at the end."""
    found: list[Token] = []
    comments: list[Comment] = []
    position, newlines, spaced = 1 if text.startswith("\ufeff") else 0, 1, False
    while position < len(text):
        if text.startswith("/*", position):
            end = _block_end(text, position)
            comments.append(_comment(text[position:end], newlines))
            position, newlines, spaced = end, 0, True
            continue
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"no token at offset {position}")
        position = match.end()
        match match.lastgroup:
            case "space":
                newlines += match[0].count("\n")
                spaced = True
            case "line":
                comments.append(_comment(match[0].rstrip(), newlines))
                newlines, spaced = 0, True
            case _:
                found.append(Token(match[0], tuple(comments), newlines > 1, spaced))
                comments, newlines, spaced = [], 0, False
    found.append(Token("", tuple(comments), newlines > 1, spaced))
    return tuple(found)


def _comment(text: str, newlines: int) -> Comment:
    return Comment(text, newlines == 0, newlines > 1)


def _block_end(text: str, start: int) -> int:
    """The end of a block comment; they nest."""
    depth = 0
    for match in re.finditer(r"/\*|\*/", text[start:]):
        depth += 1 if match[0] == "/*" else -1
        if depth == 0:
            return start + match.end()
    return len(text)
