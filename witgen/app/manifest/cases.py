"""The case filters of Golem's manifest templates, which split words like the crate `heck`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType


def words(text: object) -> list[str]:
    """The words of a name, in lower case."""
    return [word.lower() for word in _split(str(text))]


def _split(text: str) -> list[str]:
    found: list[str] = []
    for run in re.findall(r"[^\W_]+", text):
        start, upper = 0, None
        for at, here in enumerate(run):
            after = run[at + 1 : at + 2]
            # A digit belongs to the word it follows.
            now = here.isupper() if here.isupper() or here.islower() else upper
            if now is False and after.isupper():
                found.append(run[start : at + 1])
                start, upper = at + 1, None
            elif upper and here.isupper() and after.islower():
                # A run of capitals ends before the one that begins a word: `XMLHttp`.
                found.append(run[start:at])
                start, upper = at, None
            else:
                upper = now
        found.append(run[start:])
    return found


def _joined(by: str, change: Callable[[str], str]) -> Callable[[object], str]:
    return lambda text: by.join(change(word) for word in words(text))


def _lower_camel(text: object) -> str:
    first, *rest = words(text) or [""]
    return first + "".join(map(str.capitalize, rest))


CASES: Mapping[str, Callable[[object], str]] = MappingProxyType(
    {
        "to_snake_case": _joined("_", str.lower),
        "to_kebab_case": _joined("-", str.lower),
        "to_lower_camel_case": _lower_camel,
        "to_pascal_case": _joined("", str.capitalize),
        "to_upper_camel_case": _joined("", str.capitalize),
        "to_shouty_kebab_case": _joined("-", str.upper),
        "to_shouty_snake_case": _joined("_", str.upper),
        "to_title_case": _joined(" ", str.capitalize),
        "to_train_case": _joined("-", str.capitalize),
    }
)
