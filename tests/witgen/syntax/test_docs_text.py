"""Comments become documentation."""

from __future__ import annotations

import pytest

from witgen.syntax.docs import docs_text


@pytest.mark.parametrize(
    ("comments", "text"),
    [
        (["/// one\n"], "one"),
        (["// plain\n"], "plain"),
        (["///\n"], ""),
        (["/**/"], ""),
        (["/***/"], ""),
        (["/* c */"], "* c */"),
        (["/** block */"], "block"),
        (["/** a\n   b */"], "a\n   b"),
        (["///   deep\n", "/// flat\n"], "  deep\nflat"),
        (["/// a\n", "///\n", "/// b\n"], "a\n\nb"),
        (["/// a\n", "///\n"], "a"),
        (["/// a\r\n", "/// b\r\n"], "a\nb"),
        (["//// four\n"], "four"),
        (["///\ta\n", "///\tb\n"], "\ta\n\tb"),
    ],
)
def test_text(comments: list[str], text: str) -> None:
    assert docs_text(comments) == text
