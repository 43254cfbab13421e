r"""String literals: `"…"` with `\"`, `\'`, `\t`, `\n`, `\r`, `\\`, `\HH` and `\u{…}`."""

from __future__ import annotations

import re

_PART = re.compile(
    r"\\u\{(?P<point>[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)\}|\\(?P<byte>[0-9a-fA-F]{2})"
    r"|\\(?P<plain>[\"'tnr\\])|(?P<bad>\\.?)|(?P<text>[^\\]+)",
    re.DOTALL,
)
_PLAIN = {'"': '"', "'": "'", "t": "\t", "n": "\n", "r": "\r", "\\": "\\"}


def unescape(literal: str) -> tuple[str, list[tuple[int, int, str]]]:
    """The content of a literal with its quotes, and the problems: offset, length, message."""
    problems: list[tuple[int, int, str]] = []
    body = literal[1:]
    if len(literal) > 1 and literal.endswith('"'):
        body = literal[1:-1]
    else:
        problems.append((0, 1, "unterminated string literal"))
    content = bytearray()
    for match in _PART.finditer(body):
        at, length = match.start() + 1, len(match[0])
        if (text := match["text"]) is not None:
            for index, char in enumerate(text):
                if ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0:
                    problems.append((at + index, 1, f"invalid string character U+{ord(char):04X}"))
            content += text.encode("utf-8", "replace")
        elif (plain := match["plain"]) is not None:
            content += _PLAIN[plain].encode()
        elif (byte := match["byte"]) is not None:
            content.append(int(byte, 16))
        elif (point := match["point"]) is not None:
            digits = point.replace("_", "").lstrip("0")
            value = int(digits[:7] or "0", 16)
            if value > 0x10FFFF or 0xD800 <= value < 0xE000:
                problems.append((at, length, f"invalid code point in string escape `{match[0]}`"))
            else:
                content += chr(value).encode()
        else:
            problems.append((at, length, f"invalid string escape `{match[0]}`"))
    try:
        return content.decode(), problems
    except UnicodeDecodeError:
        problems.append((0, len(literal), "string literal is not valid UTF-8"))
        return "", problems
