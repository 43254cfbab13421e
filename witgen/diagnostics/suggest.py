"""Words of messages: suggestions for misspelt names, and numbers of things."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 100
_MOST = 200


def did_you_mean(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """A help line with the nearest of `known`, or nothing if none is near."""
    near = nearest(name, known)
    return () if near is None else (f"did you mean `{near}`?",)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The nearest of `known`, if one is near.

    Near means at most one edit in three characters, so that a short name does not match every other
    short name.
    """
    # difflib costs start-up time and is needed only once something is wrong.
    from difflib import get_close_matches

    if len(name) > _LONGEST:
        return None
    size = len(name)
    candidates = {k for k in known if size <= 2 * len(k) <= 4 * size and k != name}
    if len(candidates) > _MOST:
        # A comparison is slow, and a typo rarely affects both ends of a word.
        candidates = {k for k in candidates if k[:2] == name[:2] or k[-2:] == name[-2:]}
    near = get_close_matches(name, sorted(candidates)[:_MOST], n=1, cutoff=0.66)
    return near[0] if near else None


def counted(number: int, noun: str) -> str:
    """`1 field`, `2 fields`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
