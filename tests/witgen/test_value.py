"""Value classes do what frozen dataclasses do, and classes of state what others do."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from witgen.value import replace, state, value


@value
class Pair:
    """Two things."""

    first: object
    second: object = 2


@value
class Other:
    first: object
    second: object = 2


@value
class Empty:
    pass


@dataclass(frozen=True, slots=True)
class Reference:
    first: object
    second: object = 2


THINGS = st.one_of(st.integers(0, 2), st.text("ab", max_size=1), st.none())


def test_values_are_made_by_place_by_name_and_by_default() -> None:
    assert Pair(1) == Pair(first=1, second=2) == Pair(1, second=2)
    assert repr(Pair("a")) == "Pair(first='a', second=2)"
    assert Pair.__doc__ == "Two things."
    assert Empty() == Empty()
    assert hash(Empty()) == hash(Empty())


@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {}), ((1, 2, 3), {}), ((1,), {"third": 1}), ((1,), {"first": 1})]
)
def test_other_arguments_are_refused(args: tuple[int, ...], kwargs: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        Pair(*args, **kwargs)


@given(THINGS, THINGS, THINGS, THINGS)
def test_equal_fields_make_equal_values(a: object, b: object, c: object, d: object) -> None:
    assert (Pair(a, b) == Pair(c, d)) == (Reference(a, b) == Reference(c, d))
    others: list[object] = [Other(a, b), Reference(a, b)]
    assert Pair(a, b) not in others
    if Pair(a, b) == Pair(c, d):
        assert hash(Pair(a, b)) == hash(Pair(c, d))


def test_values_do_not_change() -> None:
    pair = Pair(1)

    for name in ("first", "third"):
        with pytest.raises(AttributeError, match="immutable"):
            setattr(pair, name, 3)
    with pytest.raises(AttributeError, match="immutable"):
        delattr(pair, "first")
    assert pair == Pair(1)
    assert not hasattr(pair, "__dict__")


def test_values_with_fields_that_change_have_no_hash() -> None:
    with pytest.raises(TypeError):
        hash(Pair([]))


def test_values_are_matched_copied_and_pickled() -> None:
    pair = Pair([1], "x")

    match pair:
        case Pair(first, second="x"):
            assert first == [1]
        case _:
            pytest.fail("it matches")
    assert copy.copy(pair) == copy.deepcopy(pair) == pair
    assert pickle.loads(pickle.dumps(pair)) == pair  # noqa: S301 -- our own bytes
    assert copy.deepcopy(pair).first is not pair.first


def test_replace_changes_some_fields_of_values_and_of_slotted_dataclasses() -> None:
    @dataclass(frozen=True, slots=True)
    class Plain:
        a: int
        b: str = "b"

    assert replace(Pair(1, "x"), second="y") == Pair(1, "y")
    assert replace(Plain(1), a=2) == Plain(2)
    assert replace(Pair(1, "x")) == Pair(1, "x")
    with pytest.raises(TypeError):
        replace(Pair(1, "x"), third=3)


@state
class Count:
    name: str
    seen: list[int] = field(default_factory=list)


def test_state_changes_and_is_only_equal_to_itself() -> None:
    one, other = Count("a"), Count("a")
    one.seen.append(1)
    one.name = "b"

    assert (one.name, one.seen, other.seen) == ("b", [1], [])
    assert one == one  # noqa: PLR0124 -- this is what is tested
    assert Count("a") != other
    assert {one, other} == {other, one}
    with pytest.raises(AttributeError):
        one.unknown = 1  # type: ignore[attr-defined] # this is what is tested


@state
class Derived:
    one: int
    many: dict[str, int] = field(default_factory=dict)
    plain: str = "p"
    quiet: int = field(default=3, repr=False)
    made: int = field(init=False)

    def __post_init__(self) -> None:
        self.made = self.one + len(self.many)


def test_state_has_defaults_made_anew_and_fields_made_from_others() -> None:
    built = Derived(1)
    given = Derived(many={"a": 1}, one=2, plain="q")

    assert (built.one, built.many, built.plain, built.quiet) == (1, {}, "p", 3)
    assert built.made == 1
    assert (given.one, given.many, given.plain, given.made) == (2, {"a": 1}, "q", 3)
    assert Derived(1).many is not built.many
    assert Derived.__init__.__qualname__ == "Derived.__init__"


@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {}), ((1, {}, "", 4, 5), {}), ((1,), {"made": 2}), ((1,), {"one": 1})]
)
def test_state_refuses_other_arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"Derived\.__init__\(\)"):
        Derived(*args, **kwargs)


def test_classes_with_as_many_fields_have_their_own_names_and_defaults() -> None:
    @value
    class One:
        a: int
        b: int = 1

    @value
    class Two:
        c: int
        d: int = 2

    assert (One(a=0).b, Two(c=0).d, One(0, b=5), Two(d=7, c=0)) == (1, 2, One(0, 5), Two(0, 7))
    with pytest.raises(TypeError):
        Two(a=0)  # type: ignore[call-arg] # this is what is tested
