"""Names of one scope never clash in WIT, whatever is asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from witgen.client.names import Scope, ambiguous, canonical

PAIRS = [f"{first}{second}" for first in "abc" for second in ["", *"abc"]]
WORD = st.sampled_from(
    [*PAIRS, *map(str.upper, PAIRS), *(f"{c}{n}" for c in "abc" for n in range(10))]
)
NAME = st.lists(WORD, min_size=1, max_size=3).map("-".join)


@given(st.lists(st.tuples(NAME, NAME), max_size=30), st.lists(NAME, max_size=5))
def test_picked_names_are_distinct(asked: list[tuple[str, str]], reserved: list[str]) -> None:
    scope = Scope()
    scope.reserve(reserved)
    picked = [canonical(scope.pick(*candidates)) for candidates in asked]

    assert len(set(picked)) == len(picked)
    assert not set(picked) & {canonical(name) for name in reserved}


@given(st.lists(NAME, max_size=10))
def test_a_free_name_is_taken_as_it_is(names: list[str]) -> None:
    scope = Scope()
    for name in names:
        free = scope.is_free(name)
        assert (scope.pick(name) == name) is free


def test_numbers_come_last_and_count() -> None:
    scope = Scope()

    assert [scope.pick("a", "b") for _ in range(4)] == ["a", "b", "b-2", "b-3"]


@given(st.lists(NAME, max_size=10))
def test_ambiguous_names_are_those_that_wit_takes_for_one(names: list[str]) -> None:
    found = ambiguous(names)

    for name in names:
        alike = [other for other in names if canonical(other) == canonical(name)]
        assert (len(alike) > 1) is (canonical(name) in found)
