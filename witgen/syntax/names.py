"""Identifiers and versions, as plain text.

Rules of "Identifiers" and "Package declaration" in WIT.md.
"""

from __future__ import annotations

import re

# Reserved everywhere; `%` escapes them. The grammar has the same words: a test compares.
_KEYWORDS = """
    as async bool borrow char constructor enum error-context export f32 f64 flags from func future
    import include interface list map option own package record resource result s16 s32 s64 s8
    static stream string tuple type u16 u32 u64 u8 use variant with world
"""
KEYWORDS = frozenset(_KEYWORDS.split())

_NAME = re.compile(r"(?:[a-z][a-z0-9]*|[A-Z][A-Z0-9]*)(?:-(?:[a-z0-9]+|[A-Z0-9]+))*")
_ALIEN = re.compile(r"[^A-Za-z0-9-]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-([^+]*))?(?:\+(.*))?")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_LARGEST = 2**64 - 1


def is_name(text: str) -> bool:
    """Whether `text` is an identifier (a keyword may be one, after a `%`)."""
    return _NAME.fullmatch(text) is not None


def name_problem(name: str) -> tuple[str, int, int]:
    """Why a name is invalid: the reason, and offset and length of the error."""
    if alien := _ALIEN.search(name):
        return f"`{alien[0][0]}` is not allowed", alien.start(), 1
    offset = 0
    for segment in name.split("-"):
        if not segment:
            return "words must be separated by single dashes", max(offset - 1, 0), 1
        if not (segment.islower() or segment.isupper() or segment.isdigit()):
            upper = segment[0].isupper()
            bad = next(i for i, c in enumerate(segment) if (c.islower() if upper else c.isupper()))
            shown = segment if len(segment) <= 40 else f"{segment[:40]}…"
            return f"the word `{shown}` mixes upper and lower case", offset + bad, 1
        offset += len(segment) + 1
    return "it is not of the form `kebab-case`", 0, len(name)


def kebab(name: str) -> str | None:
    """The identifier that a camelCase or snake_case name probably means."""
    words = [w for w in re.split(r"[^A-Za-z0-9]+", _HUMP.sub("-", name)) if w]
    text = "-".join(words).lower()
    return text if is_name(text) and text != name else None


def version_problem(text: str) -> str | None:
    """Why a text that looks like a version is invalid, or None if it is valid."""
    match = _VERSION.fullmatch(text)
    if match is None:
        return "it is not of the form `1.2.3-pre+build`"
    numbers, pre, build = match.group(1, 2, 3), match[4] or "", match[5] or ""
    if match[4] == "" and match[5] is not None:
        return "the pre-release before the `+` is empty"
    for word, number in zip(("major", "minor", "patch"), numbers, strict=True):
        if len(number) > 1 and number.startswith("0"):
            return f"leading zero in the {word} version"
        if len(number) > len(str(_LARGEST)) or int(number) > _LARGEST:
            return f"the {word} version is too large"
    for part in pre.split("."):
        if len(part) > 1 and part.isdigit() and part.startswith("0"):
            return "leading zero in the pre-release"
    for word in _WORD.findall(f"{pre} {build}"):
        if word in KEYWORDS:
            return f"`{word}` is a keyword"
    return None
