"""String literals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from witgen.syntax.strings import unescape


@pytest.mark.parametrize(
    ("literal", "content"),
    [
        ('""', ""),
        ('"plain é"', "plain é"),
        (r'"\"\'\t\n\r\\"', "\"'\t\n\r\\"),
        (r'"\41\u{42}\u{1f_600}"', "AB\U0001f600"),
        (r'"\c3\a9"', "é"),
        (r'"\u{000000000000041}"', "A"),
    ],
)
def test_content(literal: str, content: str) -> None:
    assert unescape(literal) == (content, [])


@pytest.mark.parametrize(
    ("literal", "offset", "message"),
    [
        (r'"a\h"', 2, r"invalid string escape `\h`"),
        ('"a\tb"', 2, "invalid string character U+0009"),
        (r'"\ff"', 0, "string literal is not valid UTF-8"),
        (r'"\u{d800}"', 1, r"invalid code point in string escape `\u{d800}`"),
        (r'"\u{110000}"', 1, r"invalid code point in string escape `\u{110000}`"),
        (r'"\u{1000000000041}"', 1, r"invalid code point in string escape `\u{1000000000041}`"),
        (r'"\u{}"', 1, r"invalid string escape `\u`"),
        ('"open', 0, "unterminated string literal"),
        ('"', 0, "unterminated string literal"),
        (r'"\"', 1, "invalid string escape `\\`"),
    ],
)
def test_problems(literal: str, offset: int, message: str) -> None:
    problems = unescape(literal)[1]
    assert (offset, message) in [(o, m) for o, _, m in problems]


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters='"\\')))
def test_plain_text_stands_for_itself(text: str) -> None:
    assert unescape(f'"{text}"') == (text, [])


@given(st.text(max_size=30))
def test_any_text_is_answered(text: str) -> None:
    content, problems = unescape(f'"{text}')
    assert isinstance(content, str)
    assert all(offset >= 0 and length > 0 for offset, length, _ in problems)
