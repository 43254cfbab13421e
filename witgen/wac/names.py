"""Names of imports and exports: which exist, and what a plain name refers to.

Sources: component-model `design/mvp/Explainer.md`, "Import and Export Definitions"; the rules of
"Inferred Arguments", "Named Arguments" and "Access Expressions" of the language reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from witgen.compose.semver import name_track
from witgen.diagnostics import did_you_mean

T = TypeVar("T")

_WORD = r"(?:[a-z][a-z0-9]*|[A-Z][A-Z0-9]*)(?:-(?:[a-z0-9]+|[A-Z0-9]+))*"
_NUMBER = r"(?:0|[1-9][0-9]{0,18})"
_PRE = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION = rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_PRE}(?:\.{_PRE})*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
_LOWER = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
_NAME = re.compile(rf"{_WORD}|{_LOWER}:{_LOWER}/{_WORD}(?:@{_VERSION})?")
# Function names of resources, which only the exports of an instance have.
_MEMBER = re.compile(rf"\[constructor\]{_WORD}|\[(?:method|static)\]{_WORD}\.{_WORD}")


def is_extern_name(name: str) -> bool:
    """Whether an import or export may have this name."""
    return _NAME.fullmatch(name) is not None


def is_member_name(name: str) -> bool:
    """Whether it is the name of a constructor, method or static function."""
    return _MEMBER.fullmatch(name) is not None


def by_last_name(name: str, externs: Iterable[str]) -> str:
    """What a plain name refers to: itself, or the only path that ends with it."""
    known = list(externs)
    if name in known:
        return name
    found = [path for path in known if "/" in path and _last(path) == name]
    return found[0] if len(found) == 1 else name


def ambiguous(name: str, externs: Iterable[str]) -> tuple[str, ...]:
    """The paths that end with a plain name, where that is more than one."""
    found = tuple(path for path in externs if "/" in path and _last(path) == name)
    return found if len(found) > 1 else ()


def _last(path: str) -> str:
    return path.rpartition("/")[2].partition("@")[0]


def near(name: str, externs: Iterable[str]) -> tuple[str, ...]:
    """A hint for a name that is nearly right, or nearly the last of a path; empty without one."""
    known = list(externs)
    return did_you_mean(name, known) or did_you_mean(
        name, [_last(path) for path in known if "/" in path]
    )


def compatible(name: str, externs: Mapping[str, T]) -> str | None:
    """The name itself if it is there, else the only one on its compatibility track."""
    if name in externs:
        return name
    track = name_track(name)
    found = [other for other in externs if name_track(other) == track]
    return found[0] if len(found) == 1 else None


def exact(name: str, externs: Mapping[str, T]) -> str | None:
    """The name itself if it is there."""
    return name if name in externs else None
