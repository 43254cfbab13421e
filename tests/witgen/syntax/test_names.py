"""Identifiers and versions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from witgen.syntax.names import is_name, kebab, name_problem, version_problem


@pytest.mark.parametrize("name", ["a", "a1", "a-1", "a1-2b", "ab-CD", "X", "a-1BC", "HTTP-2"])
def test_names(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    ("name", "problem", "offset"),
    [
        ("fooBar", "the word `fooBar` mixes upper and lower case", 3),
        ("Abc", "the word `Abc` mixes upper and lower case", 1),
        ("ok-aB", "the word `aB` mixes upper and lower case", 4),
        ("a_b", "`_` is not allowed", 1),
        ("é", "`é` is not allowed", 0),
        ("a--b", "words must be separated by single dashes", 1),
        ("a-", "words must be separated by single dashes", 1),
        ("-a", "words must be separated by single dashes", 0),
    ],
)
def test_what_is_wrong_with_a_name(name: str, problem: str, offset: int) -> None:
    assert not is_name(name)
    assert name_problem(name)[:2] == (problem, offset)


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("getUser", "get-user"),
        ("get_user", "get-user"),
        ("HTTPServer", "http-server"),
        ("a--b", "a-b"),
        ("user", None),
        ("é", None),
        ("_1", None),
    ],
)
def test_the_name_that_was_meant(name: str, better: str | None) -> None:
    assert kebab(name) == better


@given(st.text(min_size=1, max_size=12))
def test_a_problem_lies_within_the_name(name: str) -> None:
    if not is_name(name):
        _, offset, length = name_problem(name)
        assert 0 <= offset < offset + length <= len(name)
    better = kebab(name)
    assert better is None or is_name(better)


@pytest.mark.parametrize(
    "version",
    [
        "0.0.0",
        "1.2.3",
        "1.0.0-rc.1",
        "1.0.0+a.b",
        "1.0.0-0a",
        "1.0.0--",
        "18446744073709551615.0.0",
    ],
)
def test_versions(version: str) -> None:
    assert version_problem(version) is None


@pytest.mark.parametrize(
    ("version", "problem"),
    [
        ("01.0.0", "leading zero in the major version"),
        ("1.00.0", "leading zero in the minor version"),
        ("1.0.01", "leading zero in the patch version"),
        ("1.0.0-01", "leading zero in the pre-release"),
        ("1.0.0-+b", "the pre-release before the `+` is empty"),
        ("18446744073709551616.0.0", "the major version is too large"),
        ("9" * 10_000 + ".0.0", "the major version is too large"),
        ("1.0.0-type", "`type` is a keyword"),
        ("1.0.0+use", "`use` is a keyword"),
        ("1.0", "it is not of the form `1.2.3-pre+build`"),
    ],
)
def test_what_is_wrong_with_a_version(version: str, problem: str) -> None:
    assert version_problem(version) == problem
