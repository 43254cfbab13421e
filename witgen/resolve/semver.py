"""Semantic versions, in the order of the reference implementation."""

from __future__ import annotations

from functools import lru_cache

# Numbers sort before words, by value.
Part = tuple[int, int, str]
Key = tuple[tuple[int, int, int], bool, tuple[Part, ...], tuple[Part, ...]]

# One more digit than the largest number has.
_DIGITS = 21


@lru_cache(maxsize=1024)
def key(version: str) -> Key:
    """A sort key: precedence as defined by semver.org, then the build metadata."""
    rest, _, build = version.partition("+")
    numbers, _, pre = rest.partition("-")
    # An invalid version was reported, but is still compared.
    major, minor, patch = (int(number[:_DIGITS]) for number in numbers.split("."))
    return (major, minor, patch), not pre, _parts(pre), _parts(build)


def _parts(text: str) -> tuple[Part, ...]:
    if not text:
        return ()
    return tuple(
        (0, int(part), part) if part.isdigit() and len(part) < 40 else (1, 0, part)
        for part in text.split(".")
    )


def track(version: str) -> str | None:
    """The compatibility track: `1`, `0.2` or `0.0.3`; None for a pre-release, compatible with itself."""
    (major, minor, patch), released, _, _ = key(version)
    if not released:
        return None
    if major:
        return str(major)
    return f"0.{minor}" if minor else f"0.0.{patch}"
