"""Requirements of versions, as the crate `semver` reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from witgen.wkg.requirements import matches

YES = [
    ("*", "0.0.0"),
    ("=1.2.3", "1.2.3"),
    ("=1.2.3", "1.2.3+build"),
    ("=1.2", "1.2.9"),
    ("=1", "1.9.9"),
    ("1.2.3", "1.9.0"),
    ("^1.2.3", "1.2.3"),
    ("^0.2.3", "0.2.9"),
    ("^0.0.3", "0.0.3"),
    ("^0.0", "0.0.9"),
    ("^0", "0.9.9"),
    ("~1.2.3", "1.2.9"),
    ("~1", "1.9.0"),
    ("1.2.*", "1.2.7"),
    ("1.*", "1.7.0"),
    (">1.2.3", "1.2.4"),
    (">1.2", "1.3.0"),
    (">=1.2", "1.2.0"),
    ("<2", "1.9.9"),
    ("<=1.2", "1.2.9"),
    (">=1.0.0, <2.0.0", "1.5.0"),
    ("=1.0.0-rc.1", "1.0.0-rc.1"),
    (">=1.0.0-rc.1", "1.0.0-rc.2"),
]
NO = [
    ("=1.2.3", "1.2.4"),
    ("1.2.3", "2.0.0"),
    ("1.2.3", "1.2.2"),
    ("^0.2.3", "0.3.0"),
    ("^0.0.3", "0.0.4"),
    ("^0.0", "0.1.0"),
    ("~1.2.3", "1.3.0"),
    ("1.2.*", "1.3.0"),
    (">1.2", "1.2.9"),
    (">1", "1.9.0"),
    ("<1.2", "1.2.0"),
    ("<=1.2", "1.3.0"),
    (">=1.0.0, <2.0.0", "2.0.0"),
    ("*", "1.0.0-rc.1"),
    ("^1.0.0", "1.1.0-rc.1"),
    ("=1.0.0", "1.0.0-rc.1"),
]


@pytest.mark.parametrize(("requirement", "version"), YES)
def test_within(requirement: str, version: str) -> None:
    assert matches(requirement, version) is True


@pytest.mark.parametrize(("requirement", "version"), NO)
def test_outside(requirement: str, version: str) -> None:
    assert matches(requirement, version) is False


@pytest.mark.parametrize("text", ["", "x1", "1.2.3.4", "1,,2", "=>1", "01.0.0", "1.0.0 2.0.0", "^"])
def test_not_a_requirement(text: str) -> None:
    assert matches(text, "1.0.0") is None


@given(st.text(alphabet="0123.*^~=<>, -xr", max_size=12))
def test_any_text_is_answered(text: str) -> None:
    assert matches(text, "1.2.3") in (True, False, None)
