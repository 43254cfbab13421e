"""An entry of the registry of codes."""

from __future__ import annotations

from witgen.value import value


@value
class Code:
    """An entry of the registry of codes.

    Attributes:
        code: Such as `WIT0103`; never used for another meaning.
        slug: A short name in kebab-case.
        text: What it means and what to do about it, one paragraph.
    """

    code: str
    slug: str
    text: str
