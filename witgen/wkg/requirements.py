"""Requirements of versions, as `wkg.lock` has them: `=1.2.3`, `^0.2`, `>=1.0, <2.0`, `*`.

Source: the documentation of the crate `semver`, which `wkg` reads them with.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from witgen.resolve import semver

_PART = r"(?:0|[1-9][0-9]{0,19})"
_COMPARATOR = re.compile(
    rf"\s*(?P<op>=|>=|>|<=|<|~|\^|)\s*(?P<major>{_PART})"
    rf"(?:\.(?P<minor>{_PART}|[*xX])(?:\.(?P<patch>{_PART}|[*xX])"
    r"(?P<pre>-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)?)?\s*"
)
_ANY = re.compile(r"\s*[*xX]\s*")


class _Comparator(NamedTuple):
    """An operator and the numbers that are given, up to three."""

    op: str
    numbers: tuple[int, ...]
    pre: str


def matches(requirement: str, version: str) -> bool | None:
    """Whether a version is within a requirement; None if the requirement is not one.

    Args:
        requirement: Comparators joined by commas, or `*`.
        version: A semantic version.
    """
    if _ANY.fullmatch(requirement):
        return "-" not in version.partition("+")[0]
    comparators = [_comparator(part) for part in requirement.split(",")]
    known = [each for each in comparators if each is not None]
    if len(known) < len(comparators):
        return None
    numbers, released, _, _ = semver.key(version)
    if not released and not any(c.pre and c.numbers == numbers for c in known):
        # A pre-release is meant only where one of the same version is requested.
        return False
    return all(_fits(each, version) for each in known)


def _comparator(text: str) -> _Comparator | None:
    match = _COMPARATOR.fullmatch(text)
    if match is None:
        return None
    parts = (match["major"], match["minor"], match["patch"])
    given = [part for part in parts if part is not None and part not in ("*", "x", "X")]
    wild = any(part in ("*", "x", "X") for part in parts)
    # `1.2.*` is `=1.2`; without an operator a requirement is a caret.
    op = match["op"] or ("=" if wild else "^")
    return _Comparator(op, tuple(int(part) for part in given), match["pre"] or "")


def _fits(comparator: _Comparator, version: str) -> bool:
    op, given, pre = comparator
    padded = (*given, 0, 0)[:3]
    # Build metadata does not order versions.
    here = semver.key(version.partition("+")[0])
    lowest = semver.key(".".join(map(str, padded)) + pre)
    # The first version after those that the given numbers stand for.
    after = here[0] > (*given, *here[0][len(given) :])
    same = here[0][: len(given)] == given
    match op:
        case "=":
            return same if len(given) < 3 else here == lowest
        case ">":
            return after if len(given) < 3 else here > lowest
        case ">=":
            return here >= lowest
        case "<":
            return here < lowest
        case "<=":
            return same or here < lowest if len(given) < 3 else here <= lowest
        case "~":
            return here >= lowest and here[0][: min(len(given), 2)] == given[:2]
        case _:
            return here >= lowest and here[0][: _fixed(given)] == given[: _fixed(given)]


def _fixed(given: tuple[int, ...]) -> int:
    """How many numbers a caret keeps: up to the first that is not zero."""
    first = next((index for index, number in enumerate(given) if number), len(given) - 1)
    return first + 1
