"""Names that were nearly right."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """A help line with the nearest of `known`, or nothing when none is near.

    At most one edit in three characters counts as near, so that a short name is not matched with
    every other short name.
    """
    # difflib costs start-up time and is needed only once something is wrong.
    from difflib import get_close_matches

    candidates = sorted(set(known) - {name})
    near = get_close_matches(name, candidates, n=1, cutoff=0.66)
    return (f"did you mean `{near[0]}`?",) if near else ()
